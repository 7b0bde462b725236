#include "model.hpp"

#include "engine.hpp"
#include "exhaustive.hpp"
#include "minimise.hpp"
#include "random_walk.hpp"
#include "schedule.hpp"
#include "scripted.hpp"
#include "trouble.hpp"

#include "../runner/source_line.hpp"

#include <chrono>
#include <new>

namespace racekit::model {
namespace {

using seconds = std::chrono::duration<double>;

constexpr double default_seconds = 3;
constexpr std::uint64_t default_executions = 1'000'000;
constexpr std::uint64_t aftermath_executions = 20'000;

/// The stage of a scenario, built anew in every execution.
class staged final : public told_story {
public:
    explicit staged(stage_maker const& maker)
        : maker_(maker), place_(::operator new(maker.size, std::align_val_t(maker.alignment))) {}
    ~staged() override { ::operator delete(place_, std::align_val_t(maker_.alignment)); }
    staged(staged const&) = delete;
    staged& operator=(staged const&) = delete;

    void before() override {
        stage_ = maker_.make(place_);
        stage_->before();
    }
    void act(int thread) override { stage_->act(thread); }
    void after() override {
        stage_->after();
        stage_->~stage();
    }

private:
    stage_maker const& maker_;
    void* place_;
    stage* stage_ = nullptr;
};

class search {
public:
    search(scenario const& what, variant which, settings const& how)
        : what_(what), which_(which), how_(how), story_(what.maker(which)) {
        within_.cast = what.count;
        within_.spawned = what.spawned;
        within_.mortal = what.mortal;
    }

    observation look() {
        seen_.far.unit = "executions";
        if (!how_.schedule.empty()) {
            replay(parse_schedule(how_.schedule));
        } else if (how_.show && *shown() != '\0') {
            show(parse_schedule(shown()));
        } else if (how_.show && which_ == variant::fixed) {
            show({});  // one thread after the other
        } else {
            explore();
        }
        seen_.seconds = elapsed();
        return std::move(seen_);
    }

private:
    [[nodiscard]] double elapsed() const {
        return seconds(std::chrono::steady_clock::now() - began_).count();
    }
    [[nodiscard]] char const* shown() const {
        return which_ == variant::racy ? what_.about.racy_shown : what_.about.fixed_shown;
    }
    [[nodiscard]] std::string bounds() const {
        std::string text = "window 8, spurious budget " + std::to_string(within_.spurious);
        if (within_.mortal != 0) text += ", one death";
        return text;
    }

    void explore() {
        double const budget = how_.seconds > 0 ? how_.seconds : default_seconds;
        std::uint64_t const most = how_.executions > 0 ? how_.executions : default_executions;
        if (how_.mode != "" && how_.mode != "exhaustive" && how_.mode != "random")
            throw usage_error("the model has modes exhaustive and random, not '" + how_.mode + "'");
        engine explorer(story_, within_);
        auto const within = [&](double until) {
            return [this, until, most](std::uint64_t count) {
                return count >= most || (count % 256 == 0 && elapsed() > until);
            };
        };
        bool ended = false;
        execution const* last = nullptr;
        if (how_.mode != "random") {
            bool cut = false;
            exhaustive systematically;
            last = &explorer.play(systematically, [&, enough = within(budget)](std::uint64_t count) {
                return cut = enough(count);
            });
            ended = !cut && !last->found;
            seen_.mode = "exhaustive";
        }
        if (!ended && (last == nullptr || !last->found) && how_.mode != "exhaustive") {
            seen_.mode += seen_.mode.empty() ? "random" : ", then random";
            random_walk randomly(how_.seed);
            std::uint64_t const before = explorer.executions() + explorer.abandoned();
            last = &explorer.play(randomly, [&, enough = within(2 * budget)](std::uint64_t count) {
                return count - before >= most || enough(count - before == 0 ? 1 : count - before);
            });
        }
        seen_.far.count = explorer.executions();
        seen_.far.how = ended ? reach::kind::exhausted : reach::kind::sampled;
        seen_.far.bounds = bounds();
        if (explorer.abandoned() > 0)
            seen_.far.bounds += ", " + grouped(explorer.abandoned()) + " pruned";
        if (!last->found) {
            seen_.how = observation::state::clean;
            return;
        }
        found(*last, explorer.executions());
    }

