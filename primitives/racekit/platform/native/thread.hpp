// SPDX-License-Identifier: MIT
// Threads.
#pragma once

#include <racekit/platform/native/thread_identity.hpp>

#include <thread>

namespace racekit {

using std::thread;

}  // namespace racekit
