// SPDX-License-Identifier: MIT
// Calls of a test body that leave the model.
#pragma once

#include <racekit/verdict.hpp>

#include <string>
#include <vector>

namespace racekit::model::libc_interposition {

/// The functions with varying results that the test body has called so far: "time(), rand()".
[[nodiscard]] std::string changeable();
void forget();
/// What was called that may order threads where the model sees no order: "calls of read()".
[[nodiscard]] std::string unseen_order();
/// Whether a plain access has raced with an atomic operation since the last call: a search does not
/// try both orders of the two.
[[nodiscard]] bool take_race_with_atomic();
/// What a verdict must state of calls that the model does not control.
[[nodiscard]] std::vector<warning> warnings();

}  // namespace racekit::model::libc_interposition
