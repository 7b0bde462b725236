// SPDX-License-Identifier: MIT
// The threads that sleep on an atomic or a condition, in order.
#pragma once

#include "model/core/execution.hpp"

namespace racekit::model {

struct sleeper_list {
    int threads[most_threads];
    int count;

    void clear() { count = 0; }
    void add(int thread) { threads[count++] = thread; }
    void remove_at(int at) {
        for (int later = at + 1; later < count; ++later) threads[later - 1] = threads[later];
        --count;
    }
    void remove(int thread) {
        for (int at = 0; at < count; ++at) {
            if (threads[at] == thread) return remove_at(at);
        }
    }
};

/// The current thread sleeps on `subject` until it is woken or its deadline passes.
[[nodiscard]] wait_result sleep_on(execution& all, object& subject, sleeper_list& sleepers,
                                   instant limit, site const& where);
/// Wakes up to `count` sleepers; returns how many.
int wake(execution& all, sleeper_list& sleepers, int count);

}  // namespace racekit::model
