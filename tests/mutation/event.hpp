// Clients of event that need every one of its orders.
//
// beyond count_sets: no client can know that a wait() has begun, so none can demand that it ends
//     when clear() follows at once; the unit test a_pulse_wakes_a_sleeper shows it by time.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/event.hpp>

#include <chrono>

namespace racekit::mutation {

/// The event says that there is a letter; with `pulse`, only for a moment, and the waiter can have
/// come too late.
template <class orders, bool pulse>
struct letter_is_announced {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            letter.write(42);
            arrived.set();
            if (pulse) arrived.clear();
        } else if (pulse) {
            if (arrived.wait_for(std::chrono::milliseconds(1)))
                RACEKIT_CHECK_EQUAL(42, letter.read());
        } else {
            arrived.wait();
            RACEKIT_CHECK_EQUAL(42, letter.read());
            RACEKIT_CHECK(arrived.is_set());
        }
    }

    basic_futex_event<orders> arrived;
    plain<int> letter{0};
};

/// Two pieces of work, each announced; who does them clears the event first, then looks.
template <class orders, int cast>
struct work_is_announced {
    static constexpr int threads = cast;
    static constexpr auto relaxed = std::memory_order_relaxed;
    void act(int thread) {
        if (thread == 0) {
            while (work[0].load(relaxed) + work[1].load(relaxed) != 2) {
                announced.wait();
                announced.clear();
            }
        } else {
            for (int piece = thread - 1; piece < 2; piece += cast - 1) {
                work[piece].store(1, relaxed);
                announced.set();
            }
        }
    }

    basic_futex_event<orders> announced;
    atomic<int> work[2]{0, 0};
};

template <class orders>
void clients(trial& over) {
    over.client<letter_is_announced<orders, false>>("letter");
    over.client<letter_is_announced<orders, true>>("letter, a pulse");
    over.client<work_is_announced<orders, 2>>("two pieces of work");
}

}  // namespace racekit::mutation
