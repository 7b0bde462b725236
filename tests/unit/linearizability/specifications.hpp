// SPDX-License-Identifier: MIT
// What locks, semaphores, events, barriers, maps and values do when nobody disturbs them; and, by
// inclusion, queues.
#pragma once

#include "queue_specifications.hpp"

#include <racekit/linearizable.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace racekit::specified {

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

/// A semaphore. With `most`, one that refuses to be released beyond it and is left as it was.
struct semaphore {
    int permits = 1;
    int most = std::numeric_limits<int>::max();

    void acquire() {
        wait_unless(permits > 0);
        --permits;
    }
    bool try_acquire() {
        if (permits == 0) return false;
        --permits;
        return true;
    }
    bool release(int more = 1) {
        if (more > most - permits) return false;
        permits += more;
        return true;
    }
    bool operator==(semaphore const&) const = default;
};

/// An event that stays set until it is cleared. A thread that waited before set() may pass
/// though clear() follows: the wait then took effect between the two. That it *must* pass cannot be
/// specified here: the begin of a call orders nothing, so it may always have come too late.
struct event {
    bool raised = false;

    void set() { raised = true; }
    void clear() { raised = false; }
    bool is_set() const { return raised; }
    void wait() { wait_unless(raised); }
    bool operator==(event const&) const = default;
};

/// An event that lets one waiter through each time it is set, and is clear again.
struct auto_reset_event {
    bool raised = false;

    void set() { raised = true; }
    void clear() { raised = false; }
    bool try_wait() { return std::exchange(raised, false); }
    void wait() {
        wait_unless(raised);
        raised = false;
    }
    bool operator==(auto_reset_event const&) const = default;
};

struct latch {
    int expected = 2;

    void count_down() { --expected; }
    bool try_wait() const { return expected == 0; }
    void wait() const { wait_unless(expected == 0); }
    bool operator==(latch const&) const = default;
};

/// A barrier, to which each party brings something before it waits: waiting is no single step, for
/// all go on together, but that all have come is a condition on one. Give each party a role and the
/// sequence bring(party), wait(party); see `meeting` in barrier.hpp.
template <std::size_t parties>
struct barrier {
    std::array<int, parties> brought{};

    void bring(std::size_t party) { ++brought[party]; }
    bool wait(std::size_t party) const {
        wait_unless(std::ranges::all_of(brought, [&](int by) { return by >= brought[party]; }));
        return true;
    }
    bool operator==(barrier const&) const = default;
};

struct map {
    std::map<int, int> entries{};

    bool insert(int key, int value) { return entries.emplace(key, value).second; }
    void assign(int key, int value) { entries[key] = value; }
    std::optional<int> find(int key) const {
        auto const at = entries.find(key);
        return at == entries.end() ? std::nullopt : std::optional(at->second);
    }
    std::optional<int> take(int key) {
        auto const found = find(key);
        entries.erase(key);
        return found;
    }
    bool erase(int key) { return entries.erase(key) != 0; }
    std::size_t size() const { return entries.size(); }
    bool operator==(map const&) const = default;
};

struct value {
    int now = 0;

    int load() const { return now; }
    void store(int next) { now = next; }
    int exchange(int next) { return std::exchange(now, next); }
    int fetch_add(int more) { return std::exchange(now, now + more); }
    bool compare_exchange(int expected, int next) {
        return now == expected && (now = next, true);
    }
    bool operator==(value const&) const = default;
};

}  // namespace racekit::specified
