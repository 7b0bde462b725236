// SPDX-License-Identifier: MIT
// Clients of once that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/once.hpp>

#include <chrono>

namespace racekit::mutation {

/// The first thread makes it; the first attempt may fail.
template <class orders, int thread_count, bool fails, int spurious = 1>
struct made_once : client_of_size<thread_count, spurious> {
    void act(int) {
        try {
            made.call([this] {
                attempts.write(attempts.read() + 1);
                if (fails && attempts.read() == 1) throw 1;
                thing.write(42);
            });
            RACEKIT_CHECK_EQUAL(42, thing.read());
        } catch (int) {
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(fails ? 2 : 1, attempts.read()); }

    basic_once<orders> made;
    plain<int> attempts{0};
    plain<int> thing{0};
};

/// One thread tries, the other waits until a deadline.
template <class orders>
struct made_if_in_time {
    static constexpr int threads = 2;
    void act(int thread) {
        auto const make = [this] { thing.write(thing.read() + 1); };
        bool const is_made = thread == 0 ? made.try_call(make)
                                         : made.call_for(std::chrono::milliseconds(1), make);
        if (is_made) RACEKIT_CHECK_EQUAL(1, thing.read());
    }
    void after() { RACEKIT_CHECK_EQUAL(1, thing.read()); }

    basic_once<orders> made;
    plain<int> thing{0};
};

template <class orders>
void clients(trial& over) {
    over.client<made_once<orders, 2, false>>("made once");
    over.client<made_once<orders, 2, true>>("made at the second attempt");
    over.client<made_if_in_time<orders>>("made if in time");
    over.large_client<made_once<orders, 3, false, 0>>("three, none spurious");
}

}  // namespace racekit::mutation
