// SPDX-License-Identifier: MIT
// Threads; one that is started under a controlled schedule is under it too.
#pragma once

#include <racekit/platform/native/thread_identity.hpp>
#include <racekit/platform/tsan/schedule.hpp>

#include <cstdint>
#include <functional>
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

}  // namespace racekit
