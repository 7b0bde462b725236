// SPDX-License-Identifier: MIT
// Threads.
#pragma once

#include <racekit/platform/native/thread_identity.hpp>

#include <stop_token>
#include <thread>

namespace racekit {

using std::jthread;
using std::nostopstate;
using std::stop_callback;
using std::stop_source;
using std::stop_token;
using std::thread;
namespace this_thread = std::this_thread;

}  // namespace racekit
