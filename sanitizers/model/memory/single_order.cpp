// SPDX-License-Identifier: MIT
#include "single_order.hpp"

#include <algorithm>

namespace racekit::model::memory {
namespace {

/// Whether anything was new.
bool join(timestamp* into, timestamp const* from, int threads) {
    bool grown = false;
    for (int thread = 0; thread < threads; ++thread) {
        if (from[thread] <= into[thread]) continue;
        into[thread] = from[thread];
        grown = true;
    }
    return grown;
}

}  // namespace

void single_order::begin(int threads) {
    threads_ = threads;
    if (!has_events_) return;
    has_events_ = has_fences_ = false;
    clocks_.clear();
    for (auto& each : events_) each.clear();
}

void single_order::add(int thread, timestamp at, bool is_fence, timestamp const* before,
                       timestamp const* happens) {
    auto const count = static_cast<std::size_t>(threads_);
    raw_array<event>& all = events_[thread];
    event const made{at, is_fence, clocks_.size()};
    timestamp* const clocks = clocks_.grow(is_fence ? 2 * count : count);
    std::copy_n(before, count, clocks);
    if (all.size() > 0) {
        (void)join(clocks, &clocks_[all.back().clocks], threads_);
        clocks[thread] = std::max(clocks[thread], all.back().at);
    }
    if (is_fence) std::copy_n(happens, count, clocks + count);
    all.push_back(made);
    has_events_ = true;
    has_fences_ = has_fences_ || is_fence;
}

void single_order::precede(timestamp const* before, int thread, timestamp from) {
    raw_array<event> const& all = events_[thread];
    for (std::size_t at = all.size(); at-- > 0 && all[at].at >= from;)
        (void)join(&clocks_[all[at].clocks], before, threads_);
}

single_order::event const* single_order::last(int thread, timestamp until) const {
    raw_array<event> const& all = events_[thread];
    for (std::size_t at = all.size(); at-- > 0;) {
        if (all[at].at <= until) return &all[at];
    }
    return nullptr;
}

single_order::event const* single_order::last_fence(int thread, timestamp until) const {
    if (!has_fences_) return nullptr;
    raw_array<event> const& all = events_[thread];
    for (std::size_t at = all.size(); at-- > 0;) {
        if (all[at].is_fence && all[at].at <= until) return &all[at];
    }
    return nullptr;
}

void single_order::close(timestamp* before) const {
    for (bool grown = true; grown;) {
        grown = false;
        for (int thread = 0; thread < threads_; ++thread) {
            event const* const found = last(thread, before[thread]);
            if (found != nullptr) grown |= join(before, &clocks_[found->clocks], threads_);
        }
    }
}

}  // namespace racekit::model::memory
