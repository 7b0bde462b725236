#include "process.hpp"

#include "../native/claims.hpp"
#include "../native/process_cast.hpp"
#include "../native/stage_memory.hpp"
#include "../native/tally.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <iterator>

namespace racekit::processes {
namespace {

using seconds = std::chrono::duration<double>;
using nanoseconds = std::chrono::nanoseconds;

constexpr double default_seconds = 0.7;
constexpr std::uint64_t default_rounds = 20'000;
constexpr std::uint64_t measuring_rounds = 8;
constexpr std::size_t most_memory = 4 << 20;

/// The descriptors in `after` that are not in `before`.
std::vector<int> opened_between(std::vector<int> const& before, std::vector<int> const& after) {
    std::vector<int> opened;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                        std::back_inserter(opened));
    return opened;
}

/// When to kill: half of the instants lie evenly over the life of the member, half are denser
/// towards its start, so that a long wait at its end does not hide the short work before it.
nanoseconds instant(random_source& random, nanoseconds life) {
    auto const span = static_cast<double>(std::max<nanoseconds::rep>(life.count(), 1000)) * 1.1;
    double const part = static_cast<double>(random.next() >> 11) / static_cast<double>(1ULL << 53);
    double const at = random.below(2) == 0 ? span * part : std::pow(span, part);
    return nanoseconds(static_cast<nanoseconds::rep>(at));
}

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
        if (one.how == fate::kind::threw) tell("uncaught exception", by_whom(self) + ": " + one.where);
    }
    for (std::size_t self = 0; self < fates.size(); ++self) {
        if (fates[self].how == fate::kind::hung) tell("hang", by_whom(self) + " " + fates[self].where);
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

/// The median of what was measured.
nanoseconds usual(std::vector<nanoseconds> lives) {
    if (lives.empty()) return nanoseconds(10'000);
    auto const middle = lives.begin() + static_cast<std::ptrdiff_t>(lives.size() / 2);
    std::nth_element(lives.begin(), middle, lives.end());
    return *middle;
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
    random_source random(how.seed ^ 0x6b696c6c);
    int const mortal = what.mortal == 0 ? -1 : std::countr_zero(what.mortal);
    std::vector<nanoseconds> lives;
    std::uint64_t kills = 0;

    // One fork serves many stories where that makes no difference: none opens a descriptor (whose
    // copies close when a process ends), starts a process or loses one.
    std::size_t batch = 1;
    bool alone = false;
    for (std::uint64_t round = 1; round <= rounds && elapsed() < budget;) {
        results.begin();
        auto const before = open_descriptors();
        for (std::size_t one = std::min<std::size_t>(batch, rounds - round + 1); one > 0; --one)
            memory.build().before();
        auto const opened = opened_between(before, open_descriptors());
        std::optional<killing> victim;
        if (mortal >= 0 && round > measuring_rounds)
            victim = killing{mortal, instant(random, usual(lives))};
        auto const fates = actors.play(memory, opened, victim);
        bool const hung = any(fates, fate::kind::hung);
        if (hung && batch > 1) {
            // Perhaps only because a member must have ended for another to go on: tell them singly.
            batch = 1;
            alone = true;
            memory.tear_down();
            continue;
        }
        if (mortal >= 0) {
            if (round <= measuring_rounds) lives.push_back(fates[static_cast<std::size_t>(mortal)].lived);
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
