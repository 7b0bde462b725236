// SPDX-License-Identifier: MIT
#include "stress.hpp"

#include "harness/claims.hpp"
#include "harness/company.hpp"
#include "harness/contained.hpp"
#include "harness/noise.hpp"
#include "harness/stage_memory.hpp"
#include "harness/tally.hpp"

#include <chrono>
#include <cstring>

namespace racekit::stress {
namespace {

using seconds = std::chrono::duration<double>;

constexpr double default_seconds = 0.7;
constexpr std::uint64_t default_rounds = 20'000;
constexpr auto patience = std::chrono::seconds(2);
constexpr char mode[] = "free, with pre-emption noise";

/// All that is known of a child that crashed.
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

}  // namespace

observation look(scenario const& what, variant which, settings const& how) {
    auto const began = std::chrono::steady_clock::now();
    double budget = how.seconds > 0 ? how.seconds : default_seconds;
    std::uint64_t const rounds = how.executions > 0 ? how.executions : default_rounds;
    auto const elapsed = [&] { return seconds(std::chrono::steady_clock::now() - began).count(); };

    claims::open_board();
    std::uint64_t const before = claims::resets();
    if (auto const signal = go_on_in_a_child()) {
        observation seen = crashed(*signal, claims::resets() - before);
        seen.seconds = elapsed();
        return seen;
    }
    observation seen;
    tally results(seen);
    seen.mode = mode;
    seen.far.unit = "rounds";
    stage_memory memory(what.maker(which), stage_memory::sharing::private_heap);
    noise disturbance(how.seed, what.count);
    auto actors = std::make_unique<company>(what.count, [&](int member, std::uint64_t round) {
        disturbance.before_act(member, round);
    });
    disturbance.aim_at(actors->threads());

    budget += elapsed();  // getting ready is no part of it, however busy the machine
    for (std::uint64_t round = 1; round <= rounds && elapsed() < budget; ++round) {
        results.begin();
        stage& story = memory.build();
        story.before();
        bool finished = actors->play(story, patience);
        seen.far = {reach::kind::sampled, round, "rounds", ""};
        if (!finished) {
            disturbance.stop();  // is it the story, or only our noise?
            finished = !actors->is_stuck();
        }
        if (!finished) {
            finding found;
            found.kind = "hang";
            for (std::string const& where : actors->whereabouts())
                found.consequence += (found.consequence.empty() ? "" : "; ") + where;
            results.keep(found, round);
            (void)actors.release();  // its threads will never end, and neither may their stage
            memory.abandon();
            seen.how = observation::state::found;
            seen.seconds = elapsed();
            return seen;
        }
        story.after();
        results.end(story, round);
        if (!actors->escaped().empty()) {
            finding found;
            found.kind = "uncaught exception";
            found.consequence = actors->escaped();
            results.keep(found, round);
        }
        memory.tear_down();
    }
    disturbance.stop();
    seen.how = seen.found ? observation::state::found : observation::state::clean;
    seen.seconds = elapsed();
    return seen;
}

}  // namespace racekit::stress
