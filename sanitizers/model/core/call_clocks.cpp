// SPDX-License-Identifier: MIT
// Where a thread stands in happens-before, for whoever orders calls by it.
#include "execution.hpp"

namespace racekit::model {

moment this_moment() {
    execution& all = active();
    moment now;
    static_assert(std::tuple_size_v<decltype(now.known)> == most_threads);
    if (!all.playing()) return now;
    now.thread = all.self();
    (void)memory::tick();
    timestamp const* const mine = memory::clocks();
    for (int thread = 0; thread < memory::thread_count(); ++thread)
        now.known[static_cast<std::size_t>(thread)] = mine[thread];
    return now;
}

}  // namespace racekit::model
