// SPDX-License-Identifier: MIT
#include "process.hpp"

#include "harness/claims.hpp"
#include "harness/process_cast.hpp"
#include "harness/stage_memory.hpp"
#include "harness/stepping.hpp"
#include "harness/tally.hpp"

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
/// A loaded machine gets this many rounds (with deaths, where somebody is mortal) all the same,
/// within four times the budget.
constexpr std::uint64_t fewest_rounds = 40;
constexpr std::size_t most_memory = 4 << 20;

/// The descriptors in `after` that are not in `before`.
std::vector<int> opened_between(std::vector<int> const& before, std::vector<int> const& after) {
    std::vector<int> opened;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                        std::back_inserter(opened));
    return opened;
}

/// The median of what was measured; 0 of nothing.
template <class Number>
Number usual(std::vector<Number> measured) {
    if (measured.empty()) return Number(0);
    auto const middle = measured.begin() + static_cast<std::ptrdiff_t>(measured.size() / 2);
    std::nth_element(measured.begin(), middle, measured.end());
    return *middle;
}

/// Chooses when the mortal member dies, after rounds in which it lives and is measured.
///
/// Half of the deaths are at an instruction, evenly over all that it executes: the strong test,
/// which hits a critical section of three instructions as often as three others. Half are at an
/// instant of the clock, which needs no stepping and so disturbs nothing: evenly over its life, and
/// as often denser towards the start, so that a long wait at its end does not hide the short work
/// before it.
class executioner {
public:
    executioner(int member, std::uint64_t seed) : member_(member), random_(seed ^ 0x6b696c6cU) {}

    [[nodiscard]] killing next() {
        killing chosen;
        chosen.member = member_;
        std::uint64_t const round = ++round_;
        if (round <= 2 * measured) {
            is_measuring_ = true;
            if (round <= measured || !stepping::is_possible) {
                chosen.at = std::chrono::hours(1);
            } else {
                chosen.how = killing::by::step;
                chosen.step = stepping::never;
            }
            return chosen;
        }
        is_measuring_ = false;
        std::uint64_t const steps = usual(steps_);
        if (steps > 0 && steps <= most_steps && random_.below(2) == 0) {
            chosen.how = killing::by::step;
            chosen.step = 1 + random_.below(steps);
            chosen.others_begin = 1 + random_.below(steps);
            return chosen;
        }
        auto const span = std::max(1000.0, 1.1 * static_cast<double>(usual(lives_).count()));
        double const part = static_cast<double>(random_.next() >> 11) / 9007199254740992.0;  // 2^53
        double const at = random_.below(2) == 0 ? span * part : std::pow(span, part);
        chosen.at = nanoseconds(static_cast<nanoseconds::rep>(at));
        return chosen;
    }

    void learn(fate const& how) {
        if (!is_measuring_) return;
        if (how.steps > 0) {
            steps_.push_back(how.steps);
        } else {
            lives_.push_back(how.lived);
        }
    }

private:
    static constexpr std::uint64_t measured = 3;
    static constexpr std::uint64_t most_steps = 2000;  // some 50 ms where a step is slow

    int member_;
    random_source random_;
    std::uint64_t round_ = 0;
    bool is_measuring_ = false;
    std::vector<nanoseconds> lives_;
    std::vector<std::uint64_t> steps_;
};

std::string by_whom(std::size_t self) { return "process " + std::to_string(self); }

/// What a round's deaths come to as a finding, if anything.
std::optional<finding> judged(std::vector<fate> const& fates) {
    finding found;
    auto const tell = [&](char const* kind, std::string const& text) {
        if (!found.kind.empty() && found.kind != kind) return;
        found.kind = kind;
        found.consequence += (found.consequence.empty() ? "" : "; ") + text;
    };
    for (std::size_t self = 0; self < fates.size(); ++self) {
        fate const& one = fates[self];
        if (one.how == fate::kind::crashed) {
            tell("crash", by_whom(self) + (one.signal != 0
                                               ? std::string(" died of ") + ::strsignal(one.signal)
                                               : " exited with code " + std::to_string(one.code)));
        }
        if (one.how == fate::kind::threw)
            tell("uncaught exception", by_whom(self) + ": " + one.where);
    }
    for (std::size_t self = 0; self < fates.size(); ++self) {
        if (fates[self].how == fate::kind::hung)
            tell("hang", by_whom(self) + " " + fates[self].where);
    }
    if (found.kind.empty()) return std::nullopt;
    for (std::size_t self = 0; self < fates.size(); ++self) {
        if (fates[self].how == fate::kind::killed)
            found.consequence += " (after " + by_whom(self) + " was killed)";
    }
    return found;
}

