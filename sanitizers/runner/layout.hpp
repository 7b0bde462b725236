// SPDX-License-Identifier: MIT
// Text that fits the terminal it is printed on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace racekit {

/// Columns of the standard output: what was set, else $COLUMNS, else the terminal's, else 100.
[[nodiscard]] std::size_t output_width();
void set_output_width(std::size_t columns);

/// `text` filled up with spaces.
[[nodiscard]] std::string padded(std::string text, std::size_t width);

/// The words of `text` in lines of at most `width` columns; a word that is longer is cut.
[[nodiscard]] std::vector<std::string> in_lines(std::string const& text, std::size_t width);

/// A paragraph with its line ends: `text` behind `lead`, all lines but the first indented as `lead`
/// is and four columns more.
[[nodiscard]] std::string paragraph(std::string const& lead, std::string const& text);

/// A command to copy, with its line ends: it goes on after a backslash where it is too long.
[[nodiscard]] std::string command_lines(std::string const& lead,
                                        std::vector<std::string> const& words);

/// The word as a shell reads it back.
[[nodiscard]] std::string shell_quoted(std::string const& word);

}  // namespace racekit
