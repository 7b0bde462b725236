// SPDX-License-Identifier: MIT
// What a lock needs of the model flavour.
#pragma once

#include <racekit/platform/model/annotate.hpp>
#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/barrier.hpp>
#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/futex.hpp>
#include <racekit/platform/model/layer.hpp>
#include <racekit/platform/model/spin.hpp>
#include <racekit/platform/model/thread.hpp>
#include <racekit/platform/model/waiting.hpp>
