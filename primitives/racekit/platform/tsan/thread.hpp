// SPDX-License-Identifier: MIT
// Threads; one that is started under a controlled schedule is under it too.
#pragma once

#include <racekit/platform/native/thread_identity.hpp>
#include <racekit/platform/tsan/schedule.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <thread>
#include <tuple>
#include <utility>

namespace racekit {

class thread {
public:
    using id = std::thread::id;

    thread() noexcept = default;
    template <class Function, class... Arguments>
        requires(!std::is_same_v<std::remove_cvref_t<Function>, thread>)
    explicit thread(Function&& function, Arguments&&... arguments) {
        // A constructor that takes a pack has no room for a defaulted site.
        tsan::schedule* const by = tsan::mine();
        if (by == nullptr) {
            thread_ = std::thread(std::forward<Function>(function),
                                  std::forward<Arguments>(arguments)...);
            return;
        }
        number_ = by->spawn(site::here());
        thread_ = std::thread(
            [by, number = number_](auto body, auto... given) {
                by->begin(number);
                std::invoke(std::move(body), std::move(given)...);
            },
            std::forward<Function>(function), std::forward<Arguments>(arguments)...);
    }
    /// As std, ends the program if the thread was neither joined nor detached; under a controlled
    /// schedule that is a finding instead.
    ~thread() { abandon(); }
    thread(thread&& other) noexcept
        : thread_(std::move(other.thread_)), number_(std::exchange(other.number_, none)) {}
    thread& operator=(thread&& other) noexcept {
        abandon();
        thread_ = std::move(other.thread_);
        number_ = std::exchange(other.number_, none);
        return *this;
    }

    [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
    [[nodiscard]] id get_id() const noexcept { return thread_.get_id(); }
    [[nodiscard]] auto native_handle() { return thread_.native_handle(); }
    void join(site where = site::here()) {
        // The real join follows when the thread has ended, so that it cannot keep the turn waiting.
        if (tsan::schedule* const by = tsan::mine(); by != nullptr && number_ != none)
            (void)by->wait(tsan::until::ended, tsan::thread_key(number_), never, where);
        thread_.join();
    }
    void detach() { thread_.detach(); }
    [[nodiscard]] static unsigned hardware_concurrency() noexcept {
        return std::thread::hardware_concurrency();
    }

private:
    static constexpr int none = -1;

    void abandon() noexcept {
        if (!thread_.joinable()) return;
        tsan::schedule* const by = tsan::current();
        if (by == nullptr) std::terminate();
        by->leaked();
        thread_.detach();
    }

    std::thread thread_;
    int number_ = none;
};

using std::nostopstate;
using std::stop_callback;
using std::stop_source;
using std::stop_token;

/// As std: requests a stop and joins when it is destroyed.
class jthread {
public:
    using id = thread::id;

    jthread() noexcept : stop_(std::nostopstate) {}
    template <class Function, class... Arguments>
        requires(!std::is_same_v<std::remove_cvref_t<Function>, jthread>)
    explicit jthread(Function&& function, Arguments&&... arguments) {
        if constexpr (std::is_invocable_v<std::decay_t<Function>, std::stop_token,
                                          std::decay_t<Arguments>...>) {
            thread_ = thread(std::forward<Function>(function), stop_.get_token(),
                             std::forward<Arguments>(arguments)...);
        } else {
            thread_ =
                thread(std::forward<Function>(function), std::forward<Arguments>(arguments)...);
        }
    }
    ~jthread() { stop_and_join(); }
    jthread(jthread&&) noexcept = default;
    jthread& operator=(jthread&& other) noexcept {
        if (this != &other) {
            stop_and_join();
            thread_ = std::move(other.thread_);
            stop_ = std::move(other.stop_);
        }
        return *this;
    }

    [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
    [[nodiscard]] id get_id() const noexcept { return thread_.get_id(); }
    [[nodiscard]] auto native_handle() { return thread_.native_handle(); }
    void join(site where = site::here()) { thread_.join(where); }
    void detach() { thread_.detach(); }
    [[nodiscard]] std::stop_source get_stop_source() noexcept { return stop_; }
    [[nodiscard]] std::stop_token get_stop_token() const noexcept { return stop_.get_token(); }
    bool request_stop() noexcept { return stop_.request_stop(); }
    [[nodiscard]] static unsigned hardware_concurrency() noexcept {
        return thread::hardware_concurrency();
    }

private:
    void stop_and_join() {
        if (!thread_.joinable()) return;
        (void)stop_.request_stop();
        thread_.join();
    }

    std::stop_source stop_;
    thread thread_;
};

/// Under a controlled schedule yield() and the sleeps let other threads go first, and a sleep then
/// ends at once.
namespace this_thread {

using std::this_thread::get_id;

inline void yield(site where = site::here()) {
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->spin(where);
    else std::this_thread::yield();
}
template <class Rep, class Period>
void sleep_for(std::chrono::duration<Rep, Period> span, site where = site::here()) {
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->spin(where);
    else std::this_thread::sleep_for(span);
}
template <class Clock, class Span>
void sleep_until(std::chrono::time_point<Clock, Span> until, site where = site::here()) {
    if (tsan::schedule* const by = tsan::mine(); by != nullptr) by->spin(where);
    else std::this_thread::sleep_until(until);
}

}  // namespace this_thread

}  // namespace racekit
