// SPDX-License-Identifier: MIT
// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte 2010).
#pragma once

#include "random_numbers.hpp"
#include "model/memory/machine.hpp"
#include "model/core/strategy.hpp"

#include <algorithm>

namespace racekit::model {

/// Threads have random priorities, and the highest that can goes next; at depth - 1 random steps
/// the thread that would go gets the lowest priority. A bug that takes `depth` ordering constraints
/// among n threads of k steps in all is found by one execution in n * k^(depth - 1), however long
/// the window it needs.
class pct final : public simple_strategy {
public:
    static constexpr unsigned most_depth = 16;

    pct(std::uint64_t seed, unsigned depth)
        : seed_(seed), changes_(std::clamp(depth, 1U, most_depth) - 1) {}

    void begin() override {
        numbers_.start(seed_, execution_++);
        longest_ = std::max(longest_, step_);
        step_ = 0;
        lowest_ = 0;
        for (int thread = 0; thread < memory::thread_count(); ++thread) {
            int const other = static_cast<int>(numbers_.below(static_cast<unsigned>(thread) + 1));
            priority_[thread] = priority_[other];
            priority_[other] = thread + 1;
        }
        // The first execution measures how many steps there are to drop at.
        for (unsigned change = 0; change < changes_; ++change)
            drop_at_[change] = longest_ == 0 ? 0 : 1 + numbers_.below(longest_);
    }

    int choose_thread(situation const& now) override {
        ++step_;
        int chosen = highest(now.enabled);
        if (std::find(drop_at_, drop_at_ + changes_, step_) != drop_at_ + changes_) {
            priority_[chosen] = --lowest_;
            chosen = highest(now.enabled);
        }
        // A waiting thread lets all others go first, or it would wait for ever at the highest
        // priority.
        action const what = now.next[chosen].what;
        if (what == action::spin || what == action::sleep) priority_[chosen] = --lowest_;
        return chosen;
    }

    unsigned choose(decision about, unsigned count, int) override {
        return random_decision(numbers_, about, count);
    }
    bool end(bool) override { return true; }
    [[nodiscard]] loop_rule loops() const override { return loop_rule::sample; }

private:
    [[nodiscard]] int highest(thread_set enabled) const {
        int best = first_of(enabled);
        for (thread_set left = enabled; left != 0; left &= left - 1) {
            int const thread = first_of(left);
            if (priority_[thread] > priority_[best]) best = thread;
        }
        return best;
    }

    std::uint64_t seed_;
    unsigned changes_;
    std::uint64_t execution_ = 0;
    random_numbers numbers_;
    unsigned step_ = 0;
    unsigned longest_ = 0;
    int lowest_ = 0;
    int priority_[most_threads] = {};
    unsigned drop_at_[most_depth] = {};
};

}  // namespace racekit::model
