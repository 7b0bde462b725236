// Obstruction-freedom: from every state that a search reaches, each thread is run alone.
#include <racekit/progress.hpp>

#include "engine.hpp"
#include "exhaustive.hpp"
#include "schedule.hpp"

#include <racekit/verdict.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace racekit {
namespace {

using namespace model;

class told_progress final : public told_story {
public:
    explicit told_progress(progress_story& story) : story_(story) {}
    void before() override { story_.build(); }
    void act(int thread) override { story_.act(thread); }
    void after() override { story_.clear(); }

private:
    progress_story& story_;
};

/// A search that counts the steps of each thread.
class counting final : public strategy {
public:
    explicit counting(thread_set judged) : judged_(judged) {}
    unsigned most = 0;  ///< that one of those judged took

    void begin() override {
        taken_ = {};
        search_.begin();
    }
    int choose_thread(situation const& now) override {
        int const chosen = search_.choose_thread(now);
        if (chosen != abandon && (judged_ >> chosen & 1U) != 0)
            most = std::max(most, ++taken_[static_cast<std::size_t>(chosen)]);
        return chosen;
    }
    unsigned choose(decision about, unsigned count, int thread) override {
        return search_.choose(about, count, thread);
    }
    void executed(int thread, operation const& done) override { search_.executed(thread, done); }
    void broke_off() override { search_.broke_off(); }
    bool end(bool abandoned) override { return search_.end(abandoned); }

private:
    thread_set judged_;
    exhaustive search_;
    std::array<unsigned, most_threads> taken_{};
};

/// After each execution of the search: that one again, up to every state that is new in it, and
/// from there each thread alone. Sleep sets leave out ways to a state but no state.
class leaving_alone final : public strategy {
public:
    leaving_alone(unsigned most, thread_set judged) : most_(most), judged_(judged) {}

    std::uint64_t executions = 0;
    std::uint64_t runs = 0;
    unsigned longest = 0;
    std::string trouble;  ///< of the thread that did not come to its end

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
            together_.begin();
        }
    }
    int choose_thread(situation const& now) override {
        if (!alone_) {
            int const chosen = together_.choose_thread(now);
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
        path_.push_back({false, together_.choose(about, count, thread), 0});
        return path_.back().chosen;
    }
    void executed(int thread, operation const& done) override {
        if (!alone_) together_.executed(thread, done);
    }
    bool end(bool abandoned) override {
        if (alone_ && !abandoned) (void)finished();
        if (!trouble.empty()) return false;
        if (!alone_) {
            ++executions;
            more_ = together_.end(abandoned);
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

    static thread_set unfinished(situation const& now) { return now.enabled | now.waiting; }
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
            for (; left != 0; left &= left - 1) planned_.push_back({at, __builtin_ctz(left)});
        }
    }

    unsigned most_;
    thread_set judged_;
    exhaustive together_{exhaustive::reduction::sleep_sets};
    std::vector<choice> path_;    // of the last execution together
    std::vector<choice> before_;  // of the one before it
    std::vector<run> planned_;
    run now_;
    bool alone_ = false;
    bool more_ = true;
    std::size_t at_ = 0;
    unsigned steps_ = 0;
};

std::string script_of(execution const& last) {
    return to_text({last.threads, last.decisions, "", ""});
}

}  // namespace

progress_verdict check_progress(progress_story& story, int threads, progress_bounds bounds) {
    if (threads < 1 || threads > most_threads)
        throw std::invalid_argument("progress is checked of 1 to 8 threads");
    told_progress told(story);
    limits within;
    within.cast = threads;
    within.spurious = bounds.spurious;
    thread_set judged = 0;
    for (int each = 0; each < threads; ++each)
        judged |= story.is_judged(each) ? 1U << each : 0;
    progress_verdict verdict;
    bool cut = false;
    {
        engine explorer(told, within);
        counting systematically(judged);
        execution const& last = explorer.play(systematically, [&](std::uint64_t count) {
            return cut = count >= bounds.executions;
        });
        verdict.executions = explorer.executions();
        verdict.most = systematically.most;
        if (last.found) {
            verdict.schedule = script_of(last);
            verdict.text = last.found->kind + ": " + last.found->consequence + ", schedule " +
                           verdict.schedule;
            return verdict;
        }
        verdict.deadlock_free = true;
    }
    engine explorer(told, within);
    leaving_alone each(bounds.solo_steps, judged);
    execution const& last = explorer.play(each, [&](std::uint64_t) {
        return cut = cut || each.executions >= bounds.executions;
    });
    verdict.executions = std::max(verdict.executions, each.executions);
    verdict.solo_runs = each.runs;
    verdict.longest = each.longest;
    verdict.exhausted = !cut && each.trouble.empty();
    verdict.obstruction_free = each.trouble.empty();
    if (verdict.obstruction_free) {
        verdict.text = "obstruction-free: alone, no thread takes more than " +
                       std::to_string(each.longest) + " steps, in " + grouped(each.runs) +
                       " runs after " + (cut ? "" : "all of ") + grouped(each.executions) +
                       " executions";
    } else {
        verdict.schedule = script_of(last);
        verdict.text = "not obstruction-free: " + each.trouble + ", schedule " + verdict.schedule;
    }
    return verdict;
}

}  // namespace racekit
