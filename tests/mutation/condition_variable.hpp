// SPDX-License-Identifier: MIT
// Clients of condition_variable's implementation that need every one of its orders.
//
// beyond announce: load buffering, which C++ allows without it: the waiter reads 1 from sequence_,
//     then counts itself in; the notifier claims that count, then makes sequence_ 1. So the waiter
//     sleeps on the 1 that was to wake it. Here every load returns a store that was made before.
// beyond claim: as announce: it is the other half of the same pair.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>

#include <chrono>

namespace racekit::mutation {

template <class orders, bool all, int thread_count>
struct flag_is_raised {
    static constexpr int threads = thread_count;
    void act(int thread) {
        unique_lock hold(gate);
        if (thread != 0) {
            changed.wait(hold, [&] { return raised.read(); });
            RACEKIT_CHECK(raised.read());
            return;
        }
        raised.write(true);
        hold.unlock();
        if constexpr (all) changed.notify_all();
        else changed.notify_one();
    }

    mutex gate;
    basic_futex_condition_variable<orders> changed;
    plain<bool> raised{false};
};

/// A lock that records its last owner after the unlock: this store is inside wait(), and only the
/// return of the waiter orders it before the destruction.
struct noting_lock {
    void lock() { gate.lock(); }
    void unlock() {
        gate.unlock();
        note.write(note.read() + 1);
    }
    mutex& gate;
    plain<int>& note;
};

/// The notifier destroys it as soon as the waiter was notified: from then on wait() must not access
/// it, and its memory may be reused.
template <class orders>
struct destroyed_at_once {
    static constexpr int threads = 2;
    using condition = basic_futex_condition_variable<orders>;
    void act(int thread) {
        gate.lock();
        if (thread != 0) {
            noting_lock noting{gate, note};
            inside = true;
            while (!raised) changed->wait(noting);
            return gate.unlock();
        }
        given_up = !inside;
        raised = true;
        if (inside) changed->notify_all();
        gate.unlock();
        if (given_up) return;
        delete changed;
        note.write(0);
    }
    void after() {
        if (given_up) delete changed;
    }

    mutex gate;
    condition* changed = new condition;
    plain<int> note{0};
    bool inside = false;    // these three: under the lock
    bool raised = false;
    bool given_up = false;
};

/// Waits until the flag is raised or the deadline has passed.
template <class orders>
struct flag_with_a_deadline {
    static constexpr int threads = 2;
    void act(int thread) {
        unique_lock hold(gate);
        if (thread == 0) {
            raised.write(true);
            changed.notify_one();
        } else {
            deadline const limit = racekit::after(std::chrono::milliseconds(1));
            bool const seen = changed.wait_until(hold, limit, [&] { return raised.read(); });
            RACEKIT_CHECK_EQUAL(seen, raised.read());
        }
    }

    mutex gate;
    basic_futex_condition_variable<orders> changed;
    plain<bool> raised{false};
};

/// A request to stop, which the lock does not guard, ends the wait.
template <class orders>
struct interrupted {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            // Relaxed: interrupt() alone orders it.
            stop.store(true, std::memory_order_relaxed);
            changed.interrupt();
            return;
        }
        unique_lock hold(gate);
        auto const stopped = [this] { return stop.load(std::memory_order_relaxed); };
        while (!stopped()) (void)changed.wait_unless(hold, never, stopped);
    }

    mutex gate;
    basic_futex_condition_variable<orders> changed;
    atomic<bool> stop{false};
};

template <class orders>
void clients(trial& over) {
    over.client<flag_is_raised<orders, false, 2>>("flag, notify_one");
    over.client<flag_is_raised<orders, true, 2>>("flag, notify_all");
    over.client<destroyed_at_once<orders>>("destroyed at once");
    over.client<flag_with_a_deadline<orders>>("flag with a deadline");
    over.client<interrupted<orders>>("interrupted");
    over.large_client<flag_is_raised<orders, true, 3>>("flag, two waiters");
}

}  // namespace racekit::mutation
