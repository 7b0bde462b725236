// SPDX-License-Identifier: MIT
// The part of the platform that a lock needs: atomics, the clock, futexes, spinning, and what
// checked builds and ThreadSanitizer learn about a lock. See platform.hpp for the rest.
#pragma once

#include <racekit/platform/site.hpp>

#if defined(RACEKIT_FLAVOUR_MODEL)
#include <racekit/platform/model/core.hpp>
#elif defined(RACEKIT_FLAVOUR_TSAN)
#include <racekit/platform/tsan/core.hpp>
#else
#include <racekit/platform/native/core.hpp>
#endif
