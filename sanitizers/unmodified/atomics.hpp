// SPDX-License-Identifier: MIT
// Atomic operations on memory that is known by its address: the engine has an object for each
// address from the first operation on, with the value that the memory holds then.
//
// The memory always holds the newest value in modification order, for code that reads it otherwise.
#pragma once

#include "model/core/call_frame.hpp"

#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/word.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace racekit::unmodified {

struct atomic_call {
    void* at;
    std::size_t size;  ///< 1, 2, 4, 8 or 16
    std::memory_order order;
    model::call_frame from;
};

/// How an integer of so many bytes is printed.
[[nodiscard]] model::value_type const& integer_of(std::size_t size);

[[nodiscard]] word load(atomic_call const& call);
void store(atomic_call const& call, word value);
/// Returns the value that was replaced.
word modify(atomic_call const& call, char const* operation, word (*change)(word, word),
            word operand);
/// False: it failed, and `expected` is what was there.
bool compare_exchange(atomic_call const& call, word& expected, word desired,
                      std::memory_order failure, bool weak);

/// A call of a compare_exchange that may be meant to be a weak one.
void note_exchange(std::uintptr_t caller);
[[nodiscard]] std::vector<std::uintptr_t> noted_exchanges();

/// Sleeping on a word of 4 bytes: the result of the system call, with errno.
long futex_wait(atomic_call const& call, std::uint32_t expected, model::instant limit);
long futex_wake(atomic_call const& call, int count);

template <class Value>
[[nodiscard]] word word_of(Value value) {
    word made;
    std::memcpy(&made, &value, sizeof value);
    return made;
}
template <class Value>
[[nodiscard]] Value value_of(word const& from) {
    Value made;
    std::memcpy(&made, &from, sizeof made);
    return made;
}

}  // namespace racekit::unmodified
