// SPDX-License-Identifier: MIT
// Random programs, each explored without reduction, with sleep sets, with stale commutation as
// well, and with source sets: what the reduced searches see must be what the unreduced one sees.
#include "small_programs.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>

namespace {

using namespace racekit::model;
using namespace racekit::model::fuzz;

constexpr char const* reduction_names[] = {"no reduction", "sleep sets", "stale commutation",
                                            "source sets"};
constexpr exhaustive::reduction reductions[] = {exhaustive::reduction::none,
                                                exhaustive::reduction::sleep_sets,
                                                exhaustive::reduction::stale_commutation,
                                                exhaustive::reduction::source_sets};
constexpr int ways = 4;

std::uint64_t seed_of_the_day() {
    std::time_t const now = std::time(nullptr);
    std::tm const* const day = std::gmtime(&now);
    return static_cast<std::uint64_t>((day->tm_year + 1900) * 10000 + (day->tm_mon + 1) * 100 +
                                      day->tm_mday);
}

struct tally {
    std::uint64_t compared = 0, skipped = 0, different = 0, masked = 0, outcomes = 0;
    std::uint64_t executions[ways] = {}, abandoned[ways] = {};
    std::map<std::string, std::uint64_t> kinds;
};

void report(std::uint64_t seed, std::uint64_t number, small_program const& what,
            std::uint64_t most) {
    std::printf("program %llu of seed %llu\n%s", static_cast<unsigned long long>(number),
                static_cast<unsigned long long>(seed), to_text(what).c_str());
    sighting seen[ways];
    for (int which = 0; which < ways; ++which) {
        seen[which] = search(what, reductions[which], most, true);
        std::printf("%s: %llu executions (+%llu pruned)%s, %zu outcomes, findings:",
                    reduction_names[which], static_cast<unsigned long long>(seen[which].executions),
                    static_cast<unsigned long long>(seen[which].abandoned),
                    seen[which].cut ? ", cut" : "", seen[which].outcomes.size());
        for (std::string const& kind : seen[which].kinds) std::printf(" %s;", kind.c_str());
        std::printf("\n");
    }
    int shown = 0;
    for (std::string const& each : seen[0].texts) {
        std::string missed;
        for (int which = 1; which < ways; ++which) {
            if (seen[which].texts.contains(each)) continue;
            missed += std::string(missed.empty() ? " " : ", ") + reduction_names[which];
        }
        if (missed.empty()) continue;
        std::printf("  outcome%s missed by%s\n", each.c_str(), missed.c_str());
        if (++shown == 10) break;
    }
}

/// False when a reduced search saw something else.
bool compare(std::uint64_t seed, std::uint64_t number, memory_kind memory, std::uint64_t most,
             tally& so_far) {
    small_program what = random_program(seed, number);
    what.memory = memory;
    sighting const unreduced = search(what, reductions[0], most);
    so_far.executions[0] += unreduced.executions;
    if (unreduced.cut) {
        ++so_far.skipped;
        return true;
    }
    ++so_far.compared;
    so_far.outcomes += unreduced.outcomes.size();
    for (std::string const& kind : unreduced.kinds) ++so_far.kinds[kind];
    for (int which = 1; which < ways; ++which) {
        sighting const reduced = search(what, reductions[which], most);
        so_far.executions[which] += reduced.executions;
        so_far.abandoned[which] += reduced.abandoned;
        // Without reduction a finding may come at once, and with it beyond the bound.
        if (reduced.cut && !unreduced.kinds.empty()) {
            ++so_far.skipped;
            continue;
        }
        if (reduced.kinds != unreduced.kinds) ++so_far.masked;
        std::string const what_differs = difference(what, unreduced, reduced);
        if (what_differs.empty()) continue;
        ++so_far.different;
        std::printf("DIFFERENCE, %s: %s\n", reduction_names[which], what_differs.c_str());
        report(seed, number, what, most);
        std::fflush(stdout);
        return false;
    }
    return true;
}

struct options {
    std::uint64_t seed = seed_of_the_day();
    std::uint64_t programs = 10'000;
    std::uint64_t most = 20'000;
    memory_kind memory = memory_kind::exact;
    bool single = false;
    std::uint64_t one = 0;
};

options read_options(int count, char** arguments) {
    options asked;
    for (int at = 1; at < count; ++at) {
        auto const number = [&] {
            if (at + 1 == count) {
                std::fprintf(stderr, "%s needs a number\n", arguments[at]);
                std::exit(2);
            }
            return std::strtoull(arguments[++at], nullptr, 10);
        };
        if (std::strcmp(arguments[at], "--seed") == 0) asked.seed = number();
        else if (std::strcmp(arguments[at], "--programs") == 0) asked.programs = number();
        else if (std::strcmp(arguments[at], "--most") == 0) asked.most = number();
        else if (std::strcmp(arguments[at], "--relacy") == 0) asked.memory = memory_kind::relacy;
        else if (std::strcmp(arguments[at], "--one") == 0) {
            asked.one = number();
            asked.single = true;
        } else {
            std::fprintf(
                stderr,
                "usage: model_fuzz [--seed S] [--programs N] [--most EXECUTIONS] [--one NUMBER]\n"
                "                  [--relacy]\n");
            std::exit(2);
        }
    }
    return asked;
}

}  // namespace

int main(int count, char** arguments) {
    auto const [seed, programs, most, memory, single, one] = read_options(count, arguments);
    if (single) {
        tally alone;
        small_program what = random_program(seed, one);
        what.memory = memory;
        report(seed, one, what, most);
        return compare(seed, one, memory, most, alone) ? 0 : 1;
    }
    std::printf("seed %llu, %llu programs, those beyond %llu executions are skipped\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(programs),
                static_cast<unsigned long long>(most));
    std::fflush(stdout);
    auto const began = std::chrono::steady_clock::now();
    tally all;
    for (std::uint64_t number = 0; number < programs && all.different < 10; ++number)
        (void)compare(seed, number, memory, most, all);
    double const seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%llu compared, %llu skipped, %llu differences, %llu outcomes in %.0f s\n",
                static_cast<unsigned long long>(all.compared),
                static_cast<unsigned long long>(all.skipped),
                static_cast<unsigned long long>(all.different),
                static_cast<unsigned long long>(all.outcomes), seconds);
    for (int which = 0; which < ways; ++which) {
        std::printf("%s: %llu executions (+%llu pruned)\n", reduction_names[which],
                    static_cast<unsigned long long>(all.executions[which]),
                    static_cast<unsigned long long>(all.abandoned[which]));
    }
    std::printf("programs with a");
    for (auto const& [kind, times] : all.kinds)
        std::printf(" %s: %llu;", kind.c_str(), static_cast<unsigned long long>(times));
    std::printf(" kinds that differ only by which came first: %llu\n",
                static_cast<unsigned long long>(all.masked));
    return all.different == 0 ? 0 : 1;
}
