// SPDX-License-Identifier: MIT
// Looking in a child process, so that an object that crashes is found and not suffered.
#pragma once

#include "timed_history.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace racekit::linearity {

/// Who is in which call of which round; in memory that the child shares, as all that is left of one
/// that crashed.
class whereabouts {
public:
    std::atomic<std::uint64_t> round{0};
    std::atomic<std::uint64_t> program{0};

    // Relaxed, all of it: it is read when the child is dead.
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

/// What `look` said in a child process. If that dies, what was known `before` and the crash.
[[nodiscard]] linear_verdict contained_look(
    subject const& what, whereabouts& shared, linear_verdict const& before,
    std::function<linear_verdict()> const& look);

/// Memory that forked processes share, for as long as it lives.
class shared_whereabouts {
public:
    shared_whereabouts();
    ~shared_whereabouts();
    shared_whereabouts(shared_whereabouts const&) = delete;
    shared_whereabouts& operator=(shared_whereabouts const&) = delete;
    whereabouts& operator*() { return *place_; }

private:
    whereabouts* place_;
};

}  // namespace racekit::linearity
