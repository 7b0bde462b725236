// SPDX-License-Identifier: MIT
// Deaths inside the robust locks.
#include "harness.hpp"

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/lock/robust_recursive_mutex.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <unistd.h>

namespace stepkill {
namespace {

using racekit::lock_state;

/// Two numbers that are equal whenever the lock is free or repaired.
template <class Mutex>
struct pair_under_a_lock : body {
    Mutex gate;
    int volatile one = 0;
    int volatile other = 0;

    void lock() {
        if (gate.lock() == lock_state::acquired) return;
        other = one;  // a half-made change is finished
        gate.mark_consistent();
    }
    void change() {
        lock();
        one = one + 1;
        other = other + 1;
        gate.unlock();
    }
    void victim() override { change(); }
    void sleeper() override { change(); }
    char const* survivor() override {
        lock();
        check(one == other, "the pair differs under the lock");
        bool const done = one > 0;
        gate.unlock();
        change();
        return done ? "whole" : "absent";
    }
};

/// The victim holds the lock while the sleeper waits for it, and dies in the unlock.
template <class Mutex>
struct unlocks_before_a_sleeper : pair_under_a_lock<Mutex> {
    void prepare() override { this->lock(); }
    void victim() override { this->gate.unlock(); }
};

template <class Mutex>
struct locks_with_a_limit : pair_under_a_lock<Mutex> {
    void victim() override {
        lock_state state{};
        if (!this->gate.try_lock_until(racekit::after(std::chrono::seconds(1)), state)) return;
        this->one = this->one + 1;
        this->other = this->other + 1;
        this->gate.unlock();
    }
};

/// The victim waits, up to its limit, for a lock that the sleeper holds until the survivor begins.
template <class Mutex>
struct waits_for_a_live_owner : pair_under_a_lock<Mutex> {
    std::atomic<bool> may_leave{false};
    void victim() override {
        lock_state state{};
        check(!this->gate.try_lock_until(racekit::after(std::chrono::milliseconds(3)), state),
              "two threads have the lock");
    }
    void sleeper() override {
        this->lock();
        while (!may_leave) ::usleep(100);
        this->one = this->one + 1;
        this->other = this->other + 1;
        this->gate.unlock();
    }
    char const* survivor() override {
        may_leave = true;
        return pair_under_a_lock<Mutex>::survivor();
    }
};

/// A first owner died in the middle of a change: the victim is the one that repairs it.
template <class Mutex>
struct repairs_after_a_death : pair_under_a_lock<Mutex> {
    void before() override {
        racekit::process owner([this] {
            (void)this->gate.lock();
            this->one = 1;
            ::raise(SIGKILL);
        });
        (void)owner.join();
    }
    void victim() override { this->change(); }
};

template <class Mutex>
struct takes_again : pair_under_a_lock<Mutex> {
    void victim() override {
        this->lock();
        (void)this->gate.lock();
        this->one = this->one + 1;
        this->gate.unlock();
        this->other = this->other + 1;
        this->gate.unlock();
    }
};

// Seeded bugs: the kernel's list, with a step left out.
using orders = racekit::robust_mutex_orders;
using racekit::robust_cell;
using racekit::robust_list;

struct never_announced : robust_list {
    void announce(robust_cell&) {}
    void retire() {}
};
struct never_entered : robust_list {
    void enter(robust_cell&) {}
    void leave(robust_cell&) {}
};
struct retired_before_entered : robust_list {
    void enter(robust_cell& lock) {
        retire();
        robust_list::enter(lock);
    }
};
template <class list>
using mutex_with = racekit::basic_futex_robust_mutex<orders, list>;

/// The next owner forgets to repair, or to say so.
struct forgets_the_repair : pair_under_a_lock<racekit::robust_mutex> {
    char const* survivor() override {
        if (gate.lock() == lock_state::owner_died) gate.mark_consistent();
        check(one == other, "the pair differs under the lock");
        gate.unlock();
        return "whole or absent";
    }
};
struct forgets_mark_consistent : pair_under_a_lock<racekit::robust_mutex> {
    char const* survivor() override {
        if (gate.lock() == lock_state::owner_died) other = one;
        gate.unlock();
        change();
        return "whole or absent";
    }
};

}  // namespace

void add_locks(std::vector<operation>& all) {
    using plain = racekit::robust_mutex;
    using recursive = racekit::robust_recursive_mutex;
    all.push_back(case_of<pair_under_a_lock<plain>>("robust_mutex lock, unlock"));
    all.push_back(case_of<locks_with_a_limit<plain>>("robust_mutex try_lock_until, unlock"));
    all.push_back(case_of<repairs_after_a_death<plain>>("robust_mutex repair"));
    all.push_back(case_of<pair_under_a_lock<recursive>>("robust_recursive_mutex lock, unlock"));
    all.push_back(case_of<takes_again<recursive>>("robust_recursive_mutex lock again, unlock"));
    all.push_back(case_of<unlocks_before_a_sleeper<plain>>("robust_mutex unlock", true));
    all.push_back(
        case_of<unlocks_before_a_sleeper<recursive>>("robust_recursive_mutex unlock", true));
    all.push_back(case_of<waits_for_a_live_owner<plain>>("robust_mutex try_lock_until", true));
    all.push_back(case_of<pair_under_a_lock<mutex_with<never_announced>>>(
        "seeded: robust_mutex never announces", false, true));
    all.push_back(case_of<pair_under_a_lock<mutex_with<never_entered>>>(
        "seeded: robust_mutex is not in the list", false, true));
    all.push_back(case_of<pair_under_a_lock<mutex_with<retired_before_entered>>>(
        "seeded: robust_mutex retires before it enters", false, true));
    all.push_back(case_of<forgets_the_repair>("seeded: no repair after a death", false, true));
    all.push_back(case_of<forgets_mark_consistent>("seeded: no mark_consistent", false, true));
}

}  // namespace stepkill
