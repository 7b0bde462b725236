// SPDX-License-Identifier: MIT
// Sleeping on a word, as futex(2) does it: the comparison and the falling asleep are one step.
#pragma once

#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/clock.hpp>

#include <climits>
#include <cstdint>

namespace racekit {

enum class futex_scope { process_private, process_shared };

enum class futex_result { woken, changed, timed_out };

inline futex_result futex_wait_until(atomic<std::uint32_t> const& word, std::uint32_t expected,
                                     deadline limit,
                                     futex_scope = futex_scope::process_private,
                                     site where = site::here()) {
    switch (
        model::futex_wait(word.object(), word.object_address(), to_word(expected), limit, where)) {
        case model::wait_result::changed: return futex_result::changed;
        case model::wait_result::timed_out: return futex_result::timed_out;
        default: return futex_result::woken;
    }
}

inline futex_result futex_wait(atomic<std::uint32_t> const& word, std::uint32_t expected,
                               futex_scope scope = futex_scope::process_private,
                               site where = site::here()) {
    return futex_wait_until(word, expected, never, scope, where);
}

inline int futex_wake(atomic<std::uint32_t> const& word, int count = INT_MAX,
                      futex_scope = futex_scope::process_private, site where = site::here()) {
    return model::futex_wake(word.object(), word.object_address(), count, where);
}

/// Natively a sleeper looks again after some time, whatever became of the wake-up: so in the model
/// it waits for the word to change, and needs no wake-up.
class rechecking_sleep {
public:
    /// True: `limit` passed.
    bool wait(atomic<std::uint32_t> const& word, std::uint32_t expected, deadline limit,
              site where = site::here()) {
        if (limit != never) {
            return futex_wait_until(word, expected, limit, futex_scope::process_shared, where) ==
                   futex_result::timed_out;
        }
        if (word.load(std::memory_order_relaxed, where) == expected)
            model::await_change(word.object(), word.object_address(), where);
        return false;
    }
};

}  // namespace racekit
