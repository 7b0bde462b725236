// SPDX-License-Identifier: MIT
// recursive_mutex: a mutual-exclusion lock that the thread which holds it may take again.
//
// Progress: as mutex for the first level; further levels, and their release, are wait-free.
// Invariant: owner_ is the thread that holds gate_, or none; levels_ is how often it has taken
//            the lock more than it has released it.
// Ordering: everything before the unlock() of the last level happens before the return of the
//           lock() of the first level that follows it.
//
// Unlike mutex it knows its holder in every build: misuse is a lock_misuse, and changes nothing.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/lock_forms.hpp>
#include <racekit/platform/lock_misuse.hpp>

#include <cstddef>
#include <cstdint>

namespace racekit {

struct recursive_mutex_orders {
    // A thread asks only whether it is the holder itself, and what it stored itself it sees.
    static constexpr auto own = std::memory_order_relaxed;
};

template <class orders = recursive_mutex_orders, class Mutex = mutex>
class basic_recursive_mutex : public lock_forms<basic_recursive_mutex<orders, Mutex>> {
    friend lock_forms<basic_recursive_mutex>;

public:
    constexpr basic_recursive_mutex() = default;

    /// Whether a thread holds it at one time during the call: advice.
    [[nodiscard]] bool locked() const { return owner_.load(orders::own) != nobody; }

    /// Releases all levels and returns how many: for a wait, after which retake() restores them.
    [[nodiscard]] std::uint32_t release_all(site where = site::here()) {
        expect_mine(where);
        std::uint32_t const all = levels_.read();
        levels_.write(0);
        last_level(where);
        return all;
    }

    void retake(std::uint32_t levels, site where = site::here()) {
        this->lock(where);
        levels_.write(levels_.read() + levels - 1);
    }

private:
    static constexpr std::uint64_t nobody = 0;

    template <access>
    void acquire(site where) {
        if (taken_again(where)) return;
        gate_.lock(where);
        first_level();
    }
    template <access>
    bool try_acquire(site where) {
        if (taken_again(where)) return true;
        if (!gate_.try_lock(where)) return false;
        first_level();
        return true;
    }
    template <access>
    bool acquire_until(deadline limit, site where) {
        if (taken_again(where)) return true;
        if (!gate_.try_lock_until(limit, where)) return false;
        first_level();
        return true;
    }
    template <access>
    void release(site where) {
        expect_mine(where);
        std::uint32_t const left = levels_.read() - 1;
        levels_.write(left);
        if (left == 0) last_level(where);
    }

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

    void unlock(site where = site::here()) { levels_ = held_.release_all(where); }
    void lock(site where = site::here()) { held_.retake(levels_, where); }

private:
    Mutex& held_;
    std::uint32_t levels_ = 0;
};

}  // namespace racekit
