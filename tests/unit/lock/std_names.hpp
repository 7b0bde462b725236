// SPDX-License-Identifier: MIT
// Everything that std has under these names, used as one would use std: it compiles and works.
#pragma once

#include <racekit/lock/barrier.hpp>
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/once.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/platform.hpp>

#include <chrono>
#include <mutex>

namespace std_names {

using namespace std::chrono_literals;

/// How many of the uses did not come out as they do with std: of what each returns, and leaves.
inline int atomics() {
    constexpr auto relaxed = std::memory_order_relaxed;
    constexpr auto acq_rel = std::memory_order_acq_rel;
    int wrong = 0;
    racekit::atomic_int number{1};
    auto const expect = [&](int returned, int wanted, int left) {
        wrong += returned != wanted;
        wrong += racekit::atomic_load(&number) != left;
    };
    racekit::atomic_store(&number, 12);
    expect(atomic_load_explicit(&number, std::memory_order_acquire), 12, 12);
    racekit::atomic_store_explicit(&number, 2, std::memory_order_release);
    expect(atomic_fetch_add(&number, 3), 2, 5);  // found by its argument
    expect(racekit::atomic_fetch_add_explicit(&number, 4, acq_rel), 5, 9);
    expect(racekit::atomic_fetch_sub(&number, 1), 9, 8);
    expect(racekit::atomic_fetch_sub_explicit(&number, 2, acq_rel), 8, 6);
    expect(racekit::atomic_fetch_or(&number, 8), 6, 14);
    expect(racekit::atomic_fetch_or_explicit(&number, 1, acq_rel), 14, 15);
    expect(racekit::atomic_fetch_and(&number, 7), 15, 7);
    expect(racekit::atomic_fetch_and_explicit(&number, 6, acq_rel), 7, 6);
    expect(racekit::atomic_fetch_xor(&number, 2), 6, 4);
    expect(racekit::atomic_fetch_xor_explicit(&number, 1, acq_rel), 4, 5);
    expect(racekit::atomic_exchange(&number, 6), 5, 6);
    expect(racekit::atomic_exchange_explicit(&number, 7, acq_rel), 6, 7);
    int seen = 5;
    expect(racekit::atomic_compare_exchange_strong(&number, &seen, 8), false, 7);
    expect(seen, 7, 7);
    expect(racekit::atomic_compare_exchange_strong_explicit(&number, &seen, 8, acq_rel, relaxed),
           true, 8);
    seen = 8;
    while (!racekit::atomic_compare_exchange_weak(&number, &seen, 9)) {
    }
    expect(seen, 8, 9);
    seen = 9;
    while (!racekit::atomic_compare_exchange_weak_explicit(&number, &seen, 10, acq_rel, relaxed)) {
    }
    expect(seen, 9, 10);
    racekit::atomic_bool set{false};
    racekit::atomic_size_t size{7};
    wrong += atomic_exchange(&set, true) || !set.load() || size.load() != 7;
    racekit::atomic_notify_one(&number);
    racekit::atomic_notify_all(&number);
    racekit::atomic_wait(&number, 5);
    racekit::atomic_signal_fence(std::memory_order_seq_cst);
    return wrong;
}

inline int locks() {
    int wrong = 0;
    racekit::timed_mutex mutex;
    {
        racekit::lock_guard hold(mutex);
        wrong += mutex.try_lock_for(0ms);
    }
    racekit::recursive_timed_mutex again;
    racekit::shared_timed_mutex shared;
    wrong += !shared.try_lock_shared_for(0ms);
    shared.unlock_shared();
    racekit::condition_variable changed;
    std::unique_lock held(mutex);
    wrong += !changed.wait_for(held, 1ms, [] { return true; });
    (void)changed.wait_for(held, 1ms);
    changed.wait(held, [] { return true; });
    held.unlock();
    racekit::condition_variable_any any;
    mutex.lock();
    any.wait(mutex, [] { return true; });
    mutex.unlock();
    racekit::once_flag flag;
    int calls = 0;
    for (int each = 0; each < 2; ++each)
        racekit::call_once(flag, [&calls](int by) { calls += by; }, 1);
    wrong += calls != 1;
    racekit::counting_semaphore<4> permits(1);
    racekit::binary_semaphore turn(0);
    permits.acquire();
    turn.release();
    wrong += !turn.try_acquire();
    racekit::barrier meeting(1);
    meeting.arrive_and_wait();
    return wrong;
}

}  // namespace std_names
