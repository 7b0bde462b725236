// SPDX-License-Identifier: MIT
// spawned_task: a task that runs by itself in a loop, as the state of a future.
//
// Progress: wait-free but for memory and for what the task does.
// Invariant: self_ keeps it, and it is a resident of its loop, until the task is done or the loop
//            is closed; frame_ is the coroutine as long.
// Ordering: none of its own: it is of the loop's thread.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/task/future_state.hpp>
#include <racekit/task/loop_core.hpp>
#include <racekit/task/task.hpp>
#include <racekit/task/task_context.hpp>
#include <racekit/task/task_errors.hpp>

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace racekit {

template <class T>
class spawned_task final : public future_state<T>, private loop_resident, private task_end {
public:
    spawned_task(loop_core& loop, task<T> work)
        : future_state<T>(loop), frame_(std::move(work).release()) {
        frame_.promise().ends_in(*this, context_);
    }
    ~spawned_task() override {
        if (frame_) frame_.destroy();
    }

    void begin(std::shared_ptr<spawned_task> self, site where) {
        this->loop().enter(*this, where);
        self_ = std::move(self);
        this->loop().call_soon([this] { first_step(); }, where);
    }

    /// A task that has not begun ends at once, with nothing run; another one at its co_await.
    bool cancel() override {
        if (this->is_done()) return false;
        context_.cancel();
        return true;
    }

private:
    void first_step() {
        if (!context_.take_request()) return frame_.resume();
        frame_.promise().result().set_error(std::make_exception_ptr(task_cancelled()));
        task_is_done();
    }

    void task_is_done() noexcept override {
        auto const self = std::move(self_);  // until the end of this function
        this->loop().leave(*this);
        end_with(frame_.promise().result());
        std::exchange(frame_, {}).destroy();
    }

    void abandon() noexcept override {
        auto const self = std::move(self_);
        std::exchange(frame_, {}).destroy();
        (void)this->try_set_error(std::make_exception_ptr(
            future_abandoned("the event loop was closed before the task was done")));
    }

    // A value that cannot be moved here is an error of the task.
    void end_with(task_result<T>& result) noexcept {
        try {
            pass_on(result);
        } catch (...) {
            (void)this->try_set_error(std::current_exception());
        }
    }
    void pass_on(task_result<T>& result) {
        if (auto const error = result.error(); error != nullptr) (void)this->try_set_error(error);
        else if constexpr (std::is_void_v<T>) (void)this->try_set_value();
        else (void)this->try_set_value(std::move(result).get());
    }

    typename task<T>::handle frame_;
    task_context context_;
    std::shared_ptr<spawned_task> self_;
};

/// Begins `work` in the next turn of `loop`. Throws loop_closed and task_is_empty.
template <class T>
std::shared_ptr<spawned_task<T>> begin_task(loop_core& loop, task<T> work, site where) {
    if (loop.is_closed(where)) throw loop_closed("a task was spawned in a closed event loop");
    auto const begun = std::make_shared<spawned_task<T>>(loop, std::move(work));
    begun->begin(begun, where);
    return begun;
}

}  // namespace racekit
