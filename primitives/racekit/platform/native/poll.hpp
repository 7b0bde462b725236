// SPDX-License-Identifier: MIT
// poll_descriptors: sleeps until one of many descriptors is readable.
#pragma once

#include <racekit/platform/native/timespec.hpp>

#include <cerrno>
#include <cstddef>
#include <poll.h>
#include <system_error>
#include <vector>

namespace racekit {

/// Which of `numbers` are readable, at their end, or in error, by index; waits until one is, or
/// until `limit`. A number below 0 never is. Throws std::system_error (no memory, or more numbers
/// than the process may have descriptors).
[[nodiscard]] inline std::vector<std::size_t> poll_descriptors(std::vector<int> const& numbers,
                                                               deadline limit) {
    std::vector<pollfd> watched;
    for (int const number : numbers) watched.push_back({number, POLLIN, 0});
    for (;;) {
        timespec const left = timespec_until(limit);
        int const count =
            ::ppoll(watched.data(), watched.size(), limit == never ? nullptr : &left, nullptr);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw std::system_error(errno, std::generic_category(), "wait: ppoll");
        break;
    }
    std::vector<std::size_t> ready;
    for (std::size_t at = 0; at < watched.size(); ++at) {
        if (watched[at].revents != 0) ready.push_back(at);
    }
    return ready;
}

}  // namespace racekit
