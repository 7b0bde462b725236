// SPDX-License-Identifier: MIT
// Depth-first over the executions with few preemptions, then with more.
#pragma once

#include "model/core/strategy.hpp"

#include <vector>

namespace racekit::model {

/// All executions without a preemption (a thread is only left when it cannot go on), then all with
/// one, and so on (Musuvathi, Qadeer 2007): most mistakes need one or two, so what is found first
/// is also the easiest to read. Without sleep sets, which under a bound would prune executions
/// of which the bound cuts the equivalent one. Executions with fewer preemptions are repeated with
/// more; that costs little, for their number grows fast with the bound.
class bounded final : public simple_strategy {
public:
    static constexpr unsigned without_end = ~0U;
    /// What is bounded: changes of thread where it could have gone on, or all of them.
    enum class cost { preemptions, switches };

    /// Of these to begin with, and at most.
    explicit bounded(unsigned first = 0, unsigned last = without_end,
                     cost what = cost::preemptions)
        : bound_(first), last_(last), cost_(what) {}

    void begin() override;
    int choose_thread(situation const& now) override;
    unsigned choose(decision about, unsigned count, int thread) override;
    bool end(bool abandoned) override;
    [[nodiscard]] loop_rule loops() const override { return loop_rule::search; }
    [[nodiscard]] bool can_start_over() const override { return true; }
    void start_over() override;

    /// Preemptions allowed in the current execution.
    [[nodiscard]] unsigned bound() const { return bound_; }
    /// The largest bound of which every execution was seen; -1 if none.
    [[nodiscard]] int completed() const { return completed_; }
    /// No bound cut anything: these were all executions there are.
    [[nodiscard]] bool everything() const { return everything_; }

private:
    struct node {
        bool is_thread_choice = false;
        std::uint8_t chosen = 0;
        std::uint8_t count = 0;        // of a data choice
        std::int8_t staying = -1;      // the thread that a switch away from costs
        thread_set left = 0;           // threads not yet tried here
        unsigned spent = 0;            // before this choice
    };

    node& push();

    unsigned bound_;
    unsigned played_ = 0;  // the bound of the last execution
    unsigned last_;
    cost cost_;
    int completed_ = -1;
    int completed_before_ = -1;  // the bound before that one
    bool cut_ = false;           // by this bound
    bool everything_ = false;
    std::vector<node> path_;
    std::size_t length_ = 0;
    std::size_t depth_ = 0;
    unsigned spent_ = 0;
};

}  // namespace racekit::model
