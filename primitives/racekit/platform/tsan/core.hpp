// SPDX-License-Identifier: MIT
// What a lock needs of the tsan flavour.
#pragma once

#if !defined(__clang__) || __clang_major__ < 19
#error "the tsan flavour needs clang 19 or later"
#endif

#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/native/layer.hpp>
#include <racekit/platform/native/thread_identity.hpp>
#include <racekit/platform/tsan/annotate.hpp>
#include <racekit/platform/tsan/atomic.hpp>
#include <racekit/platform/tsan/futex.hpp>
#include <racekit/platform/tsan/spin.hpp>
