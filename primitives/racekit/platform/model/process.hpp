// SPDX-License-Identifier: MIT
// Processes, which in the model are threads that may die and that hold channel ends of their own.
#pragma once

#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/thread.hpp>

#include <concepts>
#include <csignal>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace racekit {

struct process_id {
    int number = 0;
    std::uint64_t started = 0;

    friend constexpr bool operator==(process_id const&, process_id const&) = default;
};

struct exit_status {
    int code = 0;
    int signal = 0;

    [[nodiscard]] bool clean() const noexcept { return code == 0 && signal == 0; }
};

[[nodiscard]] inline process_id this_process() { return {model::self(), 1}; }

[[nodiscard]] inline bool is_alive(process_id who, site where = site::here()) {
    return !model::has_ended(who.number, where);
}

class process {
public:
    template <class Body>
    explicit process(Body body, site where = site::here())
        : code_(std::make_unique<int>(0)),
          number_(model::spawn_closure(
              [body = std::move(body), code = code_.get()]() mutable {
                  constexpr int most = 0xff;  // of what a parent sees
                  if constexpr (std::convertible_to<std::invoke_result_t<Body&>, int>)
                      *code = static_cast<int>(body()) & most;
                  else body();
              },
              where)) {}
    process(process&& other) noexcept
        : code_(std::move(other.code_)),
          number_(std::exchange(other.number_, none)),
          ended_(other.ended_) {}
    process& operator=(process&& other) {
        if (number_ != none) (void)join();
        code_ = std::move(other.code_);
        number_ = std::exchange(other.number_, none);
        ended_ = other.ended_;
        return *this;
    }
    ~process() {
        if (number_ != none) (void)join();
    }

    exit_status join(site where = site::here()) {
        exit_status how;
        (void)join_until(model::never, how, where);
        return how;
    }
    [[nodiscard]] bool join_until(deadline limit, exit_status& how, site where = site::here()) {
        if (number_ != none) {
            if (!model::join(number_, limit, where)) return false;
            if (model::was_killed(number_)) ended_.signal = SIGKILL;
            else ended_.code = *code_;
            number_ = none;
        }
        how = ended_;
        return true;
    }
    void kill(site where = site::here()) {
        if (number_ != none) model::kill(number_, where);
    }
    [[nodiscard]] process_id id() const noexcept { return {number_, 1}; }

private:
    static constexpr int none = -1;
    std::unique_ptr<int> code_;  // that the body returned
    int number_ = none;
    exit_status ended_;
};

}  // namespace racekit
