// SPDX-License-Identifier: MIT
#include "../support/kernel_state.hpp"

#include <racekit/lock/guard.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/lock/robust_recursive_mutex.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>

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

TEST(robust_mutex, wakes_a_waiter_when_the_owner_dies) {
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
    test::await_sleep(waiter.id().number);
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
    EXPECT_THROW((void)gate->try_lock_until(racekit::after(60s), state), racekit::lock_poisoned);
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
    {
        racekit::robust_lock hold(*gate, repair);
    }
    EXPECT_EQ(repairs, 0);
    kill_an_owner(*gate);
    {
        racekit::robust_lock hold(*gate, repair);
    }
    {
        racekit::robust_lock hold(*gate, repair);
    }
    EXPECT_EQ(repairs, 1);
}

TEST(robust_lock, poisons_what_cannot_be_repaired) {
    racekit::shared_object<robust_mutex> gate;
    kill_an_owner(*gate);
    auto const fail = [] { throw std::runtime_error("beyond repair"); };
    EXPECT_THROW({ racekit::robust_lock hold(*gate, fail); }, std::runtime_error);
    EXPECT_THROW({ racekit::robust_lock hold(*gate, [] {}); }, racekit::lock_poisoned);
}

TEST(robust_mutex, tells_of_a_thread_that_ended_with_it) {
    racekit::shared_object<robust_mutex> gate;
    std::thread([&] { (void)gate->lock(); }).join();
    lock_state state{};
    ASSERT_TRUE(gate->try_lock(state));
    EXPECT_EQ(state, lock_state::owner_died);
    gate->mark_consistent();
    gate->unlock();
}

TEST(robust_mutex, tells_of_an_owner_that_called_exec) {
    racekit::shared_object<robust_mutex> gate;
    process owner([&] {
        (void)gate->lock();
        ::execl("/bin/true", "true", nullptr);
    });
    EXPECT_TRUE(owner.join().clean());
    EXPECT_EQ(gate->lock(), lock_state::owner_died);
    gate->mark_consistent();
    gate->unlock();
}

TEST(robust_mutex, refuses_the_thread_that_holds_it) {
    racekit::shared_object<robust_mutex> gate;
    (void)gate->lock();
    EXPECT_THROW((void)gate->lock(), std::system_error);
    lock_state state{};
    EXPECT_FALSE(gate->try_lock(state));
    gate->unlock();
}

/// The C library's robust mutexes hang in the same list, before, between and after.
TEST(robust_mutex, lies_between_those_of_the_c_library) {
    struct mixed {
        mixed() {
            ::pthread_mutexattr_t wanted;
            ::pthread_mutexattr_init(&wanted);
            ::pthread_mutexattr_setpshared(&wanted, PTHREAD_PROCESS_SHARED);
            ::pthread_mutexattr_setrobust(&wanted, PTHREAD_MUTEX_ROBUST);
            for (auto& each : theirs) ::pthread_mutex_init(&each, &wanted);
            ::pthread_mutexattr_destroy(&wanted);
        }
        robust_mutex ours[8];
        ::pthread_mutex_t theirs[8];
    };
    for (unsigned order = 0; order < 64; ++order) {
        racekit::shared_object<mixed> locks;
        process owner([&] {
            for (unsigned at = 0; at < 8; ++at) {
                (void)locks->ours[at].lock();
                ::pthread_mutex_lock(&locks->theirs[at]);
            }
            // Some are released again, from the ends and the middle of the list.
            for (unsigned at = 0; at < 6; ++at) {
                unsigned const which = (at * 5 + order) % 8;
                if ((order >> at & 1U) != 0) locks->ours[which].unlock();
                else ::pthread_mutex_unlock(&locks->theirs[which]);
            }
            ::raise(SIGKILL);
        });
        (void)owner.join();
        bool released[2][8] = {};
        for (unsigned at = 0; at < 6; ++at)
            released[(order >> at & 1U) != 0 ? 0 : 1][(at * 5 + order) % 8] = true;
        for (unsigned at = 0; at < 8; ++at) {
            lock_state state{};
            ASSERT_TRUE(locks->ours[at].try_lock(state)) << order << ' ' << at;
            EXPECT_EQ(state == lock_state::acquired, released[0][at]) << order << ' ' << at;
            EXPECT_EQ(::pthread_mutex_trylock(&locks->theirs[at]), released[1][at] ? 0 : EOWNERDEAD)
                << order << ' ' << at;
        }
        // Held by this thread until the memory goes: released first, or the list would lead there.
        for (unsigned at = 0; at < 8; ++at) {
            locks->ours[at].unlock();
            ::pthread_mutex_unlock(&locks->theirs[at]);
        }
    }
}

TEST(robust_mutex, holds_in_a_forked_child_under_its_own_number) {
    racekit::shared_object<robust_mutex> gate;
    (void)gate->lock();
    gate->unlock();  // the parent's number is known
    kill_an_owner(*gate);
    EXPECT_EQ(gate->lock(), lock_state::owner_died);
    gate->mark_consistent();
    gate->unlock();
}

