// SPDX-License-Identifier: MIT
// recursive_mutex: a mutual-exclusion lock that its holder may take again.
//
// Progress: as mutex for the first level; further levels, and giving them up, are wait-free.
// Invariant: owner_ is the thread that holds gate_, or nobody; levels_ is how often it has taken
//            the lock more than it has given it up.
// Ordering: everything before the unlock() of the last level happens before the return of the
//           lock() of the first level that follows it.
//
// Unlike mutex it knows its holder in every build: misuse is a lock_misuse, and changes nothing.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/lock_misuse.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit {

struct recursive_mutex_orders {
    // A thread asks only whether it is the holder itself, and what it stored itself it sees.
    static constexpr auto own = std::memory_order_relaxed;
};

template <class orders = recursive_mutex_orders, class Mutex = mutex>
class basic_recursive_mutex {
public:
    basic_recursive_mutex() = default;
    basic_recursive_mutex(basic_recursive_mutex const&) = delete;
    basic_recursive_mutex& operator=(basic_recursive_mutex const&) = delete;

    /// Takes the lock once more, waiting for as long as another thread holds it.
    void lock(site where = site::here()) {
        if (taken_again(where)) return;
        gate_.lock(where);
        first_level();
    }

    /// Takes the lock once more unless another thread holds it; never waits.
    [[nodiscard]] bool try_lock(site where = site::here()) {
        if (taken_again(where)) return true;
        if (!gate_.try_lock(where)) return false;
        first_level();
        return true;
    }

    /// Takes the lock once more unless `limit` passes first; returns whether it did. Blocking.
    [[nodiscard]] bool try_lock_until(deadline limit, site where = site::here()) {
        if (taken_again(where)) return true;
        if (!gate_.try_lock_until(limit, where)) return false;
        first_level();
        return true;
    }

    /// As try_lock_until, from now; a negative span is a deadline that has passed.
    [[nodiscard]] bool try_lock_for(duration span, site where = site::here()) {
        return try_lock_until(racekit::after(span), where);
    }

    /// Gives up one level. Throws lock_misuse if this thread holds none.
    void unlock(site where = site::here()) {
        expect_mine(where);
        std::uint32_t const left = levels_.read() - 1;
        levels_.write(left);
        if (left == 0) last_level(where);
    }

    /// Gives up all levels and returns how many: for a wait, after which retake() restores them.
    [[nodiscard]] std::uint32_t release(site where = site::here()) {
        expect_mine(where);
        std::uint32_t const all = levels_.read();
        levels_.write(0);
        last_level(where);
        return all;
    }

    void retake(std::uint32_t levels, site where = site::here()) {
        lock(where);
        levels_.write(levels_.read() + levels - 1);
    }

private:
    static constexpr std::uint64_t nobody = 0;

    static std::uint64_t self() { return static_cast<std::uint64_t>(thread_number()) + 1; }

    bool taken_again(site where) {
        if (owner_.load(orders::own) != self()) return false;
        std::uint32_t const levels = levels_.read();
        if (levels == UINT32_MAX) [[unlikely]]
            misused("recursive_mutex: taken too often", where);
        levels_.write(levels + 1);
        return true;
    }

    void first_level() {
        owner_.store(self(), orders::own);
        levels_.write(1);
    }

    void last_level(site where) {
        owner_.store(nobody, orders::own);
        gate_.unlock(where);
    }

    void expect_mine(site where) const {
        if (owner_.load(orders::own) != self()) [[unlikely]]
            misused("recursive_mutex: given up by a thread that does not hold it", where);
    }

    // Out of line, so that taking and leaving are small where they are inlined.
    [[noreturn, gnu::noinline]] static void misused(char const* wrong, site where) {
        throw lock_misuse(wrong, where);
    }

    Mutex gate_;
    atomic<std::uint64_t> owner_{nobody};
    plain<std::uint32_t> levels_{0};
};

using recursive_mutex = basic_recursive_mutex<>;
using recursive_timed_mutex = recursive_mutex;

/// All levels of a recursive_mutex that this thread holds, to wait on a condition_variable with.
template <class Mutex>
class all_levels {
public:
    explicit all_levels(Mutex& held) : held_(held) {}

    void unlock(site where = site::here()) { levels_ = held_.release(where); }
    void lock(site where = site::here()) { held_.retake(levels_, where); }

private:
    Mutex& held_;
    std::uint32_t levels_ = 0;
};

}  // namespace racekit
