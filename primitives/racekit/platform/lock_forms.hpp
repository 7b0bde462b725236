// SPDX-License-Identifier: MIT
// lock_forms: the members of a lock that callers see, for implementations and specifications alike.
//
// A lock derives from lock_forms<itself>, makes it a friend and has four steps, templates over the
// kind of access, which take the place of the call:
//     template <access> void acquire(site);                  // waits without a limit
//     template <access> bool try_acquire(site);              // never waits
//     template <access> bool acquire_until(deadline, site);  // false: the deadline passed first
//     template <access> void release(site);                  // by a thread that holds it
//
// The flavour's clock.hpp comes first.
#pragma once

#include <racekit/platform/site.hpp>
#include <racekit/platform/time_limit.hpp>


namespace racekit {

/// What a holder may do: change what the lock guards, alone; or read it, together with others.
enum class access : bool { exclusive = false, shared = true };

/// Meets std's Lockable and TimedLockable requirements. Every member takes the place of the call
/// as a defaulted last argument, which callers never pass.
template <class Lock>
class lock_forms {
public:
    lock_forms(lock_forms const&) = delete;
    lock_forms& operator=(lock_forms const&) = delete;

    /// Takes the lock; blocks while another thread holds it. A thread that already holds it
    /// deadlocks: checked builds throw lock_misuse, the model reports it.
    /// Ordering: the unlock() before happens before the return.
    void lock(site where = site::here()) { self().template acquire<access::exclusive>(where); }

    /// Takes the lock if no thread holds it; never waits. Returns whether it did. Ordering: as
    /// lock() if it did, else none.
    [[nodiscard]] bool try_lock(site where = site::here()) {
        return self().template try_acquire<access::exclusive>(where);
    }

    /// Takes the lock unless `limit`, a time point of any clock, passes first; returns whether it
    /// did. A free lock is taken even if the limit has passed. Ordering: as try_lock().
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Span> limit,
                                      site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) {
            return self().template acquire_until<access::exclusive>(at, where);
        });
    }

    /// As try_lock_until(now + `span`); a negative span is a limit that has passed.
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> span,
                                    site where = site::here()) {
        return self().template acquire_until<access::exclusive>(racekit::after(span), where);
    }

    /// Releases the lock, which the calling thread must hold; never waits. Checked builds throw
    /// lock_misuse, and leave the lock as it was, if it does not.
    /// Ordering: everything before it happens before the return of the next lock().
    void unlock(site where = site::here()) { self().template release<access::exclusive>(where); }

protected:
    constexpr lock_forms() = default;
    ~lock_forms() = default;

    constexpr Lock& self() { return static_cast<Lock&>(*this); }
};

/// With the members for shared access: std's SharedLockable and SharedTimedLockable requirements.
template <class Lock>
class shared_lock_forms : public lock_forms<Lock> {
public:
    /// Takes the lock for shared access; blocks while a thread holds or waits for exclusive access.
    /// A thread that already holds it may deadlock: a writer may have come between.
    void lock_shared(site where = site::here()) {
        this->self().template acquire<access::shared>(where);
    }

    /// Takes it for shared access unless that would wait; returns whether it did.
    [[nodiscard]] bool try_lock_shared(site where = site::here()) {
        return this->self().template try_acquire<access::shared>(where);
    }

    /// As try_lock_until(), for shared access.
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_shared_until(std::chrono::time_point<Clock, Span> limit,
                                             site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) {
            return this->self().template acquire_until<access::shared>(at, where);
        });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_shared_for(std::chrono::duration<Rep, Period> span,
                                           site where = site::here()) {
        return this->self().template acquire_until<access::shared>(racekit::after(span), where);
    }

    /// Releases shared access, by the thread that took it.
    void unlock_shared(site where = site::here()) {
        this->self().template release<access::shared>(where);
    }

protected:
    constexpr shared_lock_forms() = default;
    ~shared_lock_forms() = default;
};

}  // namespace racekit
