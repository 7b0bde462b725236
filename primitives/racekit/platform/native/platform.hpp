// SPDX-License-Identifier: MIT
// The native flavour: std atomics and Linux, at no cost.
#pragma once

#include <racekit/platform/native/asymmetric_fence.hpp>
#include <racekit/platform/native/channel.hpp>
#include <racekit/platform/native/core.hpp>
#include <racekit/platform/native/death_note.hpp>
#include <racekit/platform/native/element_code.hpp>
#include <racekit/platform/native/fork_generation.hpp>
#include <racekit/platform/native/memory.hpp>
#include <racekit/platform/native/memory_file.hpp>
#include <racekit/platform/native/packet_socket.hpp>
#include <racekit/platform/native/plain.hpp>
#include <racekit/platform/native/plain_bytes.hpp>
#include <racekit/platform/native/poll.hpp>
#include <racekit/platform/native/posix_mutex.hpp>
#include <racekit/platform/native/process.hpp>
#include <racekit/platform/native/recheck.hpp>
#include <racekit/platform/native/robust_list.hpp>
#include <racekit/platform/native/segment_file.hpp>
#include <racekit/platform/native/signal.hpp>
#include <racekit/platform/native/thread.hpp>
#include <racekit/platform/native/thread_slot.hpp>
