// SPDX-License-Identifier: MIT
// Counts executions that differ in what their reads read: independent of the search that makes
// them.
#pragma once

#include "model/strategies/forwarding.hpp"

#include "core/splitmix.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace racekit::model {

/// Passes on to another strategy and notes each step that it chose. Two executions are in one class
/// if each read of each thread reads the same store in both.
class reads_from_classes final : public forwarding {
public:
    using forwarding::forwarding;

    [[nodiscard]] std::size_t count() const { return classes_.size(); }

    void begin() override {
        events_.clear();
        made_ = {};
        forwarding::begin();
    }
    int predicted(operation const* next) override {
        return noted(forwarding::predicted(next), next);
    }
    int choose_thread(situation const& now) override {
        return noted(forwarding::choose_thread(now), now.next);
    }
    void executed(int thread, operation const& done) override {
        if (!events_.empty() && events_.back().thread == thread) {
            events_.back().age = done.age;
            events_.back().changes = done.changes;
        }
        forwarding::executed(thread, done);
    }
    bool end(bool abandoned) override {
        if (!abandoned) classes_.insert(hash());
        return forwarding::end(abandoned);
    }

private:
    struct event {
        int thread;
        int number;  // of the thread's steps
        action what;
        std::uint32_t object;
        bool changes;
        std::uint32_t age;
    };

    int noted(int chosen, operation const* next) {
        if (chosen < 0) return chosen;
        operation const& one = next[chosen];
        int const number = made_[static_cast<std::size_t>(chosen)]++;
        events_.push_back({chosen, number, one.what, one.object, one.changes, one.age});
        return chosen;
    }

    /// A sum over the events: their order counts only in what is read.
    [[nodiscard]] std::uint64_t hash() const {
        std::map<std::uint32_t, std::vector<std::uint64_t>> stores;  // by object, as executed
        std::uint64_t sum = 0;
        for (event const& each : events_) {
            std::uint64_t const name = static_cast<std::uint64_t>(each.thread) << 32 |
                                       static_cast<std::uint64_t>(each.number) << 8 |
                                       static_cast<std::uint64_t>(each.what);
            std::vector<std::uint64_t>& made = stores[each.object];
            bool const reads = each.what == action::load || each.what == action::modify ||
                               each.what == action::compare_exchange;
            bool const is_first = each.age >= made.size();
            std::uint64_t const source = !reads || is_first ? 0 : made[made.size() - 1 - each.age];
            sum += splitmix64(splitmix64(name) ^ source);
            if (each.what != action::load && each.changes) made.push_back(splitmix64(name + 1));
        }
        return sum;
    }

    std::vector<event> events_;
    std::array<int, most_threads> made_{};
    std::set<std::uint64_t> classes_;
};

}  // namespace racekit::model
