// SPDX-License-Identifier: MIT
// The tsan flavour: real threads and real atomics under ThreadSanitizer, running free or under a
// controlled schedule.
#pragma once

#if !defined(__clang__) || __clang_major__ < 19
#error "the tsan flavour needs clang 19 or later"
#endif

#include <racekit/platform/native/channel.hpp>
#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/native/layer.hpp>
#include <racekit/platform/native/memory.hpp>
#include <racekit/platform/native/posix_mutex.hpp>
#include <racekit/platform/native/process.hpp>
#include <racekit/platform/native/signal.hpp>
#include <racekit/platform/tsan/annotate.hpp>
#include <racekit/platform/tsan/atomic.hpp>
#include <racekit/platform/tsan/futex.hpp>
#include <racekit/platform/tsan/plain.hpp>
#include <racekit/platform/tsan/spin.hpp>
#include <racekit/platform/tsan/thread.hpp>
