// SPDX-License-Identifier: MIT
// shared_queue: a bounded first-in first-out queue in shared memory for any number of processes.
//
// Progress: blocking. Producers keep producers waiting, consumers keep consumers waiting, for the
//           length of one copy; each of them spins, yields and then sleeps, and looks again after
//           50 ms.
// Invariant: elements freed_ .. tail_ - 1 are there, in order; those from head_ on have never been
//           taken. A cell before head_ says in its state whether its element is done with,
//           reserved by a process, or given back. Every operation takes effect by ONE store: push
//           by that of tail_, taking a new element by that of head_, everything that happens to a
//           taken one by that of its state. So a death leaves nothing to repair.
// Ordering: everything before push() happens before the return of the pop() or reserve() that gets
//           the element; everything before ack() or nack() before what reuses or gets it again.
// Death:    of a producer, its element is in the queue, whole, or not at all; if push() returned,
//           it is. Of a consumer in pop(), at most the one element is gone. Of a process that has
//           reserved elements, they come back to the front, marked redelivered, once a waiting
//           process looks again (50 ms), or by recover().
// Errors:   queue_state; not_reserved for a ticket that is not, or no more, the caller's;
//           too_many_participants.
// Source:   two-lock queue of Michael and Scott, 1996, in a ring; the states are own.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>
#include <racekit/platform/queue_state.hpp>
#include <racekit/shared/participant_table.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

namespace racekit {

struct shared_queue_orders {
    static constexpr auto publish = std::memory_order_release;  // -> observe: the element is whole
    static constexpr auto observe = std::memory_order_acquire;  // -> publish: sees whole elements
    static constexpr auto vacate = std::memory_order_release;   // -> reuse: the copy is made
    static constexpr auto reuse = std::memory_order_acquire;    // -> vacate: overwrites no copying
    static constexpr auto commit = std::memory_order_release;   // -> found: after what it commits
    static constexpr auto found = std::memory_order_acquire;    // -> commit, after a death
    static constexpr auto own = std::memory_order_relaxed;      // under the same lock
    static constexpr auto peek = std::memory_order_relaxed;     // a hint; what follows decides
    // Steps that mutation leaves out.
    static constexpr bool fill_first = true;    // the element is whole before it is published
    static constexpr bool copy_first = true;    // the element is copied before it is given up
    static constexpr bool state_first = true;   // a cell's state is right before head_ passes it
    static constexpr bool recover_dead = true;  // what a dead process reserved comes back
    static constexpr bool free_behind = true;   // what a dead consumer had done with is freed
    static constexpr bool recheck = true;       // before sleeping: an element may have come
};

/// A ticket was acknowledged or given back that the calling process does not hold. Nothing changed.
struct not_reserved : std::logic_error {
    not_reserved()
        : std::logic_error(
              "shared_queue: the ticket is not reserved by this process: it was acknowledged or "
              "given back before, or belongs to another process") {}
};

/// Place it in shared memory before the processes that use it start. T: trivially copyable, without
/// pointers. `places`: how many processes may have elements reserved at one time.
template <class T, std::size_t most, class orders = shared_queue_orders, std::size_t places = 64,
          class Mutex = robust_mutex>
class shared_queue {
    static_assert(std::is_trivially_copyable_v<T>, "bytes are all that another process sees");
    static_assert(std::is_default_constructible_v<T>, "an element is copied into a new T");
    static_assert(most > 0 && most <= (std::size_t{1} << 31), "a capacity from 1 to 2^31");

public:
    using value_type = T;

    /// An element that this process has and that the queue keeps until it is acknowledged.
    struct ticket {
        T value{};
        bool redelivered = false;  ///< another process has had it before, and died or gave it back
        std::uint64_t position = 0;
    };

    shared_queue() = default;
    shared_queue(shared_queue const&) = delete;
    shared_queue& operator=(shared_queue const&) = delete;

    [[nodiscard]] static constexpr std::size_t capacity() { return most; }

