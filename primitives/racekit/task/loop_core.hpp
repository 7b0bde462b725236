// SPDX-License-Identifier: MIT
// loop_core: one thread makes calls, one after the other; what event_loop is without coroutines.
//
// Progress: call_soon_threadsafe() and stop() block, as call_inbox; run_forever() blocks while it
//           has nothing to do. All others are for the loop's thread alone, and wait for nothing.
// Invariant: queued_ is the number of calls in batch_ (from next_ on) and ready_.
// Ordering: everything before call_soon_threadsafe(), stop() or close() happens before the call,
//           the end of the run, or the error. Calls of one thread are made in its order; those
//           that a turn finds are made before those that it makes itself.
// Death: threads of one process; what a killed process had queued dies with it.
// Errors: use after close() throws loop_closed; run within a run loop_is_running. A call that
//         throws ends the run with its exception; what is queued stays queued.
//
// The loop's thread is the one that runs it; before the first run and after the last the one that
// owns it. All that is neither call_soon_threadsafe() nor stop() is for this thread only.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/task/call_inbox.hpp>
#include <racekit/task/callback.hpp>
#include <racekit/task/task_errors.hpp>
#include <racekit/task/task_report.hpp>
#include <racekit/task/timer_queue.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace racekit {

/// Something unfinished that lives in a loop, which ends it when it is closed.
class loop_resident {
public:
    /// Ends it without running any more of it. It has left the loop.
    virtual void abandon() noexcept = 0;

protected:
    ~loop_resident() = default;

private:
    friend class loop_core;
    loop_resident* before_ = nullptr;
    loop_resident* behind_ = nullptr;
};

class loop_core {
public:
    loop_core() = default;
    loop_core(loop_core const&) = delete;
    loop_core& operator=(loop_core const&) = delete;
    /// As close(). The loop must not run.
    ~loop_core() { (void)close(site()); }

    /// Makes `call` in the next turn of the loop.
    void call_soon(callback call, site where = site::here()) {
        expect_open(where);
        ready_.push_back(std::move(call));
        queued_.write(queued_.read(where) + 1, where);
    }
    /// The same from any thread, and wakes the loop.
    void call_soon_threadsafe(callback call, site where = site::here()) {
        inbox_.post(std::move(call), where);
    }
    /// Makes `call` when `span` has passed, or later if the loop is busy.
    template <class Rep, class Period>
    timer_id call_later(std::chrono::duration<Rep, Period> span, callback call,
                        site where = site::here()) {
        return call_at(racekit::after(span), std::move(call), where);
    }
    timer_id call_at(deadline when, callback call, site where = site::here()) {
        expect_open(where);
        return timers_.add(when, std::move(call));
    }
    /// Whether the timer was not due yet; then its call is not made. False: the call was made, or
    /// is queued.
    bool cancel(timer_id which) { return timers_.remove(which); }

    /// Makes calls until stop(), and sleeps while there are none.
    void run_forever(site where = site::here()) {
        expect_to_run(where);
        in_run const now(*this, where);
        do {
            collect(where);
            make_calls(where);
        } while (!std::exchange(stopping_, false));
    }

    /// Any thread. The run ends after the turn in which the loop comes to it, so after all calls
    /// that this thread asked for before. What is queued then stays, for the next run or close().
    /// Before a run it ends the next one after a turn.
    void stop(site where = site::here()) {
        inbox_.post([this] { stopping_ = true; }, where);
    }

    /// Makes no more calls, drops those that are queued and ends the tasks that are not done: their
    /// locals are destroyed. Returns what that was, and reports it if it was anything. Closing
    /// again does nothing. Throws loop_is_running.
    loop_leftovers close(site where = site::here()) {
        expect_at_rest("a loop that runs was closed", where);
        if (closed_.read(where)) return {};
        closed_.write(true, where);
        std::vector<callback> const handed_over = inbox_.close(where);
        loop_leftovers const left{handed_over.size() + queued_.read(where), timers_.size(), tasks_};
        if (!left.none()) task_detail::report({task_report::kind::left_in_loop, where, {}, left});
        while (newest_ != nullptr) {
            loop_resident& one = *newest_;
            leave(one);
            one.abandon();
        }
        ready_.clear();
        batch_.clear();
        timers_.clear();
        return left;
    }

    [[nodiscard]] bool is_running(site where = site::here()) const { return running_.read(where); }
    [[nodiscard]] bool is_closed(site where = site::here()) const { return closed_.read(where); }

    /// `one` lives here until leave(), or close() abandons it.
    void enter(loop_resident& one, site where = site::here()) {
        expect_open(where);
        one.before_ = std::exchange(newest_, &one);
        if (one.before_ != nullptr) one.before_->behind_ = &one;
        ++tasks_;
    }
    void leave(loop_resident& one) noexcept {
        (one.behind_ != nullptr ? one.behind_->before_ : newest_) = one.before_;
        if (one.before_ != nullptr) one.before_->behind_ = one.behind_;
        one.before_ = one.behind_ = nullptr;
        --tasks_;
    }

protected:
    /// Throws what run_forever() throws before it runs.
    void expect_to_run(site where) const {
        expect_open(where);
        expect_at_rest("a loop that runs was run again", where);
    }
    /// The loop's thread: ends the run after this turn.
    void stop_after_this_turn() { stopping_ = true; }

private:
    struct in_run {
        in_run(loop_core& loop, site at) : of(loop), where(at) {
            of.running_.write(true, where);
            of.stopping_ = false;  // of a run that ended by an exception
        }
        ~in_run() { of.running_.write(false, where); }
        loop_core& of;
        site where;
    };

    void expect_open(site where) const {
        if (closed_.read(where)) throw loop_closed("the event loop was closed");
    }
    void expect_at_rest(char const* otherwise, site where) const {
        if (running_.read(where)) throw loop_is_running(otherwise);
    }

    /// Queues the calls of other threads and the timers that are due. Sleeps if nothing is queued.
    void collect(site where) {
        deadline const limit = queued_.read(where) == 0 ? timers_.next_due() : deadline::min();
        std::size_t const before = ready_.size();
        inbox_.take(ready_, limit, where);
        timers_.take_due(ready_);
        if (ready_.size() != before)
            queued_.write(queued_.read(where) + (ready_.size() - before), where);
    }

    /// One turn: what is queued when it begins.
    void make_calls(site where) {
        if (next_ == batch_.size()) {
            batch_.clear();
            next_ = 0;
            batch_.swap(ready_);
        }
        while (next_ != batch_.size()) {
            callback call = std::move(batch_[next_++]);
            queued_.write(queued_.read(where) - 1, where);
            call();
        }
    }

    call_inbox inbox_;
    plain<bool> closed_{false};
    plain<bool> running_{false};
    bool stopping_ = false;
    std::vector<callback> ready_;  // asked for in this turn
    std::vector<callback> batch_;  // of this turn
    std::size_t next_ = 0;         // in batch_
    plain<std::size_t> queued_{0};
    timer_queue timers_;
    loop_resident* newest_ = nullptr;
    std::size_t tasks_ = 0;
};

}  // namespace racekit
