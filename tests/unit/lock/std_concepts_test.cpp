// SPDX-License-Identifier: MIT
// The requirements that std has of locks, guards and what waits, met by racekit's.
#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/barrier.hpp>
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/event.hpp>
#include <racekit/lock/event_count.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/latch.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/once.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

template <class L>
concept basic_lockable = requires(L& lock) {
    lock.lock();
    lock.unlock();
};
template <class L>
concept lockable = basic_lockable<L> && requires(L& lock) {
    { lock.try_lock() } -> std::same_as<bool>;
};
template <class L>
concept timed_lockable = lockable<L> && requires(L& lock) {
    { lock.try_lock_for(10ms) } -> std::same_as<bool>;
    { lock.try_lock_for(0.5s) } -> std::same_as<bool>;
    { lock.try_lock_for(std::chrono::hours(1)) } -> std::same_as<bool>;
    { lock.try_lock_until(std::chrono::steady_clock::now()) } -> std::same_as<bool>;
    { lock.try_lock_until(system_clock::now()) } -> std::same_as<bool>;
    { lock.try_lock_until(std::chrono::time_point_cast<std::chrono::seconds>(
        system_clock::now())) } -> std::same_as<bool>;
};
template <class L>
concept shared_timed_lockable = timed_lockable<L> && requires(L& lock) {
    lock.lock_shared();
    { lock.try_lock_shared() } -> std::same_as<bool>;
    { lock.try_lock_shared_for(0.5s) } -> std::same_as<bool>;
    { lock.try_lock_shared_until(system_clock::now()) } -> std::same_as<bool>;
    lock.unlock_shared();
};
template <class L>
concept immovable = !std::is_copy_constructible_v<L> && !std::is_move_constructible_v<L> &&
                    !std::is_copy_assignable_v<L>;

static_assert(timed_lockable<std::timed_mutex> && shared_timed_lockable<std::shared_timed_mutex>);
static_assert(timed_lockable<racekit::mutex> && immovable<racekit::mutex>);
static_assert(timed_lockable<racekit::recursive_mutex> && immovable<racekit::recursive_mutex>);
static_assert(timed_lockable<racekit::fifo_mutex> && immovable<racekit::fifo_mutex>);
static_assert(timed_lockable<racekit::spin_lock> && immovable<racekit::spin_lock>);
static_assert(timed_lockable<racekit::ticket_lock> && immovable<racekit::ticket_lock>);
static_assert(timed_lockable<racekit::process_mutex> && immovable<racekit::process_mutex>);
static_assert(shared_timed_lockable<racekit::shared_mutex> && immovable<racekit::shared_mutex>);

using held = racekit::unique_lock<racekit::mutex>;
static_assert(timed_lockable<held> && std::is_default_constructible_v<held> &&
              std::is_nothrow_move_constructible_v<held> && std::is_move_assignable_v<held> &&
              std::is_convertible_v<held&, std::unique_lock<racekit::mutex>&>);
using shared = racekit::shared_lock<racekit::shared_mutex>;
static_assert(timed_lockable<shared> && std::is_default_constructible_v<shared> &&
              std::is_nothrow_move_constructible_v<shared> && std::is_move_assignable_v<shared>);
static_assert(!std::is_same_v<racekit::counting_semaphore<4>, racekit::counting_semaphore<8>> &&
              racekit::counting_semaphore<4>::max() == 4);

// Initialised before any code runs.
constinit racekit::mutex early_mutex;
constinit racekit::shared_mutex early_shared_mutex;
constinit racekit::recursive_mutex early_recursive_mutex;
constinit racekit::fifo_mutex early_fifo_mutex;
constinit racekit::spin_lock early_spin_lock;
constinit racekit::semaphore early_semaphore(1);
constinit racekit::event early_event;
constinit racekit::auto_reset_event early_auto_reset_event;
constinit racekit::latch early_latch(1);
constinit racekit::once_flag early_once_flag;
constinit racekit::condition_variable early_condition;
constinit racekit::event_count early_event_count;