    /// Puts the element at the end, waiting for room. `done`: it is in the queue, whatever becomes
    /// of this process. `closed`, `timed_out`: it is not.
    queue_state push(T const& value) { return push_until(value, never); }
    queue_state push_until(T const& value, deadline limit) {
        rechecking_sleep asleep;
        for (;;) {
            std::uint32_t const word = freed_word_.load(orders::found);
            queue_state const how = try_push(value);
            if (how != queue_state::full) return how;
            if (!wait_for_room(asleep, word, limit)) return queue_state::timed_out;
        }
    }
    queue_state try_push(T const& value) {
        bool wakes = false;
        {
            robust_lock<Mutex> const hold(producers_, [] {});
            if (is_closed()) return queue_state::closed;
            std::uint64_t const at = tail_.load(orders::own);
            if (at - freed_seen_.load(orders::own) >= most) {
                freed_seen_.store(freed_.load(orders::reuse), orders::own);
                if (at - freed_seen_.load(orders::own) >= most) return queue_state::full;
            }
            if constexpr (!orders::fill_first) tail_.store(at + 1, orders::publish);
            cell(at).value.write(value);
            if constexpr (orders::fill_first) tail_.store(at + 1, orders::publish);
            wakes = take_note(consumers_asleep_, filled_);
        }
        if (wakes) futex_wake(filled_, every, futex_scope::process_shared);
        return queue_state::done;
    }

    /// Takes the first element, waiting for one. At most once: if this process dies in the call,
    /// the element may be gone. `closed`: and there is none left.
    queue_state pop(T& into) { return pop_until(into, never); }
    queue_state pop_until(T& into, deadline limit) {
        return take_until([&] { return try_pop(into); }, limit);
    }
    queue_state try_pop(T& into) {
        ticket taken;
        queue_state const how = take(taken, [](std::size_t) { return state_done; });
        if (how == queue_state::done) into = taken.value;
        return how;
    }

    /// Takes the first element and keeps it in the queue until ack(). At least once: if this
    /// process dies or calls nack(), another one gets it.
    queue_state reserve(ticket& into) { return reserve_until(into, never); }
    queue_state reserve_until(ticket& into, deadline limit) {
        return take_until([&] { return try_reserve(into); }, limit);
    }
    queue_state try_reserve(ticket& into) {
        return take(into, [](std::size_t holder) {
            return state_reserved | static_cast<std::uint32_t>(holder) << holder_shift;
        });
    }
    /// Done with it: the queue forgets the element. Throws not_reserved.
    void ack(ticket const& held) {
        bool wakes = false;
        {
            robust_lock<Mutex> const hold(consumers_, [] {});
            check_mine(held);
            cell(held.position).state.store(state_done, orders::commit);
            wakes = free_behind();
        }
        if (wakes) futex_wake(freed_word_, every, futex_scope::process_shared);
        if (is_closed()) wake_consumers();  // they wait whether it comes back
    }
    /// Gives it back, to the front of the queue. Throws not_reserved.
    void nack(ticket const& held) {
        {
            robust_lock<Mutex> const hold(consumers_, [] {});
            check_mine(held);
            give_back(held.position);
        }
        wake_consumers();
    }

    /// Gives back what dead processes have reserved; returns how many elements. Waiting processes
    /// do so themselves.
    std::size_t recover() {
        std::size_t back = 0;
        bool wakes = false;
        {
            robust_lock<Mutex> const hold(consumers_, [] {});
            back = give_back_of_the_dead();
            wakes = free_behind();
        }
        if (wakes) futex_wake(freed_word_, every, futex_scope::process_shared);
        if (back != 0) wake_consumers();
        return back;
    }

    /// No more elements are taken in; what is in the queue can still be taken out. All sleepers
    /// wake up.
    void close() {
        {
            robust_lock<Mutex> const hold(producers_, [] {});
            closed_.store(1, orders::publish);
        }
        wake_consumers();
        freed_word_.fetch_add(1, orders::commit);
        futex_wake(freed_word_, every, futex_scope::process_shared);
    }
    [[nodiscard]] bool is_closed() const { return closed_.load(orders::observe) != 0; }

