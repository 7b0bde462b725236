// SPDX-License-Identifier: MIT
// gather: runs several tasks at a time and gives all their results.
//
// Progress: as event_loop.
// Invariant: no task of it outlives it, and no error of one is lost.
// Ordering: everything that the tasks did happens before what follows the co_await.
// Death: as loop_core.
// Errors: all tasks run to their ends. If one failed, its error is thrown; if several did,
//         several_errors. If the gather is cancelled, all its tasks are, and then awaited.
#pragma once

#include <racekit/task/event_loop.hpp>
#include <racekit/task/future.hpp>
#include <racekit/task/task.hpp>
#include <racekit/task/task_errors.hpp>

#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace racekit {

namespace task_detail {

/// Waits until all are done; cancels them if it is cancelled, and returns whether it was.
inline task<bool> settle(std::vector<std::shared_ptr<future_core>> all) {
    bool cancelled = false;
    for (auto const& each : all) {
        while (!each->is_done()) {
            bool now = false;
            try {
                co_await future_wait(each);
            } catch (task_cancelled const&) {
                cancelled = now = true;
            }
            if (!now) continue;
            for (auto const& other : all) (void)other->cancel();
        }
    }
    co_return cancelled;
}

[[nodiscard]] inline bool is_cancellation(std::exception_ptr const& error) {
    try {
        std::rethrow_exception(error);
    } catch (task_cancelled const&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// Throws what went wrong. A task that ended because the gather was cancelled is no error.
inline void throw_errors(std::vector<std::exception_ptr> errors, bool cancelled) {
    std::erase_if(errors, [cancelled](std::exception_ptr const& each) {
        return each == nullptr || (cancelled && is_cancellation(each));
    });
    if (errors.size() == 1) std::rethrow_exception(errors.front());
    if (!errors.empty()) throw several_errors(std::move(errors));
    if (cancelled) throw task_cancelled();
}

template <class T>
void expect_work(task<T> const& one) {
    if (one.is_empty()) throw task_is_empty("gather() was given a task that is empty");
}

/// A result that a tuple can hold.
template <class T>
auto held(future<T>&& one) {
    if constexpr (std::is_void_v<T>) return std::monostate();
    else return std::move(one).result();
}

}  // namespace task_detail

/// Runs all at a time; their results in the order of the tasks, std::monostate for void.
template <class... T>
auto gather(event_loop& loop, task<T>... all)
    -> task<std::tuple<decltype(task_detail::held(std::declval<future<T>>()))...>> {
    (task_detail::expect_work(all), ...);
    std::tuple<future<T>...> begun{loop.spawn(std::move(all))...};
    auto const states = [](auto const&... each) {
        return std::vector<std::shared_ptr<future_core>>{each.state()...};
    };
    bool const cancelled = co_await task_detail::settle(std::apply(states, begun));
    auto const errors = [](auto const&... each) {
        return std::vector<std::exception_ptr>{each.error()...};
    };
    task_detail::throw_errors(std::apply(errors, begun), cancelled);
    auto const results = [](auto&&... each) {
        return std::tuple(task_detail::held(std::move(each))...);
    };
    co_return std::apply(results, std::move(begun));
}

/// The same for tasks whose number is not known before.
template <class T>
auto gather(event_loop& loop, std::vector<task<T>> all)
    -> task<std::conditional_t<std::is_void_v<T>, void, std::vector<T>>> {
    for (auto const& each : all) task_detail::expect_work(each);
    std::vector<future<T>> begun;
    std::vector<std::shared_ptr<future_core>> states;
    for (auto& each : all) {
        begun.push_back(loop.spawn(std::move(each)));
        states.push_back(begun.back().state());
    }
    bool const cancelled = co_await task_detail::settle(std::move(states));
    std::vector<std::exception_ptr> errors;
    for (auto const& each : begun) errors.push_back(each.error());
    task_detail::throw_errors(std::move(errors), cancelled);
    if constexpr (!std::is_void_v<T>) {
        std::vector<T> results;
        for (auto& each : begun) results.push_back(std::move(each).result());
        co_return results;
    }
}

}  // namespace racekit
