// SPDX-License-Identifier: MIT
// future: a result that will be there; copies share it. Coroutines await it, callbacks are called
// with it. future_source gives the result.
//
// Progress: wait-free but for memory; what waits is a coroutine, never the thread.
// Invariant: as future_state: a result is given once, and every waiter is called once, by the loop,
//            in the order in which they were added.
// Ordering: none of its own: all of it is for the thread of its loop. Another thread gives a result
//           by call_soon_threadsafe().
// Death: as loop_core.
// Errors: a second result is future_already_done, a result read too early future_not_done, and one
//         that no source is left for future_abandoned. An error that is never read is reported
//         (task_report).
//
// A loop outlives its sources and its futures; only the result of one that is done can be read
// later.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/task/future_state.hpp>
#include <racekit/task/loop_core.hpp>
#include <racekit/task/task_context.hpp>
#include <racekit/task/task_errors.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace racekit {

/// Suspends a coroutine until a future is done, or the coroutine is cancelled.
class future_wait : public task_wait {
public:
    explicit future_wait(std::shared_ptr<future_core> of) : of_(std::move(of)) {}
    ~future_wait() {
        if (waiter_) of_->withdraw(this);
    }
    future_wait(future_wait const&) = delete;
    future_wait& operator=(future_wait const&) = delete;

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> waiter) {
        task_context* const context = context_of(waiter);
        cancelled_ = context != nullptr && context->take_request();
        if (cancelled_ || of_->is_done()) return false;
        waiter_ = waiter;
        of_->when_done([waiter] { waiter.resume(); }, this);
        context_ = context;
        if (context != nullptr) context->suspended_for(*this);
        return true;
    }
    void await_resume() {
        if (context_ != nullptr) context_->resumed();
        context_ = nullptr;
        waiter_ = nullptr;
        if (cancelled_) throw task_cancelled();
    }

private:
    void interrupt() override {
        if (!of_->withdraw(this)) return;  // it is done: the result is delivered
        cancelled_ = context_->take_request();
        of_->loop().call_soon([waiter = waiter_] { waiter.resume(); });
    }

    std::shared_ptr<future_core> of_;
    std::coroutine_handle<> waiter_;
    task_context* context_ = nullptr;
    bool cancelled_ = false;
};

template <class T = void>
class future {
public:
    explicit future(std::shared_ptr<future_state<T>> state) : state_(std::move(state)) {}

    [[nodiscard]] bool is_done(site where = site::here()) const { return state_->is_done(where); }
    /// The value, or throws the error. Throws future_not_done.
    decltype(auto) result(site where = site::here()) const& {
        return std::as_const(state_->result(where)).get();
    }
    /// The value, moved out of what all copies share.
    T result(site where = site::here()) && { return std::move(state_->result(where)).get(); }
    /// The error, or null. Throws future_not_done.
    [[nodiscard]] std::exception_ptr error(site where = site::here()) const {
        return state_->result(where).error();
    }
    /// Whether it was not done. A task that gives the result is cancelled at its co_await and may
    /// still end in another way; else the result is task_cancelled.
    bool cancel() { return state_->cancel(); }

    /// The loop calls `call(future)` once when it is done, after those that were added before.
    template <class Function>
    void add_done_callback(Function call) {
        state_->when_done([copy = *this, call = std::move(call)]() mutable { call(copy); });
    }
    /// A future of what `next(value)` returns; an error goes past it.
    template <class Function>
    auto then(Function next);

    /// Suspends until it is done, and then gives what result() gives.
    auto operator co_await() const& { return awaiter<future const&>(*this); }
    auto operator co_await() && { return awaiter<future>(std::move(*this)); }
    /// Suspends until it is done: `co_await one.settled();`
    [[nodiscard]] future_wait settled() const { return future_wait(state_); }

    [[nodiscard]] std::shared_ptr<future_core> state() const { return state_; }

private:
    template <class Future>
    class awaiter : public future_wait {
    public:
        explicit awaiter(Future of) : future_wait(of.state_), of_(std::forward<Future>(of)) {}
        decltype(auto) await_resume() {
            future_wait::await_resume();
            return std::forward<Future>(of_).result();
        }

    private:
        Future of_;
    };

    std::shared_ptr<future_state<T>> state_;
};

/// Gives a future its result. Destroyed without, it gives future_abandoned.
template <class T = void>
class future_source {
public:
    explicit future_source(loop_core& loop) : state_(std::make_shared<future_state<T>>(loop)) {}
    future_source(future_source&&) noexcept = default;
    future_source& operator=(future_source&&) = delete;
    ~future_source() {
        if (state_ != nullptr && !state_->is_done())
            (void)state_->try_set_error(std::make_exception_ptr(
                future_abandoned("the source of a future was destroyed without a result")));
    }

    [[nodiscard]] racekit::future<T> future() const { return racekit::future<T>(state_); }

    /// Throws future_already_done.
    template <class... Arguments>
    void set_value(Arguments&&... arguments) {
        if (!try_set_value(std::forward<Arguments>(arguments)...)) twice();
    }
    void set_error(std::exception_ptr error) {
        if (!try_set_error(std::move(error))) twice();
    }
    /// False if it is done, cancelled for instance; then nothing changes.
    template <class... Arguments>
    [[nodiscard]] bool try_set_value(Arguments&&... arguments) {
        return state_->try_set_value(std::forward<Arguments>(arguments)...);
    }
    [[nodiscard]] bool try_set_error(std::exception_ptr error) {
        return state_->try_set_error(std::move(error));
    }

private:
    [[noreturn]] static void twice() { throw future_already_done("a second result for a future"); }

    std::shared_ptr<future_state<T>> state_;
};

template <class T>
template <class Function>
auto future<T>::then(Function next) {
    auto const call = [](Function& function, future const& done) -> decltype(auto) {
        if constexpr (std::is_void_v<T>) return done.result(), function();
        else return function(done.result());
    };
    using R = std::decay_t<decltype(call(next, *this))>;
    future_source<R> source(state_->loop());
    racekit::future<R> const result = source.future();
    state_->when_done(
        [copy = *this, call, next = std::move(next), source = std::move(source)]() mutable {
            try {
                if constexpr (std::is_void_v<R>) call(next, copy), (void)source.try_set_value();
                else (void)source.try_set_value(call(next, copy));
            } catch (...) {
                (void)source.try_set_error(std::current_exception());
            }
        });
    return result;
}

}  // namespace racekit
