// SPDX-License-Identifier: MIT
// Source places for calls that hand none on: by the stack and the debug information. It defines
// model/runtime/caller_line.hpp for this flavour.
//
// A search pays nothing for places: only recorded executions ask for them.
#pragma once

#include "symbolizer.hpp"

#include <racekit/platform/site.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::unmodified {

/// The line of the program that called into the kit: the innermost one outside the kit and the
/// standard library. Nothing (line 0) if the execution is not recorded.
[[nodiscard]] site program_place();
/// The same, at less cost, of an access to memory by which the program itself called the kit: calls
/// by way of a compiled library leave no frame pointers.
[[nodiscard]] site access_place();
/// The same of an atomic operation, which a warning may name later: a note of its call path if the
/// execution is not recorded (model::caller_of).
[[nodiscard]] site operation_place();

/// The line of a compare_exchange_weak that this address of code belongs to; line 0: it is none.
[[nodiscard]] site place_of_weak_exchange(std::uintptr_t address);

/// Whether a function whose name begins so has led to this call; also in a search.
[[nodiscard]] bool is_called_by(std::string const& function);

/// The name of a variable of static storage duration, by an address in it; "": there is none.
[[nodiscard]] std::string variable_at(std::uintptr_t address);

/// What the debug information says of an address of the program's code: the innermost inlined
/// function first. Each address is looked up once.
[[nodiscard]] std::vector<source_frame> const& frames_at(std::uintptr_t address);
/// The functions of these.
[[nodiscard]] std::vector<std::string> functions_at(std::uintptr_t address);

/// Whether a source file is the standard library's, or the compiler's.
[[nodiscard]] bool is_of_the_library(std::string const& file);

/// The program's own line of an instruction, as file:line; empty: none is known.
[[nodiscard]] std::string place_in_program(std::uintptr_t address);

}  // namespace racekit::unmodified
