// SPDX-License-Identifier: MIT
// What the scenarios of this folder share: a server whose calls have no deadline unless they say
// so.
#pragma once

#include <racekit/scenario.hpp>
#include <racekit/server/forked_server.hpp>

#include <chrono>
#include <cstdint>

namespace scene {

/// No default deadlines.
[[nodiscard]] inline racekit::forked_options patient() {
    racekit::forked_options made;
    made.client.default_timeout = racekit::duration::max();
    return made;
}

template <std::size_t clients, class steps = racekit::server_steps>
struct service : racekit::forked_server<clients, steps> {
    explicit service(racekit::forked_options options = patient())
        : racekit::forked_server<clients, steps>(options) {}
};

/// A value that is to be an integer; -1 if it is none.
[[nodiscard]] inline std::int64_t number(racekit::server_value const& of) {
    auto const* const whole = of.as<std::int64_t>();
    return whole == nullptr ? -1 : *whole;
}

}  // namespace scene
