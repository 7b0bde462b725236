// SPDX-License-Identifier: MIT
// What a lock tells about itself. Natively it is listened to in checked builds only: those that
// define RACEKIT_CHECKED as 1 or, where it is not defined, do not define NDEBUG. All sources of a
// program must agree.
#pragma once

#if !defined(RACEKIT_CHECKED)
#if defined(NDEBUG)
#define RACEKIT_CHECKED 0
#else
#define RACEKIT_CHECKED 1
#endif
#endif

#if RACEKIT_CHECKED
#include <racekit/platform/native/lock_record.hpp>
#else
#include <racekit/platform/silent_annotate.hpp>
#endif