TEST(std_concepts, constant_initialised_ones_work) {
    racekit::scoped_lock all(early_mutex, early_shared_mutex, early_recursive_mutex,
                             early_fifo_mutex, early_spin_lock);
    EXPECT_TRUE(early_semaphore.try_acquire());
    early_event.set();
    early_event.wait();
    early_auto_reset_event.set();
    early_auto_reset_event.wait();
    early_latch.arrive_and_wait();
    int calls = 0;
    racekit::call_once(early_once_flag, [&] { ++calls; });
    early_condition.notify_all();
    early_event_count.notify_all();
    EXPECT_EQ(calls, 1);
}

TEST(std_concepts, a_unique_lock_reports_what_std_does) {
    racekit::mutex gate;
    gate.lock();
    {
        racekit::unique_lock not_mine(gate, std::defer_lock);
        try {
            not_mine.unlock();
            ADD_FAILURE() << "unlock() of a lock that the guard does not hold";
        } catch (std::system_error const& error) {
            EXPECT_EQ(error.code(), std::errc::operation_not_permitted);
        }
        EXPECT_FALSE(racekit::unique_lock(gate, std::try_to_lock).owns_lock());
        EXPECT_FALSE(racekit::unique_lock(gate, 1ms).owns_lock());
    }
    racekit::unique_lock adopted(gate, std::adopt_lock);
    EXPECT_THROW(adopted.lock(), std::system_error);
    racekit::unique_lock moved(std::move(adopted));
    EXPECT_FALSE(adopted.owns_lock());
    EXPECT_TRUE(moved.owns_lock());
    racekit::unique_lock<racekit::mutex> assigned;
    EXPECT_THROW(assigned.lock(), std::system_error);
    assigned = std::move(moved);
    EXPECT_TRUE(assigned);
    EXPECT_EQ(assigned.release(), &gate);
    EXPECT_FALSE(gate.try_lock());
    gate.unlock();
    EXPECT_TRUE(gate.try_lock());
    gate.unlock();
}

TEST(std_concepts, assignment_releases_what_a_guard_held) {
    racekit::mutex first;
    racekit::mutex second;
    racekit::unique_lock one(first);
    one = racekit::unique_lock(second);
    EXPECT_TRUE(first.try_lock());
    first.unlock();
    racekit::shared_mutex gate;
    racekit::shared_lock reader(gate);
    reader = racekit::shared_lock<racekit::shared_mutex>();
    EXPECT_TRUE(gate.try_lock());
    EXPECT_FALSE(racekit::shared_lock(gate, 1ms).owns_lock());
    gate.unlock();
}

TEST(std_concepts, scoped_locks_adopt_one_or_several) {
    racekit::mutex one;
    racekit::mutex two;
    racekit::lock(one, two);
    { racekit::scoped_lock hold(std::adopt_lock, one, two); }
    EXPECT_EQ(racekit::try_lock(one, two), -1);
    { racekit::scoped_lock hold(std::adopt_lock, one); }
    { racekit::lock_guard hold(two, std::adopt_lock); }
    racekit::scoped_lock both(one, two);
    racekit::scoped_lock<> none;
    (void)none;
}

TEST(std_concepts, a_condition_variable_waits_as_std_s_does) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    racekit::unique_lock hold(gate);
    EXPECT_EQ(changed.wait_for(hold, 1ms), std::cv_status::timeout);
    EXPECT_EQ(changed.wait_until(hold, system_clock::now()), std::cv_status::timeout);
    EXPECT_FALSE(changed.wait_for(hold, 0.001s, [] { return false; }));
    std::condition_variable_any std_s;
    EXPECT_EQ(std_s.wait_for(hold, 1ms), std::cv_status::timeout);
    hold.unlock();
    racekit::shared_mutex readers;
    racekit::shared_lock reader(readers);
    EXPECT_EQ(changed.wait_for(reader, 1ms), std::cv_status::timeout);
}

