// SPDX-License-Identifier: MIT
// The state of a lock.
#pragma once

#include "lifespan.hpp"

namespace racekit::model {

struct lock_state {
    lock_kind kind;
    int owner;  // -1: none
    bool owner_died;
    bool unrecoverable;
    thread_set readers;
    timestamp handed_on[most_threads];  // the clock that taking it acquires
    lifespan life;

    [[nodiscard]] bool is_available(bool shared) const {
        return owner < 0 && (shared || readers == 0);
    }
};

extern object_kind const lock_object;

}  // namespace racekit::model
