// SPDX-License-Identifier: MIT
// What happened in an execution, before it is put into words.
#pragma once

#include <racekit/finding.hpp>
#include <racekit/platform/site.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::model {

struct row {
    int thread = -1;
    std::uint32_t object = 0;
    std::string operation;  ///< "load", "lock": what to look for in the source line
    std::string action;
    std::string order;
    std::string value;
    std::string note;
    site where;
    bool blocked = false;
    std::vector<candidate_store> could_read = {};
};
using trace = std::vector<row>;

/// What is known of an object by itself: its kind, and a name if it was given one.
struct object_name {
    std::string kind;
    std::string given;
};

/// Names for all objects: the given one, else what the source calls it where it is used, else
/// kind#number. Two objects with the same name get #2, #3.
[[nodiscard]] std::vector<std::string> names_of(trace const& rows,
                                                std::vector<object_name> const& objects);

/// The rows as a finding prints them. `%0` .. in texts stand for object numbers and become names.
[[nodiscard]] std::vector<step> steps_of(trace const& rows, std::vector<std::string> const& names);
[[nodiscard]] std::string with_names(std::string text, std::vector<std::string> const& names);

}  // namespace racekit::model
