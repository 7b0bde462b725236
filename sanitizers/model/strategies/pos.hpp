// SPDX-License-Identifier: MIT
// Partial order sampling (Yuan, Yang, Gu 2018).
#pragma once

#include "random_numbers.hpp"
#include "model/core/strategy.hpp"

namespace racekit::model {

/// Every announced step has a random priority, and the step with the highest one that can happen is
/// next. Steps that depend on it get new priorities, so orders of dependent steps are sampled, not
/// orders of all steps: a random walk spends most of its executions on equivalent orders.
class partial_order_sampling final : public simple_strategy {
public:
    explicit partial_order_sampling(std::uint64_t seed) : seed_(seed) {}

    void begin() override {
        numbers_.start(seed_, execution_++);
        drawn_ = 0;
    }

    int choose_thread(situation const& now) override {
        int best = -1;
        for (thread_set left = now.enabled; left != 0; left &= left - 1) {
            int const thread = first_of(left);
            if ((drawn_ >> thread & 1U) == 0) priority_[thread] = numbers_.next();
            drawn_ |= bit(thread);
            if (best < 0 || priority_[thread] > priority_[best]) best = thread;
        }
        for (int thread = 0; thread < now.threads; ++thread) {
            if (thread == best || dependent(now.next[best], now.next[thread]))
                drawn_ &= ~bit(thread);
        }
        return best;
    }

    unsigned choose(decision about, unsigned count, int) override {
        return random_decision(numbers_, about, count);
    }
    bool end(bool) override { return true; }
    [[nodiscard]] loop_rule loops() const override { return loop_rule::sample; }

private:
    std::uint64_t seed_;
    std::uint64_t execution_ = 0;
    random_numbers numbers_;
    thread_set drawn_ = 0;  // threads whose announced step has a priority
    std::uint64_t priority_[most_threads] = {};
};

}  // namespace racekit::model
