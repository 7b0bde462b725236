// SPDX-License-Identifier: MIT
// shared_array: an array of small values in shared memory, changed one at a time or several at
// once.
//
// Progress: get() is wait-free. set(), fetch_add(), update() and read_all() are blocking.
// Invariant: while the lock is free, log_length_ is 0 and the elements are what the last update()
//           left. An update() writes its changes into the log and takes effect by one store of
//           log_length_; then they are copied into the elements, which may be done any number of
//           times.
// Ordering: as copied_value; get() of one element, everything before the set() that it reads.
// Death:    before the store of log_length_ nothing has happened; after it the next owner of the
//           lock finishes the copying. A get() meanwhile sees each element whole, the old or the
//           new one.
// Errors:   std::out_of_range for an index that is not there. update() changes nothing if its
//           function throws.
// Source:   redo logging, as in databases (ARIES), with a log as long as the array.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/shared/shared_atomic.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace racekit {

struct shared_array_orders {
    static constexpr auto commit = std::memory_order_release;  // -> find: the log is whole
    static constexpr auto find = std::memory_order_acquire;    // -> commit: sees a whole log
    static constexpr auto write = std::memory_order_release;   // -> read
    static constexpr auto read = std::memory_order_acquire;    // -> write
    static constexpr auto own = std::memory_order_relaxed;     // under the lock
    // Steps that mutation leaves out.
    static constexpr bool log_first = true;  // the elements change only once the log is committed
    static constexpr bool redo = true;       // what a dead owner had committed is finished
};

/// Place it in shared memory before the processes that use it start.
template <address_free T, std::size_t count, class orders = shared_array_orders,
          class Mutex = robust_mutex>
class shared_array {
    static_assert(count > 0, "an array of no elements");

public:
    using value_type = T;

    explicit shared_array(T value = T()) {
        for (auto& each : elements_) each.store(value, orders::own);
    }
    shared_array(shared_array const&) = delete;
    shared_array& operator=(shared_array const&) = delete;

    [[nodiscard]] static constexpr std::size_t size() { return count; }

    [[nodiscard]] T get(std::size_t at) const { return element(at).load(orders::read); }
    void set(std::size_t at, T value, site where = site::here()) {
        check(at);
        hold const all(*this, where);
        elements_[at].store(value, orders::write);
    }
    /// Adds `by` in one step; returns the value before.
    T fetch_add(std::size_t at, T by, site where = site::here()) {
        check(at);
        hold const all(*this, where);
        T const before = elements_[at].load(orders::own);
        elements_[at].store(static_cast<T>(before + by), orders::write);
        return before;
    }

    /// All elements at one time, between changes.
    [[nodiscard]] std::array<T, count> read_all(site where = site::here()) {
        hold const all(*this, where);
        std::array<T, count> copy;
        for (std::size_t at = 0; at < count; ++at) copy[at] = elements_[at].load(orders::own);
        return copy;
    }

    /// Lets `change(std::array<T, count>&)` change elements; all of its changes take effect, or
    /// none. Costs as much as copying the array.
    template <class Change>
    void update(Change change, site where = site::here()) {
        hold const all(*this, where);
        std::array<T, count> values;
        for (std::size_t at = 0; at < count; ++at) values[at] = elements_[at].load(orders::own);
        change(values);
        std::uint32_t length = 0;
        for (std::size_t at = 0; at < count; ++at) {
            if (values[at] == elements_[at].load(orders::own)) continue;
            log_[length].at.store(static_cast<std::uint32_t>(at), orders::own);
            log_[length].value.store(values[at], orders::own);
            ++length;
            if constexpr (!orders::log_first) elements_[at].store(values[at], orders::write);
        }
        log_length_.store(length, orders::commit);
        apply();
    }

private:
    struct entry {
        atomic<std::uint32_t> at{0};
        atomic<T> value{T()};
    };
    struct hold {
        hold(shared_array& of, site where) : held(of.lock_, [&] { of.repair(); }, where) {}
        robust_lock<Mutex> held;
    };

    static void check(std::size_t at) {
        if (at >= count)
            throw std::out_of_range("shared_array: element " + std::to_string(at) + " of " +
                                    std::to_string(count));
    }
    [[nodiscard]] atomic<T> const& element(std::size_t at) const {
        check(at);
        return elements_[at];
    }
    void repair() {
        if constexpr (orders::redo) apply();
    }
    /// Copies what the log holds; once or more often makes no difference.
    void apply() {
        std::uint32_t const length = log_length_.load(orders::find);
        for (std::uint32_t each = 0; each < length; ++each)
            elements_[log_[each].at.load(orders::own)].store(log_[each].value.load(orders::own),
                                                             orders::write);
        log_length_.store(0, orders::commit);
    }

    Mutex lock_;
    atomic<std::uint32_t> log_length_{0};
    atomic<T> elements_[count];
    entry log_[count];
};

}  // namespace racekit
