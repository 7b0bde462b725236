// SPDX-License-Identifier: MIT
// Obstruction-freedom: from every state that a search reaches, each thread is run alone.
#include <racekit/progress.hpp>

#include "model/schedules/deviating.hpp"
#include "model/core/engine.hpp"
#include "model/strategies/exhaustive.hpp"
#include "model/strategies/forwarding.hpp"
#include "model/schedules/minimise.hpp"
#include "model/schedules/replay.hpp"
#include "model/schedules/schedule.hpp"

#include <racekit/verdict.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace racekit {
namespace {

using namespace model;

class liveness_body final : public test_body {
public:
    explicit liveness_body(progress_test_body& body) : body_(body) {}
    void before() override { body_.build(); }
    void act(int thread) override { body_.act(thread); }
    void after() override { body_.clear(); }

private:
    progress_test_body& body_;
};

/// A search that counts the steps of each thread.
class counting final : public forwarding {
public:
    explicit counting(thread_set judged) : forwarding(search_), judged_(judged) {}
    unsigned most = 0;  ///< that one of those judged took

    void begin() override {
        taken_ = {};
        forwarding::begin();
    }
    int predicted(operation const* next_by_thread) override {
        return counted(forwarding::predicted(next_by_thread));
    }
    int choose_thread(situation const& now) override {
        return counted(forwarding::choose_thread(now));
    }

private:
    int counted(int thread) {
        if (thread >= 0 && (judged_ >> thread & 1U) != 0)
            most = std::max(most, ++taken_[static_cast<std::size_t>(thread)]);
        return thread;
    }

    thread_set judged_;
    exhaustive search_;
    std::array<unsigned, most_threads> taken_{};
};

/// After each execution of the search: that one again, up to every state that is new in it, and
/// from there each thread alone. Sleep sets leave out ways to a state but no state.
class leaving_alone final : public forwarding {
public:
    leaving_alone(unsigned most, thread_set judged)
        : forwarding(together_), most_(most), judged_(judged) {}

    std::uint64_t executions = 0;
    std::uint64_t runs = 0;
    unsigned longest = 0;
    std::string trouble;  ///< of the thread that did not end

    void begin() override {
        at_ = steps_ = 0;
        alone_ = !planned_.empty();
        if (alone_) {
            now_ = planned_.back();
            planned_.pop_back();
            ++runs;
        } else {
            path_.swap(before_);
            path_.clear();
            forwarding::begin();
        }
    }
    /// Which threads are unfinished is known only in a situation.
    int predicted(operation const* /*next_by_thread*/) override { return unknown; }
    int choose_thread(situation const& now) override {
        if (!alone_) {
            int const chosen = forwarding::choose_thread(now);
            if (chosen != abandon) path_.push_back({true, unsigned(chosen), unfinished(now)});
            return chosen;
        }
        if (at_ < now_.prefix) return static_cast<int>(path_[at_++].chosen);
        if ((unfinished(now) >> now_.thread & 1U) == 0) return finished();
        std::string const who = "thread " + std::to_string(now_.thread) + ", run alone, ";
        if (((now.enabled & ~now.waiting) >> now_.thread & 1U) == 0)
            trouble = who + "waits for another one";
        else if (++steps_ > most_)
            trouble = who + "is not done after " + std::to_string(most_) + " steps";
        return trouble.empty() ? now_.thread : abandon;
    }
    unsigned choose(decision about, unsigned count, int thread) override {
        if (alone_) return at_ < now_.prefix ? path_[at_++].chosen : 0;
        path_.push_back({false, forwarding::choose(about, count, thread), 0});
        return path_.back().chosen;
    }
    unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) override {
        if (alone_) return count > 1 && at_ < now_.prefix ? path_[at_++].chosen : 0;
        unsigned const chosen = forwarding::choose_store(count, ages, thread);
        if (count > 1 && chosen != nothing_new) path_.push_back({false, chosen, 0});
        return chosen;
    }
    void executed(int thread, operation const& done) override {
        if (!alone_) forwarding::executed(thread, done);
    }
    void broke_off() override {
        if (!alone_) forwarding::broke_off();
    }
    void stuck(situation const& now) override {
        if (!alone_) forwarding::stuck(now);
    }
    [[nodiscard]] loop_rule loops() const override {
        return alone_ ? loop_rule::follow : forwarding::loops();
    }
    [[nodiscard]] bool can_start_over() const override {
        return !alone_ && forwarding::can_start_over();
    }
    bool end(bool abandoned) override {
        if (alone_ && !abandoned) (void)finished();
        if (!trouble.empty()) return false;
        if (!alone_) {
            ++executions;
            more_ = forwarding::end(abandoned);
            plan();
        }
        return !planned_.empty() || more_;
    }

private:
    struct choice {
        bool is_thread = false;
        unsigned chosen = 0;
        thread_set unfinished = 0;
        bool operator==(choice const&) const = default;
    };
    struct run {
        std::size_t prefix = 0;
        int thread = 0;
    };

    static thread_set unfinished(situation const& now) {
        return now.enabled | now.waiting | now.parked;
    }
    int finished() {
        longest = std::max(longest, steps_);
        return abandon;
    }
    void plan() {
        std::size_t same = 0;
        while (same < std::min(path_.size(), before_.size()) && path_[same] == before_[same])
            ++same;
        for (std::size_t at = before_.empty() ? 0 : same + 1; at < path_.size(); ++at) {
            thread_set left = path_[at].is_thread ? path_[at].unfinished & judged_ : 0;
            for (; left != 0; left &= left - 1) planned_.push_back({at, first_of(left)});
        }
    }

