// SPDX-License-Identifier: MIT
// Clients of barrier that need every one of its orders.
#pragma once

#include "mutation/waiting_clients.hpp"

#include <racekit/lock/barrier.hpp>

namespace racekit::mutation {

/// Each thread gets the number of threads that came before.
template <class orders, int thread_count, int cycles>
struct numbered {
    void meet(int cycle) { numbers[cycle][meeting.wait()].write(1); }
    void after() {
        for (auto& cycle : numbers) {
            for (auto& number : cycle) RACEKIT_CHECK_EQUAL(1, number.read());
        }
    }

    basic_futex_barrier<orders> meeting{thread_count};
    plain<int> numbers[cycles][thread_count];
};

/// The action reads the values of all threads; all threads read its result.
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

/// One thread waits at a barrier for two, until the barrier is broken.
template <class orders, bool again>
struct nobody_comes {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            again ? meeting.reset() : meeting.abort();
            return;
        }
        try {
            meeting.wait_for(short_time);
            RACEKIT_CHECK(false);
        } catch (broken_barrier const&) {
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(0U, meeting.waiting()); }

    basic_futex_barrier<orders> meeting{2};
};

/// Two threads meet in time, or one is late and the barrier breaks; with a third thread it may be
/// aborted. Both pass or neither does, and no thread keeps waiting.
template <class orders, bool aborted>
struct both_or_neither : client_of_size<aborted ? 3 : 2, 0> {
    void act(int thread) {
        if (thread == 2) return meeting.abort();
        try {
            if (aborted) meeting.wait();
            else meeting.wait_for(short_time);
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

/// A barrier broken before, during or after its action stays broken.
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
