// SPDX-License-Identifier: MIT
#include "layout.hpp"

#include <algorithm>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace racekit {
namespace {

constexpr std::size_t piped_width = 100;
constexpr std::size_t narrowest = 20;
std::size_t chosen_width = 0;

std::size_t found_width() {
    if (char const* const columns = std::getenv("COLUMNS"); columns != nullptr) {
        long const number = std::strtol(columns, nullptr, 10);
        if (number > 0) return static_cast<std::size_t>(number);
    }
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return piped_width;
}

std::size_t indentation(std::string const& text) {
    std::size_t const first = text.find_first_not_of(' ');
    return first == std::string::npos ? text.size() : first;
}

}  // namespace

std::size_t output_width() {
    if (chosen_width == 0) chosen_width = std::max(found_width(), narrowest);
    return chosen_width;
}

void set_output_width(std::size_t columns) { chosen_width = std::max(columns, narrowest); }

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::vector<std::string> in_lines(std::string const& text, std::size_t width) {
    std::vector<std::string> lines;
    std::string rest = text;
    while (rest.size() > width) {
        std::size_t cut = rest.rfind(' ', width);
        if (cut == std::string::npos || rest.find_first_not_of(' ') > cut) cut = width;
        lines.push_back(rest.substr(0, rest.find_last_not_of(' ', cut - 1) + 1));
        std::size_t const next = rest.find_first_not_of(' ', cut);
        rest = next == std::string::npos ? "" : rest.substr(next);
        if (rest.empty()) return lines;
    }
    lines.push_back(rest);
    return lines;
}

std::string paragraph(std::string const& lead, std::string const& text) {
    std::size_t const width = output_width();
    std::string const hang(indentation(lead) + 4, ' ');
    if (lead.size() + text.size() <= width) return lead + text + "\n";
    std::vector<std::string> const first = in_lines(lead + text, width);
    std::string result = first.front() + "\n";
    std::string rest;
    for (std::size_t at = 1; at < first.size(); ++at) rest += (at > 1 ? " " : "") + first[at];
    for (std::string const& line : in_lines(rest, width - hang.size()))
        result += hang + line + "\n";
    return result;
}

std::string command_lines(std::string const& lead, std::vector<std::string> const& words) {
    std::size_t const width = output_width();
    std::string all = lead;
    for (std::string const& word : words) all += (&word == &words.front() ? "" : " ") + word;
    if (all.size() <= width) return all + "\n";
    std::string result;
    std::string line = lead + words.front();
    for (std::size_t at = 1; at < words.size(); ++at) {
        if (line.size() + words[at].size() + 3 <= width) {
            line += " " + words[at];
            continue;
        }
        result += line + " \\\n";
        line = std::string(indentation(lead) + 4, ' ') + words[at];
    }
    return result + line + "\n";
}

std::string shell_quoted(std::string const& word) {
    constexpr char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_./=+:,@%~";
    if (!word.empty() && word[0] != '~' && word.find_first_not_of(plain) == std::string::npos)
        return word;
    std::string quoted = "'";
    for (char const each : word) quoted += each == '\'' ? "'\\''" : std::string(1, each);
    return quoted + "'";
}

}  // namespace racekit