    unsigned most_;
    thread_set judged_;
    exhaustive together_{exhaustive::reduction::sleep_sets};
    std::vector<choice> path_;    // of the last execution of all threads
    std::vector<choice> before_;  // of the one before it
    std::vector<run> planned_;
    run now_;
    bool alone_ = false;
    bool more_ = true;
    std::size_t at_ = 0;
    unsigned steps_ = 0;
};

constexpr char not_alone[] = "not obstruction-free";
constexpr std::uint64_t to_prove = 20'000;  // executions, that no fewer switches lead there

class check {
public:
    check(progress_test_body& body, int threads, progress_bounds const& bounds)
        : body_(body), threads_(threads), bounds_(bounds) {
        config_.threads = threads;
        config_.spurious = bounds.spurious;
        for (int each = 0; each < threads; ++each) judged_ |= body.is_judged(each) ? bit(each) : 0;
    }

    progress_verdict run() {
        if (!bounds_.schedule.empty()) {
            replay();
        } else if (together()) {
            alone();
        }
        return std::move(verdict_);
    }

private:
    /// All threads; false: not every execution ends.
    bool together() {
        engine explorer(body_, config_);
        counting systematically(judged_);
        execution_record const& last = explorer.play(systematically, [&](std::uint64_t count) {
            return cut_ = count >= bounds_.executions;
        });
        verdict_.executions = explorer.executions();
        verdict_.most = systematically.most;
        verdict_.deadlock_free = !last.found;
        if (last.found) found(last, last.found->kind);
        return verdict_.deadlock_free;
    }

    /// Each thread from every state.
    void alone() {
        engine explorer(body_, config_);
        leaving_alone each(bounds_.solo_steps, judged_);
        execution_record const& last = explorer.play(each, [&](std::uint64_t) {
            return cut_ = cut_ || each.executions >= bounds_.executions;
        });
        verdict_.executions = std::max(verdict_.executions, each.executions);
        verdict_.solo_runs = each.runs;
        verdict_.longest = each.longest;
        verdict_.exhausted = !cut_ && each.trouble.empty();
        verdict_.obstruction_free = each.trouble.empty();
        if (!verdict_.obstruction_free) return found(last, not_alone);
        verdict_.text = "obstruction-free: alone, no thread takes more than " +
                        std::to_string(each.longest) + " steps, in " + grouped(each.runs) +
                        " runs after " + (cut_ ? "" : "all of ") + grouped(each.executions) +
                        " executions";
    }

    /// The configuration that reproduces such an end: the engine itself sees the thread that makes
    /// no progress.
    [[nodiscard]] exploration_config config_for(std::string const& kind) const {
        exploration_config made = config_;
        made.plain_visible = made.past_races = true;  // as lists of steps have them
        made.alone = kind == not_alone ? judged_ : 0;
        made.alone_steps = bounds_.solo_steps;
        return made;
    }
    [[nodiscard]] std::string whose() const {
        return "progress of " + std::to_string(threads_) + " threads";
    }

    void found(execution_record const& last, std::string const& kind) {
        schedule const steps{last.threads, last.decisions, "", ""};
        schedule const fewer = minimised(body_, config_for(kind), steps, kind, to_prove).script;
        if (fewer.deviates) return record_row(fewer.deviations, kind);
        verdict_.schedule = to_text(steps);
        verdict_.text = kind + ", but not when it is played again: look for static state, "
                               "addresses used as values, time or rand()";
    }

    void record_row(std::vector<deviation> const& deviations, std::string const& kind) {
        exploration_config recorded = config_for(kind);
        recorded.record = true;
        engine again(body_, recorded);
        deviating follow(deviations);
        execution_record const& played = again.play(follow, [](std::uint64_t) { return true; });
        verdict_.schedule = to_text(sealed(deviations, played, played.found, whose()));
        auto const names = names_of(played.rows, played.objects);
        std::string const what = played.found ? played.found->consequence : "nothing any more";
        verdict_.text = kind + ": " + with_names(what, names) + ", schedule " + verdict_.schedule;
    }

    void replay() {
        schedule const script = parse_schedule(std::string(bounds_.schedule));
        if (script.owner != owner_of(whose()) || highest_thread(script) >= threads_)
            throw usage_error("the schedule is not one of progress of " +
                              std::to_string(threads_) + " threads; copy it with its seal");
        replayed const seen = model::replay(body_, config_for(script.kind), script);
        verdict_.executions = seen.executions;
        verdict_.deadlock_free = !seen.again || script.kind == not_alone;
        verdict_.obstruction_free = !seen.again;
        if (seen.again) record_row(seen.deviations, script.kind);
        if (!seen.same)
            verdict_.text += (seen.again ? "; " : "") + of_another_program(seen, script);
    }

    liveness_body body_;
    int threads_;
    progress_bounds const& bounds_;
    exploration_config config_;
    thread_set judged_ = 0;
    progress_verdict verdict_;
    bool cut_ = false;
};

}  // namespace

progress_verdict check_progress(progress_test_body& body, int threads, progress_bounds bounds) {
    if (threads < 1 || threads > most_threads)
        throw std::invalid_argument("progress is checked of 1 to " + std::to_string(most_threads) +
                                    " threads");
    bool is_any_judged = false;
    for (int thread = 0; thread < threads; ++thread) is_any_judged |= body.is_judged(thread);
    if (!is_any_judged)
        throw std::invalid_argument("progress is checked of no thread: add one by thread()");
    return check(body, threads, bounds).run();
}

}  // namespace racekit
