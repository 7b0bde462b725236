// Clients of semaphore that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/semaphore.hpp>

#include <chrono>

namespace racekit::mutation {

/// One gives, `cast - 1` take, by turns of their own.
template <class orders, int cast, int spurious = 1>
struct letters_are_handed_over {
    static constexpr int threads = cast;
    static model::limits within() {
        model::limits result;
        result.spurious = spurious;
        return result;
    }
    void act(int thread) {
        if (thread == 0) {
            letter.write(42);
            posted.release(cast - 1);
        } else {
            posted.acquire();
            RACEKIT_CHECK_EQUAL(42, letter.read());
        }
    }

    basic_futex_semaphore<orders> posted{0};
    plain<int> letter{0};
};

/// A semaphore of one as a lock.
template <class orders, int cast, int rounds, int spurious = 1>
struct counter_under_semaphore {
    static constexpr int threads = cast;
    static model::limits within() {
        model::limits result;
        result.spurious = spurious;
        return result;
    }
    void act(int) {
        for (int round = 0; round < rounds; ++round) {
            gate.acquire();
            count.write(count.read() + 1);
            gate.release();
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(cast * rounds, count.read()); }

    basic_futex_semaphore<orders> gate{1};
    plain<int> count{0};
};

/// Who gives up leaves the permit to others; who does not has it.
template <class orders>
struct one_gives_up_a_permit {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            letter.write(42);
            posted.release();
        } else if (posted.try_acquire_for(std::chrono::milliseconds(1))) {
            RACEKIT_CHECK_EQUAL(42, letter.read());
            taken.write(true);
        }
    }
    void after() { RACEKIT_CHECK(posted.try_acquire() != taken.read()); }

    basic_futex_semaphore<orders> posted{0};
    plain<int> letter{0};
    plain<bool> taken{false};
};

template <class orders>
void clients(trial& over) {
    over.client<letters_are_handed_over<orders, 2>>("letter");
    over.client<counter_under_semaphore<orders, 2, 1>>("counter 2x1");
    over.client<one_gives_up_a_permit<orders>>("one gives up");
    over.large_client<letters_are_handed_over<orders, 3, 0>>("two letters, none spurious");
    over.large_client<counter_under_semaphore<orders, 2, 2, 0>>("counter 2x2, none spurious");
}

}  // namespace racekit::mutation
