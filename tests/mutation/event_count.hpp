// SPDX-License-Identifier: MIT
// Clients of event_count that need every one of its orders.
#pragma once

#include "mutation/waiting_clients.hpp"

#include <racekit/lock/event_count.hpp>

namespace racekit::mutation {

/// The condition is a relaxed flag: only the event count publishes it to the waiter.
template <class orders, int thread_count, int spurious = 1>
struct flag_is_awaited : client_of_size<thread_count, spurious> {
    static constexpr auto relaxed = std::memory_order_relaxed;
    void act(int thread) {
        if (thread == 0) {
            raised.store(true, relaxed);
            if (thread_count == 2) changed.notify_one();
            else changed.notify_all();
        } else {
            changed.await([this] { return raised.load(relaxed); });
        }
    }

    basic_event_count<orders> changed;
    atomic<bool> raised{false};
};

/// Two flags are announced one after the other; the waiter needs both.
template <class orders>
struct two_flags {
    static constexpr int threads = 2;
    static constexpr auto relaxed = std::memory_order_relaxed;
    void act(int thread) {
        if (thread == 0) {
            for (auto& flag : raised) {
                flag.store(true, relaxed);
                changed.notify_one();
            }
        } else {
            changed.await([this] { return raised[0].load(relaxed) && raised[1].load(relaxed); });
        }
    }

    basic_event_count<orders> changed;
    atomic<bool> raised[2]{false, false};
};

/// Waits once, without checking again: a notified thread sees the reason.
template <class orders>
struct notified_in_time {
    void announce(int) { changed.notify_one(); }
    bool received() {
        auto const since = changed.prepare();
        return changed.wait_for(since, short_time);
    }

    basic_event_count<orders> changed;
};

template <class orders>
void clients(trial& over) {
    over.client<flag_is_awaited<orders, 2>>("one waits");
    over.client<two_flags<orders>>("two flags");
    over.client<letter_is_announced<notified_in_time<orders>>>("letter");
    over.large_client<flag_is_awaited<orders, 3, 0>>("two wait, none spurious");
}

}  // namespace racekit::mutation
