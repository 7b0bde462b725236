// SPDX-License-Identifier: MIT
// A program may be started with streams closed, as by `>&-`.
#pragma once

namespace racekit::runner {

/// Opens the null device in place of each of stdin, stdout and stderr that is closed: the next file
/// that is opened would take its number, and get what is printed. To be called before any file is
/// opened; a second call does nothing.
void open_closed_streams();

/// Whether stdout was closed: nothing that is printed can be read.
[[nodiscard]] bool output_was_closed();

}  // namespace racekit::runner
