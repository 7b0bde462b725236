// SPDX-License-Identifier: MIT
// The memory orders of the program, by the places that name them: a list of those that it uses,
// and weaker ones in their stead. An order is an argument of a call, so nothing is compiled again.
//
// RACEKIT_LIST_ORDERS=FILE    writes what the executions have used to the file, as JSON
// RACEKIT_WEAKEN=KEY=FROM>TO;...    uses another order where the list has this key and this order
//
// A key is what differs from place to place and stays the same from process to process: the
// return addresses from the operation up to the first function that is not the standard library's,
// as offsets in their modules, and "!" behind them for the order of a compare_exchange that fails.
#pragma once

#include "model/core/call_frame.hpp"

#include <racekit/verdict.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

namespace racekit::unmodified::orders {

enum class part : std::uint8_t { whole, failure };

struct use {
    char const* operation;
    part which;
    void const* at;  ///< null: a fence
};

/// Whether the operations are to ask in_force().
inline bool are_asked_for = false;
[[nodiscard]] std::memory_order in_force(std::memory_order given, use const& what,
                                         model::call_frame const& from);

/// Reads what the environment asks for. A wrong word ends the program: exit code 2.
void begin();
/// Writes the list that was asked for.
void write();
/// That the verdict is not of the program as it is.
[[nodiscard]] std::vector<warning> warnings();

}  // namespace racekit::unmodified::orders
