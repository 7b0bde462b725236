// SPDX-License-Identifier: MIT
// Proof in layers: in the model a well-known name stands for its specification.
#pragma once

#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/owner_death.hpp>

#include <concepts>
#include <utility>

namespace racekit {

template <class Implementation, class Specification>
using layered = Specification;

namespace specification {

/// What a lock is: one holder, one step to take it, one to give it up.
template <model::lock_kind kind>
class lock_object {
public:
    lock_object() : object_(model::lock_created(this, kind, site::here())) {}
    ~lock_object() { model::lock_destroyed(object_, this, site::here()); }
    lock_object(lock_object const&) = delete;
    lock_object& operator=(lock_object const&) = delete;

    [[nodiscard]] model::handle object() const { return object_; }

protected:
    model::handle object_;
};

template <model::lock_kind kind>
class exclusive_lock : public lock_object<kind> {
public:
    void lock(site where = site::here()) {
        (void)model::lock(this->object_, this, false, never, where);
    }
    [[nodiscard]] bool try_lock(site where = site::here()) {
        return model::try_lock(this->object_, this, false, where) == model::lock_result::acquired;
    }
    [[nodiscard]] bool try_lock_until(deadline limit, site where = site::here()) {
        return model::lock(this->object_, this, false, limit, where) ==
               model::lock_result::acquired;
    }
    [[nodiscard]] bool try_lock_for(duration span, site where = site::here()) {
        return try_lock_until(racekit::after(span), where);
    }
    void unlock(site where = site::here()) { model::unlock(this->object_, this, false, where); }
};

class mutex : public exclusive_lock<model::lock_kind::mutex> {};
class process_mutex : public exclusive_lock<model::lock_kind::process_mutex> {};

/// What a robust lock is: its owner may die, and the next one is told.
class robust_mutex : public lock_object<model::lock_kind::robust_mutex> {
public:
    [[nodiscard]] lock_state lock(site where = site::here()) {
        return state_after(model::lock(object_, this, false, never, where));
    }
    [[nodiscard]] bool try_lock_until(deadline limit, lock_state& state,
                                      site where = site::here()) {
        model::lock_result const result = model::lock(object_, this, false, limit, where);
        if (result == model::lock_result::not_acquired) return false;
        state = state_after(result);
        return true;
    }
    void mark_consistent(site where = site::here()) {
        model::lock_consistent(object_, this, where);
    }
    void unlock(site where = site::here()) { model::unlock(object_, this, false, where); }

private:
    static lock_state state_after(model::lock_result result) {
        if (result == model::lock_result::not_recoverable) throw lock_poisoned();
        return result == model::lock_result::owner_died ? lock_state::owner_died
                                                        : lock_state::acquired;
    }
};

class shared_mutex : public exclusive_lock<model::lock_kind::shared_mutex> {
public:
    void lock_shared(site where = site::here()) {
        (void)model::lock(object_, this, true, never, where);
    }
    [[nodiscard]] bool try_lock_shared(site where = site::here()) {
        return model::try_lock(object_, this, true, where) == model::lock_result::acquired;
    }
    [[nodiscard]] bool try_lock_shared_until(deadline limit, site where = site::here()) {
        return model::lock(object_, this, true, limit, where) == model::lock_result::acquired;
    }
    [[nodiscard]] bool try_lock_shared_for(duration span, site where = site::here()) {
        return try_lock_shared_until(racekit::after(span), where);
    }
    void unlock_shared(site where = site::here()) { model::unlock(object_, this, true, where); }
};

/// Waiting is three steps: give up the lock and fall asleep at once; be woken, or wake for no
/// reason, or time out; take the lock again.
class condition_variable {
public:
    condition_variable() : object_(model::condition_created(this, site::here())) {}
    ~condition_variable() { model::condition_destroyed(object_, this, site::here()); }
    condition_variable(condition_variable const&) = delete;
    condition_variable& operator=(condition_variable const&) = delete;

    template <class Lock>
    void wait(Lock& held, site where = site::here()) {
        (void)wait_once(held, never, where);
    }
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    void wait(Lock& held, Predicate done, site where = site::here()) {
        while (!done()) (void)wait_once(held, never, where);
    }
    /// False: `limit` passed.
    template <class Lock>
    bool wait_until(Lock& held, deadline limit, site where = site::here()) {
        return wait_once(held, limit, where);
    }
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_until(Lock& held, deadline limit, Predicate done, site where = site::here()) {
        while (!done()) {
            if (!wait_once(held, limit, where)) return done();
        }
        return true;
    }
    template <class Lock>
    bool wait_for(Lock& held, duration span, site where = site::here()) {
        return wait_until(held, racekit::after(span), where);
    }
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_for(Lock& held, duration span, Predicate done, site where = site::here()) {
        return wait_until(held, racekit::after(span), std::move(done), where);
    }
    void notify_one(site where = site::here()) {
        model::condition_notify(object_, this, false, where);
    }
    void notify_all(site where = site::here()) {
        model::condition_notify(object_, this, true, where);
    }

    [[nodiscard]] model::handle object() const { return object_; }

private:
    template <class Lock>
    bool wait_once(Lock& held, deadline limit, site const& where) {
        if constexpr (requires { held.object(); }) {
            return model::condition_wait(object_, this, held.object(), &held, limit, where);
        } else if constexpr (requires { held.mutex()->object(); }) {
            return wait_once(*held.mutex(), limit, where);
        } else {
            static_assert(requires { held.object(); },
                          "in the model a condition_variable waits with a racekit::mutex; with any "
                          "other lock take a futex_condition_variable");
        }
    }

    model::handle object_;
};

}  // namespace specification

}  // namespace racekit
