// SPDX-License-Identifier: MIT
// lock_interface: a mutual-exclusion lock over the steps that make it this lock and no other.
//
// The lock derives from lock_interface<itself>, makes it a friend, and has
//     void take();                 // waits without a limit
//     bool try_take();             // never waits
//     bool take_until(deadline);   // false: the deadline passed first
//     void give();                 // by the holder
//     bool is_taken() const;       // by any thread, at one time during the call
// and, if it derives from shared_lock_interface, take_shared(), try_take_shared(),
// take_shared_until() and give_shared(). Here is what all locks have in common: lock_forms, and the
// annotations by which checked builds and TSan learn the lock's address, its holder and the place
// of the call.
//
// Progress: that of the four steps.
#pragma once

#include <racekit/platform/core.hpp>
#include <racekit/platform/lock_forms.hpp>

namespace racekit {

namespace lock_detail {

/// Forms is lock_forms or shared_lock_forms.
template <class Lock, template <class> class Forms>
class annotated : public Forms<annotated<Lock, Forms>> {
    friend lock_forms<annotated>;
    friend shared_lock_forms<annotated>;

public:
    /// Whether a thread holds the lock at one time during the call: advice, for a report or a test.
    /// Orders nothing.
    [[nodiscard]] bool locked() const { return static_cast<Lock const&>(*this).is_taken(); }

protected:
    constexpr annotated() { annotate::lock_created(this); }
    ~annotated() { annotate::lock_destroyed(this); }

private:
    template <access how>
    static constexpr bool is_shared = how == access::shared;

    template <access how>
    void acquire(site where) {
        annotate::before_lock(this, is_shared<how>, where);
        if constexpr (is_shared<how>) derived().take_shared();
        else derived().take();
        annotate::after_lock(this, is_shared<how>, where);
    }
    template <access how>
    bool try_acquire(site where) {
        annotate::before_try_lock(this, is_shared<how>);
        bool taken = false;
        if constexpr (is_shared<how>) taken = derived().try_take_shared();
        else taken = derived().try_take();
        annotate::after_try_lock(this, taken, is_shared<how>, where);
        return taken;
    }
    template <access how>
    bool acquire_until(deadline limit, site where) {
        annotate::before_try_lock(this, is_shared<how>);
        bool taken = false;
        if constexpr (is_shared<how>) taken = derived().take_shared_until(limit);
        else taken = derived().take_until(limit);
        annotate::after_try_lock(this, taken, is_shared<how>, where);
        return taken;
    }
    template <access how>
    void release(site where) {
        annotate::before_unlock(this, is_shared<how>, where);
        if constexpr (is_shared<how>) derived().give_shared();
        else derived().give();
        annotate::after_unlock(this, is_shared<how>);
    }

    Lock& derived() { return static_cast<Lock&>(*this); }
};

}  // namespace lock_detail

template <class Lock>
using lock_interface = lock_detail::annotated<Lock, lock_forms>;
template <class Lock>
using shared_lock_interface = lock_detail::annotated<Lock, shared_lock_forms>;

}  // namespace racekit