    /// How many elements there are, reserved ones too: advice.
    [[nodiscard]] std::size_t size() const {
        std::uint64_t const first = freed_.load(orders::peek);
        std::uint64_t const last = tail_.load(orders::peek);
        return last > first ? static_cast<std::size_t>(last - first) : 0;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

private:
    // A cell's state: what became of its element, and of which process.
    static constexpr std::uint32_t state_done = 1;
    static constexpr std::uint32_t state_reserved = 2;
    static constexpr std::uint32_t state_returned = 3;
    static constexpr std::uint32_t state_mask = 3;
    static constexpr std::uint32_t had_before = 4;  // another process has had it
    static constexpr unsigned holder_shift = 3;
    static constexpr int every = 0x7fffffff;
    /// A look at the other side's index takes its line away: wait longer and longer between two, so
    /// that several elements are there when one is.
    static constexpr backoff backing_off{255, 16, 64};
    /// A producer that found the queue full waits a little for that many cells at once.
    static constexpr std::uint64_t several = most < 8 ? 1 : most / 4;

    struct cell_type {
        atomic<std::uint32_t> state{0};
        plain<T> value;
    };

    [[nodiscard]] cell_type& cell(std::uint64_t position) {
        return cells_[static_cast<std::size_t>(position % most)];
    }

    /// With the lock held under which `asleep` is set: whether sleepers on `word` are to be woken.
    static bool take_note(atomic<std::uint32_t>& asleep, atomic<std::uint32_t>& word) {
        if (asleep.load(orders::own) == 0) return false;
        asleep.store(0, orders::own);
        word.fetch_add(1, orders::commit);
        return true;
    }
    void wake_consumers() {
        filled_.fetch_add(1, orders::commit);
        futex_wake(filled_, every, futex_scope::process_shared);
    }

    /// Takes an element and puts it into the state that `marked(place)` says.
    template <class Marked>
    queue_state take(ticket& into, Marked marked) {
        bool wakes = false;
        {
            robust_lock<Mutex> const hold(consumers_, [] {});
            std::size_t holder = 0;
            if ((marked(0) & state_mask) == state_reserved)
                holder =
                    participants_.enter([this](std::size_t dead) { (void)give_back_of(dead); });
            if (!take_returned(into, marked(holder)) && !take_new(into, marked(holder)))
                return nothing_will_come() ? queue_state::closed : queue_state::empty;
            wakes = free_behind();
        }
        if (wakes) futex_wake(freed_word_, every, futex_scope::process_shared);
        return queue_state::done;
    }

    bool take_returned(ticket& into, std::uint32_t state) {
        if (returned_.load(orders::own) == 0) return false;
        std::uint64_t const head = head_.load(orders::own);
        for (std::uint64_t at = freed_.load(orders::own); at < head; ++at) {
            if ((cell(at).state.load(orders::found) & state_mask) != state_returned) continue;
            into = {cell(at).value.read(), true, at};
            cell(at).state.store(state | had_before, orders::commit);
            return true;
        }
        returned_.store(0, orders::own);
        return false;
    }

    bool take_new(ticket& into, std::uint32_t state) {
        std::uint64_t const at = head_.load(orders::own);
        if (at == tail_seen_.load(orders::own)) {
            tail_seen_.store(tail_.load(orders::observe), orders::own);
            if (at == tail_seen_.load(orders::own)) return false;
        }
        if constexpr (!orders::state_first) head_.store(at + 1, orders::commit);
        cell(at).state.store(state, orders::own);
        if constexpr (orders::copy_first) into = {cell(at).value.read(), false, at};
        if constexpr (orders::state_first) head_.store(at + 1, orders::commit);
        if constexpr (!orders::copy_first) {
            (void)free_behind();
            into = {cell(at).value.read(), false, at};
        }
        return true;
    }

    /// Frees the cells that are done with, up to the first that is not; whether to wake producers.
    bool free_behind() {
        if constexpr (!orders::free_behind) return false;
        std::uint64_t const head = head_.load(orders::own);
        std::uint64_t const first = freed_.load(orders::own);
        std::uint64_t at = first;
        while (at < head && (cell(at).state.load(orders::found) & state_mask) == state_done) ++at;
        if (at == first) return false;
        freed_.store(at, orders::vacate);
        return take_note(producers_asleep_, freed_word_);
    }

    void give_back(std::uint64_t at) {
        returned_.store(1, orders::own);  // first: if we die now, looking is for nothing
        cell(at).state.store(state_returned | had_before, orders::commit);
    }
    std::size_t give_back_of(std::size_t holder) {
        return give_back_if([=](std::uint32_t by) { return by == holder; });
    }
    std::size_t give_back_of_the_dead() {
        if constexpr (!orders::recover_dead) return 0;
        return give_back_if([this](std::uint32_t by) { return participants_.is_dead(by); });
    }
    template <class Chosen>
    std::size_t give_back_if(Chosen chosen) {
        std::size_t back = 0;
        for_each_reserved([&](std::uint64_t at, std::uint32_t by) {
            if (!chosen(by)) return;
            give_back(at);
            ++back;
        });
        return back;
    }
    template <class Visit>
    void for_each_reserved(Visit visit) {
        std::uint64_t const head = head_.load(orders::own);
        for (std::uint64_t at = freed_.load(orders::own); at < head; ++at) {
            std::uint32_t const state = cell(at).state.load(orders::found);
            if ((state & state_mask) == state_reserved) visit(at, state >> holder_shift);
        }
    }
    /// Closed, empty, and no other process has an element that may come back.
    bool nothing_will_come() {
        if (!is_closed() || tail_.load(orders::observe) != head_.load(orders::own)) return false;
        std::size_t const self = participants_.find();
        bool others = false;
        for_each_reserved([&](std::uint64_t, std::uint32_t by) { others = others || by != self; });
        return !others;
    }
    void check_mine(ticket const& held) {
        std::size_t const self = participants_.find();
        if (self == participants_.none || held.position < freed_.load(orders::own) ||
            held.position >= head_.load(orders::own))
            throw not_reserved();
        std::uint32_t const state = cell(held.position).state.load(orders::own);
        if ((state & state_mask) != state_reserved || state >> holder_shift != self)
            throw not_reserved();
    }

    template <class Take>
    queue_state take_until(Take take, deadline limit) {
        rechecking_sleep asleep;
        for (;;) {
            std::uint32_t const word = filled_.load(orders::found);
            queue_state const how = take();
            if (how != queue_state::empty) return how;
            if (!wait_for_elements(asleep, word, limit)) return queue_state::timed_out;
        }
    }

    /// False: `limit` passed. `word`, read before the last look, has changed if one was given back
    /// since. Sleepers register under the lock of those that wake them, so that no element comes in
    /// between unseen.
    bool wait_for_elements(rechecking_sleep& asleep, std::uint32_t word, deadline limit) {
        std::uint64_t const head = head_.load(orders::peek);
        std::uint64_t seen = 0;
        auto const has_elements = [=](std::uint64_t tail) { return tail > head; };
        if (await_briefly(tail_, has_elements, seen, orders::peek, backing_off)) return true;
        {
            robust_lock<Mutex> const hold(producers_, [] {});
            if (orders::recheck && tail_.load(orders::own) > head) return true;
            consumers_asleep_.store(1, orders::own);
        }
        if (asleep.wait(filled_, word, limit)) return false;
        return recover(), true;
    }
    bool wait_for_room(rechecking_sleep& asleep, std::uint32_t word, deadline limit) {
        std::uint64_t const tail = tail_.load(orders::peek);
        auto const room = [=](std::uint64_t freed) { return most - (tail - freed); };
        // For several cells: at the end of the room the two sides would meet in the same cache
        // lines at each element.
        auto const is_worth_it = [=](std::uint64_t freed) { return room(freed) >= several; };
        std::uint64_t seen = 0;
        if (await_briefly(freed_, is_worth_it, seen, orders::peek, backing_off)) return true;
        bool has_room = false;
        bool wakes = false;
        std::size_t back = 0;
        {
            robust_lock<Mutex> const hold(consumers_, [] {});
            // What a dead consumer has reserved, or had done with and did not free, may be all that
            // is in the way.
            back = give_back_of_the_dead();
            wakes = free_behind();
            has_room = orders::recheck && room(freed_.load(orders::own)) > 0;
            if (!has_room) producers_asleep_.store(1, orders::own);
        }
        if (wakes) futex_wake(freed_word_, every, futex_scope::process_shared);
        if (back != 0) wake_consumers();
        if (has_room) return true;
        if (asleep.wait(freed_word_, word, limit)) return false;
        return recover(), true;
    }

    // What producers write, then what consumers write, then what sleepers write.
    Mutex producers_;
    atomic<std::uint64_t> freed_seen_{0};  // of freed_, so that its line is read rarely
    atomic<std::uint32_t> consumers_asleep_{0};
    alignas(cache_line) atomic<std::uint64_t> tail_{0};

    alignas(cache_line) Mutex consumers_;
    atomic<std::uint64_t> head_{0};
    atomic<std::uint64_t> tail_seen_{0};  // of tail_, as above
    atomic<std::uint32_t> producers_asleep_{0};
    alignas(cache_line) atomic<std::uint64_t> freed_{0};
    atomic<std::uint32_t> returned_{0};  // a cell may be in state_returned

    alignas(cache_line) atomic<std::uint32_t> filled_{0};
    atomic<std::uint32_t> freed_word_{0};
    atomic<std::uint32_t> closed_{0};
    participant_table<places> participants_;
    alignas(cache_line) cell_type cells_[most];
};

}  // namespace racekit
