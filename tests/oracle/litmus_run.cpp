// SPDX-License-Identifier: MIT
// oracle FILE...: what C++20, RC11 and the engine say of `.litmus` files.
#include "engine_side.hpp"
#include "litmus_file.hpp"
#include "oracle.hpp"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace {

using namespace racekit::oracle;

struct options {
    bool outcomes = false;
    bool witnesses = false;
    bool engine = true;
    std::string memory = "exact";
    std::vector<std::string> files;
};

[[noreturn]] void explain_usage() {
    std::fprintf(stderr, "usage: oracle [--outcomes] [--witnesses] [--no-engine] [--memory M] "
                         "FILE.litmus...\n");
    std::exit(2);
}

options parse_arguments(int count, char** arguments) {
    options made;
    for (int at = 1; at < count; ++at) {
        std::string const word = arguments[at];
        if (word == "--outcomes") made.outcomes = true;
        else if (word == "--witnesses") made.outcomes = made.witnesses = true;
        else if (word == "--no-engine") made.engine = false;
        else if (word == "--memory" && at + 1 < count) made.memory = arguments[++at];
        else if (word.starts_with("--")) explain_usage();
        else made.files.push_back(word);
    }
    if (made.files.empty()) explain_usage();
    return made;
}

std::string content_of(std::string const& file) {
    std::ifstream in(file);
    if (!in) throw std::invalid_argument(file + ": cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

void print_verdict(char const* who, litmus_file const& file, std::set<outcome> const& all,
                   std::string const& more) {
    litmus_verdict const made = judge_litmus(file, all);
    constexpr char const* names[] = {"exists", "~exists", "forall"};
    std::printf("  %-7s %s %s: %s, %zu positive, %zu negative%s\n", who,
                names[static_cast<int>(file.how)], file.about_text.c_str(),
                made.is_true(file.how) ? "true" : "false", made.positive, made.negative,
                more.c_str());
}

std::set<outcome> outcomes_of(answer const& from) {
    std::set<outcome> made;
    for (auto const& [ends, least] : from.outcomes) made.insert(ends);
    return made;
}

std::string race_of(answer const& from) {
    return from.race ? std::string(", DATA RACE") : std::string();
}

void run(options const& chosen, std::string const& name) {
    litmus_file const file = read_litmus(content_of(name), name);
    std::printf("%s\n", file.what.name.c_str());
    answer const by_cpp20 = ask(file.what);
    print_verdict("C++20", file, outcomes_of(by_cpp20), race_of(by_cpp20));
    answer const by_rc11 = ask(file.what, rc11());
    print_verdict("RC11", file, outcomes_of(by_rc11), race_of(by_rc11));
    shown seen;
    if (chosen.engine) {
        seen = explore(file.what, chosen.memory);
        std::string more = seen.finding.empty() ? "" : ", found: " + seen.finding;
        if (seen.cut) more += ", not exhausted";
        for (std::string const& each : seen.warnings) more += ", warns of " + each;
        print_verdict("engine", file, seen.outcomes, more);
    }
    if (!chosen.outcomes) return;
    for (auto const& [ends, least] : by_cpp20.outcomes) {
        bool const is_missing = chosen.engine && !seen.outcomes.contains(ends);
        std::string const more = is_missing ? std::string("   not shown, needs ") + to_text(least)
                                            : std::string();
        std::printf("  %s %s%s\n", holds(file.about, ends) ? "*" : " ",
                    to_text(file, ends).c_str(), more.c_str());
        if (chosen.witnesses) std::printf("%s", witness(file.what, {}, ends).c_str());
    }
}

}  // namespace

int main(int count, char** arguments) {
    options const chosen = parse_arguments(count, arguments);
    int wrong = 0;
    for (std::string const& file : chosen.files) {
        try {
            run(chosen, file);
        } catch (std::invalid_argument const& what) {
            std::fprintf(stderr, "%s\n", what.what());
            ++wrong;
        }
    }
    return wrong == 0 ? 0 : 2;
}
