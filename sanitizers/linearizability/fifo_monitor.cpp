// SPDX-License-Identifier: MIT
#include <racekit/fifo_monitor.hpp>

#include <algorithm>
#include <limits>

namespace racekit {
namespace {

using event = fifo_history::event;

constexpr std::uint64_t never_got = std::numeric_limits<std::uint64_t>::max();

bool by_value(event const& left, event const& right) { return left.value < right.value; }

/// A value that occurs twice in a sorted sequence.
std::optional<std::uint64_t> duplicate_in(std::vector<event> const& sorted) {
    auto const found = std::adjacent_find(
        sorted.begin(), sorted.end(),
        [](event const& left, event const& right) { return left.value == right.value; });
    if (found == sorted.end()) return std::nullopt;
    return found->value;
}

struct element {
    event put;
    std::uint64_t get_began;
    std::uint64_t get_ended;
};

std::string element_word(std::uint64_t value) { return "element " + std::to_string(value); }

/// Describes two elements a and b: a was put before b, and the get of b ended before that of a
/// began.
std::optional<std::string> overtaking(std::vector<element>& all) {
    std::sort(all.begin(), all.end(), [](element const& left, element const& right) {
        return left.put.began < right.put.began;
    });
    // first[i]: of the elements from i on, the one whose get ended first.
    std::vector<std::size_t> first(all.size());
    for (std::size_t at = all.size(); at-- > 0;) {
        first[at] = at;
        if (at + 1 < all.size() && all[first[at + 1]].get_ended < all[at].get_ended)
            first[at] = first[at + 1];
    }
    for (element const& early : all) {
        auto const later = std::upper_bound(
            all.begin(), all.end(), early.put.ended,
            [](std::uint64_t ended, element const& other) { return ended < other.put.began; });
        if (later == all.end()) continue;
        element const& fast = all[first[static_cast<std::size_t>(later - all.begin())]];
        if (fast.get_ended < early.get_began)
            return element_word(fast.put.value) + " overtook " + element_word(early.put.value) +
                   ", which was put before it";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> fifo_violation(fifo_history const& seen, drained at_end) {
    std::vector<event> puts = seen.puts();
    std::vector<event> gets = seen.gets();
    std::sort(puts.begin(), puts.end(), by_value);
    std::sort(gets.begin(), gets.end(), by_value);
    if (auto const twice = duplicate_in(puts))
        return element_word(*twice) + " was put twice: the monitor needs unique values";
    if (auto const twice = duplicate_in(gets)) return element_word(*twice) + " was got twice";

    std::vector<element> all;
    all.reserve(puts.size());
    auto get = gets.begin();
    for (event const& put : puts) {
        if (get != gets.end() && get->value < put.value)
            return element_word(get->value) + " was got, but never put";
        if (get != gets.end() && get->value == put.value) {
            if (get->ended < put.began)
                return element_word(put.value) + " was got before it was put";
            all.push_back({put, get->began, get->ended});
            ++get;
            continue;
        }
        if (at_end == drained::yes) return element_word(put.value) + " was put and lost";
        all.push_back({put, never_got, never_got});
    }
    if (get != gets.end()) return element_word(get->value) + " was got, but never put";
    return overtaking(all);
}

}  // namespace racekit
