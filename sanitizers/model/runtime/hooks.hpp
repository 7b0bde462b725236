// SPDX-License-Identifier: MIT
// What the runtime asks of the engine above it, which defines these functions (core/engine.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace racekit::model {

/// The thread of the test body that runs; -1 while before() or after() or the engine runs.
[[nodiscard]] int running_thread();

/// Grows with every visible operation of the test body.
[[nodiscard]] std::uint64_t operations_made();

/// A block of memory is freed: the objects in it end, which is a step of the running thread. False:
/// there is none.
bool storage_ends(void const* begin, std::size_t size);

/// The heap has noted a fault: ends the execution with an error and does not return.
[[noreturn]] void report_heap_fault();

/// Ends the execution with an error that has no object and no place, and does not return.
[[noreturn]] void report_error(char const* kind, std::string what);
/// The same of a thread that does not come to a visible operation, with the line where it is if the
/// flavour can tell it.
[[noreturn]] void report_quiet_thread(char const* kind, std::string what);

}  // namespace racekit::model
