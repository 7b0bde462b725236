// SPDX-License-Identifier: MIT
// The annotations of a lock, which natively only checked builds use.
#pragma once

#include <racekit/platform/native/checked.hpp>

#if RACEKIT_CHECKED
#include <racekit/platform/native/lock_record.hpp>
#else
#include <racekit/platform/silent_annotate.hpp>
#endif
