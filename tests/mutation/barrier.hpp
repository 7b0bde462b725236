// SPDX-License-Identifier: MIT
// Clients of barrier that need every one of its orders.
#pragma once

#include "mutation/waiting_clients.hpp"

#include <racekit/lock/barrier.hpp>

namespace racekit::mutation {

/// Who meets is told how many came before.
template <class orders, int cast, int cycles>
struct numbered {
    void meet(int cycle) { numbers[cycle][meeting.wait()].write(1); }
    void after() {
        for (auto& cycle : numbers) {
            for (auto& number : cycle) RACEKIT_CHECK_EQUAL(1, number.read());
        }
    }

    basic_futex_barrier<orders> meeting{cast};
    plain<int> numbers[cycles][cast];
};

/// The action reads what all brought; all read what it made of that.
template <class orders>
struct action_adds_up {
    static constexpr int threads = 2;
    void act(int thread) {
        brought[thread].write(thread + 1);
        meeting.wait();
        RACEKIT_CHECK_EQUAL(3, sum.read());
    }

    plain<int> brought[2];
    plain<int> sum{0};
    basic_futex_barrier<orders> meeting{
        2, [this] { sum.write(brought[0].read() + brought[1].read()); }};
};

/// One waits for two, and is told that nobody comes.
template <class orders, bool again>
struct nobody_comes {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            again ? meeting.reset() : meeting.abort();
            return;
        }
        try {
            meeting.wait_for(a_moment);
            RACEKIT_CHECK(false);
        } catch (broken_barrier const&) {
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(0U, meeting.waiting()); }

    basic_futex_barrier<orders> meeting{2};
};

/// Two meet in time, or one is late and the barrier broken; with a third, it may be aborted.
/// Both pass or neither, and nobody stays behind.
template <class orders, bool aborted>
struct both_or_neither : played_by<aborted ? 3 : 2, 0> {
    void act(int thread) {
        if (thread == 2) return meeting.abort();
        try {
            if (aborted) meeting.wait();
            else meeting.wait_for(a_moment);
            passed[thread].write(true);
        } catch (broken_barrier const&) {
        }
    }
    void after() {
        RACEKIT_CHECK_EQUAL(passed[0].read(), passed[1].read());
        RACEKIT_CHECK_EQUAL(0U, meeting.waiting());
        RACEKIT_CHECK_EQUAL(aborted || !passed[0].read(), meeting.is_broken());
    }

    basic_futex_barrier<orders> meeting{2};
    plain<bool> passed[2];
};

/// Broken while its action runs, or before or after: it stays broken.
template <class orders>
struct broken_meanwhile {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 1) return meeting.abort();
        try {
            meeting.wait();
        } catch (broken_barrier const&) {
        }
    }
    void after() {
        RACEKIT_CHECK(meeting.is_broken());
        RACEKIT_CHECK_EQUAL(0U, meeting.waiting());
    }

    basic_futex_barrier<orders> meeting{1, [] {}};
};

template <class orders>
void clients(trial& over) {
    over.client<all_meet<numbered<orders, 2, 1>>>("two meet");
    over.client<action_adds_up<orders>>("action");
    over.client<nobody_comes<orders, false>>("aborted");
    over.client<nobody_comes<orders, true>>("reset");
    over.client<broken_meanwhile<orders>>("broken meanwhile");
    over.client<both_or_neither<orders, false>>("both in time or neither");
    over.large_client<both_or_neither<orders, true>>("aborted meanwhile");
    over.large_client<all_meet<numbered<orders, 2, 2>, 2, 2, 0>>("two meet twice, none spurious");
}

}  // namespace racekit::mutation
