// SPDX-License-Identifier: MIT
// The kernel's list of robust locks: nothing in the model, where a lock whose owner may die is the
// specification of robust_mutex. What is left is the word, so that the rest of an algorithm over it
// can be explored.
#pragma once

#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/engine.hpp>

#include <cstdint>

namespace racekit {

struct robust_cell {
    atomic<std::uint32_t> word{0};
    atomic<std::uint32_t> asleep{0};
};

class robust_list {
public:
    [[nodiscard]] std::uint32_t thread() const {
        return static_cast<std::uint32_t>(model::self()) + 1;
    }
    void announce(robust_cell&) {}
    void retire() {}
    void enter(robust_cell&) {}
    void leave(robust_cell&) {}
};

}  // namespace racekit
