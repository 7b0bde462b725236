// SPDX-License-Identifier: MIT
// The interface of a controlled schedule of the tsan flavour.
//
// Under a controlled schedule one of its threads runs at a time; at every visible operation the
// schedule may let another one go on. A thread that is not attached to a schedule runs free: a
// schedule point then costs it one test of a thread-local pointer.
//
// Invariant: no function of this header creates a happens-before edge that TSan can see. An edge
// from one thread to the next would order every pair of accesses, and hide every race.
#pragma once

#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/site.hpp>
#include <racekit/platform/tsan/unseen.hpp>

#include <cstdint>
#include <type_traits>

namespace racekit::tsan {

enum class operation : unsigned char {
    read,
    write,
    load,
    store,
    exchange,
    compare_exchange,
    modify,
    fence,
    lock,
    unlock,
    wait,
    wake,
    spin,
    start,
    join,
    call,
};

/// What a waiting thread waits for.
enum class until : unsigned char {
    woken,    ///< wake(key)
    changed,  ///< changed(key)
    ended,    ///< the thread of that number has ended
};

/// A value as it can be printable_value to a person.
struct printable_value {
    enum class form : unsigned char { nothing, boolean, integer, natural, pointer };
    form as = form::nothing;
    std::uint64_t bits = 0;
};

template <class T>
[[nodiscard]] constexpr printable_value printable(T const& value) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
        return {printable_value::form::boolean, value ? 1U : 0U};
    } else if constexpr (std::is_enum_v<T>) {
        return printable(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
        return {printable_value::form::integer,
                static_cast<std::uint64_t>(static_cast<std::int64_t>(value))};
    } else if constexpr (std::is_integral_v<T>) {
        return {printable_value::form::natural, static_cast<std::uint64_t>(value)};
    } else if constexpr (std::is_pointer_v<T>) {
        return {printable_value::form::pointer, reinterpret_cast<std::uintptr_t>(value)};
    } else {
        return {};
    }
}

class schedule {
public:
    /// Before a visible operation: another thread may run first.
    virtual void point(operation what, void const* object, site where) = 0;
    /// After it: the value that it read or left behind, for the trace.
    virtual void done(void const* object, printable_value value) = 0;
    /// Sleeps until `key` is woken or changed. False: `limit` passed first.
    virtual bool wait(until what, void const* key, deadline limit, site where) = 0;
    /// A turn of a loop that waits for others: they go first.
    virtual void spin(site where) = 0;

    /// From any thread, attached or not. Wakes at most `count`; returns how many.
    virtual int wake(void const* key, int count) = 0;
    virtual void changed(void const* key) = 0;

    /// This thread waits for a lock (or only tries to take it), has it or has failed to take it, is
    /// about to release it, and has released it: for deadlocks, and one step each in a trace.
    virtual void wants(void const* lock, bool tries) = 0;
    virtual void holds(void const* lock, bool taken) = 0;
    virtual void leaves(void const* lock) = 0;
    virtual void left(void const* lock) = 0;
    virtual void destroyed(void const* lock) = 0;

    /// A thread that the caller is about to start; the new thread calls begin(number). For the
    /// schedule it ends when its thread_local objects have been destroyed.
    virtual int spawn(site where) = 0;
    virtual void begin(int number) = 0;

    /// A joinable thread object was destroyed.
    virtual void leaked() = 0;

protected:
    ~schedule() = default;
};

/// The key that `until::ended` waits for.
[[nodiscard]] inline void const* thread_key(int number) noexcept {
    return reinterpret_cast<void const*>(static_cast<std::uintptr_t>(number) + 1);
}

/// The schedule that this thread is under; null: it runs free.
inline constinit thread_local schedule* attached_schedule = nullptr;

/// The schedule that is active now, for threads that are not attached to it but wake those that
/// are.
inline constinit schedule* playing = nullptr;

RACEKIT_UNSEEN inline schedule* mine() noexcept { return attached_schedule; }
RACEKIT_UNSEEN inline void attach(schedule* by) noexcept { attached_schedule = by; }
RACEKIT_UNSEEN inline schedule* current() noexcept {
    return attached_schedule != nullptr ? attached_schedule
                                        : __atomic_load_n(&playing, __ATOMIC_RELAXED);
}

}  // namespace racekit::tsan