TEST(robust_mutex, passes_on_while_owners_die_all_the_time) {
    struct counted {
        robust_mutex gate;
        racekit::plain<int> count{0};
        racekit::plain<int> twice{0};
    };
    racekit::shared_object<counted> shared;
    auto const repair = [&] { shared->twice.write(2 * shared->count.read()); };
    auto const work = [&](bool mortal) {
        for (int round = 0; round < 3000; ++round) {
            racekit::robust_lock hold(shared->gate, repair);
            EXPECT_EQ(shared->twice.read(), 2 * shared->count.read());
            shared->count.write(shared->count.read() + 1);
            if (mortal && round == 100) ::raise(SIGKILL);
            shared->twice.write(2 * shared->count.read());
        }
    };
    process one([&] { work(false); });
    process other([&] { work(false); });
    for (int death = 0; death < 100; ++death) {
        process victim([&] { work(true); });
        (void)victim.join();
    }
    (void)one.join();
    (void)other.join();
    racekit::robust_lock hold(shared->gate, repair);
    EXPECT_EQ(shared->count.read(), 2 * 3000 + 100 * 101);
}

/// Sleeps until it is woken, and so for ever if no one does.
class sleep_until_woken {
public:
    bool wait(racekit::atomic<std::uint32_t> const& word, std::uint32_t expected,
              racekit::deadline limit) {
        return racekit::futex_wait_until(word, expected, limit,
                                         racekit::futex_scope::process_shared) ==
               racekit::futex_result::timed_out;
    }
};

using mutex_without_looks =
    racekit::basic_futex_robust_mutex<racekit::robust_mutex_orders, racekit::robust_list,
                                      sleep_until_woken>;

TEST(robust_mutex, wakes_its_sleepers_though_they_never_look_again) {
    struct counted {
        mutex_without_looks gate;
        racekit::plain<int> count{0};
    };
    racekit::shared_object<counted> shared;
    auto const work = [&] {
        for (int round = 0; round < 4000; ++round) {
            (void)shared->gate.lock();
            shared->count.write(shared->count.read() + 1);
            if (round % 8 == 0) ::usleep(round % 64);  // the others fall asleep
            shared->gate.unlock();
        }
    };
    process workers[] = {process(work), process(work), process(work)};
    auto const limit = racekit::after(120s);
    for (process& each : workers) {
        racekit::exit_status how;
        bool const ended = each.join_until(limit, how);
        EXPECT_TRUE(ended && how.clean()) << "a wake-up was lost";
        if (!ended) each.kill();
    }
    EXPECT_EQ(shared->count.read(), 3 * 4000);
}

/// A sleeper that is killed leaves its mark behind, and may take a wake-up with it: the kernel
/// passes that on.
TEST(robust_mutex, goes_on_while_sleepers_die_all_the_time) {
    racekit::shared_object<mutex_without_looks> gate;
    for (int death = 0; death < 50; ++death) {
        (void)gate->lock();
        process killed([&] { (void)gate->lock(); });
        process spared([&] {
            if (gate->lock() == lock_state::owner_died) gate->mark_consistent();
            gate->unlock();
        });
        test::await_sleep(killed.id().number);
        test::await_sleep(spared.id().number);
        killed.kill();
        gate->unlock();
        racekit::exit_status how;
        ASSERT_TRUE(spared.join_until(racekit::after(30s), how)) << death;
        EXPECT_TRUE(how.clean());
    }
    EXPECT_EQ(gate->lock(), lock_state::acquired);
    gate->unlock();
}

TEST(robust_recursive_mutex, is_taken_again_and_released_level_by_level) {
    racekit::shared_object<racekit::robust_recursive_mutex> gate;
    EXPECT_EQ(gate->lock(), lock_state::acquired);
    EXPECT_EQ(gate->lock(), lock_state::acquired);
    lock_state state{};
    EXPECT_TRUE(gate->try_lock(state));
    auto const free_for_others = [&] {
        process other([&] {
            lock_state seen{};
            return gate->try_lock(seen) ? 1 : 0;
        });
        return other.join().code == 1;
    };
    gate->unlock();
    gate->unlock();
    EXPECT_FALSE(free_for_others());
    gate->unlock();
    EXPECT_TRUE(free_for_others());
    EXPECT_EQ(gate->lock(), lock_state::owner_died);
    gate->mark_consistent();
    gate->unlock();
    EXPECT_THROW(gate->unlock(), std::system_error);
}

TEST(robust_recursive_mutex, begins_at_one_level_after_a_death) {
    racekit::shared_object<racekit::robust_recursive_mutex> gate;
    process owner([&] {
        for (int level = 0; level < 5; ++level) (void)gate->lock();
        ::raise(SIGKILL);
    });
    (void)owner.join();
    EXPECT_EQ(gate->lock(), lock_state::owner_died);
    gate->mark_consistent();
    gate->unlock();
    EXPECT_THROW(gate->unlock(), std::system_error);
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
