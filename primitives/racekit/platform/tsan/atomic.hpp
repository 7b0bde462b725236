// SPDX-License-Identifier: MIT
// atomic<T>: a std::atomic with a schedule point before each operation. release_sequences.hpp gives
// TSan what it orders; TSan sees the access itself, as a relaxed one.
#pragma once

#include <racekit/platform/atomic_interface.hpp>
#include <racekit/platform/tsan/release_sequences.hpp>
#include <racekit/platform/tsan/schedule.hpp>
#include <racekit/platform/word.hpp>

#include <atomic>
#include <type_traits>

extern "C" {
void AnnotateIgnoreSyncBegin(char const* file, int line);
void AnnotateIgnoreSyncEnd(char const* file, int line);
}

namespace racekit {

using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

namespace tsan {

template <class T>
class atomic_cell {
public:
    using value_type = T;
    static constexpr bool is_always_lock_free = std::atomic<T>::is_always_lock_free;

    constexpr explicit atomic_cell(T value) noexcept : value_(value) {
        if (!std::is_constant_evaluated()) sequences.constructed(this);
    }

    T load(std::memory_order order, site where) const {
        before(operation::load, where);
        sequences.enter();
        T const value = value_.load(std::memory_order_relaxed);
        sequences.loaded(this, order);
        sequences.leave();
        return after(value);
    }
    void store(T value, std::memory_order order, site where) {
        before(operation::store, where);
        sequences.enter();
        value_.store(value, std::memory_order_relaxed);
        sequences.stored(this, order);
        sequences.leave();
        written(value);
    }
    T exchange(T value, std::memory_order order, site where) {
        before(operation::exchange, where);
        sequences.enter();
        T const old = value_.exchange(value, std::memory_order_relaxed);
        sequences.modified(this, order);
        sequences.leave();
        written(value);
        return old;
    }
    bool compare_exchange(T& expected, T desired, std::memory_order success,
                          std::memory_order failure, bool weak, site where) {
        constexpr auto relaxed = std::memory_order_relaxed;
        before(operation::compare_exchange, where);
        sequences.enter();
        bool const done =
            weak ? value_.compare_exchange_weak(expected, desired, relaxed, relaxed)
                 : value_.compare_exchange_strong(expected, desired, relaxed, relaxed);
        done ? sequences.modified(this, success) : sequences.loaded(this, failure);
        sequences.leave();
        if (done) {
            written(desired);
        } else {
            (void)after(expected);
        }
        return done;
    }
    template <class Operand>
    T modify(modification change, Operand operand, std::memory_order order, site where) {
        before(operation::modify, where);
        sequences.enter();
        T const old = modify_now(change, operand, std::memory_order_relaxed);
        sequences.modified(this, order);
        sequences.leave();
        written(modified(change, old, operand));
        return old;
    }

    void wait(T old, std::memory_order order, site where) const {
        while (to_word(load(order, where)) == to_word(old)) {
            if (schedule* const by = mine(); by != nullptr) {
                (void)by->wait(until::woken, this, never, where);
            } else {
                // The library's own atomics would order the notifier before the waiter.
                AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
                value_.wait(old, std::memory_order_relaxed);
                AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
            }
        }
    }
    void notify(bool all, site where) {
        before(operation::wake, where);
        if (schedule* const playing = current(); playing != nullptr)
            (void)playing->wake(this, all ? 1 << 30 : 1);
        // Also those that wait in the kernel, because no schedule has taken them on.
        AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
        all ? value_.notify_all() : value_.notify_one();
        AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
    }

private:
    void before(operation what, site where) const {
        if (schedule* const by = mine(); by != nullptr) by->point(what, this, where);
    }
    T after(T value) const {
        if (schedule* const by = mine(); by != nullptr) by->done(this, printable(value));
        return value;
    }
    void written(T value) {
        (void)after(value);
        if (schedule* const playing = current(); playing != nullptr) playing->changed(this);
    }
    template <class Operand>
    T modify_now(modification change, Operand operand, std::memory_order order) {
        if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
            if (change == modification::bit_and) return value_.fetch_and(operand, order);
            if (change == modification::bit_or) return value_.fetch_or(operand, order);
            if (change == modification::bit_xor) return value_.fetch_xor(operand, order);
        }
        return change == modification::add ? value_.fetch_add(operand, order)
                                           : value_.fetch_sub(operand, order);
    }

    std::atomic<T> value_;
};

}  // namespace tsan

template <class T>
class atomic : public atomic_interface<tsan::atomic_cell<T>> {
    using base = atomic_interface<tsan::atomic_cell<T>>;

public:
    using base::base;
    using base::operator=;
    /// What a schedule knows this object by, and the kernel this word.
    [[nodiscard]] void const* object_address() const noexcept { return &this->cell(); }
};

class atomic_flag : public atomic_flag_interface<atomic<bool>> {
public:
    using atomic_flag_interface<atomic<bool>>::atomic_flag_interface;
};

/// TSan checks its operations; a controlled schedule does not switch threads at them.
using std::atomic_ref;

/// As std, for racekit's atomics: TSan itself does not model fences.
inline void atomic_thread_fence(std::memory_order order, site where = site::here()) {
    if (tsan::schedule* const by = tsan::mine(); by != nullptr)
        by->point(tsan::operation::fence, nullptr, where);
    tsan::sequences.fenced(order);
}

}  // namespace racekit

#include <racekit/platform/atomic_names.hpp>
