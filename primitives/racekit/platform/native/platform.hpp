// SPDX-License-Identifier: MIT
// The native flavour: std atomics and Linux, at no cost.
#pragma once

#include <racekit/platform/native/atomic.hpp>
#include <racekit/platform/native/annotate.hpp>
#include <racekit/platform/native/channel.hpp>
#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/native/futex.hpp>
#include <racekit/platform/native/layer.hpp>
#include <racekit/platform/native/memory.hpp>
#include <racekit/platform/native/plain.hpp>
#include <racekit/platform/native/posix_mutex.hpp>
#include <racekit/platform/native/process.hpp>
#include <racekit/platform/native/signal.hpp>
#include <racekit/platform/native/spin.hpp>
#include <racekit/platform/native/thread.hpp>
