// SPDX-License-Identifier: MIT
// A bounded first-in first-out queue between one producer thread and one consumer thread.
//
// Progress: wait-free on both sides.
// Invariant: the slots from head up to tail, round the ring, are full. The producer alone writes
//            tail and fills slots; the consumer alone writes head and empties slots. What it
//            publishes, vacated, is less than `lag` slots behind head, and so many slots more
//            than the capacity are kept: vacated == tail + 1 means full, head == tail empty.
// Ordering: everything before a try_push() happens before the return of the try_pop() that takes
//           its element. "Full" and "empty" rest on a load of the other side's index that may be
//           old; when both sides fail at once, no single point in time explains both answers.
// Source: Leslie Lamport, "Specifying Concurrent Program Modules", 1983 (the ring); Nhat Minh Lê,
//         Adrien Guatto, Albert Cohen and Antoniu Pop, "Correct and Efficient Bounded FIFO Queues",
//         2013 (each side remembers the other's index and looks again only when it seems to run
//         out).
//
// The capacity is a constructor argument, any number from 1: it usually comes from a configuration,
// and keeping the bound in each side's own cache line makes it as cheap as a constant.
//
// The consumer of a large queue publishes vacated slots only every `lag` elements: then a producer
// that finds the queue full does not take the consumer's line from it for every single slot. No
// producer can be left waiting by that, because of the slots that are kept for it: a push fails
// only while at least capacity() elements are there (or were, at the old look). It may succeed with
// up to lag() - 1 more. With a lag of 1, as small queues have it, the capacity is exact.
//
// Two neighbours in one cache line are each other's enemy: of both sides' time most goes into lines
// that go over and come back. So the producer sends for the lines that it will write next ahead of
// time, and a try_pop() that has caught up with a stream pauses before it says "empty", for up to
// 16 of the processor's pauses (about a microsecond): see fall_back().
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>
#include <racekit/queue/capacity.hpp>
#include <racekit/queue/queue_state.hpp>
#include <racekit/queue/ring_bounds.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace racekit {

struct spsc_orders {
    static constexpr auto publish = std::memory_order_release;  // -> observe: pop sees it whole
    static constexpr auto observe = std::memory_order_acquire;  // -> publish
    static constexpr auto vacate = std::memory_order_release;   // -> reclaim: push finds it empty
    static constexpr auto reclaim = std::memory_order_acquire;  // -> vacate
    static constexpr auto own = std::memory_order_relaxed;      // the index that it alone writes
    static constexpr auto glance = std::memory_order_relaxed;   // size() is advice
    // Steps that mutation leaves out.
    static constexpr bool look_again = true;  // the other's index, once what it was will not do
    static constexpr bool recheck = true;     // then: it may still be empty, or full
};

