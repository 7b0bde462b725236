// SPDX-License-Identifier: MIT
// Progress guarantees: is an object deadlock-free, obstruction-free, lock-free, wait-free?
//
//     racekit::progress<racekit::spsc_queue<int>> check;
//     check.thread([](auto& queue) { (void)queue.try_push(1); });
//     check.thread([](auto& queue) { int got = 0; (void)queue.try_pop(got); });
//     racekit::progress_verdict const verdict = check({.solo_steps = 8});
//     EXPECT_TRUE(verdict.obstruction_free && verdict.deadlock_free) << verdict.text;
//
// Obstruction-free: from every state that the threads can reach together, each thread finishes
// within `solo_steps` visible operations if it runs alone (Herlihy, Luchangco, Moir 2003).
// Deadlock-free: every execution finishes. Lock-free: both; wherever some threads stop, the others
// finish. Wait-free: each thread finishes in a number of steps that does not depend on the number
// of operations of the others. The result holds for the given threads only. A `background` thread
// takes part and is not judged: for example a writer that may wait, while a reader must not.
// Model flavour only.
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

/// Each guarantee includes those before it.
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
    int rounds = 1;  ///< how often each background thread repeats its operation
    std::uint64_t executions = 100'000;  ///< limit for each of the two searches
    int spurious = 0;                    ///< spurious failures and wake-ups, per thread
    std::string_view schedule = {};  ///< of an earlier verdict: replay it, or search near it
};

struct progress_verdict {
    bool deadlock_free = false;
    bool obstruction_free = false;
    bool exhausted = false;        ///< every reachable state was explored
    std::uint64_t executions = 0;  ///< executions of all threads together
    std::uint64_t solo_runs = 0;
    unsigned longest = 0;   ///< most steps that a thread took alone
    unsigned most = 0;      ///< most steps that a thread took among the others
    std::string schedule;   ///< of the violation: the default schedule with few deviations
    std::string text;       ///< the verdict in words
};

/// The test body behind `progress`, without its type.
class progress_test_body {
public:
    virtual ~progress_test_body() = default;
    virtual void build() = 0;
    virtual void act(int thread) = 0;
    virtual void clear() = 0;
    [[nodiscard]] virtual bool is_judged(int thread) const = 0;
};

/// Throws std::invalid_argument for no judged thread, or for more than the model supports;
/// usage_error for a schedule that is malformed or was recorded with other threads.
[[nodiscard]] progress_verdict check_progress(progress_test_body& body, int threads,
                                              progress_bounds bounds);

template <class object>
class progress final : private progress_test_body {
public:
    /// Adds a thread that is judged.
    void thread(std::function<void(object&)> act) { threads_.push_back({std::move(act), true}); }
    /// Adds a thread that is not judged: it may wait for the others.
    void background(std::function<void(object&)> act) {
        threads_.push_back({std::move(act), false});
    }

    [[nodiscard]] progress_verdict operator()(progress_bounds bounds = {}) {
        rounds_ = bounds.rounds;
        return check_progress(*this, static_cast<int>(threads_.size()), bounds);
    }

    /// The strongest guarantee that holds. Wait-free: no thread takes more steps when the
    /// background threads do one more round.
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
        operation const& mine = threads_[static_cast<std::size_t>(thread)];
        for (int round = 0; round < (mine.judged ? 1 : rounds_); ++round) mine.act(*subject_);
    }
    void clear() override { subject_->~object(); }
    bool is_judged(int thread) const override {
        return threads_[static_cast<std::size_t>(thread)].judged;
    }

    struct operation {
        std::function<void(object&)> act;
        bool judged;
    };
    std::vector<operation> threads_;
    int rounds_ = 1;
    alignas(object) unsigned char memory_[sizeof(object)];
    object* subject_ = nullptr;
};

}  // namespace racekit
