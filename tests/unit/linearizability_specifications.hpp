// What queues, locks and values do when nobody disturbs them.
#pragma once

#include <racekit/linearizable.hpp>
#include <racekit/queue/blocking_queue.hpp>

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
    bool operator==(stack const&) const = default;
};

/// One writer or several readers. Without shared members used: a mutex.
struct lock {
    bool held = false;
    int readers = 0;

    void lock_exclusive() {
        wait_unless(!held && readers == 0);
        held = true;
    }
    bool try_lock() {
        if (held || readers != 0) return false;
        return held = true;
    }
    void unlock() { held = false; }
    void lock_shared() {
        wait_unless(!held);
        ++readers;
    }
    bool try_lock_shared() {
        if (held) return false;
        ++readers;
        return true;
    }
    void unlock_shared() { --readers; }
    bool operator==(lock const&) const = default;
};

struct value {
    int now = 0;

    int load() const { return now; }
    void store(int next) { now = next; }
    int exchange(int next) { return std::exchange(now, next); }
    int fetch_add(int more) { return std::exchange(now, now + more); }
    bool operator==(value const&) const = default;
};

}  // namespace racekit::specified
