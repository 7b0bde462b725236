// SPDX-License-Identifier: MIT
// Programs made at random from a seed, and smaller ones made of a given one.
#pragma once

#include "program.hpp"

#include <cstdint>
#include <functional>

namespace racekit::oracle {

/// The same program for the same two numbers, on every machine.
[[nodiscard]] program random_program(std::uint64_t seed, std::uint64_t number);

/// Leaves out threads, instructions and guards, and weakens orders, as long as `still` holds of
/// what is left.
[[nodiscard]] program smallest(program from, std::function<bool(program const&)> const& still);

}  // namespace racekit::oracle
