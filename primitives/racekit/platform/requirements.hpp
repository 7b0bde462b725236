// SPDX-License-Identifier: MIT
// What racekit needs of the compiler and the target; anything else is refused here, in words.
#pragma once

#if !defined(__cpp_exceptions)
#error "racekit needs exceptions: compile without -fno-exceptions"
#endif
#if !defined(__LP64__)
#error "racekit needs a 64-bit target: 32-bit futex and time interfaces are not supported"
#endif
#if !defined(__linux__)
#error "racekit needs Linux: its native and tsan flavours sleep on futexes"
#endif
