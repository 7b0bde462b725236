// SPDX-License-Identifier: MIT
// The model flavour: every visible operation goes to the engine.
#pragma once

#include <racekit/platform/model/asymmetric_fence.hpp>
#include <racekit/platform/model/barrier.hpp>
#include <racekit/platform/model/channel.hpp>
#include <racekit/platform/model/core.hpp>
#include <racekit/platform/model/element_code.hpp>
#include <racekit/platform/model/memory.hpp>
#include <racekit/platform/model/monitor.hpp>
#include <racekit/platform/model/packet_socket.hpp>
#include <racekit/platform/model/plain.hpp>
#include <racekit/platform/model/plain_bytes.hpp>
#include <racekit/platform/model/process.hpp>
#include <racekit/platform/model/queue.hpp>
#include <racekit/platform/model/robust_list.hpp>
#include <racekit/platform/model/segment_file.hpp>
#include <racekit/platform/model/signal.hpp>
#include <racekit/platform/model/waiting.hpp>
