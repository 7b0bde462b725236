// SPDX-License-Identifier: MIT
// copied_value: a value of any size in shared memory, which readers copy without a lock.
//
// Progress: blocking. But get() takes no lock unless writers come round all copies while it copies,
//           several times one after the other; then it takes the lock, so that no writer starves
//           it.
// Invariant: the copy number version_ % copies is whole at every instant. A new value is written
//           into the oldest copy and takes effect by one store, so a process that dies in the
//           middle leaves the value before, and there is nothing to repair.
// Ordering: everything before set() happens before the return of the get() that returns its value;
//           what update() does happens before what the next one does.
// Death:    of a reader, nothing; of a writer, the value is the old or the new one, whole.
// Errors:   lock_poisoned never: there is no unlock() without repair. update() leaves the value as
//           it was if its function throws, and passes the exception on.
// Source:   the latch of two copies (Linux, seqcount_latch_t), with more copies and one counter, so
//           that neither a dead nor a busy writer keeps a reader from a whole copy; Boehm, "Can
//           Seqlocks Get Along with Programming Language Memory Models?", 2012, for the fences.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace racekit {

struct copied_value_orders {
    static constexpr auto commit = std::memory_order_release;     // -> find: the copy is whole
    static constexpr auto find = std::memory_order_acquire;       // -> commit: sees a whole copy
    static constexpr auto overwrite = std::memory_order_release;  // fence -> verify: sees version_
    static constexpr auto verify = std::memory_order_acquire;     // fence -> overwrite
    static constexpr auto word = std::memory_order_relaxed;       // the fences order the words
    static constexpr auto own = std::memory_order_relaxed;        // under the lock
    // Steps that mutation leaves out.
    static constexpr bool beside = true;   // the new value is written beside the one that counts
    static constexpr bool recheck = true;  // after copying: writers may have come round
};

/// Place it in shared memory before the processes that use it start. T: trivially copyable, without
/// pointers. It takes `copies` times the size of T, each a cache line at least.
template <class T, std::size_t copies = 8, class orders = copied_value_orders,
          class Mutex = robust_mutex>
class copied_value {
    static_assert(std::is_trivially_copyable_v<T>, "bytes are all that another process sees");
    static_assert(std::is_default_constructible_v<T>, "a copy is put into a new T");
    static_assert(copies >= 2, "a new value is written beside the one that counts");

public:
    using value_type = T;

    explicit copied_value(T const& value = T()) { put(0, value); }
    copied_value(copied_value const&) = delete;
    copied_value& operator=(copied_value const&) = delete;

    /// The value, whole. One call is one read.
    [[nodiscard]] T get(site where = site::here()) const {
        for (int attempt = 0; attempt < most_attempts; ++attempt) {
            std::uint64_t const seen = version_.load(orders::find);
            T const copy = copied(seen % copies);
            racekit::atomic_thread_fence(orders::verify);
            // The writer of version seen + copies begins once seen + copies - 1 is there.
            if (!orders::recheck || version_.load(orders::word) - seen <= copies - 2) return copy;
        }
        robust_lock<Mutex> const hold(lock_, [] {}, where);
        return copied(version_.load(orders::own) % copies);
    }
    /// Replaces the value.
    void set(T const& value, site where = site::here()) {
        robust_lock<Mutex> const hold(lock_, [] {}, where);
        commit(value);
    }
    /// Lets `change(T&)` change the value, alone among writers, and returns the new one. Other
    /// processes see all of the change or nothing.
    template <class Change>
    T update(Change change, site where = site::here()) {
        robust_lock<Mutex> const hold(lock_, [] {}, where);
        T value = copied(version_.load(orders::own) % copies);
        change(value);
        commit(value);
        return value;
    }

    /// The lock held, and the value with it: between get() and set() of one of these no other
    /// process changes the value.
    class [[nodiscard]] held {
    public:
        [[nodiscard]] T get() const {
            return value_.copied(value_.version_.load(orders::own) % copies);
        }
        void set(T const& value) { value_.commit(value); }

    private:
        friend class copied_value;
        explicit held(copied_value& value, site where)
            : value_(value), lock_(value.lock_, [] {}, where) {}
        copied_value& value_;
        robust_lock<Mutex> lock_;
    };
    /// Takes the lock for the life of what it returns.
    [[nodiscard]] held get_lock(site where = site::here()) { return held(*this, where); }

private:
    static constexpr int most_attempts = 8;
    static constexpr std::size_t words =
        (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    using buffer = std::array<std::uint64_t, words>;

    struct alignas(cache_line) copy_of_value {
        atomic<std::uint64_t> word[words];
    };

    void put(std::size_t which, T const& value) {
        buffer bytes{};
        std::memcpy(bytes.data(), &value, sizeof(T));
        for (std::size_t at = 0; at < words; ++at)
            copies_[which].word[at].store(bytes[at], orders::word);
    }
    [[nodiscard]] T copied(std::size_t which) const {
        buffer bytes;
        for (std::size_t at = 0; at < words; ++at)
            bytes[at] = copies_[which].word[at].load(orders::word);
        T copy;
        std::memcpy(static_cast<void*>(&copy), bytes.data(), sizeof(T));
        return copy;
    }
    void commit(T const& value) {
        std::uint64_t const next = version_.load(orders::own) + 1;
        // A reader that gets a word of this value sees the version before it, at least.
        racekit::atomic_thread_fence(orders::overwrite);
        put((orders::beside ? next : next - 1) % copies, value);
        version_.store(next, orders::commit);
    }

    // Readers change nothing; that get() may take the lock is part of reading.
    mutable Mutex lock_;
    alignas(cache_line) atomic<std::uint64_t> version_{0};
    copy_of_value copies_[copies];
};

}  // namespace racekit
