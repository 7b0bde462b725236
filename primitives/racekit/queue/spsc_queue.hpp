// A bounded first-in first-out queue between one producer thread and one consumer thread.
//
// Progress: wait-free on both sides.
// Invariant: the slots from head up to tail, round the ring, are full; one slot more than the
//            capacity is kept, so that head == tail means empty only. The producer alone writes
//            tail and fills slots; the consumer alone writes head and empties slots.
// Ordering: everything before a try_push() happens before the return of the try_pop() that takes
//           its element. "Full" and "empty" tell of a look at the other side that may be old; when
//           both sides fail at once, no single moment explains both answers.
// Source: Leslie Lamport, "Specifying Concurrent Program Modules", 1983 (the ring); Nhat Minh Lê,
//         Adrien Guatto, Albert Cohen and Antoniu Pop, "Correct and Efficient Bounded FIFO Queues",
//         2013 (each side remembers the other's index and looks again only when it seems to run
//         out).
//
// The capacity is a constructor argument, any number from 1: it usually comes from a configuration,
// and keeping the bound in each side's own cache line makes it as cheap as a constant.
#pragma once

#include <racekit/platform.hpp>

#include <cstddef>
#include <limits>
#include <memory>
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
};

template <class T, class orders = spsc_orders>
class spsc_queue {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_move_constructible_v<T>, "an element must be movable");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit spsc_queue(std::size_t capacity)
        : slots_(std::make_unique<slot<T>[]>(checked(capacity) + 1)),
          producer_{{slots_.get(), capacity + 1}},
          consumer_{{slots_.get(), capacity + 1}} {}

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
    [[nodiscard]] bool try_push(T&& element, site where = site::here()) {
        return push(std::move(element), where);
    }
    [[nodiscard]] bool try_push(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return push(element, where);
    }

    /// Consumer only. False if the queue is empty; `into` is then as it was. If the assignment
    /// throws, the element is still the next one.
    [[nodiscard]] bool try_pop(T& into, site where = site::here()) {
        std::size_t const at = consumer_.head.load(orders::own);
        if (at == consumer_.tail_seen.read(where)) {
            std::size_t const end = producer_.tail.load(orders::observe);
            consumer_.tail_seen.write(end, where);
            if (at == end) return false;
        }
        consumer_.slots[at].take_into(into, where);
        consumer_.head.store(consumer_.next(at), orders::vacate);
        return true;
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return producer_.ring - 1; }

    /// How many elements there were at some moment during the call; exact when neither side runs.
    [[nodiscard]] std::size_t size() const {
        std::size_t const begin = consumer_.head.load(orders::glance);
        std::size_t const end = producer_.tail.load(orders::glance);
        return end >= begin ? end - begin : end + producer_.ring - begin;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

private:
    static constexpr std::size_t line = 64;  // of a cache; std's constant varies with flags

    struct bounds {
        [[nodiscard]] std::size_t next(std::size_t at) const { return at + 1 == ring ? 0 : at + 1; }

        slot<T>* const slots;
        std::size_t const ring;  // capacity + 1
    };

    // What one side alone writes, and all else that it reads, in a cache line of its own.

    struct alignas(line) producer : bounds {
        atomic<std::size_t> tail{0};      // the next slot to fill
        plain<std::size_t> head_seen{0};  // head when the producer last looked
    };
    struct alignas(line) consumer : bounds {
        atomic<std::size_t> head{0};      // the next slot to empty
        plain<std::size_t> tail_seen{0};  // tail when the consumer last looked
    };

    static std::size_t checked(std::size_t capacity) {
        if (capacity == 0) throw std::invalid_argument("racekit::spsc_queue: capacity 0");
        if (capacity > std::numeric_limits<std::size_t>::max() / sizeof(slot<T>) / 2)
            throw std::invalid_argument("racekit::spsc_queue: capacity too large");
        return capacity;
    }

    template <class Value>
    [[gnu::always_inline]] bool push(Value&& element, site where) {
        std::size_t const at = producer_.tail.load(orders::own);
        std::size_t const after = producer_.next(at);
        if (after == producer_.head_seen.read(where)) {
            std::size_t const begin = consumer_.head.load(orders::reclaim);
            producer_.head_seen.write(begin, where);
            if (after == begin) return false;
        }
        producer_.slots[at].put(std::forward<Value>(element), where);
        producer_.tail.store(after, orders::publish);
        return true;
    }

    std::unique_ptr<slot<T>[]> const slots_;
    producer producer_;
    consumer consumer_;
};

}  // namespace racekit
