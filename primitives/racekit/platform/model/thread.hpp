// SPDX-License-Identifier: MIT
// Threads that the explorer schedules. A test body that starts threads declares `spawned`.
#pragma once

#include <racekit/platform/model/engine.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace racekit {

namespace model {

/// Starts a spare thread on a closure that it then owns.
template <class Body>
int spawn_closure(Body body, site const& where) {
    auto* const closure = new Body(std::move(body));
    return spawn(
        [](void* argument) {
            std::unique_ptr<Body> const owned(static_cast<Body*>(argument));
            (*owned)();
        },
        closure, where);
}

}  // namespace model

class thread {
public:
    using id = int;

    thread() noexcept = default;
    template <class Function, class... Arguments>
    explicit thread(Function function, Arguments... arguments)
        : number_(model::spawn_closure([function = std::move(function),
                                        ... arguments = std::move(arguments)]() mutable {
              std::invoke(std::move(function), std::move(arguments)...);
          }, site::in_operator())) {}
    ~thread() {
        if (joinable()) model::thread_leaked(number_);
    }
    thread(thread&& other) noexcept : number_(std::exchange(other.number_, none)) {}
    thread& operator=(thread&& other) noexcept {
        if (joinable()) model::thread_leaked(number_);
        number_ = std::exchange(other.number_, none);
        return *this;
    }

    [[nodiscard]] bool joinable() const noexcept { return number_ != none; }
    [[nodiscard]] id get_id() const noexcept { return number_; }
    void join(site where = site::here()) {
        model::join(std::exchange(number_, none), model::never, where);
    }
    void detach() noexcept { number_ = none; }
    static unsigned hardware_concurrency() noexcept { return 2; }

private:
    static constexpr int none = -1;
    int number_ = none;
};

/// Not in the model, which does not see the atomics inside a std::stop_source.
class jthread {
public:
    template <class... Arguments>
    explicit jthread(Arguments&&...) {
        static_assert(sizeof...(Arguments) > sizeof...(Arguments),
                      "the model has no jthread: start a racekit::thread, tell it to stop by a "
                      "racekit::atomic<bool>, and join it");
    }
};

namespace this_thread {

[[nodiscard]] inline int get_id() { return model::self(); }
inline void yield(site where = site::here()) { model::spin(where); }
/// Time does not pass in the model: a sleep is no step.
template <class Rep, class Period>
void sleep_for(std::chrono::duration<Rep, Period>) {}
template <class Clock, class Span>
void sleep_until(std::chrono::time_point<Clock, Span>) {}

}  // namespace this_thread

[[nodiscard]] inline std::size_t thread_number() { return static_cast<std::size_t>(model::self()); }

template <class T>
class thread_slot {
public:
    thread_slot() = default;
    thread_slot(thread_slot const&) = delete;
    thread_slot& operator=(thread_slot const&) = delete;

    [[nodiscard]] T& get() { return values_[thread_number()]; }

private:
    std::array<T, 8> values_{};
};

}  // namespace racekit
