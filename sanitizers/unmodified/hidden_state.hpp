// SPDX-License-Identifier: MIT
// What the C library keeps between its calls.
#pragma once

#include <cstdint>

namespace racekit::unmodified {

/// As the process has it now, every execution finds it.
void keep_hidden_state();
void restore_hidden_state();
/// The end of an execution: whether it has read what may have gone on.
void look_at_input();

/// In words, if accesses to that address stand for accesses to it; null: they do not.
[[nodiscard]] char const* hidden_name(std::uintptr_t address);

}  // namespace racekit::unmodified
