// SPDX-License-Identifier: MIT
// Reads lines of source files, and finds marks and object names in them.
#pragma once

#include <string>

namespace racekit {

/// Line `number` (from 1) of a file; "" if it cannot be read. Each file is read once.
[[nodiscard]] std::string source_line(std::string const& file, int number);

/// Whether the line ends in the mark `// <- race`.
[[nodiscard]] bool is_marked(std::string const& file, int number);

/// The name of the object to which the line applies `operation` (load, store, read, lock, ...):
/// `head` for `head_.load(`, `slots` for `slots_[i].put(`, `gate` for `scoped_lock hold(gate)`; ""
/// if the line does not show it.
[[nodiscard]] std::string object_in_line(std::string const& line, std::string const& operation);

}  // namespace racekit
