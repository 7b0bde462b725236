// SPDX-License-Identifier: MIT
// Clients of participant_table.
// beyond commit: a table lies behind the lock of its object, which orders all of it; natively the
//     order keeps the compiler from storing the number before the start time, which step-kill
//     shows.
// beyond found: as commit.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/shared/participant_table.hpp>

namespace racekit::mutation {

/// The first may die as it enters; then the second needs its place.
template <class orders>
struct one_place_for_two {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = 1;
        return result;
    }
    void act(int thread) {
        if (thread == 1) return;
        robust_lock const hold(gate, [] {});
        (void)table.enter([](std::size_t) {});
    }
    void after() {
        robust_lock const hold(gate, [] {});
        RACEKIT_CHECK_EQUAL(0U, table.enter([](std::size_t) {}));
    }

    robust_mutex gate;
    participant_table<1, orders> table;
};

template <class orders>
void clients(trial& over) {
    over.client<one_place_for_two<orders>>("one place for two");
}

}  // namespace racekit::mutation
