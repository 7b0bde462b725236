// SPDX-License-Identifier: MIT
// shared_atomic: an atomic that means the same in every process that maps it.
//
// Progress: wait-free.
#pragma once

#include <racekit/platform.hpp>

#include <type_traits>

namespace racekit {

/// Bytes that another process can take for what they are, in one lock-free operation. An atomic
/// that is not lock-free would take a lock in the memory of each process alone, and exclude no
/// other.
template <class T>
concept address_free =
    std::is_trivially_copyable_v<T> && sizeof(T) <= 8 && atomic<T>::is_always_lock_free;

/// Wait-free loads and stores; interface and orders of std::atomic. No process that dies leaves it
/// in a state that another could not go on from.
template <address_free T>
using shared_atomic = atomic<T>;

}  // namespace racekit
