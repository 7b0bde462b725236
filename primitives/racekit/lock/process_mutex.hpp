// SPDX-License-Identifier: MIT
// A mutual-exclusion lock that processes share, and that stays locked for ever if its owner dies.
//
// What PTHREAD_PROCESS_SHARED alone gives: the lock most programs put into shared memory, and the
// racy side of scenarios about death. Use robust_mutex unless no owner can die.
// Progress: blocking; sleeps in the kernel when it must. try_lock() is wait-free.
// Ordering: everything before unlock() happens before the return of the lock() that follows it, in
//           whatever process.
#pragma once

#include <racekit/platform.hpp>

namespace racekit {

class posix_process_mutex;  // in the platform, where there is an operating system

/// Place it in shared memory before the processes that use it start. lock(), try_lock(),
/// try_lock_until(deadline), unlock().
using process_mutex = layered<posix_process_mutex, specification::process_mutex>;

}  // namespace racekit
