// SPDX-License-Identifier: MIT
// What a test leaves behind: descriptors and children.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <sys/wait.h>

namespace test {

/// How many descriptors this process has open, not counting the one that counts.
inline std::ptrdiff_t open_descriptors() {
    std::filesystem::directory_iterator const all("/proc/self/fd");
    return std::distance(begin(all), end(all)) - 1;
}

/// Whether this process has children, running or not yet waited for.
inline bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace test
