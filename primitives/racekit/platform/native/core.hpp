// SPDX-License-Identifier: MIT
// What a lock needs of the native flavour.
#pragma once

#include <racekit/platform/native/annotate.hpp>
#include <racekit/platform/native/atomic.hpp>
#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/native/futex.hpp>
#include <racekit/platform/native/layer.hpp>
#include <racekit/platform/native/spin.hpp>
#include <racekit/platform/native/thread_identity.hpp>
