// SPDX-License-Identifier: MIT
// selftest.oracle: random programs in the engine and through the oracle. Every difference is of a
// kind that the table below declares, or the test is red.
#include "comparison.hpp"
#include "declared.hpp"
#include "random_program.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

namespace {

using namespace racekit::oracle;

struct options {
    std::uint64_t programs = 10'000;
    std::uint64_t seed = 1;
    std::string memory = "exact";
    std::optional<std::set<std::string>> kinds;  // declared ones; not given: the table
    std::optional<std::uint64_t> one;
    std::string text;
    bool examples = false;
};

struct tally {
    std::uint64_t compared = 0, skipped = 0, racy = 0, outcomes = 0, executions = 0;
    std::uint64_t warned = 0, idle = 0;  // programs with a warning; with one for nothing
    std::map<std::string, std::uint64_t> kinds;  // of differences, by the number of programs
    std::map<std::string, std::uint64_t> first;  // a program of that kind
};

[[noreturn]] void explain_usage() {
    std::fprintf(stderr,
                 "usage: selftest.oracle [--programs N] [--seed S] [--memory M]\n"
                 "                       [--declared 'kind;...'] [--examples]\n"
                 "                       [--one NUMBER | --program TEXT]\n"
                 "memories: %s\n",
                 memories().c_str());
    std::exit(2);
}

std::set<std::string> split(std::string const& text) {
    std::set<std::string> parts;
    std::string part;
    for (char const each : text + ";") {
        if (each != ';') {
            part += each;
            continue;
        }
        if (!part.empty()) parts.insert(part);
        part.clear();
    }
    return parts;
}

options parse_arguments(int count, char** arguments) {
    options made;
    for (int at = 1; at < count; ++at) {
        std::string const name = arguments[at];
        if (name == "--examples") {
            made.examples = true;
            continue;
        }
        if (at + 1 == count) explain_usage();
        char const* const value = arguments[++at];
        auto const number = [&] { return std::strtoull(value, nullptr, 10); };
        if (name == "--programs") made.programs = number();
        else if (name == "--seed") made.seed = number();
        else if (name == "--memory") made.memory = value;
        else if (name == "--declared") made.kinds = split(value);
        else if (name == "--one") made.one = number();
        else if (name == "--program") made.text = value;
        else explain_usage();
    }
    return made;
}

bool is_declared(options const& chosen, std::string const& kind) {
    if (chosen.kinds) return chosen.kinds->contains(kind);
    return find_declared(chosen.memory, kind) != nullptr;
}

bool has(comparison const& result, std::string const& kind) {
    for (difference const& each : result.differences) {
        if (each.kind == kind) return true;
    }
    return false;
}

void print_smallest(options const& chosen, program const& from, std::string const& kind) {
    program const least = smallest(from, [&](program const& what) {
        return has(compare(what, chosen.memory), kind);
    });
    std::printf("%s\n%s", kind.c_str(), to_text(least, compare(least, chosen.memory)).c_str());
    std::fflush(stdout);
}

void count(options const& chosen, std::uint64_t number, tally& all) {
    program const what = random_program(chosen.seed, number);
    comparison const result = compare(what, chosen.memory);
    if (result.skipped) {
        ++all.skipped;
        return;
    }
    ++all.compared;
    all.racy += result.allowed.race ? 1 : 0;
    all.outcomes += result.allowed.outcomes.size();
    all.executions += result.seen.executions;
    all.warned += result.seen.warnings.empty() ? 0 : 1;
    all.idle += result.idle_warnings.empty() ? 0 : 1;
    for (difference const& each : result.differences) {
        if (++all.kinds[each.kind] == 1) all.first[each.kind] = number;
        if (is_declared(chosen, each.kind) || all.kinds[each.kind] > 3) continue;
        std::printf("NOT DECLARED, program %llu of seed %llu: ",
                    static_cast<unsigned long long>(number),
                    static_cast<unsigned long long>(chosen.seed));
        print_smallest(chosen, what, each.kind);
    }
}

/// What is wrong with a kind; empty: nothing.
std::string complaint(options const& chosen, std::string const& kind, std::uint64_t programs,
                      std::uint64_t compared) {
    if (!is_declared(chosen, kind)) return "NOT DECLARED";
    if (chosen.kinds) return "";
    double const most = find_declared(chosen.memory, kind)->most_in_a_hundred / 100 *
                        static_cast<double>(compared);
    return static_cast<double>(programs) > most + 3 ? "MORE THAN DECLARED" : "";
}

/// How many kinds are not as declared.
int judge_kinds(options const& chosen, tally const& all) {
    int wrong = 0;
    for (auto const& [kind, programs] : all.kinds) {
        std::string told = complaint(chosen, kind, programs, all.compared);
        wrong += told.empty() ? 0 : 1;
        declaration const* const known = find_declared(chosen.memory, kind);
        if (told.empty() && known != nullptr)
            told = (known->silent ? "known miss: " : "") + std::string(known->reason);
        std::printf("  %-32s %7llu programs  %s\n", kind.c_str(),
                    static_cast<unsigned long long>(programs), told.c_str());
        if (chosen.examples)
            print_smallest(chosen, random_program(chosen.seed, all.first.at(kind)), kind);
    }
    return wrong;
}

/// Every declared kind is still there: its smallest program shows it.
int judge_table(options const& chosen) {
    int wrong = 0;
    for (declaration const& each : declarations) {
        if (each.memory != chosen.memory || chosen.kinds) continue;
        program const what = parse(each.smallest);
        comparison const result = compare(what, chosen.memory);
        if (has(result, std::string(each.kind))) continue;
        ++wrong;
        std::printf("DECLARED, BUT NOT SHOWN: \"%s\": take it out of declared.hpp\n%s",
                    std::string(each.kind).c_str(), to_text(what, result).c_str());
    }
    return wrong;
}

int run(options const& chosen) {
    if (chosen.one || !chosen.text.empty()) {
        program const what =
            chosen.one ? random_program(chosen.seed, *chosen.one) : parse(chosen.text);
        comparison const result = compare(what, chosen.memory);
        std::printf("%s", to_text(what, result).c_str());
        for (difference const& each : result.differences) {
            if (!is_declared(chosen, each.kind)) return 1;
        }
        return 0;
    }
    auto const began = std::chrono::steady_clock::now();
    tally all;
    for (std::uint64_t number = 0; number < chosen.programs; ++number) count(chosen, number, all);
    double const seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::uint64_t undeclared = 0, declared = 0, silent = 0;
    for (auto const& [kind, programs] : all.kinds) {
        declaration const* const known = find_declared(chosen.memory, kind);
        if (!is_declared(chosen, kind)) undeclared += programs;
        else (known != nullptr && known->silent ? silent : declared) += programs;
    }
    auto const n = [](std::uint64_t number) { return static_cast<unsigned long long>(number); };
    std::printf("%llu programs of seed %llu, memory %s: %llu undeclared differences, %llu declared "
                "and warned, %llu known misses; %llu racy, %llu outcomes, %llu executions, "
                "%llu warned, %llu of them for nothing, %llu skipped, %.1f s\n",
                n(all.compared), n(chosen.seed), chosen.memory.c_str(), n(undeclared), n(declared),
                n(silent), n(all.racy), n(all.outcomes), n(all.executions), n(all.warned),
                n(all.idle), n(all.skipped), seconds);
    int const wrong = judge_kinds(chosen, all) + judge_table(chosen);
    return wrong == 0 && all.compared > 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run(parse_arguments(count, arguments));
    } catch (std::invalid_argument const& what) {
        std::fprintf(stderr, "selftest.oracle: %s\n", what.what());
        return 2;
    }
}
