// SPDX-License-Identifier: MIT
// event_loop: runs tasks, callbacks and timers on one thread, one at a time.
//
//     racekit::event_loop loop;
//     int const sum = loop.run_until_complete(add_up(loop));
//
// Progress: as loop_core.
// Invariant: a task that was spawned is a resident of the loop until it is done.
// Ordering: as loop_core. Between two co_awaits no other task of the loop runs; at a co_await any
//           of them may.
// Death: as loop_core.
// Errors: as loop_core; run_until_complete() also throws what the task throws, and loop_stopped.
//
// It makes no input and no output, and has no default instance: a loop is made where it is used.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/task/future.hpp>
#include <racekit/task/loop_core.hpp>
#include <racekit/task/spawned_task.hpp>
#include <racekit/task/task.hpp>
#include <racekit/task/task_context.hpp>
#include <racekit/task/task_errors.hpp>

#include <chrono>
#include <coroutine>
#include <memory>
#include <utility>

namespace racekit {

/// Suspends a task until a timer is due, or for one turn of the loop.
class timer_wait : public task_wait {
public:
    timer_wait(loop_core& loop, deadline when) : loop_(loop), when_(when) {}
    ~timer_wait() {
        if (waiter_) (void)loop_.cancel(timer_);
    }
    timer_wait(timer_wait const&) = delete;
    timer_wait& operator=(timer_wait const&) = delete;

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> waiter) {
        task_context* const context = context_of(waiter);
        cancelled_ = context != nullptr && context->take_request();
        if (cancelled_) return false;
        waiter_ = waiter;
        if (when_ == deadline::min()) loop_.call_soon([waiter] { waiter.resume(); });
        else timer_ = loop_.call_at(when_, [waiter] { waiter.resume(); });
        context_ = context;
        if (context != nullptr) context->suspended_for(*this);
        return true;
    }
    void await_resume() {
        if (context_ != nullptr) context_->resumed();
        waiter_ = nullptr;
        if (cancelled_) throw task_cancelled();
    }

private:
    void interrupt() override {
        if (!loop_.cancel(timer_)) return;  // it is due: the next co_await throws
        cancelled_ = context_->take_request();
        loop_.call_soon([waiter = waiter_] { waiter.resume(); });
    }

    loop_core& loop_;
    deadline when_;
    timer_id timer_;
    std::coroutine_handle<> waiter_;
    task_context* context_ = nullptr;
    bool cancelled_ = false;
};

class event_loop : public loop_core {
public:
    /// Begins the task in the next turn. Its future is done when the task is; to cancel the future
    /// cancels the task at its co_await. Throws loop_closed and task_is_empty.
    template <class T>
    future<T> spawn(task<T> work, site where = site::here()) {
        return future<T>(begin_task(*this, std::move(work), where));
    }

    /// Runs until the task is done, and returns its value or throws its error. Throws loop_stopped
    /// if stop() comes first; the task is still in the loop then. Throws loop_is_running within a
    /// run; then the task has not begun.
    template <class T>
    T run_until_complete(task<T> work, site where = site::here()) {
        expect_to_run(where);
        return run_until_complete(spawn(std::move(work), where), where);
    }
    /// A future that is kept keeps its value, too; one that is given away gives it away.
    template <class T>
    T run_until_complete(future<T>&& wanted, site where = site::here()) {
        run_until_done(wanted, where);
        return std::move(wanted).result(where);
    }
    template <class T>
    decltype(auto) run_until_complete(future<T> const& wanted, site where = site::here()) {
        run_until_done(wanted, where);
        return wanted.result(where);
    }

    /// `co_await loop.sleep_for(1s);`: other tasks run meanwhile.
    template <class Rep, class Period>
    [[nodiscard]] timer_wait sleep_for(std::chrono::duration<Rep, Period> span) {
        return {*this, racekit::after(span)};
    }
    /// `co_await loop.turn();`: what is queued runs first.
    [[nodiscard]] timer_wait turn() { return {*this, deadline::min()}; }

private:
    template <class T>
    void run_until_done(future<T> const& wanted, site where) {
        if (wanted.is_done(where)) return;
        done_wait const ends_the_run(*this, wanted.state());
        run_forever(where);
        if (!wanted.is_done(where))
            throw loop_stopped("stop() came before the result of run_until_complete()");
    }

    /// While it lives, the run ends when that future is done.
    class done_wait {
    public:
        done_wait(event_loop& loop, std::shared_ptr<future_core> wanted) : of_(std::move(wanted)) {
            of_->when_done([&loop] { loop.stop_after_this_turn(); }, this);
        }
        ~done_wait() { of_->withdraw(this); }
        done_wait(done_wait const&) = delete;
        done_wait& operator=(done_wait const&) = delete;

    private:
        std::shared_ptr<future_core> of_;
    };
};

}  // namespace racekit
