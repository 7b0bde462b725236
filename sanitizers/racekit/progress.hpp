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
// Deadlock-free: every execution comes to its end. Both hold for these threads only. Model flavour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace racekit {

struct progress_bounds {
    unsigned solo_steps = 64;
    std::uint64_t executions = 100'000;  ///< of the threads together, for either question
    int spurious = 0;                    ///< failures and wake-ups for no reason, per thread
};

struct progress_verdict {
    bool deadlock_free = false;
    bool obstruction_free = false;
    bool exhausted = false;        ///< every state was reached
    std::uint64_t executions = 0;  ///< of the threads together
    std::uint64_t solo_runs = 0;
    unsigned longest = 0;   ///< steps that a thread needed alone
    std::string schedule;   ///< of what was found
    std::string text;       ///< all of it, for a person
};

class progress_story {
public:
    virtual ~progress_story() = default;
    virtual void build() = 0;
    virtual void act(int thread) = 0;
    virtual void clear() = 0;
};

/// Throws std::invalid_argument for no threads, or more than the model runs.
[[nodiscard]] progress_verdict check_progress(progress_story& story, int threads,
                                              progress_bounds bounds);

template <class object>
class progress final : private progress_story {
public:
    void thread(std::function<void(object&)> act) { threads_.push_back(std::move(act)); }

    [[nodiscard]] progress_verdict operator()(progress_bounds bounds = {}) {
        return check_progress(*this, static_cast<int>(threads_.size()), bounds);
    }

private:
    void build() override { subject_ = ::new (memory_) object(); }
    void act(int thread) override { threads_[static_cast<std::size_t>(thread)](*subject_); }
    void clear() override { subject_->~object(); }

    std::vector<std::function<void(object&)>> threads_;
    alignas(object) unsigned char memory_[sizeof(object)];
    object* subject_ = nullptr;
};

}  // namespace racekit
