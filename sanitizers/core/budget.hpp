// SPDX-License-Identifier: MIT
// How long a search may go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace racekit {

/// The processor time of this process, as a std::chrono clock: a busy machine does not change it.
struct processor_clock {
    using rep = std::int64_t;
    using period = std::micro;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<processor_clock>;
    static constexpr bool is_steady = true;
    static_assert(CLOCKS_PER_SEC == std::micro::den);

    [[nodiscard]] static time_point now() {
        return time_point(duration(static_cast<rep>(std::clock())));
    }
};

/// A number of executions and a point in time; what comes first ends the search. It is asked before
/// each execution and reads the clock only at every sixteenth question, so that it costs the
/// fastest search nothing.
template <class Clock>
class basic_budget {
public:
    using time_point = typename Clock::time_point;
    static constexpr std::uint64_t unlimited = 0;

    basic_budget(time_point until, std::uint64_t executions)
        : until_(until), executions_(executions) {}

    /// Whether it is used up after so many executions.
    [[nodiscard]] bool spent(std::uint64_t executions) {
        if (executions_ != unlimited && executions >= executions_) return is_spent_ = true;
        if (questions_++ % 16 != 15) return false;
        return is_spent_ = Clock::now() > until_;
    }
    /// The last answer that ended a search.
    [[nodiscard]] bool is_spent() const { return is_spent_; }

private:
    time_point until_;
    std::uint64_t executions_;
    std::uint64_t questions_ = 0;
    bool is_spent_ = false;
};

using budget = basic_budget<std::chrono::steady_clock>;
using processor_budget = basic_budget<processor_clock>;

}  // namespace racekit
