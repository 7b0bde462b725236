// SPDX-License-Identifier: MIT
// The synchronising objects of the program, by address: each is known to the engine from its first
// use on.
#pragma once

#include <racekit/platform/model/engine.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit::unmodified {

enum class object_kind : std::uint8_t {
    none,
    atomic,
    mutex,
    shared_mutex,
    condition,
    monitor,
    destroyed  ///< a lock or a condition, until its memory holds something else
};

struct known_object {
    void* at = nullptr;
    std::uint32_t generation = 0;
    std::uint16_t size = 0;
    object_kind kind = object_kind::none;
    int depth = 0;  ///< of a recursive mutex: how often it is locked
    model::handle handle;
};

/// A new execution: none is known.
void forget_objects();
void forget_counters();

/// The entry of an address; its kind is `none` if no object is known there.
[[nodiscard]] known_object& object_at(void* at);
[[nodiscard]] known_object& object_numbered(std::uint32_t entry);
[[nodiscard]] std::uint32_t number_of(known_object const& object);

/// An object that a call names by its address. What stood there of another kind ends.
[[nodiscard]] known_object& lock_at(void* at, object_kind kind, std::size_t size);
[[nodiscard]] known_object& condition_at(void* at, std::size_t size);

/// The object ends without a call that says so: it is overwritten. No step. It goes on while
/// another thread is about to use it, in a search that continues after a race.
void overwritten(known_object& object, void const* by);
/// The destruction of a lock or a condition was called: its next use is an error, unless it is
/// initialised before that.
void destroyed(known_object& object);

}  // namespace racekit::unmodified
