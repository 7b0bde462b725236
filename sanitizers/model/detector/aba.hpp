// SPDX-License-Identifier: MIT
// Whether a failure is due to ABA: a compare_exchange succeeded because the value was the expected
// one, although it had changed in between and come back.
//
// A value that comes back is harmless most of the time: a lock's word goes 0, 1, 0 again and again.
// It is also not enough that the failure is gone when the compare_exchange fails in this one
// schedule: another schedule often passes. So whole programs are compared, each on all schedules:
//
//   1. A tag corrects it. In the program in which this compare_exchange has a version tag (it fails
//      if the value was changed and has come back since its thread read it there) no execution
//      fails in any way, and all executions were played. The compare_exchange succeeds in at least
//      one of them, so that the code behind it was tested.
//   2. Stronger orders do not correct it. In the program whose atomic operations are all seq_cst,
//      in which values still come back, an execution fails in the same way.
//
// By 1 every failing execution contains such a compare_exchange, so schedules can be minimised and
// followed by the kind of the consequence. A mistake elsewhere (one release too many of a
// semaphore, an unlock by a non-owner, a missing release) also fails where no value came back: in
// the execution in which the load is immediately before the compare_exchange, which a tag does not
// change. Condition 1 excludes it. What remains are programs that need the value to come back only
// because an acquire would otherwise read it again: a lock that looks with acquire and takes with
// relaxed races only if it was taken and released in between. With seq_cst it does not race:
// condition 2 excludes it. A program that meets both conditions is wrong under sequential
// consistency, only if a value came back unnoticed, and right if that is noticed. That is ABA.
//
// Where it errs, it claims nothing. A thread that expects a value which it did not read there last,
// or read more than a window ago, is taken to know the value from elsewhere. A program with a
// second mistake keeps its kind of finding, and so does one that the budget does not exhaust.
#pragma once

#include "model/core/engine.hpp"
#include "model/schedules/schedule.hpp"

#include <optional>

namespace racekit::model {

/// The row of the compare_exchange that caused the end of `recorded`, an execution that was
/// recorded while `script` was played. `config` must be that of the search. Takes about as long as
/// the search of the corrected program: at most 200,000 executions or 5 s of the processor's time
/// for each source line that is suspected.
[[nodiscard]] std::optional<std::size_t> behind(test_body& body, exploration_config const& config,
                                                schedule const& script,
                                                execution_record const& recorded);

/// The finding as an ABA: the place, the change and the change back, and the consequence. Also
/// notes it in the row.
[[nodiscard]] error as_aba(error found, execution_record& recorded, std::size_t row);

}  // namespace racekit::model
