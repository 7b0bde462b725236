// SPDX-License-Identifier: MIT
#include "lock_cycles.hpp"

#include <algorithm>
#include <cstddef>

namespace racekit::tsan {
namespace {

constexpr std::size_t longest = 4;

bool keep_apart(lock_order const& one, lock_order const& other) {
    auto const* const first = one.held_too;
    auto const* const second = other.held_too;
    return std::find_first_of(first, first + one.others, second, second + other.others) !=
           first + one.others;
}

bool may_follow(std::vector<lock_order> const& path, lock_order const& next) {
    if (next.held != path.back().wanted) return false;
    return std::none_of(path.begin(), path.end(), [&](lock_order const& each) {
        return each.thread == next.thread || keep_apart(each, next);
    });
}

bool close_cycle(std::vector<lock_order>& path, std::vector<lock_order> const& orders) {
    if (path.size() > 1 && path.back().wanted == path.front().held) return true;
    if (path.size() == longest) return false;
    for (lock_order const& next : orders) {
        if (!may_follow(path, next)) continue;
        path.push_back(next);
        if (close_cycle(path, orders)) return true;
        path.pop_back();
    }
    return false;
}

}  // namespace

std::vector<lock_order> cycle_of(std::vector<lock_order> const& orders) {
    for (lock_order const& first : orders) {
        std::vector<lock_order> path{first};
        if (close_cycle(path, orders)) return path;
    }
    return {};
}

}  // namespace racekit::tsan
