// SPDX-License-Identifier: MIT
// First in, first out, over long native histories: what a search over orders could never finish.
//
// Every element is a value of its own. Stamps say what was over before what began:
//
//     racekit::fifo_history seen;                  // one for each thread; merged at the end
//     std::uint64_t const began = racekit::stamp();
//     if (queue.try_push(value)) seen.put(value, began, racekit::stamp());
//     ...
//     std::uint64_t const began = racekit::stamp();
//     if (queue.try_pop(value)) seen.got(value, began, racekit::stamp());
//     ...
//     auto const complaint = racekit::fifo_violation(all, racekit::drained::yes);
//
// Necessary conditions, each decided in O(n log n): no element is lost, doubled, invented or got
// before it was put, and none overtakes: if put(a) was over before put(b) began, then get(b) is not
// over before get(a) begins. For one producer that is its own order. A false `empty` is not looked
// for.
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

/// A place in one order of all stamps: taken before a call begins and after it has returned.
///
/// If the stamp after call a is smaller than the one before call b, then a really was over before b
/// began: the two read-modify-writes of one counter are ordered as their values are, and as seq_cst
/// operations they release and acquire, so a also happens before b. So it never raises a false
/// alarm, which a clock can: a store may still wait in a store buffer when the clock is read after
/// it. The price is that stamps synchronise, and so can hide a missing order: that is the model's
/// to find.
[[nodiscard]] inline std::uint64_t stamp() noexcept {
    return linearity::stamps.fetch_add(1, std::memory_order_seq_cst);
}

/// Elements that were really put and really got.
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

/// Whether the queue was emptied at the end, so that what was not got is lost.
enum class drained { no, yes };

/// What is wrong with it, in words; nothing if it keeps all the conditions.
[[nodiscard]] std::optional<std::string> fifo_violation(fifo_history const& seen, drained at_end);

}  // namespace racekit
