// SPDX-License-Identifier: MIT
// shared_mutex: readers together, writers alone, try and deadline forms, no writer starves.
#include "../support/thread_pool.hpp"

#include <racekit/lock/shared_mutex.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <shared_mutex>

namespace {

using namespace std::chrono_literals;

TEST(shared_mutex, writers_exclude_everyone) {
    racekit::shared_mutex gate;
    long left = 0;   // plain on purpose: under TSan a lock that does not order is a race here
    long right = 0;  // always equal to left outside a writer
    std::atomic<long> seen_apart{0};
    together(4, [&](int self) {
        for (int turn = 0; turn < 3000; ++turn) {
            if (self == 0 || turn % 16 == 0) {
                racekit::scoped_lock hold(gate);
                ++left;
                ++right;
            } else {
                racekit::shared_lock hold(gate);
                if (left != right) ++seen_apart;
            }
        }
    });
    EXPECT_EQ(seen_apart, 0);
    EXPECT_EQ(left, 3000 + 3 * 188);
    EXPECT_EQ(right, left);
}

TEST(shared_mutex, readers_share) {
    racekit::shared_mutex gate;
    racekit::shared_lock hold(gate);
    elsewhere([&] {
        EXPECT_TRUE(gate.try_lock_shared());
        gate.unlock_shared();
        EXPECT_FALSE(gate.try_lock());
    });
}

TEST(shared_mutex, a_writer_keeps_readers_out) {
    racekit::shared_mutex gate;
    racekit::scoped_lock hold(gate);
    elsewhere([&] {
        EXPECT_FALSE(gate.try_lock_shared());
        EXPECT_FALSE(gate.try_lock());
        EXPECT_FALSE(gate.try_lock_shared_for(5ms));
        EXPECT_FALSE(gate.try_lock_for(5ms));
    });
}

TEST(shared_mutex, a_writer_that_gave_up_lets_readers_in_again) {
    racekit::shared_mutex gate;
    racekit::shared_lock hold(gate);
    elsewhere([&] {
        EXPECT_FALSE(gate.try_lock_for(5ms));
        EXPECT_TRUE(gate.try_lock_shared());
        gate.unlock_shared();
    });
}

TEST(shared_mutex, a_reader_waits_behind_a_writer_that_waits) {
    racekit::shared_mutex gate;
    gate.lock_shared();
    std::thread writer([&] { racekit::scoped_lock hold(gate); });
    elsewhere([&] {  // from some time on no new reader can lock
        while (gate.try_lock_shared()) {
            gate.unlock_shared();
            std::this_thread::yield();
        }
    });
    gate.unlock_shared();
    writer.join();
    EXPECT_TRUE(gate.try_lock_shared());
    gate.unlock_shared();
}

TEST(shared_mutex, a_writer_gets_in_against_a_stream_of_readers) {
    racekit::shared_mutex gate;
    std::atomic<bool> written{false};
    together(4, [&](int self) {
        if (self == 0) {
            for (int turn = 0; turn < 100; ++turn) racekit::scoped_lock hold(gate);
            written = true;
        } else {
            while (!written) racekit::shared_lock hold(gate);
        }
    });
    SUCCEED();
}

TEST(shared_mutex, a_writer_asleep_is_woken_by_the_last_reader) {
    racekit::shared_mutex gate;
    std::atomic<int> inside{0};
    std::atomic<int> leaving{0};
    std::vector<std::thread> readers;
    for (int self = 1; self <= 2; ++self) {
        readers.emplace_back([&, self] {
            racekit::shared_lock hold(gate);
            ++inside;
            while (leaving < self) std::this_thread::sleep_for(1ms);
        });
    }
    while (inside < 2) std::this_thread::yield();
    std::thread writer([&] { racekit::scoped_lock hold(gate); });
    std::this_thread::sleep_for(20ms);
    leaving = 1;
    std::this_thread::sleep_for(5ms);
    leaving = 2;
    writer.join();
    for (std::thread& each : readers) each.join();
    EXPECT_TRUE(gate.try_lock());
    gate.unlock();
}

TEST(shared_mutex, readers_that_share_a_counter) {
    racekit::basic_futex_shared_mutex<racekit::futex_shared_mutex_orders, 1> gate;
    long value = 0;  // plain on purpose, as above
    together(4, [&](int self) {
        for (int turn = 0; turn < 2000; ++turn) {
            if (self == 0) {
                racekit::scoped_lock hold(gate);
                ++value;
            } else {
                racekit::shared_lock hold(gate);
                EXPECT_GE(value, 0);
            }
        }
    });
    EXPECT_EQ(value, 2000);
    EXPECT_TRUE(gate.try_lock());
    gate.unlock();
}

TEST(shared_mutex, serves_std_guards) {
    racekit::shared_mutex gate;
    {
        std::shared_lock hold(gate);
        EXPECT_TRUE(hold.owns_lock());
    }
    std::unique_lock hold(gate, std::try_to_lock);
    EXPECT_TRUE(hold.owns_lock());
}

}  // namespace