template <class T, class orders = spsc_orders>
class spsc_queue {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_move_constructible_v<T>, "an element must be movable");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit spsc_queue(std::size_t capacity) : spsc_queue(capacity, usual_lag(capacity)) {}
    /// The same if `lag` is 0 or greater than the capacity.
    spsc_queue(std::size_t capacity, std::size_t lag)
        : slots_(std::make_unique<slot<T>[]>(checked(capacity, lag) + lag)),
          producer_{{slots_.get(), capacity + lag}},
          consumer_{{slots_.get(), capacity + lag}, lag} {
        consumer_.publishes_at.write(lag);
    }

    /// Destroys what is left. Both sides must have finished.
    ~spsc_queue() {
        std::size_t const end = producer_.tail.load(orders::own);
        for (std::size_t at = consumer_.head.load(orders::own); at != end; at = consumer_.next(at))
            consumer_.slots[at].drop();
    }

    spsc_queue(spsc_queue const&) = delete;
    spsc_queue& operator=(spsc_queue const&) = delete;

    /// Producer only. False if the queue is full; `element` is then as it was. If its constructor
    /// throws, nothing was pushed.
    [[nodiscard, gnu::always_inline]] bool try_push(T&& element, site where = site::here()) {
        return push(std::move(element), where);
    }
    [[nodiscard, gnu::always_inline]] bool try_push(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return push(element, where);
    }

    /// Consumer only. False if the queue is empty; `into` is then as it was. If the assignment
    /// throws, the element is still the next one.
    [[nodiscard, gnu::always_inline]] bool try_pop(T& into, site where = site::here()) {
        if constexpr (guards_elements) element_code::expect_outside(&consumer_);
        std::size_t const at = consumer_.head.load(orders::own);
        if (at == consumer_.tail_seen.read(where)) {
            if (!orders::look_again) return false;
            std::size_t const end = producer_.tail.load(orders::observe);
            consumer_.tail_seen.write(end, where);
            if (orders::recheck && at == end) return fall_back();
            consumer_.found = consumer_.size(at, end);
        }
        take(consumer_.slots[at], into, where);
        std::size_t const after = consumer_.next(at);
        consumer_.head.store(after, orders::own);
        if (after == consumer_.publishes_at.read(where)) publish(after, where);
        return true;
    }

    /// Producer only. Moves as many elements from the front of `from` as there is room for, in one
    /// publication; returns how many.
    [[nodiscard]] std::size_t push_many(std::span<T> from, site where = site::here())
        requires std::is_nothrow_move_constructible_v<T>
    {
        if constexpr (guards_elements) element_code::expect_outside(&producer_);
        std::size_t const at = producer_.tail.load(orders::own);
        std::size_t room = producer_.distance(at, producer_.head_seen.read(where)) - 1;
        if (orders::look_again && room < from.size()) {
            std::size_t const begin = vacated_.index.load(orders::reclaim);
            producer_.head_seen.write(begin, where);
            room = producer_.distance(at, begin) - 1;
        }
        std::size_t const count = std::min(room, from.size());
        if (count == 0) return count;
        std::size_t const after =
            producer_.visit(at, count, [&](slot<T>& one, std::size_t number) {
                put(one, std::move(from[number]), where);
            });
        producer_.tail.store(after, orders::publish);
        return count;
    }

    /// Consumer only. Moves as many elements to the front of `into` as there are and it can hold;
    /// returns how many.
    [[nodiscard]] std::size_t pop_many(std::span<T> into, site where = site::here())
        requires std::is_nothrow_move_assignable_v<T>
    {
        if constexpr (guards_elements) element_code::expect_outside(&consumer_);
        std::size_t const at = consumer_.head.load(orders::own);
        std::size_t there = consumer_.size(at, consumer_.tail_seen.read(where));
        if (orders::look_again && there < into.size()) {
            std::size_t const end = producer_.tail.load(orders::observe);
            consumer_.tail_seen.write(end, where);
            there = consumer_.size(at, end);
        }
        std::size_t const count = std::min(there, into.size());
        if (count == 0) return count;
        std::size_t const after =
            consumer_.visit(at, count, [&](slot<T>& one, std::size_t number) {
                take(one, into[number], where);
            });
        consumer_.head.store(after, orders::own);
        if (count >= consumer_.size(at, consumer_.publishes_at.read(where))) publish(after, where);
        return count;
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return producer_.ring - consumer_.lag; }
    /// How many vacated slots, plus one, the consumer may keep to itself.
    [[nodiscard]] std::size_t lag() const noexcept { return consumer_.lag; }

    /// How many elements there were at one time during the call; exact when neither side runs.
    [[nodiscard]] std::size_t size() const {
        std::size_t const begin = consumer_.head.load(orders::glance);
        return consumer_.size(begin, producer_.tail.load(orders::glance));
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

private:
    static constexpr std::size_t most_pauses = 16;

    static constexpr bool guards_elements = checks_element_code && runs_element_code<T>;

    using bounds = ring_bounds<slot<T>>;  // capacity + lag slots

    // What one side alone writes, and all else that it reads, in a cache line of its own.

    struct alignas(cache_line) producer : bounds {
        atomic<std::size_t> tail{0};      // the next slot to fill
        plain<std::size_t> head_seen{0};  // vacated when the producer last looked
    };
    struct alignas(cache_line) consumer : bounds {
        std::size_t const lag;
        atomic<std::size_t> head{0};      // the next slot to empty
        plain<std::size_t> tail_seen{0};  // tail when the consumer last looked
        plain<std::size_t> publishes_at{0};   // it publishes head there, or beyond
        std::size_t found = 1;            // by the last look at tail of a try_pop(); not 0
    };
    struct alignas(cache_line) published {
        atomic<std::size_t> index{0};  // head when the consumer last stored it here
    };

    [[nodiscard]] static constexpr std::size_t usual_lag(std::size_t capacity) noexcept {
        return capacity < 1024 ? 1 : 32;
    }
    static std::size_t checked(std::size_t capacity, std::size_t lag) {
        if (lag == 0 || lag > checked_capacity<slot<T>>(capacity))
            throw std::invalid_argument("racekit::spsc_queue: a lag from 1 to the capacity");
        return capacity;
    }

    // Empty, or full. A caller that asks again at once would take the other side's line from it for
    // every element.

    [[gnu::always_inline]] static bool nothing_yet() {
        cpu_relax();
        return false;
    }
    /// A consumer that has caught up with a stream, of which it found several elements at its last
    /// look, would go on so for as long as both are equally fast: once, it lets about as many come.
    [[gnu::noinline]] bool fall_back() {
        std::size_t const pauses = std::min(consumer_.found, most_pauses);
        consumer_.found = 1;
        for (std::size_t each = 0; each < pauses; ++each) cpu_relax();
        return false;
    }

    template <class Value>
    [[gnu::always_inline]] bool push(Value&& element, site where) {
        if constexpr (guards_elements) element_code::expect_outside(&producer_);
        std::size_t const at = producer_.tail.load(orders::own);
        std::size_t const after = producer_.next(at);
        if (after == producer_.head_seen.read(where)) {
            if (!orders::look_again) return nothing_yet();
            std::size_t const begin = vacated_.index.load(orders::reclaim);
            producer_.head_seen.write(begin, where);
            if (orders::recheck && after == begin) return nothing_yet();
        }
        if (at % bounds::in_a_line == 0) producer_.ahead_of(at).expect();
        put(producer_.slots[at], std::forward<Value>(element), where);
        producer_.tail.store(after, orders::publish);
        return true;
    }

    // An element's own code must not use its side of the queue, where the slot is still claimed:
    // checked builds throw queue_reentered.

    template <class Value>
    [[gnu::always_inline]] void put(slot<T>& into, Value&& element, site where) {
        if constexpr (guards_elements) {
            element_code const running(&producer_);
            into.put(std::forward<Value>(element), where);
        } else {
            into.put(std::forward<Value>(element), where);
        }
    }
    [[gnu::always_inline]] void take(slot<T>& from, T& into, site where) {
        if constexpr (guards_elements) {
            element_code const running(&consumer_);
            from.take_into(into, where);
        } else {
            from.take_into(into, where);
        }
    }

    [[gnu::always_inline]] void publish(std::size_t head, site where) {
        consumer_.publishes_at.write(consumer_.after(head, consumer_.lag), where);
        vacated_.index.store(head, orders::vacate);
    }

    std::unique_ptr<slot<T>[]> const slots_;
    producer producer_;
    consumer consumer_;
    published vacated_;
};

}  // namespace racekit
