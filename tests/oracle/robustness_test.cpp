// SPDX-License-Identifier: MIT
// selftest.robustness: random programs. One in which the engine finds no weak execution, and warns
// of nothing, has the outcomes of the same program with seq_cst everywhere, by the axioms of C++20
// without load buffering, which the engine does not show and does not always warn of; and in that
// one it finds no weak execution.
#include "engine_side.hpp"
#include "oracle.hpp"
#include "random_program.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace racekit::oracle;

constexpr std::uint64_t most_choices = 200'000;
constexpr std::uint64_t most_executions = 20'000;

program in_order(program what) {
    for (auto& thread : what.threads) {
        for (instruction& each : thread) each.order = each.failure = std::memory_order_seq_cst;
    }
    return what;
}

struct tally {
    std::uint64_t robust = 0, weak = 0, unknown = 0, wrong = 0;
};

void complain(program const& what, char const* why, tally& all) {
    ++all.wrong;
    std::printf("%s:\n%s\n", why, to_text(what).c_str());
}

void look_at(program const& what, tally& all) {
    program const strong = in_order(what);
    shown const strongly = explore(strong, "exact", most_executions, true);
    if (strongly.finding == "weak execution")
        complain(what, "a weak execution although every order is seq_cst", all);
    shown const seen = explore(what, "exact", most_executions, true);
    if (seen.finding == "weak execution") {
        ++all.weak;
        return;
    }
    rules no_load_buffering;
    no_load_buffering.cycles = false;
    answer const allowed = ask(what, no_load_buffering, most_choices);
    answer const sequential = ask(strong, {}, most_choices);
    if (seen.cut || allowed.cut || sequential.cut || !seen.finding.empty() ||
        !seen.warnings.empty()) {
        ++all.unknown;
        return;
    }
    ++all.robust;
    for (auto const& [ends, needs] : allowed.outcomes) {
        if (sequential.outcomes.contains(ends)) continue;
        complain(what, "called robust, with an outcome that is not sequentially consistent", all);
        return;
    }
}

}  // namespace

int main(int count, char** words) {
    std::uint64_t const programs = count > 1 ? std::strtoull(words[1], nullptr, 10) : 3'000;
    tally all;
    for (std::uint64_t number = 1; number <= programs; ++number)
        look_at(random_program(1, number), all);
    std::printf(
        "%llu robust, %llu with a weak execution, %llu unknown, %llu wrong\n",
        static_cast<unsigned long long>(all.robust), static_cast<unsigned long long>(all.weak),
        static_cast<unsigned long long>(all.unknown), static_cast<unsigned long long>(all.wrong));
    bool const says_something = all.robust > programs / 20 && all.weak > programs / 20;
    return all.wrong == 0 && says_something ? 0 : 1;
}
