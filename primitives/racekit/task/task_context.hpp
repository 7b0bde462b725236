// SPDX-License-Identifier: MIT
// task_context: whether a task that was begun is to be cancelled, and what it waits for. All the
// coroutines that it awaits share it.
//
// Progress: wait-free.
// Invariant: waits_for_ is null while the task runs. A request stays until one co_await throws it.
// Ordering: none of its own: it is of the loop's thread.
//
// No cancellation is lost, and no result: a wait that is over already delivers its result, and the
// request waits for the next co_await.
#pragma once

#include <coroutine>
#include <utility>

namespace racekit {

/// What a coroutine is suspended for.
class task_wait {
public:
    /// Resumes the coroutine soon with task_cancelled, unless the wait is over already.
    virtual void interrupt() = 0;

protected:
    ~task_wait() = default;
};

class task_context {
public:
    /// Cancels the task at the co_await at which it waits, or at the next one.
    void cancel() {
        requested_ = true;
        if (waits_for_ != nullptr) waits_for_->interrupt();
    }
    /// Whether it was to be cancelled. The caller throws task_cancelled.
    [[nodiscard]] bool take_request() noexcept { return std::exchange(requested_, false); }

    void suspended_for(task_wait& wait) noexcept { waits_for_ = &wait; }
    void resumed() noexcept { waits_for_ = nullptr; }

private:
    task_wait* waits_for_ = nullptr;
    bool requested_ = false;
};

/// The context of a coroutine that is a task; of others null, they cannot be cancelled.
template <class Promise>
[[nodiscard]] task_context* context_of(std::coroutine_handle<Promise> waiter) {
    if constexpr (requires { waiter.promise().context(); }) return waiter.promise().context();
    else return nullptr;
}

}  // namespace racekit
