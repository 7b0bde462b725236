// SPDX-License-Identifier: MIT
// Checked builds: misuse of a lock is an error that names both sites, and changes nothing.
#include "../support/thread_pool.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/platform/lock_misuse.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

template <class Lock>
class checked : public testing::Test {
protected:
    Lock gate;
};
using locks = testing::Types<racekit::mutex, racekit::spin_lock, racekit::fifo_mutex,
                             racekit::ticket_lock, racekit::shared_mutex>;
TYPED_TEST_SUITE(checked, locks, );

/// Whether doing it is reported as `wrong`, here, with the place where the lock was taken.
template <class Body>
testing::AssertionResult is_misuse(char const* wrong, int at, int taken, Body body) {
    try {
        body();
    } catch (racekit::lock_misuse const& thrown) {
        std::string const words = thrown.what();
        if (words.find(wrong) == std::string::npos || thrown.at().line != at ||
            thrown.taken().line != taken)
            return testing::AssertionFailure() << words;
        return testing::AssertionSuccess() << words;
    }
    return testing::AssertionFailure() << "not reported";
}

TYPED_TEST(checked, a_thread_that_waits_for_itself) {
    int const taken = __LINE__ + 1;
    this->gate.lock();
    int const at = __LINE__ + 1;
    auto const again = [&] { this->gate.lock(); };
    EXPECT_TRUE(is_misuse("by the thread that holds it", at, taken, again));
    this->gate.unlock();
    EXPECT_TRUE(this->gate.try_lock());
    this->gate.unlock();
}

TYPED_TEST(checked, an_unlock_by_a_stranger) {
    int const taken = __LINE__ + 1;
    this->gate.lock();
    elsewhere([&] {
        auto const unlock = [&] { this->gate.unlock(); };
        EXPECT_TRUE(is_misuse("does not hold the lock", __LINE__ - 1, taken, unlock));
        EXPECT_FALSE(this->gate.try_lock());
    });
    this->gate.unlock();
}

TYPED_TEST(checked, an_unlock_too_many) {
    EXPECT_TRUE(is_misuse("no thread holds", __LINE__, 0, [&] { this->gate.unlock(); }));
    EXPECT_TRUE(this->gate.try_lock_for(std::chrono::milliseconds(1)));
    this->gate.unlock();
    EXPECT_TRUE(is_misuse("no thread holds", __LINE__, 0, [&] { this->gate.unlock(); }));
}

TEST(checked, the_wrong_way_out_of_a_shared_mutex) {
    racekit::shared_mutex gate;
    gate.lock_shared();
    EXPECT_THROW(gate.unlock(), racekit::lock_misuse);
    gate.unlock_shared();
    gate.lock();
    EXPECT_THROW(gate.unlock_shared(), racekit::lock_misuse);
    gate.unlock();
}

TEST(checked, right_use_by_many_threads_is_no_misuse) {
    racekit::mutex gate;
    long counter = 0;
    together(4, [&](int) {
        for (int turn = 0; turn < 1000; ++turn) {
            racekit::scoped_lock hold(gate);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 4000);
}

TEST(checked, a_wait_that_reports_misuse_leaves_the_condition_variable_as_it_was) {
    racekit::recursive_mutex not_held;
    racekit::condition_variable changed;
    EXPECT_THROW(changed.wait(not_held), racekit::lock_misuse);
    // Its destructor waits for those inside, of which there are none.
}

TEST(checked, a_child_forked_while_other_threads_lock_can_lock) {
    std::vector<std::unique_ptr<racekit::mutex>> gates;
    for (int each = 0; each < 64; ++each) gates.push_back(std::make_unique<racekit::mutex>());
    std::atomic<bool> stop{false};
    auto const locking = [&] {
        while (!stop) {
            for (auto& gate : gates) racekit::scoped_lock hold(*gate);
        }
    };
    std::thread one(locking);
    std::thread two(locking);
    int hung = 0;
    for (int each = 0; each < 100; ++each) {
        ::pid_t const child = ::fork();
        if (child == 0) {
            ::alarm(60);
            for (int lock = 0; lock < 64; ++lock) {
                auto* const fresh = new racekit::mutex;
                fresh->lock();
                fresh->unlock();
            }
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        hung += status != 0;
    }
    stop = true;
    one.join();
    two.join();
    EXPECT_EQ(hung, 0);
}

TEST(checked_death, a_lock_that_is_destroyed_while_held) {
    auto const destroy = [] {
        auto gate = std::make_unique<racekit::mutex>();
        gate->lock();
    };
    EXPECT_DEATH(destroy(), "destroyed while it is held");
}

}  // namespace
