// SPDX-License-Identifier: MIT
#include "program_rounds.hpp"

#include "choices.hpp"
#include "failed_checks.hpp"
#include "program_round.hpp"

#include "core/run_record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <unistd.h>

namespace racekit {
namespace {

using seconds = std::chrono::duration<double>;

constexpr double longest_round = 60;  // seconds

char const* kind_of(program_end::kind how) {
    switch (how) {
        case program_end::kind::failed: return "failed check";
        case program_end::kind::threw: return "uncaught exception";
        case program_end::kind::crashed: return "crash";
        case program_end::kind::hung: return "hang";
        case program_end::kind::finished:
        case program_end::kind::endless: break;
    }
    return "";
}

/// How the program ended, or a check of the kit that failed in it.
std::optional<finding> finding_of(program_end const& end) {
    finding found;
    found.kind = kind_of(end.how);
    found.consequence = end.text;
    if (failed_checks::failures_in(0) != 0) {
        failed_checks::failure const first = failed_checks::first();
        found.kind = "failed check";
        found.consequence = first.condition + (first.detail.empty() ? "" : ": " + first.detail);
        found.places.push_back({"check " + first.condition, first.file, first.line, false});
    } else if (end.how == program_end::kind::crashed && places_of_crash != nullptr) {
        found.places = places_of_crash(this_run(), "");
    }
    if (found.kind.empty()) return std::nullopt;
    return found;
}

/// The race that led to a failed check says more than the check.
std::optional<finding> joined(std::optional<finding> reported, std::optional<finding> ended) {
    if (!reported) return ended;
    if (ended) reported->consequence = ended->kind + ": " + ended->consequence;
    return reported;
}

void prepare_round(std::uint64_t seed) {
    failed_checks::reset();
    choices::begin_round(seed);
    run_record& record = this_run();
    record.begin_round();
    record.crash_taken.store(false, std::memory_order_relaxed);
    record.frames[0] = nullptr;
}

/// In the process of a round.
void begin_in_process(std::uint64_t seed) {
    choices::end_round = [] { ::_exit(EXIT_SUCCESS); };
    if (begin_noise != nullptr) begin_noise(seed);
}

/// The one instance of the program, which holds nothing of it.
class program_instance {
public:
    explicit program_instance(instance_maker const& maker) : it_(maker.make(place_)) {}
    ~program_instance() { it_->~test_instance(); }
    program_instance(program_instance const&) = delete;
    program_instance& operator=(program_instance const&) = delete;
    void run() { it_->act(0); }

private:
    alignas(std::max_align_t) std::byte place_[64];
    test_instance* it_;
};

}  // namespace

observation look_at_program(scenario const& what, variant which, settings const& how,
                            program_budget budget,
                            std::function<std::optional<finding>()> const& reported) {
    auto const began = std::chrono::steady_clock::now();
    auto const elapsed = [&] { return seconds(std::chrono::steady_clock::now() - began).count(); };
    observation seen;
    seen.far.unit = "rounds";
    if (threads_before_main > 0) {
        seen.trouble =
            "the program starts threads before main(), which a forked process does not have: "
            "start them in main()";
        return seen;
    }
    failed_checks::open_board();
    program_round process(how.show, std::chrono::duration_cast<std::chrono::milliseconds>(
                                        seconds(longest_round * how.scale)));
    program_instance program(what.maker(which));
    bool judged_any = false;
    for (std::uint64_t round = 1;
         round <= budget.rounds && (round == 1 || elapsed() < budget.seconds); ++round) {
        prepare_round(how.seed + round);
        program_end const end = process.run([&] {
            begin_in_process(how.seed + round);
            program.run();
        });
        this_run().end_round();
        seen.far = {reach::kind::sampled, round, "rounds", ""};
        judged_any |= failed_checks::is_judged(0);
        seen.found = joined(reported ? reported() : std::nullopt, finding_of(end));
        if (seen.found) {
            seen.found->found_in = round;
            break;
        }
        if (end.how == program_end::kind::endless) {
            seen.trouble = end.text + ": let it do less, or look for a loop without end";
            break;
        }
    }
    if (!judged_any && !seen.found && seen.trouble.empty())
        seen.trouble = "the assumptions held in no round: each one ended in assume(false)";
    seen.how = seen.found             ? observation::state::found
               : seen.trouble.empty() ? observation::state::clean
                                      : observation::state::inconclusive;
    seen.seconds = elapsed();
    return seen;
}

}  // namespace racekit
