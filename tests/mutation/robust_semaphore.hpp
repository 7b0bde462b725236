// SPDX-License-Identifier: MIT
// Clients of robust_semaphore that need every one of its orders and steps.
// beyond commit: the lock orders it; natively the order keeps the compiler from moving stores
//     across it, which step-kill shows.
// beyond found: as commit.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/robust_semaphore.hpp>

namespace racekit::mutation {

template <class orders>
struct one_permit {
    static constexpr int threads = 2;
    void act(int) {
        permits.acquire();
        count.write(count.read() + 1);
        permits.release();
    }
    void after() {
        RACEKIT_CHECK_EQUAL(2, count.read());
        RACEKIT_CHECK_EQUAL(1, permits.value());
    }
    basic_robust_semaphore<2, orders> permits{1};
    plain<int> count{0};
};

/// The permit of a dead holder comes back.
template <class orders>
struct holder_dies {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = 1;
        return result;
    }
    void act(int thread) {
        if (thread == 0) permits.acquire();
    }
    void after() { RACEKIT_CHECK(permits.try_acquire()); }
    basic_robust_semaphore<2, orders> permits{1};
};

template <class orders>
void clients(trial& over) {
    over.client<one_permit<orders>>("one permit");
    over.client<holder_dies<orders>>("the holder dies");
}

}  // namespace racekit::mutation
