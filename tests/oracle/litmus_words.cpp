// SPDX-License-Identifier: MIT
#include "litmus_words.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace racekit::oracle {
namespace {

bool is_letter(char what) {
    return std::isalnum(static_cast<unsigned char>(what)) != 0 || what == '_';
}

/// The length of a comment or string that begins here; 0: none does. In braces "(*p)" is none.
std::size_t comment_length(std::string_view rest, bool in_braces, std::string const& name,
                           int line) {
    if (in_braces && rest.size() > 2 && is_letter(rest[2]) && rest.starts_with("(*")) return 0;
    struct bracket {
        std::string_view open, close;
    };
    for (bracket const each : {bracket{"(*", "*)"}, bracket{"/*", "*/"}, bracket{"\"", "\""}}) {
        if (!rest.starts_with(each.open)) continue;
        std::size_t const end = rest.find(each.close, each.open.size());
        if (end == std::string_view::npos)
            litmus_error(name, line, "this comment or string has no end");
        return end + each.close.size();
    }
    if (rest.starts_with("//")) return std::min(rest.find('\n'), rest.size());
    return 0;
}

}  // namespace

void litmus_error(std::string const& name, int line, std::string const& what) {
    throw std::invalid_argument(name + ":" + std::to_string(line) + ": " + what);
}

bool is_name(std::string const& word) {
    return !word.empty() && is_letter(word[0]) &&
           std::isdigit(static_cast<unsigned char>(word[0])) == 0;
}

bool is_number(std::string const& word) {
    return !word.empty() && std::ranges::all_of(word, [](char each) {
        return std::isdigit(static_cast<unsigned char>(each)) != 0;
    });
}

std::vector<litmus_word> litmus_words(std::string_view text, std::string const& name,
                                      int first_line) {
    constexpr std::string_view pairs[] = {"==", "!=", "<=", ">=", "&&", "||", "/\\", "\\/", "->"};
    std::vector<litmus_word> words;
    int line = first_line;
    int depth = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::string_view const rest = text.substr(at);
        std::size_t length = comment_length(rest, depth > 0, name, line);
        if (length == 0) {
            length = 1;
            depth += rest[0] == '{' ? 1 : rest[0] == '}' ? -1 : 0;
            if (is_letter(rest[0])) {
                while (length < rest.size() && is_letter(rest[length])) ++length;
            } else if (std::ranges::find(pairs, rest.substr(0, 2)) != std::end(pairs)) {
                length = 2;
            }
            if (std::isspace(static_cast<unsigned char>(rest[0])) == 0)
                words.push_back({std::string(rest.substr(0, length)), line});
        }
        line += static_cast<int>(std::ranges::count(rest.substr(0, length), '\n'));
        at += length;
    }
    return words;
}

}  // namespace racekit::oracle