    /// Puts a finding into words by telling its execution again, trace and all.
    void found(execution const& first, std::uint64_t number) {
        incident const what = *first.found;
        schedule script{first.threads, first.decisions, "", ""};
        if (what.kind == "data race") {
            limits further = within_;
            further.plain_visible = further.past_races = further.only_consequences = true;
            engine explorer(story_, further);
            exhaustive systematically;
            execution const& worse = explorer.play(systematically, [&](std::uint64_t count) {
                return count >= aftermath_executions;
            });
            if (worse.found && worse.found->kind == "data race")
                script = {worse.threads, worse.decisions, "", ""};
        }
        limits shown = within_;
        shown.plain_visible = shown.past_races = true;
        retell(minimised(story_, shown, script, what.kind), number, what.kind);
    }

    /// Plays one schedule with everything recorded; false when the execution had nothing to tell.
    bool retell(schedule const& script, std::uint64_t number, std::string const& expected) {
        limits recorded = within_;
        recorded.plain_visible = recorded.past_races = recorded.record = true;
        engine again(story_, recorded);
        scripted follow(script);
        execution const& told = again.play(follow, [](std::uint64_t) { return true; });
        check_fit(follow, script, told);
        auto const names = names_of(told.rows, told.objects);
        finding result;
        result.threads = what_.count + what_.spawned;
        result.steps = steps_of(told.rows, names);
        result.found_in = number;
        result.schedule = to_text(sealed(told, what_.id(), which_));
        if (told.found) {
            incident const& what = *told.found;
            result.kind = what.kind;
            result.subject = what.object < names.size() && what.object >= first_object ? names[what.object] : "";
            result.consequence = with_names(what.consequence, names);
            for (place where : what.places) {
                where.role = with_names(where.role, names);
                where.marked = is_marked(where.file, where.line);
                result.places.push_back(std::move(where));
            }
        }
        if (!expected.empty() && result.kind != expected) {
            seen_.how = observation::state::failed;
            seen_.trouble = "the scenario is not deterministic: execution " + grouped(number) + " found a " +
                            expected + ", its replay " +
                            (result.kind.empty() ? std::string("nothing") : "a " + result.kind) +
                            "; look for static state, addresses used as values, time or rand()";
            return false;
        }
        bool const worth = !result.kind.empty();
        seen_.how = worth ? observation::state::found : observation::state::clean;
        seen_.found = std::move(result);
        return worth;
    }

    void check_fit(scripted const& follow, schedule const& script, execution const& told) const {
        std::string const advice =
            "; the source has changed since, or it was recorded elsewhere: run the scenario again for a new one, "
            "or leave out what stands from '~' on to follow it as far as it fits";
        if (script.owner.empty()) return;
        if (follow.misfit() != 0) {
            throw usage_error("the schedule does not fit: at step " + std::to_string(follow.misfit()) + " thread " +
                              std::to_string(follow.misfit_thread()) + " cannot go on" + advice);
        }
        if (script.fingerprint != fingerprint_of(told))
            throw usage_error("the schedule gives another execution than the recorded one" + advice);
    }

    void replay(schedule const& script) {
        if (!script.owner.empty() && script.owner != owner_of(what_.id(), which_)) {
            variant const other = which_ == variant::racy ? variant::fixed : variant::racy;
            throw usage_error("the schedule belongs to " +
                              (script.owner == owner_of(what_.id(), other)
                                   ? std::string("the ") + name(other) + " variant: add --variant " + name(other)
                                   : "another scenario than " + what_.id()));
        }
        for (std::uint8_t const thread : script.threads) {
            if (thread >= what_.count + what_.spawned) {
                throw usage_error("the schedule names thread " + std::to_string(thread) + ", but " + what_.id() +
                                  " has threads 0 to " + std::to_string(what_.count + what_.spawned - 1));
            }
        }
        seen_.mode = "replay";
        seen_.far = {reach::kind::sampled, 1, "executions", ""};
        (void)retell(script, 1, "");
    }

    void show(schedule const& script) {
        seen_.mode = "shown";
        seen_.far = {reach::kind::sampled, 1, "executions", ""};
        (void)retell(script, 1, "");
    }

    scenario const& what_;
    variant which_;
    settings const& how_;
    staged story_;
    limits within_;
    observation seen_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

observation look(scenario const& what, variant which, settings const& how) {
    trouble_watch const watching;
    return search(what, which, how).look();
}

}  // namespace racekit::model
