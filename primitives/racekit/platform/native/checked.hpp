// SPDX-License-Identifier: MIT
// Whether this is a checked build: RACEKIT_CHECKED is 1 or, where it is not defined, NDEBUG is not
// defined. All sources of a program must agree.
#pragma once

#if !defined(RACEKIT_CHECKED)
#if defined(NDEBUG)
#define RACEKIT_CHECKED 0
#else
#define RACEKIT_CHECKED 1
#endif
#endif
