// SPDX-License-Identifier: MIT
// timer_queue: calls that are due at a time.
//
// Progress: wait-free but for memory; adding and removing take a time that grows with the logarithm
//           of the number of timers.
// Invariant: the calls are in the order of their deadlines, those with one deadline in the order in
//            which they were added.
// Ordering: none of its own: it is of the loop's thread.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/task/callback.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace racekit {

/// Which timer; the number is never used again.
struct timer_id {
    deadline at{};
    std::uint64_t number = 0;
    auto operator<=>(timer_id const&) const = default;
};

class timer_queue {
public:
    timer_id add(deadline when, callback call) {
        timer_id const id{when, ++so_far_};
        calls_.emplace(id, std::move(call));
        return id;
    }
    /// Whether it was still there.
    bool remove(timer_id which) { return calls_.erase(which) != 0; }
    void clear() { calls_.clear(); }

    [[nodiscard]] std::size_t size() const { return calls_.size(); }
    /// The earliest deadline; never if there is none.
    [[nodiscard]] deadline next_due() const {
        return calls_.empty() ? never : calls_.begin()->first.at;
    }

    /// Moves the calls that are due to the end of `into`.
    void take_due(std::vector<callback>& into) {
        if (calls_.empty()) return;
        deadline const now = clock::now();
        while (next_due() <= now && !calls_.empty())
            into.push_back(std::move(calls_.extract(calls_.begin()).mapped()));
    }

private:
    std::map<timer_id, callback> calls_;
    std::uint64_t so_far_ = 0;
};

}  // namespace racekit
