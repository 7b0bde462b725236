// SPDX-License-Identifier: MIT
// All that a primitive may touch of the world, and the project's only flavour switch.
//
// native  std atomics and Linux system calls; costs nothing over what a hand would write
// tsan    the same under ThreadSanitizer, with a schedule point before every visible operation
// model   every visible operation goes to the engine behind platform/model/engine.hpp
//
// Names and signatures are those of std wherever std has the thing, so that code written against
// std switches flavour with one namespace alias. The model and tsan forms take one more defaulted
// argument, the call site; callers never pass it.
#pragma once

#include <racekit/platform/site.hpp>

#if defined(RACEKIT_FLAVOUR_MODEL)
#include <racekit/platform/model/platform.hpp>
#elif defined(RACEKIT_FLAVOUR_TSAN)
#include <racekit/platform/tsan/platform.hpp>
#else
#include <racekit/platform/native/platform.hpp>
#endif

#include <chrono>
