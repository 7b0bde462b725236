// A bounded first-in first-out queue for any number of producers and consumers that may wait.
//
// Progress: blocking, a lock around each operation. Nobody waits while there is room, or an
//           element.
// Invariant: the `count_` slots from first_ on, round the ring, are full; once closed_, count_ only
//            falls.
// Ordering: everything before a put() happens before the return of the get() that takes its
//           element; everything before close() before the return of any call that says `closed`.
#pragma once

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace racekit {

/// How an operation on a queue ended. Only `done` moved an element.
enum class [[nodiscard]] queue_state {
    done,
    full,       ///< try_put: no room now
    empty,      ///< try_get: no element now
    closed,     ///< put: takes no more elements; get: and the last one has been taken
    timed_out,  ///< the deadline passed first
};

[[nodiscard]] constexpr char const* name(queue_state how) noexcept {
    switch (how) {
        case queue_state::done: return "done";
        case queue_state::full: return "full";
        case queue_state::empty: return "empty";
        case queue_state::closed: return "closed";
        case queue_state::timed_out: break;
    }
    return "timed out";
}

template <class T>
class blocking_queue {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_move_constructible_v<T>, "an element must be movable");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    /// Throws std::invalid_argument when `capacity` is 0 or cannot be represented.
    explicit blocking_queue(std::size_t capacity)
        : capacity_(checked(capacity)), ring_(std::make_unique<slot<T>[]>(capacity)) {}

    /// Destroys what is left. Nobody may still be inside a call.
    ~blocking_queue() {
        for (std::size_t left = count_.read(), at = first_.read(); left != 0; --left) {
            ring_[at].drop();
            at = next(at);
        }
    }

    blocking_queue(blocking_queue const&) = delete;
    blocking_queue& operator=(blocking_queue const&) = delete;

    // put: `element` is moved from only if the result is `done`. If its move throws, nothing was
    // put.

    /// Waits for room. `done` or `closed`.
    queue_state put(T&& element, site where = site::here()) {
        return put_until(std::move(element), never, where);
    }
    queue_state put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put(T(element), where);
    }

    /// Never waits. `done`, `full` or `closed`.
    queue_state try_put(T&& element, site where = site::here()) {
        unique_lock hold(gate_, where);
        if (closed_.read(where)) return queue_state::closed;
        if (count_.read(where) == capacity_) return queue_state::full;
        append(std::move(element), where);
        hold.unlock(where);
        not_empty_.notify_one();
        return queue_state::done;
    }
    queue_state try_put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return try_put(T(element), where);
    }

    /// Waits for room until `limit`. `done`, `closed` or `timed_out`.
    queue_state put_until(T&& element, deadline limit, site where = site::here()) {
        unique_lock hold(gate_, where);
        auto const may_go_on = [&] {
            return closed_.read(where) || count_.read(where) != capacity_;
        };
        if (!wait(not_full_, hold, limit, may_go_on, where)) return queue_state::timed_out;
        if (closed_.read(where)) return queue_state::closed;
        append(std::move(element), where);
        hold.unlock(where);
        not_empty_.notify_one();
        return queue_state::done;
    }
    queue_state put_until(T const& element, deadline limit, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put_until(T(element), limit, where);
    }

    // get: `into` is assigned to only if the result is `done`. If that throws, the element is still
    // the next one.

    /// Waits for an element. `done`, or `closed` when none is left and none will come.
    queue_state get(T& into, site where = site::here()) { return get_until(into, never, where); }

    /// Never waits. `done`, `empty` or `closed`.
    queue_state try_get(T& into, site where = site::here()) {
        unique_lock hold(gate_, where);
        if (count_.read(where) == 0)
            return closed_.read(where) ? queue_state::closed : queue_state::empty;
        remove(into, where);
        hold.unlock(where);
        not_full_.notify_one();
        return queue_state::done;
    }

    /// Waits for an element until `limit`. `done`, `closed` or `timed_out`.
    queue_state get_until(T& into, deadline limit, site where = site::here()) {
        unique_lock hold(gate_, where);
        auto const may_go_on = [&] { return count_.read(where) != 0 || closed_.read(where); };
        if (!wait(not_empty_, hold, limit, may_go_on, where)) return queue_state::timed_out;
        if (count_.read(where) == 0) return queue_state::closed;
        remove(into, where);
        hold.unlock(where);
        not_full_.notify_one();
        return queue_state::done;
    }

    /// Takes no more elements from now on, and wakes everyone who waits. What was put can still be
    /// got. Closing again does nothing.
    void close(site where = site::here()) {
        {
            scoped_lock hold(gate_, where);
            closed_.write(true, where);
        }
        not_empty_.notify_all();
        not_full_.notify_all();
    }

    // True at a moment during the call, and perhaps no longer when it returns: never decide by them
    // what the next call will do. try_put and try_get test and act in one step.

    [[nodiscard]] std::size_t size(site where = site::here()) const {
        scoped_lock hold(gate_, where);
        return count_.read(where);
    }
    [[nodiscard]] bool empty(site where = site::here()) const { return size(where) == 0; }
    [[nodiscard]] bool is_closed(site where = site::here()) const {
        scoped_lock hold(gate_, where);
        return closed_.read(where);
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
    static std::size_t checked(std::size_t capacity) {
        if (capacity == 0) throw std::invalid_argument("racekit::blocking_queue: capacity 0");
        if (capacity > std::numeric_limits<std::size_t>::max() / sizeof(slot<T>) / 2)
            throw std::invalid_argument("racekit::blocking_queue: capacity too large");
        return capacity;
    }

    [[nodiscard]] std::size_t next(std::size_t at) const {
        return at + 1 == capacity_ ? 0 : at + 1;
    }

    template <class Lock, class Predicate>
    static bool wait(condition_variable& changed, Lock& hold, deadline limit, Predicate done,
                     site where) {
        if (limit != never) return changed.wait_until(hold, limit, done, where);
        changed.wait(hold, done, where);
        return true;
    }

    void append(T&& element, site where) {
        ring_[free_.read(where)].put(std::move(element), where);
        free_.write(next(free_.read(where)), where);
        count_.write(count_.read(where) + 1, where);
    }

    void remove(T& into, site where) {
        std::size_t const at = first_.read(where);
        ring_[at].take_into(into, where);
        first_.write(next(at), where);
        count_.write(count_.read(where) - 1, where);
    }

    std::size_t const capacity_;
    std::unique_ptr<slot<T>[]> const ring_;
    mutex mutable gate_;
    condition_variable not_empty_;
    condition_variable not_full_;
    plain<std::size_t> first_{0};  // the oldest element
    plain<std::size_t> free_{0};   // where the next one goes
    plain<std::size_t> count_{0};
    plain<bool> closed_{false};
};

}  // namespace racekit
