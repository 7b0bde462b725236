// SPDX-License-Identifier: MIT
// Proof in layers: in the model a well-known name stands for its specification.
#pragma once

#include <racekit/platform/condition_forms.hpp>
#include <racekit/platform/lock_forms.hpp>
#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/owner_death.hpp>

#include <cstdint>
#include <type_traits>

namespace racekit {

template <class Implementation, class Specification>
using layered = Specification;

namespace specification {

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

/// What a lock is: one step to take it, one to release it.
template <model::lock_kind kind, template <class> class Forms>
class lock_specification : public lock_object<kind>,
                           public Forms<lock_specification<kind, Forms>> {
    friend lock_forms<lock_specification>;
    friend shared_lock_forms<lock_specification>;

public:
    /// Not in the model: such a look takes part in no synchronisation, so nothing may depend on it.
    template <class Lock = lock_specification>
    bool locked() const {
        static_assert(!std::is_same_v<Lock, Lock>,
                      "the model has no locked(): use try_lock(), which tests and takes in one "
                      "step");
        return false;
    }

private:
    template <access how>
    void acquire(site where) {
        (void)model::lock(this->object_, this, how == access::shared, never, where);
    }
    template <access how>
    bool try_acquire(site where) {
        return model::try_lock(this->object_, this, how == access::shared, where) ==
               model::lock_result::acquired;
    }
    template <access how>
    bool acquire_until(deadline limit, site where) {
        return model::lock(this->object_, this, how == access::shared, limit, where) ==
               model::lock_result::acquired;
    }
    template <access how>
    void release(site where) {
        model::unlock(this->object_, this, how == access::shared, where);
    }
};

class mutex : public lock_specification<model::lock_kind::mutex, lock_forms> {};
class process_mutex : public lock_specification<model::lock_kind::process_mutex, lock_forms> {};
class shared_mutex
    : public lock_specification<model::lock_kind::shared_mutex, shared_lock_forms> {};

/// What a robust lock is: its owner may die, and the next one learns of it.
class robust_mutex : public lock_object<model::lock_kind::robust_mutex> {
public:
    [[nodiscard]] lock_state lock(site where = site::here()) {
        return state_after(model::lock(object_, this, false, never, where));
    }
    [[nodiscard]] bool try_lock(lock_state& state, site where = site::here()) {
        model::lock_result const result = model::try_lock(object_, this, false, where);
        if (result == model::lock_result::not_acquired) return false;
        state = state_after(result);
        return true;
    }
    template <class Clock, class Span>
    [[nodiscard]] bool try_lock_until(std::chrono::time_point<Clock, Span> limit, lock_state& state,
                                      site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) { return take_until(at, state, where); });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_lock_for(std::chrono::duration<Rep, Period> span, lock_state& state,
                                    site where = site::here()) {
        return take_until(racekit::after(span), state, where);
    }
    void mark_consistent(site where = site::here()) {
        model::lock_consistent(object_, this, where);
    }
    void unlock(site where = site::here()) {
        holder_ = nobody;
        model::unlock(object_, this, false, where);
    }
    [[nodiscard]] bool held_by_caller(site = {}) const { return holder_ == model::self(); }

private:
    static constexpr int nobody = -1;

    bool take_until(deadline limit, lock_state& state, site const& where) {
        model::lock_result const result = model::lock(object_, this, false, limit, where);
        if (result == model::lock_result::not_acquired) return false;
        state = state_after(result);
        return true;
    }
    lock_state state_after(model::lock_result result) {
        if (result == model::lock_result::not_recoverable) throw lock_poisoned();
        holder_ = model::self();
        return result == model::lock_result::owner_died ? lock_state::owner_died
                                                        : lock_state::acquired;
    }

    int holder_ = nobody;  // only this thread's own number means anything to it
};

/// Waiting is three steps: release the lock and fall asleep at once; wake up, by a notification,
/// spuriously, or because the deadline passed; take the lock again.
class condition_variable : public condition_forms<condition_variable> {
    friend condition_forms<condition_variable>;

public:
    condition_variable() : object_(model::condition_created(this, site::here())) {}
    ~condition_variable() { model::condition_destroyed(object_, this, site::here()); }

    void notify_one(site where = site::here()) {
        model::condition_notify(object_, this, false, where);
    }
    void notify_all(site where = site::here()) {
        model::condition_notify(object_, this, true, where);
    }

    /// Wakes at most `count`, one after the other.
    void notify(std::uint32_t count, site where = site::here()) {
        for (std::uint32_t each = 0; each < count; ++each) notify_one(where);
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
