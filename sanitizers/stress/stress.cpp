// SPDX-License-Identifier: MIT
#include "stress.hpp"

#include "harness/failed_checks.hpp"
#include "harness/thread_pool.hpp"
#include "harness/child_process.hpp"
#include "harness/noise.hpp"
#include "harness/program_rounds.hpp"
#include "harness/instance_memory.hpp"
#include "harness/tally.hpp"

#include <chrono>
#include <cstring>

namespace racekit::stress {
namespace {

using seconds = std::chrono::duration<double>;

constexpr double default_seconds = 0.7;
constexpr std::uint64_t default_rounds = 20'000;
constexpr auto time_limit = std::chrono::seconds(2);
constexpr char mode[] = "free, with preemption noise";
/// Of a program in which the compiler and the linker have put points for it.
constexpr char mode_with_noise_inside[] =
    "free, with preemption noise, and noise at accesses and calls";

/// The observation if a signal killed the child process.
observation crashed(int signal, std::uint64_t round) {
    observation seen;
    seen.mode = mode;
    seen.how = observation::state::found;
    seen.far = {reach::kind::sampled, round, "rounds", ""};
    seen.found.emplace();
    seen.found->kind = "crash";
    seen.found->consequence = std::string("died of ") + ::sigdescr_np(signal);
    seen.found->found_in = round;
    return seen;
}

/// A program as it is: a round is a process.
observation look_at_rounds_of_program(scenario const& what, variant which, settings const& how) {
    program_budget const budget{how.seconds > 0 ? how.seconds : default_seconds * how.scale,
                                how.executions > 0 ? how.executions : how.scaled(default_rounds)};
    observation seen = look_at_program(what, which, how, budget);
    seen.mode = begin_noise != nullptr ? "free, with noise at accesses and calls" : "free";
    return seen;
}

}  // namespace

observation look(scenario const& what, variant which, settings const& how) {
    if (!how.schedule.empty())
        throw usage_error("the stress detector has no schedule to replay; repeat it with --seed");
    if (!how.mode.empty()) throw usage_error("the stress detector has no mode '" + how.mode + "'");
    if (what.program[0] != '\0') return look_at_rounds_of_program(what, which, how);
    auto const began = std::chrono::steady_clock::now();
    double const most_seconds = how.seconds > 0 ? how.seconds : default_seconds * how.scale;
    std::uint64_t const rounds = how.executions > 0 ? how.executions : how.scaled(default_rounds);
    auto const elapsed = [&] { return seconds(std::chrono::steady_clock::now() - began).count(); };

    failed_checks::open_board();
    std::uint64_t const before = failed_checks::resets();
    if (auto const signal = continue_in_child()) {
        observation seen = crashed(*signal, failed_checks::resets() - before);
        seen.seconds = elapsed();
        return seen;
    }
    observation seen;
    tally results(seen);
    seen.mode = begin_noise != nullptr ? mode_with_noise_inside : mode;
    if (begin_noise != nullptr) begin_noise(how.seed);
    seen.far.unit = "rounds";
    instance_memory memory(what.maker(which), instance_memory::sharing::private_heap);
    noise disturbance(how.seed, what.count);
    auto pool = std::make_unique<thread_pool>(what.count, [&](int thread, std::uint64_t round) {
        disturbance.before_act(thread, round);
    });
    disturbance.aim_at(pool->threads());

    // The preparation above does not count, however busy the machine is.
    double const prepared = elapsed();
    double const longer = how.seconds > 0 ? 1 : extra_time(which, what.about.stress);
    auto const may_go_on = [&] {
        double const spent = elapsed() - prepared;
        return spent < most_seconds || (!seen.found && spent < longer * most_seconds);
    };
    for (std::uint64_t round = 1; round <= rounds && may_go_on(); ++round) {
        test_instance* const instance = results.begin(memory, how.seed + round);
        if (instance == nullptr) continue;
        bool finished = pool->run(*instance, time_limit);
        seen.far = {reach::kind::sampled, round, "rounds", ""};
        if (!finished) {
            disturbance.stop();  // does the test body hang, or is it only our noise?
            finished = !pool->is_stuck();
        }
        if (!finished && !failed_checks::is_judged(0)) {
            (void)pool.release();
            memory.abandon();
            results.conclude_from_assumptions(true);
            seen.seconds = elapsed();
            return seen;
        }
        if (!finished) {
            finding found;
            found.kind = "hang";
            for (std::string const& where : pool->stuck_threads())
                found.consequence += (found.consequence.empty() ? "" : "; ") + where;
            results.keep(found, round);
            (void)pool.release();  // its threads never end, so they and the instance must stay
            memory.abandon();
            seen.how = observation::state::found;
            seen.seconds = elapsed();
            return seen;
        }
        (void)results.finish(*instance, true);
        results.end(*instance, round);
        if (!pool->uncaught().empty()) {
            finding found;
            found.kind = "uncaught exception";
            found.consequence = pool->uncaught();
            results.keep(found, round);
        }
        memory.tear_down();
    }
    disturbance.stop();
    seen.how = seen.found ? observation::state::found : observation::state::clean;
    results.conclude_from_assumptions(false);
    seen.seconds = elapsed();
    return seen;
}

namespace {
entered_detector const entered{{"stress", look}};
}  // namespace

}  // namespace racekit::stress
