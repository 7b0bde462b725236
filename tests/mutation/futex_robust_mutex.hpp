// SPDX-License-Identifier: MIT
// Clients of futex_robust_mutex that need every one of its orders. Deaths are step-kill's.
// beyond stay_contended: the model's sleepers look again when the word changes, as the native ones
//     do after 50 ms at most; what it costs them natively is time.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/futex_robust_mutex.hpp>

namespace racekit::mutation {

/// As any lock, for threads that do not die.
template <class orders>
class robust_as_lock {
public:
    void lock() { RACEKIT_CHECK(gate_.lock() == lock_state::acquired); }
    bool try_lock() {
        lock_state state{};
        return gate_.try_lock(state);
    }
    template <class Rep, class Period>
    bool try_lock_for(std::chrono::duration<Rep, Period> span) {
        lock_state state{};
        return gate_.try_lock_for(span, state);
    }
    void unlock() { gate_.unlock(); }

private:
    basic_futex_robust_mutex<orders> gate_;
};

template <class orders>
void clients(trial& over) {
    lock_clients<robust_as_lock<orders>>(over);
}

}  // namespace racekit::mutation
