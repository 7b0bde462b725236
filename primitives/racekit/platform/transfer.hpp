// SPDX-License-Identifier: MIT
// transfer: the result of one read or write of bytes.
#pragma once

#include <cstddef>
#include <system_error>

namespace racekit {

/// `bytes` were moved, then `error` (if any) stopped it. A deadline that passed is
/// std::errc::timed_out; a write after every reading end was closed is std::errc::broken_pipe.
struct transfer {
    std::size_t bytes = 0;
    std::error_code error;

    /// Of a read that asked for at least one byte: no writer is left and everything was read.
    [[nodiscard]] bool ended() const noexcept { return bytes == 0 && !error; }
};

}  // namespace racekit
