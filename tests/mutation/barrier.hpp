// Clients of barrier that need every one of its orders.
//
// beyond enlist: load buffering: only a load that returns what is stored because of a later step
// beyond cancel: load buffering: as enlist
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/barrier.hpp>

#include <chrono>

namespace racekit::mutation {

/// Each writes its own, and after the barrier reads the other's; then again the other way round.
template <class orders, int cast, int cycles, int spurious = 1>
struct all_meet {
    static constexpr int threads = cast;
    static model::limits within() {
        model::limits result;
        result.spurious = spurious;
        return result;
    }
    void act(int thread) {
        for (int cycle = 0; cycle < cycles; ++cycle) {
            brought[cycle][thread].write(1);
            numbers[cycle][meeting.wait()].write(1);
            for (int other = 0; other < cast; ++other)
                RACEKIT_CHECK_EQUAL(1, brought[cycle][other].read());
        }
    }
    void after() {
        for (auto& cycle : numbers) {
            for (auto& number : cycle) RACEKIT_CHECK_EQUAL(1, number.read());
        }
    }

    basic_futex_barrier<orders> meeting{cast};
    plain<int> brought[cycles][cast];
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
            meeting.wait_for(std::chrono::milliseconds(1));
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
struct both_or_neither {
    static constexpr int threads = aborted ? 3 : 2;
    static model::limits within() {
        model::limits result;
        result.spurious = 0;
        return result;
    }
    void act(int thread) {
        if (thread == 2) return meeting.abort();
        try {
            if (aborted) meeting.wait();
            else meeting.wait_for(std::chrono::milliseconds(1));
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

template <class orders>
void clients(trial& over) {
    over.client<all_meet<orders, 2, 1>>("two meet");
    over.client<action_adds_up<orders>>("action");
    over.client<nobody_comes<orders, false>>("aborted");
    over.client<nobody_comes<orders, true>>("reset");
    over.client<both_or_neither<orders, false>>("both in time or neither");
    over.large_client<both_or_neither<orders, true>>("aborted meanwhile");
    over.large_client<all_meet<orders, 2, 2, 0>>("two meet twice, none spurious");
}

}  // namespace racekit::mutation
