// SPDX-License-Identifier: MIT
// What a test body leaves open: values that it chooses, and executions that it does not want.
//
//     unsigned const size = 1 + racekit::choose(3);  // 1, 2 and 3 are all tried
//     racekit::assume(first != second);              // other executions are not judged
#pragma once

#include <racekit/platform/site.hpp>

#include <stdexcept>

namespace racekit {

/// What assume(false) throws where threads are real. Derived from no other class; the test body
/// must let it pass.
struct assumption_failed {};

/// The choice of the detector, which defines it: see choose().
[[nodiscard]] unsigned chosen_below(unsigned count, site where);

/// One of 0 .. count-1. The exhaustive search of the model tries each of them; where executions are
/// sampled it is a pseudo-random number that the seed of the run decides. Throws
/// std::invalid_argument if `count` is 0.
[[nodiscard]] inline unsigned choose(unsigned count, site where = site::here()) {
    if (count == 0) throw std::invalid_argument("racekit::choose(0): there is nothing to choose");
    return chosen_below(count, where);
}

/// Ends the execution, which is not judged, unless `holds`. What went wrong before counts. In the
/// model the calling thread stops and the others go on, so that no order of theirs is lost: what
/// another thread does wrong is found, and waiting for this thread is no deadlock. Natively it
/// throws assumption_failed, and failed checks that follow do not count. A run in which no
/// execution fulfils the assumptions is inconclusive.
void assume(bool holds, site where = site::here());

}  // namespace racekit
