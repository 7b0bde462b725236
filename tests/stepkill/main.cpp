// SPDX-License-Identifier: MIT
// Prints, for each operation, how many deaths there were and what came of them. Exit code 1: a hang
// or a broken invariant, or a seeded bug that no death has shown.
#include "harness.hpp"

#include "harness/stepping.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace stepkill;

struct wishes {
    char const* only = "";
    settings how;
};

struct total {
    std::uint64_t operations = 0;
    std::uint64_t steps = 0;
    std::uint64_t points = 0;
    std::uint64_t failed = 0;
    std::uint64_t seeded = 0;
    std::uint64_t found = 0;
    std::vector<double> stalls;
};

double at_share(std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    auto const at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return sorted[at];
}

void show(operation const& what, char const* killed, report& seen, total& sum) {
    std::string came;
    for (auto const& [outcome, count] : seen.outcomes)
        came += (came.empty() ? "" : ", ") + outcome + " " + std::to_string(count);
    if (!seen.first_failure.empty()) came = seen.first_failure;
    std::printf("%-50s %-16s %6llu %6llu %5llu %6llu  %s\n", what.name.c_str(), killed,
                static_cast<unsigned long long>(seen.steps),
                static_cast<unsigned long long>(seen.points),
                static_cast<unsigned long long>(seen.hangs),
                static_cast<unsigned long long>(seen.breaks), came.c_str());
    std::fflush(stdout);
    bool const wrong = seen.points == 0 || seen.clean() == what.seeded;
    if (wrong)
        std::fprintf(stderr, "step-kill: %s, %s: %s\n", what.name.c_str(), killed,
                     what.seeded ? "the seeded bug was not found" : came.c_str());
    if (what.seeded) {
        ++sum.seeded;
        if (!seen.clean()) ++sum.found;
        return;
    }
    ++sum.operations;
    sum.steps += seen.steps;
    sum.points += seen.points;
    if (!seen.clean() || seen.points == 0) ++sum.failed;
    sum.stalls.insert(sum.stalls.end(), seen.stalls.begin(), seen.stalls.end());
}

wishes read(int count, char** given) {
    wishes all;
    for (int at = 1; at < count; ++at) {
        if (std::strcmp(given[at], "--whole") == 0) {
            all.how.whole = true;
            all.how.firsts = 12;
            all.how.seconds = UINT64_MAX;
        } else if (std::strcmp(given[at], "--report") == 0 && at + 1 < count) {
            if (std::freopen(given[++at], "w", stdout) == nullptr) {
                std::perror(given[at]);
                std::exit(2);
            }
        } else if (std::strcmp(given[at], "--only") == 0 && at + 1 < count) {
            all.only = given[++at];
        } else {
            std::fprintf(stderr, "usage: %s [--whole] [--report FILE] [--only PART_OF_A_NAME]\n",
                         given[0]);
            std::exit(2);
        }
    }
    return all;
}

}  // namespace

int main(int count, char** given) {
    wishes const wanted = read(count, given);
    if (!racekit::stepping::is_possible) {
        std::fprintf(stderr,
                     "step-kill: this processor cannot be single-stepped: nothing was run\n");
        return 77;
    }
    std::vector<operation> all;
    add_locks(all);
    add_values(all);
    add_queues(all);
    add_pipes(all);
    add_waiting(all);

    total sum;
    auto const began = std::chrono::steady_clock::now();
    std::printf("%-50s %-16s %6s %6s %5s %6s  %s\n", "operation", "killed", "steps", "deaths",
                "hangs", "broken", "what came of them");
    for (operation const& each : all) {
        if (each.name.find(wanted.only) == std::string::npos) continue;
        long_enough = std::chrono::milliseconds(each.seeded ? 400 : 4'000);
        report seen = kill_the_victim(each, wanted.how);
        show(each, each.with_sleeper ? "before a sleeper" : "alone", seen, sum);
        if (each.seeded) continue;
        seen = kill_a_survivor_too(each, wanted.how);
        show(each, "and a survivor", seen, sum);
    }
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    std::sort(sum.stalls.begin(), sum.stalls.end());
    std::printf(
        "%llu rows, %llu instructions, %llu deaths, %llu rows failed; %llu of %llu seeded bugs "
        "found; survivors "
        "took p50 %.1f ms, p99 %.1f ms, at most %.1f ms; %.1f s\n",
        static_cast<unsigned long long>(sum.operations), static_cast<unsigned long long>(sum.steps),
        static_cast<unsigned long long>(sum.points), static_cast<unsigned long long>(sum.failed),
        static_cast<unsigned long long>(sum.found), static_cast<unsigned long long>(sum.seeded),
        at_share(sum.stalls, 0.5), at_share(sum.stalls, 0.99), at_share(sum.stalls, 1),
        took.count());
    return sum.failed == 0 && sum.found == sum.seeded ? 0 : 1;
}
