// SPDX-License-Identifier: MIT
// lock_interface: what callers see of a mutual-exclusion lock, over the four steps that make it
// this lock and no other.
//
// The lock derives from lock_interface<itself>, makes it a friend, and has
//     void take();                 // waits as long as it takes
//     bool try_take();             // never waits
//     bool take_until(deadline);   // false: the deadline passed first
//     void give();                 // by the holder
// Here is what is the same for all: who is told of it (checked builds and TSan know a lock by its
// address, and the place in the source where the caller stands), and the forms with a deadline.
//
// Progress: that of the four steps.
#pragma once

#include <racekit/platform.hpp>

namespace racekit {

template <class Lock>
class lock_interface {
public:
    lock_interface(lock_interface const&) = delete;
    lock_interface& operator=(lock_interface const&) = delete;

    /// Takes the lock, waiting as long as it takes. A thread that holds it already never returns.
    void lock(site where = site::here()) {
        annotate::before_lock(this, false, where);
        self().take();
        annotate::after_lock(this, false, where);
    }

    /// Takes the lock if it is free; never waits.
    [[nodiscard]] bool try_lock(site where = site::here()) {
        annotate::before_try_lock(this);
        bool const taken = self().try_take();
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// Takes the lock unless `limit` passes first; returns whether it did. Blocking.
    [[nodiscard]] bool try_lock_until(deadline limit, site where = site::here()) {
        annotate::before_try_lock(this);
        bool const taken = self().take_until(limit);
        annotate::after_try_lock(this, taken, false, where);
        return taken;
    }

    /// As try_lock_until, from now; a negative span is a deadline that has passed.
    [[nodiscard]] bool try_lock_for(duration span, site where = site::here()) {
        return try_lock_until(racekit::after(span), where);
    }

    /// Gives the lock up. The caller must hold it.
    void unlock(site where = site::here()) {
        annotate::before_unlock(this, false, where);
        self().give();
        annotate::after_unlock(this);
    }

protected:
    lock_interface() { annotate::lock_created(this); }
    ~lock_interface() { annotate::lock_destroyed(this); }

private:
    Lock& self() { return static_cast<Lock&>(*this); }
};

}  // namespace racekit
