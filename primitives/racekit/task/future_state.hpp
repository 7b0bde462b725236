// SPDX-License-Identifier: MIT
// future_state: what the copies of a future and its source share.
//
// Progress: wait-free but for memory.
// Invariant: done_ is set once, with the result, and waiters_ is empty from then on. Every waiter
//            is called once, by the loop, in the order in which they were added.
// Ordering: none of its own: it is of the loop's thread.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/task/loop_core.hpp>
#include <racekit/task/task_errors.hpp>
#include <racekit/task/task_report.hpp>
#include <racekit/task/task_result.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace racekit {

/// What does not depend on the type of the result.
class future_core {
public:
    explicit future_core(loop_core& loop) : loop_(loop) {}
    virtual ~future_core() = default;
    future_core(future_core const&) = delete;
    future_core& operator=(future_core const&) = delete;

    [[nodiscard]] loop_core& loop() const noexcept { return loop_; }
    [[nodiscard]] bool is_done(site where = site::here()) const { return done_.read(where); }

    /// The loop makes `call` when there is a result; if there is one, in its next turn.
    void when_done(callback call, void const* key = nullptr) {
        if (is_done()) loop_.call_soon(std::move(call));
        else waiters_.push_back({key, std::move(call)});
    }
    /// Whether there was such a waiter; its call is not made.
    bool withdraw(void const* key) {
        return std::erase_if(waiters_, [key](auto& each) { return each.key == key; }) != 0;
    }
    /// Whether it was not done; it will end with task_cancelled, or as the task ends that gives it.
    virtual bool cancel() = 0;

protected:
    void finished() {
        done_.write(true);
        auto called = std::exchange(waiters_, {});
        if (loop_.is_closed()) return;  // and makes no calls
        for (waiter& each : called) loop_.call_soon(std::move(each.call));
    }

private:
    struct waiter {
        void const* key;
        callback call;
    };

    loop_core& loop_;
    plain<bool> done_{false};
    std::vector<waiter> waiters_;
};

template <class T>
class future_state : public future_core {
public:
    using future_core::future_core;
    ~future_state() override {
        if (result_.is_there() && !read_) report_error(result_.error());
    }

    template <class... Arguments>
    [[nodiscard]] bool try_set_value(Arguments&&... arguments) {
        if (is_done()) return false;
        result_.set_value(std::forward<Arguments>(arguments)...);
        finished();
        return true;
    }
    [[nodiscard]] bool try_set_error(std::exception_ptr error) {
        if (is_done()) return false;
        result_.set_error(std::move(error));
        finished();
        return true;
    }
    bool cancel() override { return try_set_error(std::make_exception_ptr(task_cancelled())); }

    [[nodiscard]] task_result<T>& result(site where) {
        if (!is_done(where)) throw future_not_done("the result of a future that is not done");
        read_ = true;
        return result_;
    }

private:
    static void report_error(std::exception_ptr error) noexcept {
        if (error == nullptr) return;
        std::string text = "no std::exception";
        try {
            std::rethrow_exception(error);
        } catch (task_cancelled const&) {
            return;
        } catch (future_abandoned const&) {
            return;
        } catch (std::exception const& known) {
            text = known.what();
        } catch (...) {
        }
        task_detail::report({task_report::kind::error_never_read, {}, std::move(text), {}});
    }

    task_result<T> result_;
    bool read_ = false;
};

}  // namespace racekit
