// In the model: every program explored, real-time order taken from happens-before.
//
// Execution order would be wrong: a pop() that returns "empty" after a push() has returned on
// another thread is correct, unless something made the push() happen before it.
#include "history.hpp"
#include "programs.hpp"
#include "verdict.hpp"

#include "../model/engine.hpp"
#include "../model/exhaustive.hpp"
#include "../model/gaps.hpp"
#include "../model/heap.hpp"
#include "../model/machinery.hpp"
#include "../model/schedule.hpp"
#include "../model/scripted.hpp"
#include "../model/trouble.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <stdexcept>
#include <unordered_set>

namespace racekit::linearity {
namespace {

using model::moment;

/// One program as the engine plays it: the object built anew in every execution, every call noted.
class noted_story final : public model::told_story, result_keeper {
public:
    noted_story(subject& what, program const& of)
        : what_(what),
          program_(of),
          place_(::operator new(what.size(), std::align_val_t(what.alignment()))) {}
    ~noted_story() override { ::operator delete(place_, std::align_val_t(what_.alignment())); }
    noted_story(noted_story const&) = delete;
    noted_story& operator=(noted_story const&) = delete;

    void before() override {
        for (auto& each : threads_) each.count = 0;
        what_.make(place_);
    }

    void act(int thread) override {
        for (unsigned const each : program_[static_cast<std::size_t>(thread)]) {
            for (unsigned const operation : what_.passages[each].operations) {
                if (!made(thread, operation)) break;
            }
        }
    }

    void after() override {
        judge();
        what_.destroy(place_);
    }

    /// Whether the calls of the last execution, which came to a stand, are allowed.
    [[nodiscard]] bool may_stand() {
        history const seen = gathered(true);
        if (!known_.insert(key_of(seen)).second) return true;
        return explain(what_, seen).allowed;
    }

    [[nodiscard]] history gathered(bool stuck) const {
        history all;
        all.stuck = stuck;
        std::vector<noted const*> notes;
        for (std::size_t thread = 0; thread < program_.size(); ++thread) {
            for (std::size_t at = 0; at < threads_[thread].count; ++at) {
                noted const& one = threads_[thread].calls[at];
                all.calls.push_back(
                    {static_cast<int>(thread), one.operation, one.result, one.completed, 0});
                notes.push_back(&one);
            }
        }
        for (std::size_t later = 0; later < notes.size(); ++later) {
            for (std::size_t earlier = 0; earlier < notes.size(); ++earlier) {
                if (notes[earlier]->completed &&
                    happens_before(notes[earlier]->responded, notes[later]->invoked))
                    all.calls[later].after |= 1U << earlier;
            }
        }
        return all;
    }

    [[nodiscard]] std::uint64_t histories() const { return known_.size(); }

private:
    struct noted {
        unsigned operation = 0;
        unsigned result = any_result;
        bool completed = false;
        moment invoked;
        moment responded;
    };
    struct notes {
        noted calls[most_calls];
        std::size_t count = 0;
    };

    /// Makes one call; false when the rest of its passage is to be left out.
    bool made(int thread, unsigned operation) {
        notes& mine = threads_[static_cast<std::size_t>(thread)];
        noted& one = mine.calls[mine.count];
        one = {operation, any_result, false, model::this_moment(), {}};
        ++mine.count;
        tell(operation, "calls " + what_.operations[operation], false);
        what_.call(place_, operation, *this);
        one.responded = model::this_moment();
        one.completed = true;
        tell(operation, what_.operations[operation], true);
        return !last_refused_[thread];
    }

    // Threads change over only at schedule points, and between a result and this there is none.
    void keep(void const* result, bool refused) override {
        model::heap::outside const out;
        int const thread = model::self();
        notes& mine = threads_[static_cast<std::size_t>(thread)];
        noted& one = mine.calls[mine.count - 1];
        one.result = what_.numbered(one.operation, result);
        last_refused_[thread] = refused;
    }

    void tell(unsigned operation, std::string const& text, bool over) {
        model::machinery& all = model::active();
        if (!all.recording()) return;
        model::heap::outside const out;
        int const thread = model::self();
        notes const& mine = threads_[static_cast<std::size_t>(thread)];
        all.tell(nullptr, {},
                 {"call",
                  over ? text + " -> " + what_.shown(operation, mine.calls[mine.count - 1].result)
                       : text,
                  "", "", "", false});
    }

    void judge() {
        model::heap::outside const out;
        history const seen = gathered(false);
        if (!known_.insert(key_of(seen)).second) return;
        if (explain(what_, seen).allowed) return;
        model::incident what;
        what.kind = "not linearizable";
        what.consequence = "no sequential order of the calls explains what they returned";
        model::active().broken(std::move(what));
    }

    subject& what_;
    program const& program_;
    void* place_;
    notes threads_[model::most_threads];
    bool last_refused_[model::most_threads] = {};
    std::unordered_set<std::string> known_;  // histories that are allowed
};

class exploration {
public:
    exploration(subject& what, linear_client const& client) : what_(what), client_(client) {}

