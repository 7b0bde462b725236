// SPDX-License-Identifier: MIT
// What the benchmarks of server processes share.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/server/connect_server.hpp>
#include <racekit/server/event_server.hpp>

#include <string>

namespace bench {

/// Where the event_server of this program listens. It keeps an integer, object 1. Starts it.
std::string server_path();

}  // namespace bench
