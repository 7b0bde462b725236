// SPDX-License-Identifier: MIT
// Clients of futex_robust_mutex that need every one of its orders. Deaths are step-kill's.
// beyond stay_contended: it takes two sleepers, and three threads are too many to explore here; the
//     unit test wakes_its_sleepers_though_they_never_look_again shows it.
// beyond tell_early: the light fence is a seq_cst fence in the model, and so is falling asleep, as
//     in the kernel; that a light fence needs a heavy one is what unit.asymmetric_fence shows.
// In some clients sleepers sleep until they are woken, so that a wake-up that is missing is a
// deadlock there; the lock's own sleepers look again by themselves.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/futex_robust_mutex.hpp>

namespace racekit::mutation {

/// Does not look again by itself, as the native one does after 50 ms at most.
class sleep_until_woken {
public:
    bool wait(atomic<std::uint32_t> const& word, std::uint32_t expected, deadline limit) {
        return futex_wait_until(word, expected, limit, futex_scope::process_shared) ==
               futex_result::timed_out;
    }
};

/// As any lock, for threads that do not die.
template <class orders, class sleeping>
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
    basic_futex_robust_mutex<orders, robust_list, sleeping> gate_;
};

/// One thread takes the lock again while the other, which was woken, is on its way to sleep again:
/// what that one tells must not come before what the first has cleared.
template <class Lock>
struct twice_and_once : client_of_size<2, 0> {
    void act(int thread) {
        for (int round = thread; round < 2; ++round) {
            gate.lock();
            count.write(count.read() + 1);
            gate.unlock();
        }
    }
    void after() {
        RACEKIT_CHECK_EQUAL(3, count.read());
        expect_free(gate);
    }

    Lock gate;
    plain<int> count{0};
};

template <class orders>
void clients(trial& over) {
    lock_clients<robust_as_lock<orders, rechecking_sleep>>(over);
    using woken = robust_as_lock<orders, sleep_until_woken>;
    over.client<counter_under_lock<woken, 2, 1>>("counter 2x1, woken");
    over.client<one_tries<woken>>("one tries, woken");
    over.client<one_times_out<woken>>("one times out, woken");
    over.client<twice_and_once<woken>>("twice and once, woken");
    over.large_client<counter_under_lock<woken, 2, 2, 0>>("counter 2x2, woken, none spurious");
}

}  // namespace racekit::mutation
