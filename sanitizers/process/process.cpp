// SPDX-License-Identifier: MIT
#include "process.hpp"

#include "harness/choices.hpp"
#include "harness/failed_checks.hpp"
#include "harness/test_processes.hpp"
#include "harness/instance_memory.hpp"
#include "harness/stepping.hpp"
#include "harness/tally.hpp"
#include "torn_io.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <iterator>
#include <optional>
#include <vector>

namespace racekit::processes {
namespace {

using seconds = std::chrono::duration<double>;
using nanoseconds = std::chrono::nanoseconds;

constexpr double default_seconds = 0.7;
constexpr std::uint64_t default_rounds = 20'000;
/// A busy machine runs at least this many rounds (kills, if a process is mortal) within four times
/// the time.
constexpr std::uint64_t fewest_rounds = 40;
constexpr std::size_t most_memory = 4 << 20;

/// The descriptors that are in `after` and not in `before`.
std::vector<int> opened_between(std::vector<int> const& before, std::vector<int> const& after) {
    std::vector<int> opened;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                        std::back_inserter(opened));
    return opened;
}

/// The median; 0 if nothing was measured.
template <class Number>
Number median(std::vector<Number> measured) {
    if (measured.empty()) return Number(0);
    auto const middle = measured.begin() + static_cast<std::ptrdiff_t>(measured.size() / 2);
    std::nth_element(measured.begin(), middle, measured.end());
    return *middle;
}

/// Chooses when to kill the mortal process, after rounds that only measure it.
///
/// Half of the kills are at a machine instruction, evenly distributed: a critical section of three
/// instructions is hit as often as any other three instructions. The other half are at a time of
/// the clock, which needs no single-stepping and so does not disturb the process. Half of these are
/// evenly distributed over its duration, half are denser near its start, so that a long wait at the
/// end does not hide the short work before it.
class kill_planner {
public:
    kill_planner(int process, std::uint64_t seed)
        : process_(process), random_(seed ^ 0x6b696c6cU) {}

    [[nodiscard]] kill_plan next() {
        kill_plan chosen;
        chosen.process = process_;
        std::uint64_t const round = ++round_;
        if (round <= 2 * measured) {
            is_measuring_ = true;
            if (round <= measured || !stepping::is_possible) {
                chosen.at = std::chrono::hours(1);
            } else {
                chosen.how = kill_plan::by::step;
                chosen.step = stepping::never;
            }
            return chosen;
        }
        is_measuring_ = false;
        std::uint64_t const steps = median(steps_);
        if (steps > 0 && steps <= most_steps && random_.below(2) == 0) {
            chosen.how = kill_plan::by::step;
            chosen.step = 1 + random_.below(steps);
            chosen.others_begin = 1 + random_.below(steps);
            return chosen;
        }
        auto const span = std::max(1000.0, 1.1 * static_cast<double>(median(durations_).count()));
        double const part = static_cast<double>(random_.next() >> 11) / 9007199254740992.0;  // 2^53
        double const at = random_.below(2) == 0 ? span * part : std::pow(span, part);
        chosen.at = nanoseconds(static_cast<nanoseconds::rep>(at));
        return chosen;
    }

    void measure(process_end const& how) {
        if (!is_measuring_) return;
        if (how.steps > 0) {
            steps_.push_back(how.steps);
        } else {
            durations_.push_back(how.lived);
        }
    }

private:
    static constexpr std::uint64_t measured = 3;
    static constexpr std::uint64_t most_steps = 2000;  // some 50 ms on a slow machine

    int process_;
    random_source random_;
    std::uint64_t round_ = 0;
    bool is_measuring_ = false;
    std::vector<nanoseconds> durations_;
    std::vector<std::uint64_t> steps_;
};

std::string process_name(std::size_t self) { return "process " + std::to_string(self); }

/// The finding of a round, from how its processes ended; nullopt if all is well.
std::optional<finding> finding_of(std::vector<process_end> const& ends) {
    finding found;
    auto const add = [&](char const* kind, std::string const& text) {
        if (!found.kind.empty() && found.kind != kind) return;
        found.kind = kind;
        found.consequence += (found.consequence.empty() ? "" : "; ") + text;
    };
    for (std::size_t self = 0; self < ends.size(); ++self) {
        process_end const& one = ends[self];
        if (one.how == process_end::kind::crashed) {
            add("crash", process_name(self) +
                             (one.signal != 0 ? std::string(" died of ") + ::strsignal(one.signal)
                                              : " exited with code " + std::to_string(one.code)));
        }
        if (one.how == process_end::kind::threw)
            add("uncaught exception", process_name(self) + ": " + one.where);
    }
    for (std::size_t self = 0; self < ends.size(); ++self) {
        if (ends[self].how == process_end::kind::hung)
            add("hang", process_name(self) + " " + ends[self].where);
    }
    if (found.kind.empty()) return std::nullopt;
    for (std::size_t self = 0; self < ends.size(); ++self) {
        if (ends[self].how == process_end::kind::killed)
            found.consequence += " (after " + process_name(self) + " was killed)";
    }
    return found;
}

bool any(std::vector<process_end> const& ends, process_end::kind how) {
    return std::any_of(ends.begin(), ends.end(),
                       [=](process_end const& one) { return one.how == how; });
}

}  // namespace

