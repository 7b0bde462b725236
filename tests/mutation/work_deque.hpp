// SPDX-License-Identifier: MIT
// Clients of work_deque that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/work_deque.hpp>

#include <cstddef>

namespace racekit::mutation {

/// The owner pushes and pops while thieves steal: exactly one thread does each piece of work, and
/// it sees the preparation.
template <class orders, int thieves, int items, int before, std::size_t room>
struct work_is_stolen {
    static constexpr int threads = 1 + thieves;
    void act(int thread) {
        int got = 0;
        if (thread != 0) {
            if (work.try_steal(got)) done(got);
            return;
        }
        for (int item = before + 1; item <= items; ++item) push(item);
        for (int item = 0; item < items; ++item) {
            if (work.try_pop(got)) done(got);
        }
    }
    void after() {
        int got = 0;
        while (work.try_pop(got)) done(got);
        for (int item = 1; item <= items; ++item) RACEKIT_CHECK_EQUAL(2, prepared[item].read());
    }
    work_is_stolen() {
        for (int item = 1; item <= before; ++item) push(item);
    }
    void push(int item) {
        prepared[item].write(1);
        work.push(item);
    }
    void done(int item) {
        RACEKIT_CHECK(item >= 1 && item <= items);
        RACEKIT_CHECK_EQUAL(1, prepared[item].read());
        prepared[item].write(2);
    }

    work_deque<int, orders> work{room};
    plain<int> prepared[items + 1];
};

/// A thief that has one piece comes back for another one, while the owner takes that.
template <class orders>
struct steals_again : work_is_stolen<orders, 1, 2, 2, 2> {
    void act(int thread) {
        int got = 0;
        for (int piece = 0; piece < (thread == 1 ? 2 : 1); ++piece) {
            if (thread == 1 ? this->work.try_steal(got) : this->work.try_pop(got)) this->done(got);
        }
    }
};

/// The owner finds that the last piece was stolen, and continues.
template <class orders>
struct goes_on_after_nothing : work_is_stolen<orders, 1, 2, 1, 2> {
    void act(int thread) {
        int got = 0;
        if (thread == 1) {
            if (this->work.try_steal(got)) this->done(got);
            return;
        }
        if (this->work.try_pop(got)) this->done(got);
        this->push(2);
    }
};

template <class orders>
void clients(trial& over) {
    over.client<work_is_stolen<orders, 1, 1, 0, 1>>("1 thief, 1 piece");
    over.client<work_is_stolen<orders, 1, 2, 0, 2>>("1 thief, 2 pieces");
    over.client<work_is_stolen<orders, 1, 2, 0, 1>>("1 thief, 2 pieces, grows");
    over.client<work_is_stolen<orders, 2, 2, 2, 2>>("2 thieves, 2 pieces");
    over.client<steals_again<orders>>("1 thief, steals again");
    over.client<goes_on_after_nothing<orders>>("1 thief, goes on after nothing");
}

}  // namespace racekit::mutation
