// SPDX-License-Identifier: MIT
#include "status_line.hpp"

#include <racekit/verdict.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace racekit::model {
namespace {

constexpr auto silent_at_first = std::chrono::seconds(2);
constexpr auto between_redraws = std::chrono::milliseconds(200);
constexpr auto between_lines = std::chrono::seconds(5);

}  // namespace

std::string duration_words(double seconds) {
    struct unit {
        double length;
        char const* name;
    };
    constexpr unit units[] = {{31'557'600, "years"}, {86'400, "days"}, {3'600, "h"}, {60, "min"}};
    char text[48];
    for (unit const& each : units) {
        if (seconds < 2 * each.length) continue;
        if (seconds / each.length > 1e6) return "more than a million years";
        std::snprintf(text, sizeof text, "%.0f %s", seconds / each.length, each.name);
        return text;
    }
    std::snprintf(text, sizeof text, "%.0f s", seconds);
    return text;
}

status_line::status_line(bool wanted) : wanted_(wanted), next_(began_ + silent_at_first) {
    char const* const terminal = std::getenv("TERM");
    redraws_ =
        ::isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

bool status_line::due() { return wanted_ && clock::now() >= next_; }

void status_line::show(std::string const& what, std::uint64_t executions, std::uint64_t pruned,
                         double covered) {
    auto const now = clock::now();
    next_ = now + (redraws_ ? std::chrono::duration_cast<clock::duration>(between_redraws)
                            : std::chrono::duration_cast<clock::duration>(between_lines));
    double const seconds = std::chrono::duration<double>(now - began_).count();
    std::string line = "racekit: " + what + ": " + grouped(executions) + " executions";
    if (pruned > 0) line += " (+" + grouped(pruned) + " pruned)";
    line += ", " + grouped(static_cast<std::uint64_t>(static_cast<double>(executions) / seconds)) +
            "/s";
    if (covered > 0) {
        char part[32];
        std::snprintf(part, sizeof part, ", about %.3g %%", 100 * covered);
        line += part;
        line += " of " +
                grouped(static_cast<std::uint64_t>(static_cast<double>(executions) / covered)) +
                ", " + duration_words(seconds / covered - seconds) + " left";
    }
    if (redraws_) {
        std::fprintf(stderr, "\r\x1b[K%.*s", 118, line.c_str());
        drawn_ = true;
    } else {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
    std::fflush(stderr);
}

void status_line::clear() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
    drawn_ = false;
}

}  // namespace racekit::model
