// SPDX-License-Identifier: MIT
// Models by their names.
#pragma once

#include "run.hpp"
#include "usage.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace execution_models {

struct named_model {
    char const* name;
    result (*run)(request const&);
};

template <std::size_t count>
std::vector<std::string> names_of(named_model const (&models)[count]) {
    std::vector<std::string> names;
    for (named_model const& each : models) names.emplace_back(each.name);
    return names;
}

/// Runs the model that is asked for, and adds what it cost. Throws std::invalid_argument if there
/// is none of that name.
template <std::size_t count>
result run_named(named_model const (&models)[count], request const& asked) {
    for (named_model const& each : models) {
        if (asked.model != each.name) continue;
        usage const since;
        result all = each.run(asked);
        since.end(all);
        return all;
    }
    throw std::invalid_argument("no model '" + asked.model + "' of the work " + asked.work);
}

}  // namespace execution_models
