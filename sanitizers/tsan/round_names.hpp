// SPDX-License-Identifier: MIT
// What the source calls the objects of a controlled round, and where their operations stand.
#pragma once

#include "controller.hpp"

#include "core/object_names.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace racekit::tsan {

/// The source line of an event, and what the line calls the event's object.
struct event_source {
    std::string file;
    int line = 0;
    object_expression object;
};

/// The line of the operation; if that is in racekit's platform or an operation of a lock, the line
/// of the scenario that called it, if there is one.
[[nodiscard]] event_source source_of(event const& one, std::string const& scenario_file);

class round_names {
public:
    round_names() = default;
    round_names(std::vector<event> const& events,
                std::vector<controller::unfinished_thread> const& unfinished,
                std::vector<lock_order> const& orders, std::string const& scenario_file);

    /// The name of the object at this address; "" if no operation names it.
    [[nodiscard]] std::string of(void const* object) const;

private:
    std::map<std::uint64_t, std::string> names_;
};

}  // namespace racekit::tsan
