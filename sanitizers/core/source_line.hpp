// SPDX-License-Identifier: MIT
// Reads lines of source files, and finds marks and object names in them.
#pragma once

#include "object_expression.hpp"

#include <string>

namespace racekit {

/// Line `number` (from 1) of a file; "" if it cannot be read. Each file is read once.
[[nodiscard]] std::string source_line(std::string const& file, int number);

/// Whether the file can be read, here and now.
[[nodiscard]] bool is_readable(std::string const& file);

/// Whether the line ends in the mark `// <- race`.
[[nodiscard]] bool is_marked(std::string const& file, int number);

/// The object to which the source applies `operation` (load, store, read, lock, ..., or the name of
/// a function) at this place; empty if the source does not show it. Without a column (0) the first
/// object in the line that fits is taken.
[[nodiscard]] object_expression object_of(std::string const& file, int line, int column,
                                          std::string const& operation);

/// The name of the first object in the line to which `operation` is applied: `head` for
/// `head_.load(`, `gate` for `scoped_lock hold(gate)`; "" if the line does not show it.
[[nodiscard]] std::string object_in_line(std::string const& line, std::string const& operation);

}  // namespace racekit
