// SPDX-License-Identifier: MIT
// How far a long search is, on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace racekit::model {

/// "3,400 s" is no answer: "57 min".
[[nodiscard]] std::string duration_words(double seconds);

class status_line {
public:
    explicit status_line(bool wanted);
    ~status_line() { clear(); }
    status_line(status_line const&) = delete;
    status_line& operator=(status_line const&) = delete;

    /// Whether it is time to print. A search that ends within seconds prints nothing.
    [[nodiscard]] bool due();
    /// `covered` is an estimate of the part that is done; 0: unknown.
    void show(std::string const& what, std::uint64_t executions, std::uint64_t pruned,
              double covered);
    void clear();

private:
    using clock = std::chrono::steady_clock;

    bool wanted_;
    bool redraws_;
    bool drawn_ = false;
    clock::time_point began_ = clock::now();
    clock::time_point next_;
};

}  // namespace racekit::model
