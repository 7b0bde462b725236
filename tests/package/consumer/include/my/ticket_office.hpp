// SPDX-License-Identifier: MIT
// A counter of tickets, written over racekit's platform so that every detector can look at it.
#pragma once

#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

namespace my {

/// Lets everybody in at once.
struct no_gate {
    void lock() {}
    void unlock() {}
};

/// Sells tickets numbered from 1.
template <class gate>
class ticket_office {
public:
    int sell() {
        racekit::scoped_lock hold(gate_);
        int const next = last_.read() + 1;
        last_.write(next);
        return next;
    }

private:
    gate gate_;
    racekit::plain<int> last_{0};
};

}  // namespace my
