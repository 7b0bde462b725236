// SPDX-License-Identifier: MIT
// Who decides what happens next.
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
    wake,         ///< what woke a sleeper: 0 the waker, 1 nobody, 2 the deadline
    waiter,       ///< which of several sleepers a wake reaches
    death,        ///< 1: the process dies here
    user,         ///< model::choose
};

/// The moment before a step: every unfinished thread has announced what it will do.
struct situation {
    thread_set enabled = 0;  ///< never empty
    thread_set waiting = 0;  ///< have announced what they cannot do yet
    int current = -1;        ///< who went last; -1 at the start
    int threads = 0;
    operation const* next = nullptr;  ///< by thread
};

class strategy {
public:
    strategy() = default;
    strategy(strategy const&) = delete;
    strategy& operator=(strategy const&) = delete;
    virtual ~strategy() = default;

    static constexpr int abandon = -1;
    static constexpr int unknown = -2;

    virtual void begin() = 0;  ///< a new execution
    /// Which thread goes next, if that is certain without a look at the situation: every choice so
    /// far was made before and led to the same announcement. Else `unknown`: it is asked to choose.
    [[nodiscard]] virtual int predicted(operation const* /*next, by thread*/) { return unknown; }
    /// The predicted thread cannot run: the test body behaves differently than before.
    virtual void mispredicted() {}
    /// Which of the enabled threads goes next, or `abandon` when the rest was covered already.
    virtual int choose_thread(situation const& now) = 0;
    /// One of 0 .. count-1, count >= 2.
    virtual unsigned choose(decision about, unsigned count, int thread) = 0;
    static constexpr unsigned nothing_new = ~0U;
    /// Which of `count` stores a step reads, count >= 1: youngest first, by how many were executed
    /// since. `nothing_new` when what it reads of these was covered already.
    virtual unsigned choose_store(unsigned count, std::uint32_t const* /*ages*/, int thread) {
        return count == 1 ? 0 : choose(decision::stale, count, thread);
    }
    /// Whether it wants to be asked that where there is one store alone.
    [[nodiscard]] bool asks_of_one() const { return asks_of_one_; }
    /// What the step turned out to be: a failed compare-exchange only observed.
    virtual void executed(int /*thread*/, operation const& /*done*/) {}
    /// The execution ends here with something worth telling: what others would still have done is
    /// not known.
    virtual void broke_off() {}
    /// The execution is over; `abandoned` if it was cut short. False: no other one is left.
    [[nodiscard]] virtual bool end(bool abandoned) = 0;

protected:
    bool asks_of_one_ = true;  // no virtual call for what nearly every step would answer alike
};

}  // namespace racekit::model
