// SPDX-License-Identifier: MIT
// The model flavour: every visible operation goes to the engine.
#pragma once

#include <racekit/platform/model/annotate.hpp>
#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/barrier.hpp>
#include <racekit/platform/model/channel.hpp>
#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/futex.hpp>
#include <racekit/platform/model/layer.hpp>
#include <racekit/platform/model/memory.hpp>
#include <racekit/platform/model/monitor.hpp>
#include <racekit/platform/model/plain.hpp>
#include <racekit/platform/model/process.hpp>
#include <racekit/platform/model/queue.hpp>
#include <racekit/platform/model/signal.hpp>
#include <racekit/platform/model/spin.hpp>
#include <racekit/platform/model/thread.hpp>
#include <racekit/platform/model/waiting.hpp>
