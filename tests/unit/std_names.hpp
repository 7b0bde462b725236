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

/// How many of the uses did not come out as they do with std.
inline int atomics() {
    int wrong = 0;
    racekit::atomic_int number{1};
    racekit::atomic_bool set{false};
    racekit::atomic_size_t size{7};
    racekit::atomic_store_explicit(&number, 2, std::memory_order_release);
    wrong += racekit::atomic_load(&number) != 2;
    wrong += atomic_fetch_add(&number, 3) != 2;  // found by its argument
    wrong += atomic_fetch_or_explicit(&size, 8, std::memory_order_relaxed) != 7;
    int expected = 5;
    wrong += !atomic_compare_exchange_strong(&number, &expected, 6);
    wrong += atomic_exchange(&set, true);
    wrong += !atomic_load_explicit(&set, std::memory_order_acquire);
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
