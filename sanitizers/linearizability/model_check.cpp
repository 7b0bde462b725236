// SPDX-License-Identifier: MIT
// In the model: explores every program, and takes the real-time order from happens-before.
//
// Execution order would be wrong: a pop() that returns "empty" after a push() has returned on
// another thread is correct, unless something made the push() happen before it.
#include "history.hpp"
#include "programs.hpp"
#include "verdict.hpp"

#include "model/schedules/deviating.hpp"
#include "model/core/engine.hpp"
#include "model/strategies/exhaustive.hpp"
#include "model/core/unsupported.hpp"
#include "model/runtime/heap.hpp"
#include "model/schedules/minimise.hpp"
#include "model/schedules/replay.hpp"
#include "model/schedules/schedule.hpp"
#include "model/runtime/crash_guard.hpp"

#include <racekit/detector.hpp>
#include <racekit/platform/model/engine.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <stdexcept>
#include <unordered_set>

namespace racekit::linearity {
namespace {

using model::vector_timestamp;

constexpr std::uint64_t to_prove = 20'000;  // executions, to prove the fewest context switches

bool all_threads_wait(model::error const& what) {
    return what.kind == "deadlock" || what.kind == "lost wake-up";
}

/// The test body of one program: it builds a new object in every execution and records every call.
class recording_body final : public model::test_body, result_sink {
public:
    /// With `deaths` a state in which all threads are blocked is never allowed: the specification
    /// does not say which threads may wait for a dead one.
    recording_body(subject& what, program const& of, bool deaths)
        : what_(what),
          program_(of),
          deaths_(deaths),
          place_(::operator new(what.size(), std::align_val_t(what.alignment()))) {}
    ~recording_body() override { ::operator delete(place_, std::align_val_t(what_.alignment())); }
    recording_body(recording_body const&) = delete;
    recording_body& operator=(recording_body const&) = delete;

    void before() override {
        for (auto& each : threads_) each.count = 0;
        what_.make(place_);
    }

    void act(int thread) override {
        for (unsigned const each : program_[static_cast<std::size_t>(thread)]) {
            for (unsigned const operation : what_.sequences[each].operations) {
                if (!make_call(thread, operation)) break;
            }
        }
    }

    void after() override {
        judge();
        what_.destroy(place_);
    }

    /// A state in which all threads are blocked is no error if the pending calls may wait.
    [[nodiscard]] bool is_reportable(model::error const& what) override {
        return !all_threads_wait(what) || deaths_ || !is_allowed(gathered(true));
    }

