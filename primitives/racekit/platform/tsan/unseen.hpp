// SPDX-License-Identifier: MIT
// Functions that ThreadSanitizer does not instrument.
#pragma once

/// Leaves a function out of TSan's sight: its accesses are not checked and its synchronisation
/// orders nothing. Inline functions that it calls are instrumented in their own right, so such a
/// function calls nothing but others of its kind, builtins and system calls.
#define RACEKIT_UNSEEN __attribute__((disable_sanitizer_instrumentation))
