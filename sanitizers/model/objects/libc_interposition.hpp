// SPDX-License-Identifier: MIT
// Calls of a story that leave the model.
#pragma once

#include <string>

namespace racekit::model::libc_interposition {

/// What the story called so far that gives another answer each time: "time(), rand()".
[[nodiscard]] std::string changeable();
void forget();

}  // namespace racekit::model::libc_interposition
