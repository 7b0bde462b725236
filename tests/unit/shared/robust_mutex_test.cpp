// SPDX-License-Identifier: MIT
#include <racekit/lock/guard.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using racekit::lock_state;
using racekit::process;
using racekit::robust_mutex;

/// Leaves the lock held by a process that is dead.
void kill_an_owner(robust_mutex& gate) {
    process owner([&] {
        (void)gate.lock();
        ::raise(SIGKILL);
    });
    (void)owner.join();
}

TEST(robust_mutex, keeps_processes_apart) {
    struct counted {
        robust_mutex gate;
        racekit::plain<int> count{0};
    };
    racekit::shared_object<counted> shared;
    auto const work = [&] {
        for (int round = 0; round < 20'000; ++round) {
            EXPECT_EQ(shared->gate.lock(), lock_state::acquired);
            shared->count.write(shared->count.read() + 1);
            shared->gate.unlock();
        }
    };
    {
        process one(work);
        process other(work);
    }
    EXPECT_EQ(shared->count.read(), 40'000);
}

TEST(robust_mutex, tells_the_next_owner_of_a_death) {
    racekit::shared_object<robust_mutex> gate;
    kill_an_owner(*gate);
    EXPECT_EQ(gate->lock(), lock_state::owner_died);
    gate->mark_consistent();
    gate->unlock();
    EXPECT_EQ(gate->lock(), lock_state::acquired);
    gate->unlock();
}

TEST(robust_mutex, wakes_who_waits_when_the_owner_dies) {
    racekit::shared_object<robust_mutex> gate;
    racekit::byte_pipe held;
    process owner([&] {
        (void)gate->lock();
        (void)held.writer.write_some("x", 1);
        for (;;) ::pause();
    });
    char letter = 0;
    ASSERT_EQ(held.reader.read_some(&letter, 1, racekit::after(30s)).bytes, 1U);
    process waiter([&] { return gate->lock() == lock_state::owner_died ? 0 : 1; });
    ::usleep(10'000);
    owner.kill();
    racekit::exit_status how;
    ASSERT_TRUE(waiter.join_until(racekit::after(30s), how));
    EXPECT_TRUE(how.clean());
}

TEST(robust_mutex, tells_of_a_death_during_repair_again) {
    racekit::shared_object<robust_mutex> gate;
    kill_an_owner(*gate);
    kill_an_owner(*gate);  // got owner_died, and died before mark_consistent
    EXPECT_EQ(gate->lock(), lock_state::owner_died);
    gate->mark_consistent();
    gate->unlock();
}

TEST(robust_mutex, is_poisoned_when_given_up_unrepaired) {
    racekit::shared_object<robust_mutex> gate;
    kill_an_owner(*gate);
    EXPECT_EQ(gate->lock(), lock_state::owner_died);
    gate->unlock();
    EXPECT_THROW((void)gate->lock(), racekit::lock_poisoned);
    lock_state state{};
    EXPECT_THROW((void)gate->try_lock_until(racekit::after(1s), state), racekit::lock_poisoned);
}

TEST(robust_mutex, try_lock_until_stops_at_its_deadline) {
    racekit::shared_object<robust_mutex> gate;
    (void)gate->lock();
    process other([&] {
        lock_state state{};
        auto const limit = racekit::after(30ms);
        return !gate->try_lock_until(limit, state) && racekit::clock::now() >= limit ? 0 : 1;
    });
    EXPECT_TRUE(other.join().clean());
    gate->unlock();
    lock_state state = lock_state::owner_died;
    EXPECT_TRUE(gate->try_lock_until(racekit::after(-1s), state));
    EXPECT_EQ(state, lock_state::acquired);
    gate->unlock();
}

TEST(robust_mutex, misuse_is_an_error) {
    racekit::shared_object<robust_mutex> gate;
    EXPECT_THROW(gate->unlock(), std::system_error);
    (void)gate->lock();
    EXPECT_THROW(gate->mark_consistent(), std::system_error);
    process child([&] {
        try {
            gate->unlock();
        } catch (std::system_error const&) {
            return 0;
        }
        return 1;
    });
    EXPECT_EQ(child.join().code, 0) << "a child does not hold what its parent holds";
    gate->unlock();
}

TEST(robust_lock, repairs_once_and_only_after_a_death) {
    racekit::shared_object<robust_mutex> gate;
    int repairs = 0;
    auto const repair = [&] { ++repairs; };
    { racekit::robust_lock hold(*gate, repair); }
    EXPECT_EQ(repairs, 0);
    kill_an_owner(*gate);
    { racekit::robust_lock hold(*gate, repair); }
    { racekit::robust_lock hold(*gate, repair); }
    EXPECT_EQ(repairs, 1);
}

TEST(robust_lock, poisons_what_cannot_be_repaired) {
    racekit::shared_object<robust_mutex> gate;
    kill_an_owner(*gate);
    auto const fail = [] { throw std::runtime_error("beyond repair"); };
    EXPECT_THROW({ racekit::robust_lock hold(*gate, fail); }, std::runtime_error);
    EXPECT_THROW({ racekit::robust_lock hold(*gate, [] {}); }, racekit::lock_poisoned);
}

TEST(process_mutex, keeps_processes_apart_and_stays_with_its_dead) {
    racekit::shared_object<racekit::process_mutex> gate;
    {
        racekit::scoped_lock hold(*gate);
        process other([&] { return gate->try_lock() ? 1 : 0; });
        EXPECT_TRUE(other.join().clean());
    }
    process owner([&] {
        gate->lock();
        ::raise(SIGKILL);
    });
    (void)owner.join();
    EXPECT_FALSE(gate->try_lock_until(racekit::after(20ms)));
}

}  // namespace
