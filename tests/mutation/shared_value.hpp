// SPDX-License-Identifier: MIT
// Clients of shared_value that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/shared_value.hpp>

namespace racekit::mutation {

template <class orders>
struct set_and_get {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) number.set(1);
        else RACEKIT_CHECK(number.get() <= 1);
    }

    shared_value<int, orders> number{0};
};

/// The setter may die at any step; the value it leaves is whole.
template <class orders>
struct setter_dies {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = 1;
        return result;
    }
    void act(int thread) {
        if (thread == 0) number.set(1);
        else RACEKIT_CHECK(number.get() <= 1);
    }

    shared_value<int, orders> number{0};
};

/// A lock acquired after the death of its owner, as the language defines it: it orders nothing. It
/// does not exclude the owner either, so the other thread may run at any step of the owner.
struct orphaned_lock {
    lock_state lock(site) { return lock_state::acquired; }
    void unlock(site) {}
    void mark_consistent(site) {}
};

template <class orders>
struct found_after_a_death {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) return number.set(2);
        int const found = number.get();
        RACEKIT_CHECK(found == 1 || found == 2);
    }

    shared_value<int, orders, orphaned_lock> number{1};
};

template <class orders>
void clients(trial& over) {
    over.client<set_and_get<orders>>("set and get");
    over.client<setter_dies<orders>>("the setter dies");
    over.client<found_after_a_death<orders>>("found after a death");
}

}  // namespace racekit::mutation
