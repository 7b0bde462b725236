// SPDX-License-Identifier: MIT
// Clients of shared_array that need every one of its orders.
// beyond commit: the lock of the model orders what a dead owner did, as the kernel does; natively
//     the order keeps the compiler from moving the log behind its length, which step-kill shows.
// beyond find: as commit.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/shared_array.hpp>

namespace racekit::mutation {

template <class orders>
struct updates_an_array {
    void move() {
        all.update([](auto& values) {
            values[0] -= 1;
            values[1] += 1;
        });
    }
    int sum() {
        auto const seen = all.read_all();
        return seen[0] + seen[1];
    }

    shared_array<int, 2, orders> all{5};
};

/// The updater may die at any step: the sum is the same.
template <class orders>
struct updater_dies : updates_an_array<orders> {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = 1;
        return result;
    }
    void act(int thread) {
        if (thread == 0) return this->move();
        RACEKIT_CHECK_EQUAL(10, this->sum());
    }
    void after() { RACEKIT_CHECK_EQUAL(10, this->sum()); }
};

/// What one writes before it sets an element, the other reads after it has got it.
template <class orders>
struct tells_by_an_element {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            data.write(1);
            all.set(0, 1);
        } else if (all.get(0) == 1) {
            RACEKIT_CHECK_EQUAL(1, data.read());
        }
    }

    shared_array<int, 1, orders> all{0};
    plain<int> data{0};
};

template <class orders>
void clients(trial& over) {
    over.client<updater_dies<orders>>("the updater dies");
    over.client<tells_by_an_element<orders>>("set, get");
}

}  // namespace racekit::mutation
