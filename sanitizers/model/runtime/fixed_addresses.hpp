// SPDX-License-Identifier: MIT
// Addresses that are the same in every process: a program that orders or hashes addresses of its
// heap or its stacks then does the same in each, although the system randomises where it loads
// libraries.
#pragma once

#include <cstddef>
#include <cstdint>

namespace racekit::model {

inline constexpr std::uintptr_t heap_address = 0x2000'0000'0000;
inline constexpr std::uintptr_t stacks_address = 0x2010'0000'0000;
inline constexpr std::uintptr_t thread_storage_address = 0x2020'0000'0000;

/// New zeroed memory at that address or, if something is there, at another one; null: there is
/// none. It costs nothing until it is touched.
[[nodiscard]] void* map_at(std::uintptr_t address, std::size_t size);

}  // namespace racekit::model
