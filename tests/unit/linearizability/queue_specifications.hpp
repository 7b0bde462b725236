// SPDX-License-Identifier: MIT
// Sequential specifications of queues, stacks and deques.
#pragma once

#include <racekit/linearizable.hpp>
#include <racekit/queue/blocking_queue.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>

namespace racekit::specified {

/// A bounded queue that never waits.
struct try_queue {
    std::size_t room = 2;
    std::deque<int> elements{};

    bool try_push(int value) {
        if (elements.size() == room) return false;
        elements.push_back(value);
        return true;
    }
    bool try_pop(int& into) {
        if (elements.empty()) return false;
        into = elements.front();
        elements.pop_front();
        return true;
    }
    bool operator==(try_queue const&) const = default;
};

/// A bounded queue whose put and get wait, and that can be closed.
struct waiting_queue {
    std::size_t room = 2;
    std::deque<int> elements{};
    bool closed = false;

    queue_state put(int value) {
        wait_unless(closed || elements.size() != room);
        return try_put(value);
    }
    queue_state try_put(int value) {
        if (closed) return queue_state::closed;
        if (elements.size() == room) return queue_state::full;
        elements.push_back(value);
        return queue_state::done;
    }
    queue_state get(int& into) {
        wait_unless(closed || !elements.empty());
        return try_get(into);
    }
    queue_state try_get(int& into) {
        if (elements.empty()) return closed ? queue_state::closed : queue_state::empty;
        into = elements.front();
        elements.pop_front();
        return queue_state::done;
    }
    void close() { closed = true; }
    std::size_t size() const { return elements.size(); }
    bool operator==(waiting_queue const&) const = default;
};

struct stack {
    std::deque<int> elements{};

    void push(int value) { elements.push_back(value); }
    std::optional<int> pop() {
        if (elements.empty()) return std::nullopt;
        int const top = elements.back();
        elements.pop_back();
        return top;
    }
    bool empty() const { return elements.empty(); }
    bool operator==(stack const&) const = default;
};

/// A work-stealing deque: its owner uses one end, thieves the other. try_steal may also give
/// nothing where the object lets thieves lose to each other.
struct work_deque {
    std::deque<int> elements{};

    void push(int value) { elements.push_back(value); }
    std::optional<int> try_pop() {
        if (elements.empty()) return std::nullopt;
        int const newest = elements.back();
        elements.pop_back();
        return newest;
    }
    std::optional<int> try_steal() {
        if (elements.empty()) return std::nullopt;
        int const oldest = elements.front();
        elements.pop_front();
        return oldest;
    }
    bool operator==(work_deque const&) const = default;
};

/// An unbounded queue from which the greatest element comes first.
struct priority_queue {
    std::deque<int> elements{};  // sorted, so that equal contents compare equal

    void push(int value) {
        elements.insert(std::upper_bound(elements.begin(), elements.end(), value), value);
    }
    std::optional<int> try_pop() {
        if (elements.empty()) return std::nullopt;
        int const greatest = elements.back();
        elements.pop_back();
        return greatest;
    }
    bool operator==(priority_queue const&) const = default;
};

}  // namespace racekit::specified
