// SPDX-License-Identifier: MIT
// The words of a litmus file, with their lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace racekit::oracle {

struct litmus_word {
    std::string text;
    int line = 0;
};

/// Words are names, numbers, and signs of one or two characters. Comments are left out: (* *), //,
/// /* */ and strings. Throws std::invalid_argument for a comment without an end.
[[nodiscard]] std::vector<litmus_word> litmus_words(std::string_view text, std::string const& name,
                                                    int first_line);

[[nodiscard]] bool is_name(std::string const& word);
[[nodiscard]] bool is_number(std::string const& word);
/// std::invalid_argument with the file's name and the line.
[[noreturn]] void litmus_error(std::string const& name, int line, std::string const& what);

}  // namespace racekit::oracle
