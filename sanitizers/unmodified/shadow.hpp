// SPDX-License-Identifier: MIT
// What every access to memory is compared with: the accesses before it, byte by byte.
//
// Two accesses to a byte race if one of them writes, not both are atomic, and neither happens
// before the other: FastTrack's rule (Flanagan, Freund, PLDI 2009), over the engine's vector
// clocks. For each 8 bytes there is a list of the accesses that can still race, each with the bytes
// it touched. The allocation of a block counts as a write to it, and so do its end and the end of a
// thread's stack; what comes after the end is a use after free.
#pragma once

#include "model/core/call_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace racekit::unmodified::shadow {

/// A new execution: nothing was accessed.
void begin();

/// An access that is about to be made. `from`: the program's call, where it is an access by itself.
void reads(void const* at, std::size_t size, model::call_frame const* from = nullptr);
void writes(void const* at, std::size_t size);
/// An atomic operation that was made.
void operates(void const* at, std::size_t size, bool writes);
/// An object that synchronises is used: whether its memory is still there.
void uses(void const* at);
/// The same by a call that is no access of the program's to its bytes: of a lock, a condition, a
/// semaphore. It must happen after the object was made, and before its memory ends.
void synchronises(void const* at);

/// An object that synchronises begins at an address: a plain write to it ends the object.
void mark(void const* at, std::size_t size, std::uint32_t entry);

void block_taken(void* block, std::size_t size);
void block_freed(void* block, std::size_t size);
/// The end of a part of one or more blocks; `how`: in words.
void part_ends(void* begin, std::size_t size, char const* how);
/// The block that an address lies in, if it is not freed; empty: there is none.
[[nodiscard]] std::span<unsigned char const> block_with(void const* address);
/// Another number in each execution.
[[nodiscard]] std::uint64_t execution();
/// The functions that had their frames below this address, on the current thread's stack, have
/// returned.
void stack_ends(void const* below);
/// The thread has ended, and its thread_local variables with it.
void storage_ends(int thread);

}  // namespace racekit::unmodified::shadow