bool any(std::vector<fate> const& fates, fate::kind how) {
    return std::any_of(fates.begin(), fates.end(), [=](fate const& one) { return one.how == how; });
}

}  // namespace

observation look(scenario const& what, variant which, settings const& how) {
    if (!how.schedule.empty())
        throw usage_error("the process detector has no schedule to replay; repeat it with --seed");
    if (!how.mode.empty())
        throw usage_error("the process detector has no mode '" + how.mode + "'");
    auto const began = std::chrono::steady_clock::now();
    double const budget = how.seconds > 0 ? how.seconds : default_seconds;
    std::uint64_t const rounds = how.executions > 0 ? how.executions : default_rounds;
    auto const elapsed = [&] { return seconds(std::chrono::steady_clock::now() - began).count(); };

    claims::open_board();
    observation seen;
    tally results(seen);
    seen.mode = "real processes";
    stage_maker const& maker = what.maker(which);
    std::size_t const places = std::clamp<std::size_t>(most_memory / (maker.size + 64), 1,
                                                       claims::most_stories);
    stage_memory memory(maker, stage_memory::sharing::shared_mapping, places);
    process_cast actors(what.count, how.seed);
    int const mortal = what.mortal == 0 ? -1 : std::countr_zero(what.mortal);
    executioner death(mortal, how.seed);
    std::uint64_t kills = 0;
    double lost = 0;  // on a batch that hung and is told again, one story at a time
    auto const may_go_on = [&](std::uint64_t round) {
        if (round > rounds) return false;
        double const spent = elapsed() - lost;
        if (spent < budget) return true;
        std::uint64_t const done = mortal < 0 ? round - 1 : kills;
        return how.seconds <= 0 && done < fewest_rounds && spent < 4 * budget;
    };

    // One fork serves many stories where that makes no difference: none opens a descriptor (whose
    // copies close when a process ends), starts a process or loses one.
    std::size_t batch = 1;
    bool alone = false;
    for (std::uint64_t round = 1; may_go_on(round);) {
        results.begin();
        auto const before = open_descriptors();
        for (std::size_t one = std::min<std::size_t>(batch, rounds - round + 1); one > 0; --one)
            memory.build().before();
        auto const opened = opened_between(before, open_descriptors());
        std::optional<killing> victim;
        if (mortal >= 0) victim = death.next();
        double const told_at = elapsed();
        auto const fates = actors.play(memory, opened, victim);
        bool const hung = any(fates, fate::kind::hung);
        if (hung && batch > 1) {
            // Perhaps only because a member must have ended for another to go on: tell them singly.
            batch = 1;
            alone = true;
            lost = elapsed() - told_at;
            memory.tear_down();
            continue;
        }
        if (mortal >= 0) {
            death.learn(fates[static_cast<std::size_t>(mortal)]);
            if (any(fates, fate::kind::killed)) ++kills;
        }
        seen.far = {reach::kind::sampled, round, "rounds", ""};
        if (auto const found = judged(fates)) results.keep(*found, round);
        if (hung) break;  // its stage is left as it is: after() would have nothing to say
        int number = 0;
        for (stage* const story : memory.built()) {
            claims::enter(number);
            story->after();
            results.end(*story, round, number);
            seen.far.count = round;
            ++number;
            ++round;
        }
        memory.tear_down();
        if (opened.empty() && mortal < 0 && what.spawned == 0 && !alone) batch = places;
    }
    if (mortal >= 0) seen.far.bounds = grouped(kills) + " kills";
    seen.how = seen.found ? observation::state::found : observation::state::clean;
    if (!seen.found && mortal >= 0 && kills == 0) {
        seen.how = observation::state::inconclusive;
        seen.trouble = "process " + std::to_string(mortal) + " was never killed in " +
                       grouped(seen.far.count) + " rounds; give it more --seconds";
    }
    seen.seconds = elapsed();
    return seen;
}

}  // namespace racekit::processes
