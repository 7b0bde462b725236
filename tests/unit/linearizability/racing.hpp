// SPDX-License-Identifier: MIT
// One object of each kind that races natively: its window is a few instructions wide, as in life.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>

namespace racekit::racing {

/// Entries by key, each key in a stripe of its own. Wrong: insert looks in one section and writes
/// in the next.
template <bool looks_apart>
class striped_map {
public:
    bool insert(int key, int value) {
        stripe& its = of(key);
        std::unique_lock hold(its.gate);
        if (its.entries.contains(key)) return false;
        if (looks_apart) {
            hold.unlock();
            hold.lock();
        }
        its.entries[key] = value;
        return true;
    }
    std::optional<int> find(int key) {
        stripe& its = of(key);
        std::scoped_lock hold(its.gate);
        auto const at = its.entries.find(key);
        return at == its.entries.end() ? std::nullopt : std::optional(at->second);
    }
    std::optional<int> take(int key) {
        stripe& its = of(key);
        std::scoped_lock hold(its.gate);
        auto const node = its.entries.extract(key);
        return node.empty() ? std::nullopt : std::optional(node.mapped());
    }

private:
    static constexpr int stripes = 4;
    struct stripe {
        std::mutex gate;
        std::map<int, int> entries;
    };
    stripe& of(int key) { return stripes_[static_cast<std::size_t>(key % stripes)]; }
    std::array<stripe, stripes> stripes_;
};

/// Permits by load and then store.
class split_semaphore {
public:
    explicit split_semaphore(int permits) : permits_(permits) {}
    bool try_acquire() {
        int const before = permits_.load();
        if (before == 0) return false;
        permits_.store(before - 1);
        return true;
    }
    bool release() {
        permits_.store(permits_.load() + 1);
        return true;
    }

private:
    std::atomic<int> permits_;
};

/// Looks whether it is free, and then takes it.
class split_lock {
public:
    void lock_exclusive() {
        while (!try_lock()) {
        }
    }
    bool try_lock() {
        if (held_.load()) return false;
        held_.store(true);
        return true;
    }
    void unlock() { held_.store(false); }

private:
    std::atomic<bool> held_{false};
};

/// A number in two halves, so that a reader can see one of each.
class torn_value {
public:
    int load() { return low_.load() | high_.load() << 16; }
    void store(int next) {
        low_.store(next & 0xffff);
        high_.store(next >> 16);
    }

private:
    std::atomic<int> low_{0};
    std::atomic<int> high_{0};
};

/// A try_wait that looks and then lowers: two may pass by one set.
class split_event {
public:
    void set() { raised_.store(true); }
    void clear() { raised_.store(false); }
    bool try_wait() {
        if (!raised_.load()) return false;
        raised_.store(false);
        return true;
    }

private:
    std::atomic<bool> raised_{false};
};

/// A stack in an array whose height is read and then written. With `faults`, what is popped above
/// the height is a null pointer.
template <bool faults>
class split_stack {
public:
    bool try_push(int value) {
        std::size_t const height = height_.load();
        if (height == most) return false;
        elements_[height].store(&numbers_[static_cast<std::size_t>(value)]);
        height_.store(height + 1);
        return true;
    }
    std::optional<int> pop() {
        std::size_t const height = height_.load();
        if (height == 0) return std::nullopt;
        std::atomic<int const*>& top = elements_[height - 1];
        int const value = *top.load();
        if (faults) top.store(nullptr);
        height_.store(height - 1);
        return value;
    }

private:
    static constexpr std::size_t most = 4;
    static constexpr int numbers_[] = {0, 1, 2, 3};
    std::array<std::atomic<int const*>, most> elements_{};
    std::atomic<std::size_t> height_{0};
};

/// A deque whose owner takes the last element without a compare-exchange.
class split_deque {
public:
    bool push(int value) {
        std::size_t const bottom = bottom_.load();
        if (bottom - top_.load() >= elements_.size() - 2) return false;
        elements_[bottom % elements_.size()].store(value);
        bottom_.store(bottom + 1);
        return true;
    }
    std::optional<int> try_pop() {
        std::size_t const bottom = bottom_.load();
        if (top_.load() >= bottom) return std::nullopt;
        int const value = elements_[(bottom - 1) % elements_.size()].load();
        bottom_.store(bottom - 1);
        return value;
    }
    std::optional<int> try_steal() {
        std::size_t top = top_.load();
        if (top >= bottom_.load()) return std::nullopt;
        int const value = elements_[top % elements_.size()].load();
        if (!top_.compare_exchange_strong(top, top + 1)) return std::nullopt;
        return value;
    }

private:
    std::array<std::atomic<int>, 8> elements_{};
    std::atomic<std::size_t> top_{0};
    std::atomic<std::size_t> bottom_{0};
};

/// A queue whose consumers read the place of the first element and then move it on.
class split_queue {
public:
    bool try_push(int value) {
        std::scoped_lock hold(producers_);
        std::size_t const end = end_.load();
        if (end - begin_.load() >= elements_.size()) return false;
        elements_[end % elements_.size()].store(value);
        end_.store(end + 1);
        return true;
    }
    bool try_pop(int& into) {
        std::size_t const begin = begin_.load();
        if (begin >= end_.load()) return false;
        into = elements_[begin % elements_.size()].load();
        begin_.store(begin + 1);
        return true;
    }

private:
    std::mutex producers_;
    std::array<std::atomic<int>, 4> elements_{};
    std::atomic<std::size_t> begin_{0};
    std::atomic<std::size_t> end_{0};
};

}  // namespace racekit::racing