    linear_verdict run() {
        model::trouble_watch const watching;
        verdict_.linearizable = verdict_.exhausted = true;
        auto const all = programs(what_, client_);
        for (program const& each : all) {
            if (out_of_time()) {
                verdict_.exhausted = false;
                break;
            }
            if (!holds(each)) break;
        }
        if (verdict_.found) verdict_.warnings.clear();
        bounds const within{all.size(), "executions",
                            "window " + std::to_string(model::memory::window) +
                                ", spurious budget " + std::to_string(client_.spurious) +
                                (client_.mortal != 0 ? ", one death" : "")};
        verdict_.text = words(what_, client_, verdict_, within, history_text_);
        return std::move(verdict_);
    }

private:
    [[nodiscard]] bool out_of_time() const {
        using seconds = std::chrono::duration<double>;
        return seconds(std::chrono::steady_clock::now() - began_).count() > client_.seconds;
    }

    bool holds(program const& of) {
        model::gaps::forget();
        noted_story story(what_, of);
        model::limits within;
        within.cast = static_cast<int>(of.size());
        within.spurious = client_.spurious;
        within.mortal = client_.mortal & ((1U << of.size()) - 1);
        model::engine explorer(story, within);
        model::exhaustive systematically;
        bool cut = false;
        auto const enough = [&](std::uint64_t count) {
            return cut = count >= client_.executions || (count % 256 == 0 && out_of_time());
        };
        ++verdict_.programs;
        std::optional<model::execution> failed;
        for (;;) {
            model::execution const& last = explorer.play(systematically, enough);
            if (!last.found) break;
            // Who waits for the dead is not described by a specification that knows no death.
            bool const stands = came_to_a_stand(*last.found) && within.mortal == 0;
            if (!stands || !story.may_stand()) {
                failed = last;
                break;
            }
            if (!systematically.end(false)) break;
            if (enough(explorer.executions() + explorer.abandoned())) break;
        }
        verdict_.executions += explorer.executions();
        verdict_.pruned += explorer.abandoned();
        verdict_.histories += story.histories();
        if (cut) verdict_.exhausted = false;
        if (!failed) {
            note_warnings();
            return true;
        }
        verdict_.linearizable = false;
        verdict_.exhausted = false;
        verdict_.program = lines_of(what_, of);
        retell(of, within, *failed, explorer.executions());
        return false;
    }

    /// The first program that comes near a gap is the one whose lines are named.
    void note_warnings() {
        for (warning& each : model::gaps::met()) {
            auto const known = [&](warning const& one) { return one.kind == each.kind; };
            if (std::ranges::none_of(verdict_.warnings, known))
                verdict_.warnings.push_back(std::move(each));
        }
    }

    [[nodiscard]] static bool came_to_a_stand(model::incident const& what) {
        return what.kind == "deadlock" || what.kind == "lost wake-up";
    }

    /// Plays the failing execution again with everything recorded.
    void retell(program const& of, model::limits within, model::execution const& failed,
                std::uint64_t number) {
        noted_story story(what_, of);
        within.plain_visible = within.past_races = within.record = true;
        model::engine again(story, within);
        model::schedule script{failed.threads, failed.decisions, "", ""};
        model::scripted follow(script);
        model::execution const& told = again.play(follow, [](std::uint64_t) { return true; });
        auto const names = model::names_of(told.rows, told.objects);
        finding result;
        model::incident const& what = told.found ? *told.found : *failed.found;
        result.kind = what.kind;
        result.consequence = model::with_names(what.consequence, names);
        if (what.object >= model::first_object && what.object < names.size())
            result.subject = names[what.object];
        for (place where : what.places) {
            where.role = model::with_names(where.role, names);
            result.places.push_back(std::move(where));
        }
        result.threads = static_cast<int>(of.size());
        result.steps = model::steps_of(told.rows, names);
        result.found_in = number;
        result.schedule = model::to_text(script);
        bool const stuck = came_to_a_stand(what);
        if (what.kind == "not linearizable" || stuck) {
            history const seen = story.gathered(stuck && within.mortal == 0);
            history_text_ = linearity::told(what_, seen, explain(what_, seen));
        }
        if (stuck && within.mortal == 0) result.kind = "stuck though the specification goes on";
        if (!told.found || told.found->kind != failed.found->kind) {
            result.consequence += "; its replay found " +
                                  (told.found ? told.found->kind : "nothing") +
                                  ": the object is not deterministic, look for static state, "
                                  "addresses used as values, time or rand()";
        }
        verdict_.found = std::move(result);
    }

    subject& what_;
    linear_client client_;
    linear_verdict verdict_;
    std::string history_text_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

linear_verdict check(subject& what, linear_client const& client) {
    return exploration(what, client).run();
}

linear_verdict stress(subject&, linear_stress const&) {
    throw std::logic_error("stress() plays threads of the machine: link racekit_native_kit");
}

}  // namespace racekit::linearity