TEST(std_concepts, a_stop_request_ends_a_wait) {
    for (int round = 0; round < 200; ++round) {
        racekit::mutex gate;
        racekit::condition_variable changed;
        std::stop_source source;
        std::thread other([&] { source.request_stop(); });
        racekit::unique_lock hold(gate);
        EXPECT_FALSE(changed.wait(hold, source.get_token(), [] { return false; }));
        EXPECT_FALSE(changed.wait_for(hold, source.get_token(), 1h, [] { return false; }));
        EXPECT_TRUE(changed.wait_until(hold, source.get_token(), system_clock::now() + 1h,
                                       [] { return true; }));
        hold.unlock();
        other.join();
    }
}

template <class Lock>
void knows_whether_it_is_locked() {
    Lock gate;
    EXPECT_FALSE(gate.locked());
    {
        racekit::scoped_lock hold(gate);
        EXPECT_TRUE(gate.locked());
    }
    EXPECT_FALSE(gate.locked());
}

TEST(std_concepts, a_lock_knows_whether_it_is_locked) {
    knows_whether_it_is_locked<racekit::mutex>();
    knows_whether_it_is_locked<racekit::recursive_mutex>();
    knows_whether_it_is_locked<racekit::shared_mutex>();
    knows_whether_it_is_locked<racekit::fifo_mutex>();
    knows_whether_it_is_locked<racekit::spin_lock>();
    knows_whether_it_is_locked<racekit::ticket_lock>();
}

TEST(std_concepts, a_party_of_a_barrier_may_arrive_first_and_wait_later) {
    int actions = 0;
    racekit::barrier meeting(2, [&] { ++actions; });
    auto token = meeting.arrive();
    EXPECT_EQ(meeting.waiting(), 1U);
    std::thread other([&] { meeting.arrive_and_wait(); });
    meeting.wait(std::move(token));
    other.join();
    EXPECT_EQ(actions, 1);
    auto mine = meeting.arrive();
    meeting.abort();
    EXPECT_THROW(meeting.wait(std::move(mine)), racekit::broken_barrier);
    EXPECT_EQ(meeting.waiting(), 0U);
}

TEST(std_concepts, threads_that_join_themselves) {
    std::atomic<bool> stopped{false};
    {
        racekit::jthread waits([&](racekit::stop_token stop) {
            while (!stop.stop_requested()) racekit::this_thread::yield();
            stopped = true;
        });
        racekit::this_thread::sleep_for(1ms);
    }
    EXPECT_TRUE(stopped);
    racekit::atomic_flag flag = ATOMIC_FLAG_INIT;
    EXPECT_FALSE(racekit::atomic_flag_test_and_set(&flag));
    EXPECT_TRUE(racekit::atomic_flag_test(&flag));
    racekit::atomic_flag_clear_explicit(&flag, std::memory_order_release);
    int number = 1;
    EXPECT_EQ(racekit::atomic_ref<int>(number).fetch_add(2), 1);
    EXPECT_EQ(number, 3);
}

TEST(std_concepts, notify_wakes_as_many_as_it_says) {
    racekit::mutex gate;
    racekit::condition_variable changed;
    int permits = 0;
    std::atomic<int> woken{0};
    std::vector<std::thread> all;
    for (int each = 0; each < 3; ++each) {
        all.emplace_back([&] {
            racekit::unique_lock hold(gate);
            changed.wait(hold, [&] { return permits > 0; });
            --permits;
            ++woken;
        });
    }
    {
        racekit::scoped_lock hold(gate);
        permits = 2;
        changed.notify(2);
    }
    while (woken != 2) std::this_thread::yield();
    {
        racekit::scoped_lock hold(gate);
        permits = 1;
        changed.notify(7);
    }
    for (std::thread& each : all) each.join();
    EXPECT_EQ(woken, 3);
}

}  // namespace
