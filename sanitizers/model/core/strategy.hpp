// SPDX-License-Identifier: MIT
// What decides which thread goes next, and every other choice of an execution.
#pragma once

#include "operation.hpp"

#include <cstdint>

namespace racekit::model {

/// A choice other than which thread goes next.
enum class decision : std::uint8_t {
    thread,       ///< (in recorded schedules) which thread went next
    stale,        ///< which store is read; of two: 0 this one, 1 an older one
    place,        ///< which place in modification order a store takes: 0 the end
    spurious_cas, ///< 1: a weak compare-exchange fails though the value was right
    wake,         ///< what woke a sleeper: 0 a notification, 1 nothing (spurious), 2 the deadline
    waiter,       ///< which of several sleepers a wake reaches
    death,        ///< 1: the process dies here
    user,         ///< model::choose
};

/// The state before a step: every unfinished thread has announced its next operation.
struct situation {
    thread_set enabled = 0;  ///< never empty
    thread_set waiting = 0;  ///< cannot perform yet the operation that they announced
    thread_set parked = 0;   ///< wait in a loop; a schedule may let them go on all the same
    int current = -1;        ///< the thread that went last; -1 at the start
    int threads = 0;
    operation const* next = nullptr;  ///< by thread
};

/// How threads are treated whose waiting loop is back in an earlier state: loop_watch.hpp.
enum class loop_rule : std::uint8_t {
    search,  ///< blocked: this strategy covers what they would do in other executions
    sample,  ///< they wait until something changes
    follow,  ///< the same, and no call needs to be known to repeat: as schedules are replayed
};

/// The engine's questions and reports to a strategy. No function has a default here: a class that
/// derives from this one and leaves a function out does not compile. Strategies that choose by
/// themselves derive from `simple_strategy`, those that wrap another one from `forwarding`.
class strategy {
public:
    strategy() = default;
    strategy(strategy const&) = delete;
    strategy& operator=(strategy const&) = delete;
    virtual ~strategy() = default;

    static constexpr int abandon = -1;
    static constexpr int unknown = -2;
    static constexpr unsigned nothing_new = ~0U;

    virtual void begin() = 0;  ///< a new execution
    /// Which thread goes next, if that is certain without the situation: every choice so far was
    /// made before and led to the same announcement. Else `unknown`; choose_thread() follows.
    [[nodiscard]] virtual int predicted(operation const* next_by_thread) = 0;
    /// The predicted thread cannot run: the test body behaves differently than before.
    virtual void mispredicted() = 0;
    /// Which of the enabled threads goes next, or `abandon` when the rest was covered already.
    virtual int choose_thread(situation const& now) = 0;
    /// One of 0 .. count-1, count >= 2.
    virtual unsigned choose(decision about, unsigned count, int thread) = 0;
    /// Which of `count` stores a step reads, count >= 1: youngest first, by how many were executed
    /// since. `nothing_new` when what it reads of these was covered already.
    virtual unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) = 0;
    /// Whether choose_store() is to be called where there is one store alone.
    [[nodiscard]] bool asks_of_one() const { return asks_of_one_; }
    /// What the step turned out to be: a failed compare-exchange only read.
    virtual void executed(int thread, operation const& done) = 0;
    /// The execution ends here with a finding: what other threads would still have done is not
    /// known.
    virtual void broke_off() = 0;
    /// No thread can go on, but for some whose loops other executions cover: this one ends here.
    virtual void stuck(situation const& now) = 0;
    [[nodiscard]] virtual loop_rule loops() const = 0;
    /// A search: whether it can begin again, when a call was found to look again and again.
    [[nodiscard]] virtual bool can_start_over() const = 0;
    virtual void start_over() = 0;
    /// The execution is over; `abandoned` if it was cut short. False: no other one is left.
    [[nodiscard]] virtual bool end(bool abandoned) = 0;

protected:
    bool asks_of_one_ = true;  // where false, nearly every step saves a virtual call
};

/// A strategy that wraps no other one. It predicts nothing and ignores the reports; of several
/// stores it chooses as of anything else.
class simple_strategy : public strategy {
public:
    [[nodiscard]] int predicted(operation const* /*next_by_thread*/) override { return unknown; }
    void mispredicted() override {}
    unsigned choose_store(unsigned count, std::uint32_t const* /*ages*/, int thread) override {
        return count == 1 ? 0 : choose(decision::stale, count, thread);
    }
    void executed(int /*thread*/, operation const& /*done*/) override {}
    void broke_off() override {}
    void stuck(situation const& /*now*/) override {}
    [[nodiscard]] loop_rule loops() const override { return loop_rule::follow; }
    [[nodiscard]] bool can_start_over() const override { return false; }
    void start_over() override {}
};

}  // namespace racekit::model
