// SPDX-License-Identifier: MIT
// Runs a native check in a child process, so that a crash of the object becomes a finding.
#pragma once

#include "timed_history.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace racekit::linearity {

/// The call that each thread is in, and the round. It lies in memory shared with the child, so it
/// survives a crash of the child.
class active_calls {
public:
    std::atomic<std::uint64_t> round{0};
    std::atomic<std::uint64_t> program{0};

    // Relaxed: it is read only after the child has ended.
    void enter(int thread, unsigned operation) { at(thread).store(operation, relaxed); }
    void leave(int thread) { at(thread).store(outside, relaxed); }
    /// "thread 0 was in pop(), thread 1 was in push(1)".
    [[nodiscard]] std::string words(subject const& what) const;

private:
    static constexpr auto relaxed = std::memory_order_relaxed;
    static constexpr unsigned outside = std::numeric_limits<unsigned>::max();
    struct alignas(64) place {
        std::atomic<unsigned> operation{outside};
    };
    std::atomic<unsigned>& at(int thread) {
        return places_[static_cast<std::size_t>(thread)].operation;
    }
    std::array<place, most_threads> places_;
};

/// Runs `look` in a child process and returns its verdict. If the child crashes, the verdict is
/// `before` with the crash as its finding.
[[nodiscard]] linear_verdict look_in_child(
    subject const& what, active_calls& shared, linear_verdict const& before,
    std::function<linear_verdict()> const& look);

/// Owns active_calls in memory that forked processes share.
class shared_active_calls {
public:
    shared_active_calls();
    ~shared_active_calls();
    shared_active_calls(shared_active_calls const&) = delete;
    shared_active_calls& operator=(shared_active_calls const&) = delete;
    active_calls& operator*() { return *place_; }

private:
    active_calls* place_;
};

}  // namespace racekit::linearity
