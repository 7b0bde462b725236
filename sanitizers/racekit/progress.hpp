// SPDX-License-Identifier: MIT
// Does a thread get on when all others stop? Does somebody always get on?
//
//     racekit::progress<racekit::spsc_queue<int>> check;
//     check.thread([](auto& queue) { (void)queue.try_push(1); });
//     check.thread([](auto& queue) { int got = 0; (void)queue.try_pop(got); });
//     racekit::progress_verdict const verdict = check({.solo_steps = 8});
//     EXPECT_TRUE(verdict.obstruction_free && verdict.deadlock_free) << verdict.text;
//
// Obstruction-free: from every state that the threads can reach together, each of them, run alone,
// comes to its end within `solo_steps` visible operations (Herlihy, Luchangco, Moir 2003).
// Deadlock-free: every execution comes to its end. Lock-free is both: whoever stops, wherever, the
// others get on. Wait-free: so does each, in as many steps however much the others do. All of this
// holds for these threads only. Those `beside` take part and are not judged: a writer that may
// wait, beside a reader that must not. Model flavour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace racekit {

/// Each includes those before it.
enum class progress_guarantee { none, deadlock_free, lock_free, wait_free };

[[nodiscard]] constexpr char const* name(progress_guarantee which) {
    switch (which) {
        case progress_guarantee::none: break;
        case progress_guarantee::deadlock_free: return "deadlock-free";
        case progress_guarantee::lock_free: return "lock-free";
        case progress_guarantee::wait_free: return "wait-free";
    }
    return "none";
}

struct progress_bounds {
    unsigned solo_steps = 64;
    int rounds = 1;  ///< how often those beside do what they do
    std::uint64_t executions = 100'000;  ///< of the threads together, for either question
    int spurious = 0;                    ///< failures and wake-ups for no reason, per thread
    std::string_view schedule = {};  ///< of an earlier verdict: follow it, or look near it
};

struct progress_verdict {
    bool deadlock_free = false;
    bool obstruction_free = false;
    bool exhausted = false;        ///< every state was reached
    std::uint64_t executions = 0;  ///< of the threads together
    std::uint64_t solo_runs = 0;
    unsigned longest = 0;   ///< steps that a thread needed alone
    unsigned most = 0;      ///< steps that a thread took among the others
    std::string schedule;   ///< of what was found: by default, but for few deviations
    std::string text;       ///< all of it, for a person
};

class progress_story {
public:
    virtual ~progress_story() = default;
    virtual void build() = 0;
    virtual void act(int thread) = 0;
    virtual void clear() = 0;
    [[nodiscard]] virtual bool is_judged(int thread) const = 0;
};

/// Throws std::invalid_argument for no threads, or more than the model runs; usage_error for a
/// schedule that is malformed or of other threads.
[[nodiscard]] progress_verdict check_progress(progress_story& story, int threads,
                                              progress_bounds bounds);

template <class object>
class progress final : private progress_story {
public:
    void thread(std::function<void(object&)> act) { threads_.push_back({std::move(act), true}); }
    /// Takes part, but may wait for the others.
    void beside(std::function<void(object&)> act) { threads_.push_back({std::move(act), false}); }

    [[nodiscard]] progress_verdict operator()(progress_bounds bounds = {}) {
        rounds_ = bounds.rounds;
        return check_progress(*this, static_cast<int>(threads_.size()), bounds);
    }

    /// The strongest that holds. Wait-free is what takes no more steps when those beside do what
    /// they do once more.
    [[nodiscard]] progress_guarantee guarantee(progress_bounds bounds = {}) {
        progress_verdict const once = (*this)(bounds);
        if (!once.deadlock_free) return progress_guarantee::none;
        if (!once.obstruction_free) return progress_guarantee::deadlock_free;
        ++bounds.rounds;
        progress_verdict const more = (*this)(bounds);
        if (!more.obstruction_free || more.most > once.most) return progress_guarantee::lock_free;
        return progress_guarantee::wait_free;
    }

private:
    void build() override { subject_ = ::new (memory_) object(); }
    void act(int thread) override {
        part const& mine = threads_[static_cast<std::size_t>(thread)];
        for (int round = 0; round < (mine.judged ? 1 : rounds_); ++round) mine.act(*subject_);
    }
    void clear() override { subject_->~object(); }
    bool is_judged(int thread) const override {
        return threads_[static_cast<std::size_t>(thread)].judged;
    }

    struct part {
        std::function<void(object&)> act;
        bool judged;
    };
    std::vector<part> threads_;
    int rounds_ = 1;
    alignas(object) unsigned char memory_[sizeof(object)];
    object* subject_ = nullptr;
};

}  // namespace racekit
