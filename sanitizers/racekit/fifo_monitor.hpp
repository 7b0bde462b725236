// SPDX-License-Identifier: MIT
// Checks long native histories of a queue for first-in-first-out order. A search for a
// linearization would not finish on histories of this length.
//
// Every element has a unique value. Stamps order the calls in real time:
//
//     racekit::fifo_history seen;                  // one for each thread; merged at the end
//     std::uint64_t const began = racekit::stamp();
//     if (queue.try_push(value)) seen.put(value, began, racekit::stamp());
//     ...
//     std::uint64_t const began = racekit::stamp();
//     if (queue.try_pop(value)) seen.got(value, began, racekit::stamp());
//     ...
//     auto const violation = racekit::fifo_violation(all, racekit::drained::yes);
//
// It checks necessary conditions, each in O(n log n): no element is lost, duplicated, invented or
// received before it was sent, and no element overtakes another: if put(a) returned before put(b)
// was called, then get(b) does not return before get(a) is called. For one producer this is the
// order of its puts. The check does not detect a wrong result `empty`.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace racekit {

namespace linearity {
inline std::atomic<std::uint64_t> stamps{0};
}

/// A stamp from one counter: take it before a call and after its return.
///
/// If the stamp after call a is smaller than the stamp before call b, then a returned before b was
/// called: the modification order of the counter is the order of its values. The read-modify-writes
/// are seq_cst, so they release and acquire, and a also happens before b. Stamps therefore cause no
/// false alarm. A clock can: a store may still be in a store buffer when the clock is read after
/// it. The cost is that stamps synchronise and can hide a missing memory order; the model detector
/// finds those.
[[nodiscard]] inline std::uint64_t stamp() noexcept {
    return linearity::stamps.fetch_add(1, std::memory_order_seq_cst);
}

/// The successful puts and gets.
class fifo_history {
public:
    struct event {
        std::uint64_t value;
        std::uint64_t began;
        std::uint64_t ended;
    };

    void put(std::uint64_t value, std::uint64_t began, std::uint64_t ended) {
        puts_.push_back({value, began, ended});
    }
    void got(std::uint64_t value, std::uint64_t began, std::uint64_t ended) {
        gets_.push_back({value, began, ended});
    }
    void add(fifo_history const& other) {
        puts_.insert(puts_.end(), other.puts_.begin(), other.puts_.end());
        gets_.insert(gets_.end(), other.gets_.begin(), other.gets_.end());
    }

    [[nodiscard]] std::vector<event> const& puts() const { return puts_; }
    [[nodiscard]] std::vector<event> const& gets() const { return gets_; }

private:
    std::vector<event> puts_;
    std::vector<event> gets_;
};

/// Whether the queue was emptied at the end. If so, an element that was put and not got is lost.
enum class drained { no, yes };

/// Describes the first condition that the history violates; nullopt if it violates none.
[[nodiscard]] std::optional<std::string> fifo_violation(fifo_history const& seen, drained at_end);

}  // namespace racekit
