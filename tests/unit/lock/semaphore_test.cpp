// SPDX-License-Identifier: MIT
// semaphore and bounded_semaphore: permits, publication, deadlines, misuse.
#include "../support/thread_pool.hpp"

#include <racekit/lock/bounded_semaphore.hpp>
#include <racekit/lock/semaphore.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace {

using namespace std::chrono_literals;

TEST(semaphore, of_one_excludes_and_publishes) {
    racekit::semaphore gate(1);
    long counter = 0;  // plain on purpose: TSan reports a semaphore that does not order
    together(4, [&](int) {
        for (int turn = 0; turn < 3000; ++turn) {
            gate.acquire();
            ++counter;
            gate.release();
        }
    });
    EXPECT_EQ(counter, 4 * 3000);
}

TEST(semaphore, lets_in_as_many_as_it_has_permits) {
    racekit::semaphore seats(3);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    together(6, [&](int) {
        for (int turn = 0; turn < 500; ++turn) {
            seats.acquire();
            int const now = ++inside;
            for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
            }
            if (turn % 50 == 0) std::this_thread::yield();
            --inside;
            seats.release();
        }
    });
    EXPECT_LE(most, 3);
    EXPECT_TRUE(seats.try_acquire());
}

TEST(semaphore, hands_a_turn_back_and_forth) {
    racekit::semaphore turns[2] = {racekit::semaphore(1), racekit::semaphore(0)};
    int ball = 0;
    together(2, [&](int self) {
        for (int round = 0; round < 2000; ++round) {
            turns[self].acquire();
            ++ball;
            turns[1 - self].release();
        }
    });
    EXPECT_EQ(ball, 4000);
}

TEST(semaphore, gives_several_at_once_to_those_who_sleep) {
    racekit::semaphore tickets;
    std::atomic<int> served{0};
    std::vector<std::thread> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back([&] {
            tickets.acquire();
            ++served;
        });
    }
    std::this_thread::sleep_for(30ms);  // long enough to sleep in the kernel
    tickets.release(5);
    for (std::thread& each : waiting) each.join();
    EXPECT_EQ(served, 4);
    EXPECT_TRUE(tickets.try_acquire());
    EXPECT_FALSE(tickets.try_acquire());
}

TEST(semaphore, deadline_passes_while_there_is_none) {
    racekit::semaphore tickets;
    auto const began = racekit::clock::now();
    EXPECT_FALSE(tickets.try_acquire_for(20ms));
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_FALSE(tickets.try_acquire_for(-1s));
    EXPECT_FALSE(tickets.try_acquire_until(racekit::deadline::min()));
    tickets.release();  // no thread waits any more: the permit must not go to one that timed out
    EXPECT_TRUE(tickets.try_acquire_for(-1s));
    tickets.release();
    EXPECT_TRUE(tickets.try_acquire_for(racekit::duration::max()));
}

TEST(semaphore, permits_are_neither_lost_nor_made_by_those_who_give_up) {
    racekit::semaphore tickets;
    std::atomic<long> taken{0};
    constexpr int gifts = 4000;
    together(4, [&](int self) {
        if (self == 0) {
            for (int i = 0; i < gifts; ++i) {
                tickets.release();
                if (i % 64 == 0) std::this_thread::sleep_for(50us);
            }
        } else {
            for (int i = 0; i < gifts; ++i) {
                if (tickets.try_acquire_for(i % 3 * 20us)) ++taken;
            }
        }
    });
    long left = 0;
    while (tickets.try_acquire()) ++left;
    EXPECT_EQ(taken + left, gifts);
}

TEST(semaphore, a_count_that_cannot_be_is_an_error) {
    EXPECT_THROW(racekit::semaphore(-1), racekit::bad_count);
    EXPECT_THROW(racekit::semaphore(PTRDIFF_MAX), racekit::bad_count);
    racekit::semaphore tickets(1);
    EXPECT_THROW(tickets.release(0), racekit::bad_count);
    EXPECT_THROW(tickets.release(-3), racekit::bad_count);
    EXPECT_THROW(tickets.release(racekit::semaphore::max()), racekit::released_too_often);
    EXPECT_TRUE(tickets.try_acquire());
    EXPECT_FALSE(tickets.try_acquire());  // nothing was changed
    EXPECT_NO_THROW(tickets.release(racekit::semaphore::max()));
}

TEST(bounded_semaphore, over_release_is_an_error_and_changes_nothing) {
    racekit::bounded_semaphore seats(2);
    EXPECT_EQ(seats.most(), 2);
    EXPECT_THROW(seats.release(), racekit::released_too_often);
    seats.acquire();
    seats.release();
    EXPECT_THROW(seats.release(), racekit::released_too_often);
    EXPECT_TRUE(seats.try_acquire());
    EXPECT_TRUE(seats.try_acquire_for(1ms));
    EXPECT_FALSE(seats.try_acquire());
    EXPECT_THROW(racekit::bounded_semaphore(-1), racekit::bad_count);
}

TEST(bounded_semaphore, serves_those_who_wait) {
    racekit::bounded_semaphore gate(1);
    long counter = 0;
    together(3, [&](int) {
        for (int turn = 0; turn < 2000; ++turn) {
            gate.acquire();
            ++counter;
            gate.release();
        }
    });
    EXPECT_EQ(counter, 6000);
    EXPECT_THROW(gate.release(), racekit::released_too_often);
}

}  // namespace
