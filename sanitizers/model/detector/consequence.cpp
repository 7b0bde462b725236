// SPDX-License-Identifier: MIT
#include "consequence.hpp"

#include "model/search/workers.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

namespace racekit::model {
namespace {

/// The lines of a result: each begins with the name of what it states.
void send(wire const& to, race_consequence const& what) {
    auto const line = [&](char const* name, std::string text) {
        std::replace(text.begin(), text.end(), '\n', ' ');
        to.send(std::string(name) + ' ' + text);
    };
    line("executions", std::to_string(what.executions));
    if (what.exhausted) line("exhausted", "");
    line("schedule", what.schedule);
    line("trouble", what.trouble);
    if (what.is_of_the_race) line("race", "");
    line("text", what.text);  // comes last: what is there before is whole then
}

void read(std::string_view line, race_consequence& into) {
    std::size_t const end = line.find(' ');
    if (end == line.npos) return;
    std::string_view const name = line.substr(0, end);
    std::string const text(line.substr(end + 1));
    if (name == "executions") into.executions = std::strtoull(text.c_str(), nullptr, 10);
    else if (name == "exhausted") into.exhausted = true;
    else if (name == "race") into.is_of_the_race = true;
    else if (name == "schedule") into.schedule = text;
    else if (name == "trouble") into.trouble = text;
    else if (name == "text") into.text = text;
}

struct time_is_over {};

}  // namespace

race_consequence searched_apart(std::function<race_consequence()> const& search, double seconds) {
    using clock = std::chrono::steady_clock;
    auto const limit = clock::now() + std::chrono::duration_cast<clock::duration>(
                                          std::chrono::duration<double>(seconds));
    race_consequence seen;
    std::string trouble;
    try {
        workers one;
        one.start([&](wire const& to) { send(to, search()); });
        trouble = one.receive([&](std::size_t, std::string_view line) { read(line, seen); },
                              [&] {
                                  if (clock::now() > limit) throw time_is_over{};
                              });
    } catch (time_is_over const&) {
        trouble = "it took too long";
    }
    if (trouble.empty()) return seen;
    race_consequence none;
    none.trouble = trouble;
    return none;
}

}  // namespace racekit::model
