// SPDX-License-Identifier: MIT
// Whether a failure is due to ABA: a compare_exchange that took "the value is what I read" for
// "nothing happened since".
//
// That a value comes back is harmless most of the time: a lock's word goes 0, 1, 0 all day. Nor is
// it enough that the failure is gone when the compare_exchange fails in this one schedule: another
// schedule often passes. So whole programs are compared, each explored on all its schedules:
//
//   1. A tag mends it. In the program in which this compare_exchange has a version tag (it fails
//      when the value was changed and has come back since its thread read it there) no execution
//      fails in any way, and all of them were played; and the compare_exchange succeeds in one at
//      least, so that what follows it was put to the test.
//   2. Orders do not mend it. In the program whose atomic operations are all seq_cst, and whose
//      values come back all the same, there is still an execution that fails in the same way.
//
// By 1 every failing execution goes through such a compare_exchange, so that schedules can be
// minimised and followed by the kind of what came of it. A mistake that is elsewhere (a release too
// many of a semaphore, an unlock that a stranger makes, a missing release) fails as well when
// nothing came back: in the execution in which the load is immediately before the compare_exchange,
// which a tag leaves as it is. That is refuted by 1. What is left are programs that need the value
// to come back only because an acquire reads it anew otherwise: a lock that looks with acquire and
// takes with relaxed, say, races only if it was taken and freed in between. With seq_cst it does
// not: refuted by 2. What passes both is wrong under sequential consistency, only if a value came
// back unnoticed, and right if that is noticed: ABA by definition.
//
// Errs on the other side. Who expects a value that its thread did not read there last, or more than
// a window ago, is taken to know it from elsewhere. A program with a second mistake keeps the kind
// of finding that it has, and so does one that cannot be exhausted within the budget: no claim.
#pragma once

#include "model/core/engine.hpp"
#include "model/schedules/schedule.hpp"

#include <optional>

namespace racekit::model {

/// The row of the compare_exchange that is to blame for how `told` ended, which was recorded and
/// played by `script`. `within` must be the configuration of the search. Takes about as long as the
/// search of the corrected program: at most 200,000 executions or 5 s of the processor's time for
/// each source line that is suspected.
[[nodiscard]] std::optional<std::size_t> behind(test_body& body, exploration_config const& config,
                                                schedule const& script,
                                                execution_record const& told);

/// What was found, as the ABA that it is due to: the location, the change and the change back, and
/// what came of it. Notes it in the row.
[[nodiscard]] error as_aba(error found, execution_record& told, std::size_t row);

}  // namespace racekit::model
