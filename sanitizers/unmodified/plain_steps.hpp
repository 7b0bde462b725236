// SPDX-License-Identifier: MIT
// Plain accesses that are steps: where a data race was found, to see what it leads to.
//
// A search treats plain accesses as part of the step before them: where none of them race, nobody
// sees in which order they come. Where some do, a second search makes steps of the accesses to the
// places of that race. Each is one step, of all its bytes, and reads what memory holds:
// sequentially consistent.
#pragma once

#include "model/core/call_frame.hpp"

#include <cstddef>
#include <cstdint>

namespace racekit::unmodified {

/// What stands for a place: eight bytes.
[[nodiscard]] inline void const* place_with(void const* address) {
    constexpr std::uintptr_t size = 8;
    return reinterpret_cast<void const*>(reinterpret_cast<std::uintptr_t>(address) & ~(size - 1));
}

/// Whether this execution has such places (exploration_config::steps_at).
inline bool has_plain_steps = false;

/// A new execution.
void begin_plain_steps();

/// A plain access that is about to be made: a step, if it meets one of these places. `from`: the
/// program's call; null: it is no look of a loop.
void plain_step(void const* at, std::size_t size, bool writes, model::call_frame const* from);

/// The engine's object for a place that was accessed so; no_object: it was not.
[[nodiscard]] std::uint32_t object_of_place(void const* address);

}  // namespace racekit::unmodified
