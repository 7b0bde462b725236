// SPDX-License-Identifier: MIT
// The specification of a barrier. Waiting is two steps, to arrive and to go on; three with an
// action. Without an action, parties of one cycle that do not ask in which order they came may
// arrive in any order: that is one execution.
#pragma once

#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/monitor.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace racekit::specification {

class barrier {
public:
    explicit barrier(std::size_t parties, std::function<void()> action = {},
                     site where = site::here())
        : parties_(parties), action_(std::move(action)), inside_("barrier", *this, where) {
        if (parties == 0 || parties > max()) throw bad_count("barrier: no or too many parties");
    }
    [[nodiscard]] static constexpr std::size_t max() { return 0x7fff; }

    std::size_t wait(site where = site::here()) { return wait_until(never, where); }
    void arrive_and_wait(site where = site::here()) {
        if (action_) return (void)wait(where);
        unsigned mine = 0;
        inside_.arrive(
            "wait", [this] { return may_enter(); },
            [&] {
                if (broken_) throw broken_barrier("barrier: broken; reset() it");
                mine = cycle_;
                ++arrived_;
                model::release(brought_);
                if (arrived_ == parties_) open();
            },
            [this] { return cycle_ + 1; },
            [this] { return !broken_ && !draining_ && arrived_ + 2 <= parties_; }, where);
        inside_.pass(
            "wait", [this, mine] { return is_over(mine); }, [this, mine] { go_on(mine); }, mine + 1,
            where);
    }
    template <class Rep, class Period>
    std::size_t wait_for(std::chrono::duration<Rep, Period> span, site where = site::here()) {
        return wait_until(racekit::after(span), where);
    }
    std::size_t wait_until(deadline limit, site where = site::here()) {
        arrival const mine = enter(limit, where);
        if (mine.number + 1 < parties_) wait_for_others(mine.cycle, limit, where);
        return mine.number;
    }

    /// Not in racekit: the number of parties is fixed.
    template <class Barrier = barrier>
    void arrive_and_drop() {
        static_assert(!std::is_same_v<Barrier, Barrier>,
                      "a racekit barrier has a fixed number of parties: construct another one, or "
                      "let the party that leaves call abort()");
    }

    class arrival_token {
    public:
        arrival_token(arrival_token&&) noexcept = default;
        arrival_token& operator=(arrival_token&&) noexcept = default;

    private:
        friend barrier;
        arrival_token(std::size_t number, unsigned cycle) : number_(number), cycle_(cycle) {}
        std::size_t number_;
        unsigned cycle_;
    };
    [[nodiscard]] arrival_token arrive(site where = site::here()) {
        arrival const mine = enter(never, where);
        return {mine.number, mine.cycle};
    }
    void wait(arrival_token&& mine, site where = site::here()) {
        if (mine.number_ + 1 < parties_) wait_for_others(mine.cycle_, never, where);
    }

    void abort(site where = site::here()) {
        inside_.step("abort", [this] {
            broken_ = true;
            draining_ = false;
        }, where);
    }
    void reset(site where = site::here()) {
        inside_.step("reset", [this] {
            broken_ = false;
            draining_ = arrived_ != 0;
        }, where);
    }
    [[nodiscard]] std::size_t parties() const { return parties_; }
    [[nodiscard]] std::size_t waiting(site where = site::here()) {
        std::size_t seen = 0;
        inside_.look("waiting", [&] { seen = arrived_; }, where);
        return seen;
    }
    [[nodiscard]] bool is_broken(site where = site::here()) {
        bool seen = false;
        inside_.look("is_broken", [&] { seen = broken_; }, where);
        return seen;
    }
    [[nodiscard]] std::string shown() const {
        return std::to_string(arrived_) + " of " + std::to_string(parties_) +
               (broken_ ? ", broken" : draining_ ? ", draining" : "");
    }

private:
    struct arrival {
        std::size_t number = 0;
        unsigned cycle = 0;
    };

    arrival enter(deadline limit, site const& where) {
        arrival mine;
        bool const entered = inside_.step_when(
            "wait", [this] { return may_enter(); },
            [&] {
                if (broken_) throw broken_barrier("barrier: broken; reset() it");
                mine.cycle = cycle_;
                mine.number = come();
            },
            limit, where);
        if (!entered) throw barrier_timed_out("barrier: could not be entered in time");
        if (mine.number + 1 == parties_ && action_) act(where);
        return mine;
    }

    std::size_t come() {
        std::size_t const number = arrived_++;
        model::release(brought_);
        if (arrived_ == parties_) {
            model::acquire(brought_);
            if (!action_) open();
        }
        return number;
    }
    void open() {
        model::release(brought_);
        passed_.push_back(brought_);
        ++cycle_;
        arrived_ = 0;
    }
    void leave() {
        if (--arrived_ == 0) draining_ = false;
    }

    [[nodiscard]] bool may_enter() const { return broken_ || (!draining_ && arrived_ < parties_); }
    /// Whether a party that arrived in that cycle has nothing left to wait for.
    [[nodiscard]] bool is_over(unsigned cycle) const {
        return cycle_ != cycle || broken_ || draining_;
    }
    void go_on(unsigned cycle) {
        if (cycle_ != cycle) return model::acquire(passed_[cycle]);
        leave();
        throw broken_barrier("barrier: broken or reset while waiting");
    }

    void wait_for_others(unsigned cycle, deadline limit, site const& where) {
        auto const over = [this, cycle] { return is_over(cycle); };
        auto const leave_it = [this, cycle] { go_on(cycle); };
        if (inside_.step_when("wait", over, leave_it, limit, where)) return;
        inside_.step(
            "wait",
            [&] {
                if (over()) return go_on(cycle);
                broken_ = true;
                --arrived_;
                throw barrier_timed_out("barrier: the deadline passed before all had come");
            },
            where);
    }

    void act(site const& where) {
        try {
            action_();
        } catch (...) {
            inside_.step("wait", [this] {
                broken_ = true;
                draining_ = false;
                --arrived_;
            }, where);
            throw;
        }
        inside_.step("wait", [this] {
            if (!broken_ && !draining_) return open();
            leave();
            throw broken_barrier("barrier: broken while its action ran");
        }, where);
    }

    std::size_t const parties_;
    std::function<void()> const action_;
    std::size_t arrived_ = 0;
    unsigned cycle_ = 0;
    bool broken_ = false;
    bool draining_ = false;
    model::vector_clock brought_;              // the clocks of all that ever arrived
    std::vector<model::vector_clock> passed_;  // that, at the end of each cycle
    model::monitor inside_;
};

}  // namespace racekit::specification
