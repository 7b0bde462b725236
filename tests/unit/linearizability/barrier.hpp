// SPDX-License-Identifier: MIT
// A barrier and what the parties bring to it, for the check against specified::barrier.
#pragma once

#include <racekit/platform.hpp>

#include <array>
#include <cstddef>

namespace racekit {

/// Each party writes before it waits and reads what all wrote afterwards: a barrier that lets one
/// through too early, or that orders too little, is a data race or a missing gift.
template <class Barrier, std::size_t parties>
class meeting {
public:
    void bring(std::size_t party) {
        gift(turn_[party], party).write(static_cast<int>(turn_[party]) + 1);
    }
    bool wait(std::size_t party) {
        if constexpr (requires { barrier_.arrive_and_wait(); }) {
            (void)barrier_.arrive_and_wait();
        } else {
            (void)barrier_.wait();
        }
        bool all = true;
        std::size_t const turn = turn_[party]++;
        for (std::size_t other = 0; other < parties; ++other)
            all = gift(turn, other).read() == static_cast<int>(turn) + 1 && all;
        return all;
    }

private:
    // Two slots, used in turn: a fast thread stores for the next meeting while others read this
    // one.
    plain<int>& gift(std::size_t turn, std::size_t party) { return gifts_[turn % 2][party]; }

    Barrier barrier_{parties};
    std::array<std::array<plain<int>, parties>, 2> gifts_;
    std::array<std::size_t, parties> turn_{};  // each party's own
};

/// A check of two parties: sequences bring(p), wait(p) in the roles "party 0" and "party 1".
template <class Check>
void meet_as_two(Check& check) {
    auto const bring_0 = check.step("bring(0)", [](auto& on) { on.bring(0); });
    auto const wait_0 = check.step("wait(0)", [](auto& on) { return on.wait(0); });
    auto const bring_1 = check.step("bring(1)", [](auto& on) { on.bring(1); });
    auto const wait_1 = check.step("wait(1)", [](auto& on) { return on.wait(1); });
    check.sequence({bring_0, wait_0}, "party 0");
    check.sequence({bring_1, wait_1}, "party 1");
}

}  // namespace racekit
