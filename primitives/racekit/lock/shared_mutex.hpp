// shared_mutex: many readers or one writer, and no writer starves behind readers.
//
// Progress: blocking. lock_shared() is one compare-exchange while no writer holds or wants the
//           lock; otherwise readers queue with the writers on the gate.
// Invariant: state_ is the number of readers, plus `wanted` while the writer that holds the gate
//            waits for them or writes, plus `asleep` while it may sleep on the word.
// Ordering: everything before unlock() happens before the return of any lock() or lock_shared()
//           that follows; everything before unlock_shared() before the return of the lock() that
//           follows.
//
// A writer takes the gate, says that it wants the lock, and waits until the readers have left; new
// ones see `wanted` and go to the gate, so the readers it waits for only become fewer.
#pragma once

#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <cstdint>

namespace racekit {

struct futex_shared_mutex_orders {
    static constexpr auto enter = std::memory_order_acquire;  // -> leave: reads what was written
    static constexpr auto exit = std::memory_order_release;   // -> drain: its reads are over
    static constexpr auto drain = std::memory_order_acquire;  // -> exit: writes after all reads
    static constexpr auto leave = std::memory_order_release;  // -> enter: hands on what was written
    // The gate orders it: between writers, and between a writer and the readers that it kept out.
    static constexpr auto want = std::memory_order_relaxed;
    static constexpr auto admit = std::memory_order_relaxed;
    static constexpr auto peek = std::memory_order_relaxed;  // a hint; what follows decides
};

template <class orders = futex_shared_mutex_orders>
class basic_futex_shared_mutex {
public:
    basic_futex_shared_mutex() { annotate::lock_created(this); }
    ~basic_futex_shared_mutex() { annotate::lock_destroyed(this); }
    basic_futex_shared_mutex(basic_futex_shared_mutex const&) = delete;
    basic_futex_shared_mutex& operator=(basic_futex_shared_mutex const&) = delete;

    /// Takes the lock for writing. A thread that holds it in either way never returns.
    void lock() {
        annotate::before_lock(this);
        gate_.lock();
        (void)drain_readers(never);
        annotate::after_lock(this);
    }

    /// Takes the lock for writing if nobody holds or wants it; never waits.
    [[nodiscard]] bool try_lock() {
        annotate::before_try_lock(this);
        bool taken = gate_.try_lock();
        std::uint32_t nobody = 0;
        if (taken &&
            !state_.compare_exchange_strong(nobody, wanted, orders::drain, orders::peek)) {
            gate_.unlock();
            taken = false;
        }
        annotate::after_try_lock(this, taken);
        return taken;
    }

    /// Takes the lock for writing unless `limit` passes first; returns whether it did. Blocking.
    [[nodiscard]] bool try_lock_until(deadline limit) {
        annotate::before_try_lock(this);
        bool taken = gate_.try_lock_until(limit);
        if (taken && !drain_readers(limit)) {
            state_.fetch_and(~(wanted | asleep), orders::want);
            gate_.unlock();
            taken = false;
        }
        annotate::after_try_lock(this, taken);
        return taken;
    }

    [[nodiscard]] bool try_lock_for(duration span) { return try_lock_until(racekit::after(span)); }

    /// Gives up what lock() took.
    void unlock() {
        annotate::before_unlock(this);
        state_.store(0, orders::leave);  // no reader changes the word while it says `wanted`
        gate_.unlock();
        annotate::after_unlock(this);
    }

    /// Takes the lock for reading, together with other readers. Not re-entrant: a writer may have
    /// come between.
    void lock_shared() {
        annotate::before_lock(this, true);
        if (!enter_if_open()) (void)enter_through_gate(never);
        annotate::after_lock(this, true);
    }

    /// Takes the lock for reading if no writer holds or wants it; never waits.
    [[nodiscard]] bool try_lock_shared() {
        annotate::before_try_lock(this, true);
        bool const taken = enter_if_open();
        annotate::after_try_lock(this, taken, true);
        return taken;
    }

    /// Takes the lock for reading unless `limit` passes first; returns whether it did. Blocking.
    [[nodiscard]] bool try_lock_shared_until(deadline limit) {
        annotate::before_try_lock(this, true);
        bool const taken = enter_if_open() || enter_through_gate(limit);
        annotate::after_try_lock(this, taken, true);
        return taken;
    }

    [[nodiscard]] bool try_lock_shared_for(duration span) {
        return try_lock_shared_until(racekit::after(span));
    }

    /// Gives up what lock_shared() took.
    void unlock_shared() {
        annotate::before_unlock(this, true);
        if (state_.fetch_sub(1, orders::exit) == (wanted | asleep | 1)) futex_wake(state_, 1);
        annotate::after_unlock(this, true);
    }

private:
    static constexpr std::uint32_t wanted = 1U << 31;
    static constexpr std::uint32_t asleep = 1U << 30;

    bool enter_if_open() {
        std::uint32_t seen = state_.load(orders::peek);
        while ((seen & wanted) == 0) {
            if (state_.compare_exchange_weak(seen, seen + 1, orders::enter, orders::peek))
                return true;
        }
        return false;
    }

    bool enter_through_gate(deadline limit) {
        if (!gate_.try_lock_until(limit)) return false;
        state_.fetch_add(1, orders::admit);  // nobody writes while a reader holds the gate
        gate_.unlock();
        return true;
    }

    /// With the gate held: keeps new readers out and waits for the others. False: `limit` passed.
    bool drain_readers(deadline limit) {
        if ((state_.fetch_or(wanted, orders::drain) & ~wanted) == 0) return true;
        auto const drained = [](std::uint32_t state) { return (state & ~(wanted | asleep)) == 0; };
        std::uint32_t seen = 0;
        while (!await_briefly(state_, drained, seen, orders::drain)) {
            // A reader that leaves after this sees `asleep`; one that left before changed the word.
            std::uint32_t const sleeping = seen | asleep;
            if (seen != sleeping &&
                !state_.compare_exchange_strong(seen, sleeping, orders::peek, orders::peek))
                continue;
            if (futex_wait_until(state_, sleeping, limit) == futex_result::timed_out) {
                seen = state_.load(orders::drain);
                return drained(seen);
            }
        }
        return true;
    }

    atomic<std::uint32_t> state_{0};  // first, so that the gate has an address of its own
    mutex gate_;
};

using futex_shared_mutex = basic_futex_shared_mutex<>;

using shared_mutex = layered<futex_shared_mutex, specification::shared_mutex>;

}  // namespace racekit
