// SPDX-License-Identifier: MIT
// Calls of a test body that leave the model.
#pragma once

#include <string>

namespace racekit::model::libc_interposition {

/// The functions with varying results that the test body has called so far: "time(), rand()".
[[nodiscard]] std::string changeable();
void forget();

}  // namespace racekit::model::libc_interposition
