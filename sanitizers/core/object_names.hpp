// SPDX-License-Identifier: MIT
// Gives each object of a trace a name of its own, from what the source calls it where it is used.
#pragma once

#include "object_expression.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace racekit {

/// One use of an object.
struct object_use {
    std::uint64_t place = 0;  ///< its address, or another number that grows along an array
    int thread = -1;
    object_expression expression;
};

/// A name for each place that a use names: `a`, `next[1]`, `next#2`. An element of an array has its
/// number: written, computed from `self` (the number of the thread), or counted from an element
/// that is known; if none is known, from the first element that occurs. Two objects never share
/// one.
[[nodiscard]] std::map<std::uint64_t, std::string> names_of_objects(
    std::vector<object_use> const& uses);

}  // namespace racekit
