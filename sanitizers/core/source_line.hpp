// SPDX-License-Identifier: MIT
// Lines of source files, and what they say.
#pragma once

#include <string>

namespace racekit {

/// Line `number` (from 1) of a file; "" if it cannot be read. Files are read once.
[[nodiscard]] std::string source_line(std::string const& file, int number);

/// Whether the line ends in the mark `// <- race`.
[[nodiscard]] bool is_marked(std::string const& file, int number);

/// What the line calls the object that `operation` (load, store, read, lock, ...) is applied to:
/// `head` for `head_.load(`, `slots` for `slots_[i].put(`, `gate` for `scoped_lock hold(gate)`; ""
/// if it does not tell.
[[nodiscard]] std::string object_in_line(std::string const& line, std::string const& operation);

}  // namespace racekit
