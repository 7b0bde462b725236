// SPDX-License-Identifier: MIT
#include "standard_streams.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace racekit::runner {
namespace {

bool no_output = false;

bool is_closed(int stream) { return ::fcntl(stream, F_GETFD) < 0 && errno == EBADF; }

}  // namespace

void open_closed_streams() {
    for (int each = STDIN_FILENO; each <= STDERR_FILENO; ++each) {
        if (!is_closed(each)) continue;
        if (each == STDOUT_FILENO) no_output = true;
        // The lowest number that is free: this one.
        (void)::open("/dev/null", each == STDIN_FILENO ? O_RDONLY : O_WRONLY);
    }
}

bool output_was_closed() { return no_output; }

}  // namespace racekit::runner
