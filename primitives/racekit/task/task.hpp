// SPDX-License-Identifier: MIT
// task: the coroutine that a call makes. It is lazy: nothing of it runs before it is awaited, or
// begun by event_loop::spawn().
//
//     racekit::task<int> size_of(std::string name) {
//         auto const text = co_await read(name);       // a task, a future, a wait of the loop
//         co_return text.size();
//     }
//
// Progress: none of its own: it runs when the coroutine that awaits it does, on that thread.
// Invariant: a task is awaited at most once; its result goes to the one that awaits it.
// Ordering: everything before co_await happens before the first step of the task, and the task
//           before what follows the co_await.
// Death: as loop_core.
// Errors: what the task throws is thrown by co_await. A task that was awaited or moved from is
//         task_is_empty. One that is destroyed without having run is reported (task_report).
//
// A task that ends without having been suspended takes no stack from the one that awaits it, with
// Clang always, with GCC in optimised builds.
// Parameters live as long as the task, which is longer than the caller's temporaries: take them by
// value, unless what they refer to outlives the task.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/task/task_context.hpp>
#include <racekit/task/task_errors.hpp>
#include <racekit/task/task_report.hpp>
#include <racekit/task/task_result.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <utility>

namespace racekit {

/// What a task calls when it is done, if no coroutine awaits it.
class task_end {
public:
    /// May destroy the task.
    virtual void task_is_done() noexcept = 0;

protected:
    ~task_end() = default;
};

/// What does not depend on the type of the result.
class task_promise_core {
public:
    /// After the last step: the coroutine that awaits this one continues at once.
    struct hand_over {
        [[nodiscard]] static bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
            task_promise_core& self = done.promise();
            if (self.end_ == nullptr) return self.waiter_;
            self.end_->task_is_done();
            return std::noop_coroutine();
        }
        static void await_resume() noexcept {}
    };

    [[nodiscard]] static std::suspend_always initial_suspend() noexcept { return {}; }
    [[nodiscard]] static hand_over final_suspend() noexcept { return {}; }

    [[nodiscard]] task_context* context() const noexcept { return context_; }

    /// Both before the first step.
    void awaited_by(std::coroutine_handle<> waiter, task_context* context) noexcept {
        waiter_ = waiter;
        context_ = context;
    }
    void ends_in(task_end& end, task_context& context) noexcept {
        end_ = &end;
        context_ = &context;
    }

protected:
    task_promise_core() = default;

private:
    std::coroutine_handle<> waiter_;
    task_end* end_ = nullptr;
    task_context* context_ = nullptr;
};

template <class T>
class task;

template <class T>
class task_promise_base : public task_promise_core {
public:
    [[nodiscard]] task<T> get_return_object(site where = site::here());
    void unhandled_exception() noexcept { result_.set_error(std::current_exception()); }

    [[nodiscard]] task_result<T>& result() noexcept { return result_; }
    [[nodiscard]] site where() const noexcept { return where_; }

protected:
    task_result<T> result_;

private:
    site where_;
};

template <class T>
class task_promise : public task_promise_base<T> {
public:
    template <std::convertible_to<T> Value>
    void return_value(Value&& value) {
        this->result_.set_value(std::forward<Value>(value));
    }
};
template <>
class task_promise<void> : public task_promise_base<void> {
public:
    void return_void() { result_.set_value(); }
};

template <class T = void>
class [[nodiscard("a task does not run before it is awaited")]] task {
public:
    using promise_type = task_promise<T>;
    using handle = std::coroutine_handle<promise_type>;

    explicit task(handle frame) noexcept : frame_(frame) {}
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
    task& operator=(task&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~task() {
        if (!frame_) return;
        task_detail::report({task_report::kind::never_awaited, frame_.promise().where(), {}, {}});
        frame_.destroy();
    }

    [[nodiscard]] bool is_empty() const noexcept { return !frame_; }
    /// The frame, which is the caller's from now on. Throws task_is_empty.
    [[nodiscard]] handle release() && {
        if (!frame_) throw task_is_empty("a task was awaited twice, or after it was moved from");
        return std::exchange(frame_, {});
    }

    /// Runs it until it is done, and then gives its value or throws its error.
    [[nodiscard]] auto operator co_await() && { return awaiter(std::move(*this).release()); }

private:
    class awaiter {
    public:
        explicit awaiter(handle frame) noexcept : frame_(frame) {}
        awaiter(awaiter const&) = delete;
        awaiter& operator=(awaiter const&) = delete;
        ~awaiter() { frame_.destroy(); }

        [[nodiscard]] static bool await_ready() noexcept { return false; }
        template <class Promise>
        handle await_suspend(std::coroutine_handle<Promise> waiter) noexcept {
            frame_.promise().awaited_by(waiter, context_of(waiter));
            return frame_;
        }
        T await_resume() { return std::move(frame_.promise().result()).get(); }

    private:
        handle frame_;
    };

    handle frame_;
};

template <class T>
task<T> task_promise_base<T>::get_return_object(site where) {
    where_ = where;
    return task<T>(
        std::coroutine_handle<task_promise<T>>::from_promise(static_cast<task_promise<T>&>(*this)));
}

}  // namespace racekit
