// SPDX-License-Identifier: MIT
// Forked processes that search side by side: the memory model has one context for each process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace racekit::model {

/// On which a worker sends lines; they arrive whole and in order.
class wire {
public:
    explicit wire(int descriptor) : descriptor_(descriptor) {}
    void send(std::string const& line) const;

private:
    int descriptor_;
};

class workers {
public:
    workers() = default;
    ~workers();  ///< ends those that still run
    workers(workers const&) = delete;
    workers& operator=(workers const&) = delete;

    /// Forks one that does `work` and ends.
    void start(std::function<void(wire const&)> const& work);

    /// Receives their lines until all have ended; `idle` is called a few times a second. Returns
    /// what went wrong with one of them, or nothing.
    [[nodiscard]] std::string receive(
        std::function<void(std::size_t, std::string_view)> const& received,
        std::function<void()> const& idle);

private:
    struct one {
        pid_t process = -1;
        int descriptor = -1;
        std::string unfinished;  // a line of which the end is still to come
    };
    std::vector<one> all_;
};

}  // namespace racekit::model
