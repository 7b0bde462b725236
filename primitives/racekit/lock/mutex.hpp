// SPDX-License-Identifier: MIT
// mutex: the futex lock, or in the model its specification.
//
// Progress: as futex_mutex.
#pragma once

#include <racekit/lock/futex_mutex.hpp>
#include <racekit/lock/guard.hpp>

namespace racekit {

using mutex = layered<futex_mutex, specification::mutex>;
using timed_mutex = mutex;

}  // namespace racekit