    [[nodiscard]] history gathered(bool stuck) const {
        history all;
        all.stuck = stuck;
        std::vector<recorded_call const*> notes;
        for (std::size_t thread = 0; thread < program_.size(); ++thread) {
            for (std::size_t at = 0; at < threads_[thread].count; ++at) {
                recorded_call const& one = threads_[thread].calls[at];
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
    struct recorded_call {
        unsigned operation = 0;
        unsigned result = any_result;
        bool completed = false;
        vector_timestamp invoked;
        vector_timestamp responded;
    };
    struct notes {
        recorded_call calls[most_calls];
        std::size_t count = 0;
    };

    /// Makes one call; false if the rest of its sequence must be skipped.
    bool make_call(int thread, unsigned operation) {
        notes& mine = threads_[static_cast<std::size_t>(thread)];
        recorded_call& one = mine.calls[mine.count];
        one = {operation, any_result, false, model::current_timestamp(), {}};
        ++mine.count;
        record_row(operation, "calls " + what_.operations[operation], false);
        what_.call(place_, operation, *this);
        one.responded = model::current_timestamp();
        one.completed = true;
        record_row(operation, what_.operations[operation], true);
        return !last_refused_[thread];
    }

    // Threads switch only at schedule points; there is none between the return and this call.
    void store(void const* result, bool refused) override {
        model::heap::outside const out;
        int const thread = model::self();
        notes& mine = threads_[static_cast<std::size_t>(thread)];
        recorded_call& one = mine.calls[mine.count - 1];
        one.result = what_.numbered(one.operation, result);
        last_refused_[thread] = refused;
    }

    void record_row(unsigned operation, std::string const& text, bool over) {
        if (!model::trace_wanted()) return;
        model::heap::outside const out;
        int const thread = model::self();
        notes const& mine = threads_[static_cast<std::size_t>(thread)];
        model::record_call(
            over ? text + " -> " + what_.shown(operation, mine.calls[mine.count - 1].result)
                 : text);
    }

    [[nodiscard]] bool is_allowed(history const& seen) {
        std::string key = key_of(seen);
        if (known_.contains(key)) return true;
        if (!explain(what_, seen).allowed) return false;
        known_.insert(std::move(key));
        return true;
    }

    void judge() {
        model::heap::outside const out;
        if (is_allowed(gathered(false))) return;
        model::error what;
        what.kind = "not linearizable";
        what.consequence = "no sequential order of the calls explains what they returned";
        model::end_execution(std::move(what));
    }

    subject& what_;
    program const& program_;
    bool deaths_;
    void* place_;
    notes threads_[model::most_threads];
    bool last_refused_[model::most_threads] = {};
    std::unordered_set<std::string> known_;  // allowed histories
};

class model_check {
public:
    model_check(subject& what, linear_client const& client) : what_(what), client_(client) {}

    linear_verdict run() {
        model::crash_guard const watching;
        verdict_.linearizable = verdict_.exhausted = true;
        auto const all = programs(what_, client_);
        if (client_.schedule.empty()) explore(all);
        else replay(all);
        verdict_.linearizable = verdict_.linearizable && verdict_.executions > 0;
        bounds const config{all.size(), "executions",
                            "spurious budget " + std::to_string(client_.spurious) +
                                (client_.mortal != 0 ? ", one death" : "")};
        verdict_.text = words(what_, client_, verdict_, config, history_text_);
        return std::move(verdict_);
    }

private:
    void explore(std::vector<program> const& all) {
        for (program const& each : all) {
            if (out_of_time()) {
                verdict_.exhausted = false;
                break;
            }
            if (!holds(each)) break;
        }
        if (verdict_.found) verdict_.warnings.clear();
    }
    [[nodiscard]] bool out_of_time() const {
        using seconds = std::chrono::duration<double>;
        return seconds(std::chrono::steady_clock::now() - began_).count() > client_.seconds;
    }

    bool holds(program const& of) {
        model::unsupported_outcomes::forget();
        model::exploration_config const config = config_of(of);
        recording_body body(what_, of, config.mortal != 0);
        model::engine explorer(body, config);
        model::exhaustive systematically;
        bool cut = false;
        auto const enough = [&](std::uint64_t count) {
            return cut = count >= client_.executions || (count % 256 == 0 && out_of_time());
        };
        ++verdict_.programs;
        model::execution_record const& last = explorer.play(systematically, enough);
        verdict_.executions += explorer.executions();
        verdict_.pruned += explorer.abandoned();
        verdict_.histories += body.histories();
        if (cut) verdict_.exhausted = false;
        if (!last.found) {
            note_warnings();
            return true;
        }
        ++verdict_.histories;
        verdict_.exhausted = false;
        std::string const kind = last.found->kind;
        model::schedule const steps{last.threads, last.decisions, "", ""};
        model::least const fewer =
            model::minimised(body, shown(of), steps, kind, to_prove);
        report(of, fewer.script.deviations, kind, explorer.executions());
        if (!fewer.script.deviates) {
            verdict_.found->schedule.clear();
            verdict_.found->consequence +=
                "; the replay is different: the object is not deterministic, look for static "
                "state, addresses used as values, time or rand()";
        }
        verdict_.found->fewest = fewer.fewest;
        return false;
    }

    [[nodiscard]] model::exploration_config config_of(program const& of) const {
        model::exploration_config config;
        config.threads = static_cast<int>(of.size());
        config.spurious = client_.spurious;
        config.mortal = client_.mortal & ((1U << of.size()) - 1);
        return config;
    }
    /// The configuration in which an execution is recorded and replayed.
    [[nodiscard]] model::exploration_config shown(program const& of) const {
        model::exploration_config config = config_of(of);
        config.plain_visible = config.past_races = true;
        return config;
    }
    [[nodiscard]] std::string whose(program const& of) const {
        std::string text = what_.name;
        for (std::string const& line : lines_of(what_, of)) text += "\n" + line;
        return text;
    }

    /// Follows a schedule in the program that its seal names, and searches near it.
    void replay(std::vector<program> const& all) {
        model::schedule const script = model::parse_schedule(std::string(client_.schedule));
        auto const of = std::ranges::find_if(all, [&](program const& each) {
            return script.owner == model::owner_of(whose(each));
        });
        if (of == all.end() ||
            model::highest_thread(script) >= static_cast<int>(of->size()))
            throw usage_error("the schedule belongs to no program of this client of " +
                              what_.name +
                              ": copy it with its seal, and use the same operations and sizes");
        model::exploration_config const config = shown(*of);
        recording_body body(what_, *of, config.mortal != 0);
        model::replayed const seen = model::replay(body, config, script);
        verdict_.programs = static_cast<std::uint64_t>(of - all.begin()) + 1;
        verdict_.executions = seen.executions;
        verdict_.exhausted = false;
        if (!seen.same)
            verdict_.warnings.push_back({"replay", model::of_another_program(seen, script)});
        if (seen.again) report(*of, seen.deviations, script.kind, seen.executions);
    }

    /// Keeps the warning of the first program for each kind of unsupported outcome.
    void note_warnings() {
        for (warning& each : model::unsupported_outcomes::met()) {
            auto const known = [&](warning const& one) { return one.kind == each.kind; };
            if (std::ranges::none_of(verdict_.warnings, known))
                verdict_.warnings.push_back(std::move(each));
        }
    }

    /// Plays a failing execution again with everything recorded.
    void report(program const& of, std::vector<model::deviation> const& deviations,
              std::string const& kind, std::uint64_t number) {
        model::exploration_config config = shown(of);
        config.record = true;
        recording_body body(what_, of, config.mortal != 0);
        model::engine again(body, config);
        model::deviating follow(deviations);
        model::execution_record const& record =
            again.play(follow, [](std::uint64_t) { return true; });
        auto const names = model::names_of(record.rows, record.objects);
        verdict_.linearizable = false;
        verdict_.program = lines_of(what_, of);
        finding result;
        model::error nothing;
        nothing.kind = kind;
        model::error const& what = record.found ? *record.found : nothing;
        result.kind = what.kind;
        result.consequence = model::with_names(what.consequence, names);
        if (what.object >= model::first_object && what.object < names.size())
            result.subject = names[what.object];
        for (place where : what.places) {
            where.role = model::with_names(where.role, names);
            result.places.push_back(std::move(where));
        }
        result.threads = static_cast<int>(of.size());
        result.steps = model::steps_of(record.rows, names);
        result.found_in = number;
        result.schedule =
            model::to_text(model::sealed(deviations, record, record.found, whose(of)));
        result.switches = model::switches(record.threads);
        bool const stuck = all_threads_wait(what);
        if (what.kind == "not linearizable" || stuck) {
            history const seen = body.gathered(stuck && config.mortal == 0);
            history_text_ = to_text(what_, seen, explain(what_, seen));
        }
        if (stuck && config.mortal == 0) result.kind = "stuck though the specification goes on";
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
    return model_check(what, client).run();
}

linear_verdict stress(subject&, linear_stress const&) {
    throw std::logic_error("stress() needs native threads: link racekit_native_kit");
}

}  // namespace racekit::linearity
