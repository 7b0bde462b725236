// SPDX-License-Identifier: MIT
#include "sequential_check.hpp"

#include "model/runtime/heap.hpp"

#include <algorithm>
#include <deque>

namespace racekit::model {

void sequential_check::begin(int threads) {
    threads_ = threads;
    goes_back_ = false;
    events_.clear();
    places_.clear();
    place_of_.clear();
}

void sequential_check::created(std::uint32_t object) {
    heap::outside const out;
    place_of_[object] = places_.size();
    places_.push_back({first_store});
}

void sequential_check::did(access what, int thread, std::uint32_t object, store_rank rank,
                           timestamp const* known, site const& where) {
    heap::outside const out;
    event made{thread, object, place_of_.at(object), what, first_store, known[thread], {}, where};
    made.known.assign(known, known + threads_);
    std::vector<int>& stores = places_[made.place];
    // Ranks begin with 1: a store is inserted where the next older one's rank points.
    std::size_t const made_at = what == access::modify ? rank : rank - 1;
    if (what != access::store) made.from = stores[rank - 1];
    goes_back_ =
        goes_back_ || (what == access::load ? rank != stores.size() : made_at != stores.size());
    if (what != access::load)
        stores.insert(stores.begin() + static_cast<std::ptrdiff_t>(made_at),
                      static_cast<int>(events_.size()));
    events_.push_back(std::move(made));
}

/// From each event to the first one of every thread that it happens before: the others follow.
void sequential_check::add_happens_before(std::vector<std::vector<arrow>>& all) const {
    std::vector<std::vector<std::size_t>> by_thread(static_cast<std::size_t>(threads_));
    for (std::size_t at = 0; at < events_.size(); ++at)
        by_thread[static_cast<std::size_t>(events_[at].thread)].push_back(at);
    for (std::size_t at = 0; at < events_.size(); ++at) {
        auto const thread = static_cast<std::size_t>(events_[at].thread);
        for (auto const& others : by_thread) {
            auto const first = std::find_if(others.begin(), others.end(), [&](std::size_t other) {
                return other > at && events_[other].known[thread] >= events_[at].at;
            });
            if (first != others.end()) all[at].push_back({*first, edge::then});
        }
    }
}

void sequential_check::add_of_place(std::size_t place, std::vector<std::vector<arrow>>& all) const {
    std::vector<int> const& stores = places_[place];
    std::map<int, std::size_t> next;  // behind each store
    for (std::size_t at = 0; at + 1 < stores.size(); ++at) {
        auto const behind = static_cast<std::size_t>(stores[at + 1]);
        next[stores[at]] = behind;
        if (stores[at] != first_store)
            all[static_cast<std::size_t>(stores[at])].push_back({behind, edge::overwritten_by});
    }
    for (std::size_t at = 0; at < events_.size(); ++at) {
        event const& each = events_[at];
        if (each.place != place || each.what == access::store) continue;
        if (each.from != first_store)
            all[static_cast<std::size_t>(each.from)].push_back({at, edge::read_by});
        auto const behind = next.find(each.from);
        if (behind != next.end() && behind->second != at)
            all[at].push_back({behind->second, edge::older_than});
    }
}

std::vector<std::vector<sequential_check::arrow>> sequential_check::arrows() const {
    std::vector<std::vector<arrow>> all(events_.size());
    add_happens_before(all);
    for (std::size_t place = 0; place < places_.size(); ++place) add_of_place(place, all);
    return all;
}

/// The shortest way from where the arrow leads to where it begins, and back by it.
std::vector<sequential_check::link> sequential_check::shortest(
    std::vector<std::vector<arrow>> const& all, std::size_t from, arrow back) const {
    std::vector<int> before(events_.size(), -1);
    std::vector<edge> by(events_.size());
    std::deque<std::size_t> next{back.to};
    before[back.to] = static_cast<int>(back.to);
    for (; !next.empty() && before[from] < 0; next.pop_front()) {
        for (arrow const& each : all[next.front()]) {
            if (before[each.to] >= 0) continue;
            before[each.to] = static_cast<int>(next.front());
            by[each.to] = each.kind;
            next.push_back(each.to);
        }
    }
    std::vector<link> way;
    if (before[from] < 0) return way;
    edge kind = back.kind;
    for (std::size_t at = from;; at = static_cast<std::size_t>(before[at])) {
        event const& each = events_[at];
        way.push_back({each.thread, each.object, each.what, kind, each.where});
        if (at == back.to) break;
        kind = by[at];
    }
    std::reverse(way.begin(), way.end());
    return way;
}

std::vector<sequential_check::link> sequential_check::cycle() const {
    std::vector<link> found;
    if (!goes_back_) return found;
    auto const all = arrows();
    for (std::size_t from = 0; from < all.size(); ++from) {
        for (arrow const& each : all[from]) {
            if (each.to > from) continue;  // every cycle goes back somewhere
            std::vector<link> const one = shortest(all, from, each);
            if (!one.empty() && (found.empty() || one.size() < found.size())) found = one;
        }
    }
    return found;
}

}  // namespace racekit::model
