// SPDX-License-Identifier: MIT
// Scope guards: those of std, which also hand the place where the guard stands to the lock.
//
// Progress: as the lock that is held.
//
// lock_guard, scoped_lock and unique_lock have every member of std's, work with every lock that has
// lock() and unlock(), and unique_lock can be passed where a std::unique_lock is wanted. A trace
// or an error then names the line of the guard, not one within a header. std's own guards work over
// racekit's locks too. shared_lock is in shared_guard.hpp.
#pragma once

#include <racekit/platform/site.hpp>

#include <mutex>
#include <tuple>
#include <utility>

namespace racekit {

using std::adopt_lock;
using std::adopt_lock_t;
using std::defer_lock;
using std::defer_lock_t;
using std::lock;
using std::try_lock;
using std::try_to_lock;
using std::try_to_lock_t;

namespace guard_detail {

/// Calls target.lock(where) if the lock takes a site, else target.lock().
template <class Lock>
void lock(Lock& target, site where) {
    if constexpr (requires { target.lock(where); }) {
        target.lock(where);
    } else {
        target.lock();
    }
}

template <class Lock>
bool try_lock(Lock& target, site where) {
    if constexpr (requires { target.try_lock(where); }) {
        return target.try_lock(where);
    } else {
        return target.try_lock();
    }
}

template <class Lock>
void unlock(Lock& target, site where) {
    if constexpr (requires { target.unlock(where); }) {
        target.unlock(where);
    } else {
        target.unlock();
    }
}

/// A lock and the place from which it is used, for std::lock.
template <class Lock>
struct at_site {
    Lock& target;
    site where;

    void lock() { guard_detail::lock(target, where); }
    bool try_lock() { return guard_detail::try_lock(target, where); }
    void unlock() { guard_detail::unlock(target, where); }
};

}  // namespace guard_detail

/// Holds any number of locks for a scope. Several are taken without risk of deadlock, as std::lock
/// takes them.
template <class... Locks>
class [[nodiscard]] scoped_lock {
public:
    explicit scoped_lock(Locks&... locks, site where = site::here())
        : locks_(locks...), where_(where) {
        std::apply([&](auto&... each) { take(guard_detail::at_site<Locks>{each, where}...); },
                   locks_);
    }
    /// The calling thread holds all of them already.
    explicit scoped_lock(std::adopt_lock_t, Locks&... locks, site where = site::here())
        : locks_(locks...), where_(where) {}
    ~scoped_lock() {
        std::apply([&](auto&... each) { (guard_detail::unlock(each, where_), ...); }, locks_);
    }
    scoped_lock(scoped_lock const&) = delete;
    scoped_lock& operator=(scoped_lock const&) = delete;

private:
    template <class... Targets>
    static void take(Targets... targets) {
        if constexpr (sizeof...(Targets) > 1) std::lock(targets...);
    }

    std::tuple<Locks&...> locks_;
    site where_;
};

template <class Lock>
class [[nodiscard]] scoped_lock<Lock> {
public:
    using mutex_type = Lock;

    explicit scoped_lock(Lock& held, site where = site::here()) : held_(held), where_(where) {
        guard_detail::lock(held_, where_);
    }
    scoped_lock(std::adopt_lock_t, Lock& held, site where = site::here())
        : held_(held), where_(where) {}
    ~scoped_lock() { guard_detail::unlock(held_, where_); }
    scoped_lock(scoped_lock const&) = delete;
    scoped_lock& operator=(scoped_lock const&) = delete;

private:
    Lock& held_;
    site where_;
};

template <class Lock>
scoped_lock(Lock&) -> scoped_lock<Lock>;
template <class Lock>
scoped_lock(Lock&, site) -> scoped_lock<Lock>;
template <class Lock>
scoped_lock(std::adopt_lock_t, Lock&) -> scoped_lock<Lock>;
template <class... Locks>
scoped_lock(Locks&...) -> scoped_lock<Locks...>;
template <class... Locks>
scoped_lock(std::adopt_lock_t, Locks&...) -> scoped_lock<Locks...>;

/// Holds one lock for a scope.
template <class Lock>
class [[nodiscard]] lock_guard : public scoped_lock<Lock> {
public:
    explicit lock_guard(Lock& held, site where = site::here()) : scoped_lock<Lock>(held, where) {}
    /// The calling thread holds it already.
    lock_guard(Lock& held, std::adopt_lock_t, site where = site::here())
        : scoped_lock<Lock>(std::adopt_lock, held, where) {}
};

/// Holds a lock, or none, and can be moved: a std::unique_lock. Its own lock() and unlock() only
/// add the place of the call, and report the same errors: operation_not_permitted without a lock,
/// or when it is unlocked without being held; resource_deadlock_would_occur when it is held
/// already.
template <class Lock>
class [[nodiscard]] unique_lock : public std::unique_lock<Lock> {
    using base = std::unique_lock<Lock>;

public:
    unique_lock() noexcept = default;
    explicit unique_lock(Lock& target, site where = site::here())
        : base(target, std::defer_lock), where_(where) {
        lock(where);
    }
    unique_lock(Lock& target, std::defer_lock_t) noexcept : base(target, std::defer_lock) {}
    unique_lock(Lock& target, std::try_to_lock_t, site where = site::here())
        : base(target, std::defer_lock), where_(where) {
        if (guard_detail::try_lock(target, where)) hold(target);
    }
    unique_lock(Lock& target, std::adopt_lock_t, site where = site::here())
        : base(target, std::adopt_lock), where_(where) {}
    template <class Clock, class Span>
    unique_lock(Lock& target, std::chrono::time_point<Clock, Span> limit)
        : base(target, limit) {}
    template <class Rep, class Period>
    unique_lock(Lock& target, std::chrono::duration<Rep, Period> span) : base(target, span) {}
    ~unique_lock() {
        if (this->owns_lock()) unlock(where_);
    }
    unique_lock(unique_lock&&) noexcept = default;
    unique_lock& operator=(unique_lock&& other) {
        if (this->owns_lock()) unlock(where_);
        base::operator=(std::move(other));
        where_ = other.where_;
        return *this;
    }

    void lock(site where = site::here()) {
        Lock* const target = this->mutex();
        if (target == nullptr || this->owns_lock()) return base::lock();  // throws
        guard_detail::lock(*target, where);
        hold(*target);
    }
    void unlock(site where = site::here()) {
        if (!this->owns_lock()) return base::unlock();  // throws
        Lock* const target = this->release();
        base::operator=(base(*target, std::defer_lock));
        guard_detail::unlock(*target, where);
    }

private:
    void hold(Lock& taken) { base::operator=(base(taken, std::adopt_lock)); }

    site where_;
};

template <class Lock>
unique_lock(Lock&) -> unique_lock<Lock>;
template <class Lock>
unique_lock(Lock&, site) -> unique_lock<Lock>;
template <class Lock, class How>
unique_lock(Lock&, How) -> unique_lock<Lock>;

}  // namespace racekit
