// SPDX-License-Identifier: MIT
// Torn I/O: reads and writes of a test body that the kernel may cut short or interrupt, are.
#pragma once

#include <cstdint>

namespace racekit::torn_io {

/// From here on, in the calling thread, read, write, recv and send move fewer bytes than they could
/// in half of the calls (where the kernel promises no whole transfer), and these and sendmsg and
/// recvmsg fail with EINTR, or with EAGAIN where they may not wait, in one of eight.
void begin(std::uint64_t seed);
void end();

/// How many calls were cut or failed since begin().
[[nodiscard]] std::uint64_t count();

}  // namespace racekit::torn_io
