// SPDX-License-Identifier: MIT
// thread_local variables. All threads of a test body run on one thread of the operating system, so
// each is lent the program's thread-local bytes while it runs, and finds in them what it left
// there.
//
// The address of such a variable is the same for all of them: no other thread may be given it, and
// no object that the model sees may live there.
#pragma once

#include <span>

namespace racekit::model::thread_locals {

inline constexpr int explorer = -1;

/// An execution begins: all threads have what the program had at first.
void begin(int threads);
/// Switches from one thread of the test body, or the explorer, to another.
void change(int from, int to);
/// Whether the address is a thread-local one.
[[nodiscard]] bool holds(void const* address);
/// Those of the current thread.
[[nodiscard]] std::span<unsigned char const> own_bytes();
/// Destroys what the current thread has made of them, the last one first.
void end_thread(int thread);

}  // namespace racekit::model::thread_locals