namespace {

/// One more instance of the batch, ready to run unless an assumption of its before() fails.
void add_instance(instance_memory& memory) {
    failed_checks::enter(static_cast<int>(memory.built().size()));
    test_instance& instance = memory.build();
    (void)choices::fulfil([&] { instance.before(); });
}

}  // namespace

observation look(scenario const& what, variant which, settings const& how) {
    if (!how.schedule.empty())
        throw usage_error("the process detector cannot replay a schedule: use --seed");
    if (!how.mode.empty())
        throw usage_error("the process detector has no mode '" + how.mode + "': leave out --mode");
    auto const began = std::chrono::steady_clock::now();
    double const most_seconds = how.seconds > 0 ? how.seconds : default_seconds * how.scale;
    std::uint64_t const rounds = how.executions > 0 ? how.executions : how.scaled(default_rounds);
    auto const elapsed = [&] { return seconds(std::chrono::steady_clock::now() - began).count(); };

    failed_checks::open_board();
    observation seen;
    tally results(seen);
    seen.mode = "real processes";
    instance_maker const& maker = what.maker(which);
    std::size_t const places =
        std::clamp<std::size_t>(most_memory / (maker.size + 64), 1, failed_checks::most_instances);
    instance_memory memory(maker, instance_memory::sharing::shared_mapping, places);
    test_processes pool(what.count, how.seed, what.torn_io ? torn_io::begin : nullptr);
    int const mortal = what.mortal == 0 ? -1 : std::countr_zero(what.mortal);
    kill_planner planner(mortal, how.seed);
    std::uint64_t kills = 0;
    double lost = 0;  // on a batch that hung and is run again, one instance at a time
    auto const may_go_on = [&](std::uint64_t round) {
        if (round > rounds) return false;
        double const spent = elapsed() - lost;
        if (spent < most_seconds) return true;
        if (how.seconds <= 0 && !seen.found &&
            spent < extra_time(which, what.about.process) * most_seconds)
            return true;
        std::uint64_t const done = mortal < 0 ? round - 1 : kills;
        return how.seconds <= 0 && done < fewest_rounds && spent < 4 * most_seconds;
    };

    // One fork runs many instances, unless an instance opens a descriptor (its copies close when a
    // process ends), starts a process or loses one.
    std::size_t batch = 1;
    bool alone = false;
    bool stopped_and_hung = false;
    for (std::uint64_t round = 1; may_go_on(round);) {
        results.begin(how.seed + round);
        auto const before = open_descriptors();
        for (std::size_t one = std::min<std::size_t>(batch, rounds - round + 1); one > 0; --one)
            add_instance(memory);
        auto const opened = opened_between(before, open_descriptors());
        std::optional<kill_plan> victim;
        if (mortal >= 0) victim = planner.next();
        double const started = elapsed();
        auto const ends = pool.run(memory, opened, victim);
        bool const hung = any(ends, process_end::kind::hung);
        if (hung && batch > 1) {
            // Perhaps one process waits until another has ended: run the instances one by one.
            batch = 1;
            alone = true;
            lost = elapsed() - started;
            memory.tear_down();
            continue;
        }
        if (mortal >= 0) {
            planner.measure(ends[static_cast<std::size_t>(mortal)]);
            if (any(ends, process_end::kind::killed)) ++kills;
        }
        seen.far = {reach::kind::sampled, round, "rounds", ""};
        stopped_and_hung = hung && !failed_checks::is_judged(0);
        if (auto const found = finding_of(ends); found && !stopped_and_hung)
            results.keep(*found, round);
        if (hung) break;  // the instance stays as it is: after() could check nothing
        int number = 0;
        for (test_instance* const instance : memory.built()) {
            failed_checks::enter(number);
            if (failed_checks::is_judged(number))
                (void)choices::fulfil([&] { instance->after(); }, number);
            results.end(*instance, round, number);
            seen.far.count = round;
            ++number;
            ++round;
        }
        memory.tear_down();
        if (opened.empty() && mortal < 0 && what.spawned == 0 && !alone) batch = places;
    }
    if (mortal >= 0) seen.far.bounds = grouped(kills) + " kills";
    if (what.torn_io) seen.far.bounds += seen.far.bounds.empty() ? "torn I/O" : ", torn I/O";
    seen.how = seen.found ? observation::state::found : observation::state::clean;
    results.conclude_from_assumptions(stopped_and_hung);
    if (!seen.found && mortal >= 0 && kills == 0) {
        seen.how = observation::state::inconclusive;
        seen.trouble = "process " + std::to_string(mortal) + " was never killed in " +
                       grouped(seen.far.count) + " rounds: give it more time with --seconds";
    }
    seen.seconds = elapsed();
    return seen;
}

namespace {
entered_detector const entered{{"process", look, false, true}};
}  // namespace

}  // namespace racekit::processes
