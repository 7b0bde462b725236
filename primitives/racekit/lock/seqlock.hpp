// SPDX-License-Identifier: MIT
// seqlock: a small value that readers copy without writing anything, and copy again if it changed.
//
// Progress: store() is blocked by another writer alone; load() keeps no writer waiting, but waits
//           for one and starts anew whenever one comes between. try_store() and try_load() are
//           wait-free.
// Invariant: sequence_ is odd while a writer writes; a copy is whole if sequence_ was even before
//            and is the same after it.
// Ordering: everything before store() happens before the return of the load() that returns its
//           value; what update() does happens before what the next one does.
// Source: Hans Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?", 2012.
//
// The value lies in atomic words, so that copying it while it is written is no data race. Instead
// of fences every word is stored with release and loaded with acquire: a reader that gets a word of
// a writer sees its sequence_ too. On x86 both are plain instructions.
#pragma once

#include <racekit/platform.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace racekit {

struct seqlock_orders {
    static constexpr auto begin = std::memory_order_acquire;   // -> end: the writer before is done
    static constexpr auto write = std::memory_order_release;   // -> read: with it, an odd sequence_
    static constexpr auto end = std::memory_order_release;     // -> start: the value is whole
    static constexpr auto start = std::memory_order_acquire;   // -> end: sees the whole value
    static constexpr auto read = std::memory_order_acquire;    // -> write: sees the sequence_ of it
    // The words were acquired before it: what they came with is seen.
    static constexpr auto verify = std::memory_order_relaxed;
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; what follows decides
    static constexpr auto own = std::memory_order_relaxed;   // no other thread writes at that time
    // Steps that mutation leaves out.
    static constexpr bool recheck = true;  // after copying: a writer may have come between
    static constexpr bool retake = true;   // after waiting for a writer: another may be at it
};

/// T: trivially copyable and without padding worth keeping; anything larger than a few cache lines
/// is better kept under a lock.
template <class T, class orders = seqlock_orders>
class seqlock {
    static_assert(std::is_trivially_copyable_v<T>,
                  "seqlock<T>: a reader copies bytes while they change, so T must be trivially "
                  "copyable");
    static_assert(std::is_default_constructible_v<T>, "seqlock<T>: a copy is put into a new T");

public:
    explicit seqlock(T const& value = T()) { put(value, orders::own); }
    seqlock(seqlock const&) = delete;
    seqlock& operator=(seqlock const&) = delete;

    /// Replaces the value, after any writer before.
    void store(T const& value) { (void)try_store_until(value, never); }

    /// Replaces the value unless another writer is at it; never waits.
    [[nodiscard]] bool try_store(T const& value) {
        std::uint64_t before = sequence_.load(orders::peek);
        if (is_odd(before) || !begin(before)) return false;
        finish(value, before);
        return true;
    }

    /// Replaces the value unless `limit` passes while other writers are at it.
    [[nodiscard]] bool try_store_until(T const& value, deadline limit) {
        std::uint64_t before = 0;
        if (!begin_until(limit, before)) return false;
        finish(value, before);
        return true;
    }

    /// As try_store_until, from now; a negative span is a deadline that has passed.
    template <class Rep, class Period>
    [[nodiscard]] bool try_store_for(T const& value, std::chrono::duration<Rep, Period> span) {
        return try_store_until(value, racekit::after(span));
    }

    /// Lets `change(value)` change the value, alone among writers. If it throws, nothing changes.
    template <class Change>
    void update(Change change) {
        std::uint64_t before = 0;
        (void)begin_until(never, before);
        T value = copied(orders::own);
        try {
            change(value);
        } catch (...) {
            sequence_.store(before, orders::end);
            throw;
        }
        finish(value, before);
    }

    /// A copy of the value, copied again for as long as writers come between.
    [[nodiscard]] T load() const {
        T copy;
        // Without a deadline it does not fail; asked so that g++ knows that `copy` is written.
        while (!try_load_until(copy, never)) {
        }
        return copy;
    }

    /// Copies the value unless a writer is at it or comes between; never waits. Leaves `copy` as it
    /// was if it fails.
    [[nodiscard]] bool try_load(T& copy) const {
        std::uint64_t const seen = sequence_.load(orders::start);
        return !is_odd(seen) && copy_if_whole(copy, seen);
    }

    /// As load(), but gives up at `limit`.
    [[nodiscard]] bool try_load_until(T& copy, deadline limit) const {
        for (;;) {
            std::uint64_t seen = 0;
            if (!await_until(sequence_, is_even, limit, seen, orders::start)) return false;
            if (copy_if_whole(copy, seen)) return true;
            if (limit != never && clock::now() >= limit) return false;
        }
    }

    template <class Rep, class Period>
    [[nodiscard]] bool try_load_for(T& copy, std::chrono::duration<Rep, Period> span) const {
        return try_load_until(copy, racekit::after(span));
    }

private:
    static constexpr std::size_t words = (sizeof(T) + sizeof(std::uint64_t) - 1) /
                                         sizeof(std::uint64_t);
    using buffer = std::array<std::uint64_t, words>;

    static constexpr bool is_odd(std::uint64_t sequence) { return sequence % 2 != 0; }
    static constexpr bool is_even(std::uint64_t sequence) { return sequence % 2 == 0; }

    bool begin(std::uint64_t& even) {
        return sequence_.compare_exchange_strong(even, even + 1, orders::begin, orders::peek);
    }

    bool begin_until(deadline limit, std::uint64_t& before) {
        before = sequence_.load(orders::peek);
        while (is_odd(before) || !begin(before)) {
            if (is_odd(before) && !await_until(sequence_, is_even, limit, before, orders::peek))
                return false;
            if constexpr (!orders::retake) return true;
        }
        return true;
    }

    void finish(T const& value, std::uint64_t before) {
        put(value, orders::write);
        sequence_.store(before + 2, orders::end);
    }

    void put(T const& value, std::memory_order order) {
        buffer bytes{};
        std::memcpy(bytes.data(), &value, sizeof(T));
        for (std::size_t at = 0; at < words; ++at) words_[at].store(bytes[at], order);
    }

    T copied(std::memory_order order) const {
        buffer bytes;
        for (std::size_t at = 0; at < words; ++at) bytes[at] = words_[at].load(order);
        T copy;
        std::memcpy(static_cast<void*>(&copy), bytes.data(), sizeof(T));
        return copy;
    }

    bool copy_if_whole(T& copy, std::uint64_t before) const {
        T const perhaps = copied(orders::read);
        if (orders::recheck && sequence_.load(orders::verify) != before) return false;
        copy = perhaps;
        return true;
    }

    atomic<std::uint64_t> sequence_{0};
    atomic<std::uint64_t> words_[words];
};

}  // namespace racekit
