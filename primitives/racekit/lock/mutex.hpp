// SPDX-License-Identifier: MIT
// mutex: the mutual-exclusion lock to take unless you know better; std::mutex and std::timed_mutex
// in one.
//
// Progress: as futex_mutex.
// Ordering: everything before unlock() happens before the return of the lock(), or successful
//           try_lock(), that follows it.
//
// | member | what it does | waits | returns |
// |---|---|---|---|
// | mutex() | constexpr: a static one is ready before any code runs; 4 bytes | - | |
// | lock() | takes the lock | while another thread holds it | |
// | try_lock() | takes the lock if it is free | never | whether it did |
// | try_lock_for(span) | as lock(), for a span of any unit | until then | whether it did |
// | try_lock_until(time) | as lock(), until a time of any clock | until then | whether it did |
// | unlock() | releases the lock; the next holder may then destroy it | never | |
// | ~mutex() | no thread may hold it or wait for it | - | |
//
// lock() spins for about a microsecond, yields, then sleeps in the kernel; unlock() makes a system
// call only if a thread may sleep. Not fair: a thread that comes may overtake one that waits. Not
// recursive: see recursive_mutex. It cannot be copied or moved.
// Errors: none in release builds, where misuse is undefined as with std. Checked builds
// (RACEKIT_CHECKED=1, or no NDEBUG) throw lock_misuse, which names both places in the source, when
// a thread locks what it holds or unlocks what it does not hold; then nothing has changed. They end
// the program when a held mutex is destroyed. In the model the same are findings.
// Hold it with scoped_lock, lock_guard or unique_lock of guard.hpp, or with std's.
#pragma once

#include <racekit/lock/futex_mutex.hpp>
#include <racekit/lock/guard.hpp>

namespace racekit {

/// Natively the futex lock; in the model what a mutex is, one step for each operation.
using mutex = layered<futex_mutex, specification::mutex>;
/// The name that std has for a mutex with limits.
using timed_mutex = mutex;

}  // namespace racekit
