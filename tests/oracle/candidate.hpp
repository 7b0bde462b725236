// SPDX-License-Identifier: MIT
// A candidate execution: events, and relations over them as sets of bits.
#pragma once

#include "program.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace racekit::oracle {

inline constexpr int most_events = 64;
inline constexpr int most_objects = 16;

/// A set of events, by their numbers.
using event_set = std::uint64_t;
[[nodiscard]] constexpr event_set only(int event) { return event_set(1) << event; }
[[nodiscard]] constexpr bool contains(event_set some, int event) {
    return (some >> event & 1) != 0;
}
/// Calls `what` with each event of a set, in order.
template <class Function>
void each_of(event_set some, Function what) {
    for (; some != 0; some &= some - 1) what(std::countr_zero(some));
}

/// A relation: the events that come after each one.
class relation {
public:
    explicit relation(int events = 0) : events_(events) {
        for (int each = 0; each < events; ++each) after_[static_cast<std::size_t>(each)] = 0;
    }
    event_set& operator[](int event) { return after_[static_cast<std::size_t>(event)]; }
    event_set operator[](int event) const { return after_[static_cast<std::size_t>(event)]; }

    relation& operator|=(relation const& other) {
        for (int each = 0; each < events_; ++each) (*this)[each] |= other[each];
        return *this;
    }
    /// Makes it transitive (Warshall).
    void close() {
        for (int middle = 0; middle < events_; ++middle) {
            event_set const beyond = (*this)[middle];
            if (beyond == 0) continue;
            for (int each = 0; each < events_; ++each) {
                if (contains((*this)[each], middle)) (*this)[each] |= beyond;
            }
        }
    }
    [[nodiscard]] bool is_irreflexive() const {
        for (int each = 0; each < events_; ++each) {
            if (contains((*this)[each], each)) return false;
        }
        return true;
    }
    [[nodiscard]] bool is_acyclic() const {
        relation closed = *this;
        closed.close();
        return closed.is_irreflexive();
    }
    [[nodiscard]] relation reversed() const {
        relation made(events_);
        for (int each = 0; each < events_; ++each)
            each_of((*this)[each], [&](int later) { made[later] |= only(each); });
        return made;
    }
    [[nodiscard]] relation then(relation const& next) const {
        relation made(events_);
        for (int each = 0; each < events_; ++each)
            each_of((*this)[each], [&](int middle) { made[each] |= next[middle]; });
        return made;
    }
    [[nodiscard]] int events() const { return events_; }

private:
    int events_;
    std::array<event_set, most_events> after_;
};

/// The events of one execution. The first ones are the initial stores, one for each object; the
/// others are numbered as the program's instructions, so that some numbers are of no event.
struct candidate {
    int events = 0;
    std::array<std::int8_t, most_events> thread{};  ///< -1: an initial store
    std::array<std::int8_t, most_events> object{};  ///< -1: a fence
    std::array<std::int8_t, most_events> from{};    ///< what a read reads; -1: not chosen yet
    event_set present = 0;
    event_set reads = 0;
    event_set writes = 0;
    event_set atomic = 0;
    event_set fences = 0;
    event_set acquiring = 0;
    event_set releasing = 0;
    event_set sequential = 0;  ///< seq_cst
    std::array<event_set, most_objects> of_object{};
    relation sequenced;  ///< within threads, and initial stores before everything
};

}  // namespace racekit::oracle
