// SPDX-License-Identifier: MIT
// Scope guards for anything with lock() and unlock().
//
// Progress: as the lock that is held.
//
// As std::lock_guard, std::scoped_lock (one or several locks) and std::unique_lock; they also hand
// the place where the guard stands to the lock, so that a trace names the caller's line.
#pragma once

#include <racekit/platform/site.hpp>

#include <mutex>
#include <tuple>
#include <utility>

namespace racekit {

namespace guard_detail {

/// Calls lock(where) where the lock takes a site, lock() where it does not.
template <class Lock>
void lock(Lock& target, site where) {
    if constexpr (requires { target.lock(where); }) {
        target.lock(where);
    } else {
        target.lock();
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

}  // namespace guard_detail

/// Holds one or several locks for a scope. Several are taken without risk of deadlock, as std::lock
/// takes them.
template <class... Locks>
class [[nodiscard]] scoped_lock {
public:
    explicit scoped_lock(Locks&... locks) : locks_(locks...) { std::lock(locks...); }
    ~scoped_lock() {
        std::apply([](auto&... each) { (each.unlock(), ...); }, locks_);
    }
    scoped_lock(scoped_lock const&) = delete;
    scoped_lock& operator=(scoped_lock const&) = delete;

private:
    std::tuple<Locks&...> locks_;
};

template <class Lock>
class [[nodiscard]] scoped_lock<Lock> {
public:
    using mutex_type = Lock;

    explicit scoped_lock(Lock& held, site where = site::here()) : held_(held), where_(where) {
        guard_detail::lock(held_, where_);
    }
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
template <class... Locks>
scoped_lock(Locks&...) -> scoped_lock<Locks...>;

template <class Lock>
class [[nodiscard]] lock_guard : public scoped_lock<Lock> {
public:
    explicit lock_guard(Lock& held, site where = site::here()) : scoped_lock<Lock>(held, where) {}
};

/// Holds a lock for reading for a scope.
template <class Lock>
class [[nodiscard]] shared_lock {
public:
    using mutex_type = Lock;

    explicit shared_lock(Lock& held, site where = site::here()) : held_(held), where_(where) {
        if constexpr (requires { held.lock_shared(where); }) {
            held.lock_shared(where);
        } else {
            held.lock_shared();
        }
    }
    ~shared_lock() {
        if constexpr (requires { held_.unlock_shared(where_); }) {
            held_.unlock_shared(where_);
        } else {
            held_.unlock_shared();
        }
    }
    shared_lock(shared_lock const&) = delete;
    shared_lock& operator=(shared_lock const&) = delete;

private:
    Lock& held_;
    site where_;
};

/// A lock that may be let go and taken again within its scope.
template <class Lock>
class [[nodiscard]] unique_lock {
public:
    using mutex_type = Lock;

    explicit unique_lock(Lock& target, site where = site::here())
        : target_(&target), where_(where) {
        lock(where);
    }
    unique_lock(Lock& target, std::defer_lock_t) : target_(&target) {}
    ~unique_lock() {
        if (owns_) unlock(where_);
    }
    unique_lock(unique_lock const&) = delete;
    unique_lock& operator=(unique_lock const&) = delete;

    void lock(site where = site::here()) {
        guard_detail::lock(*target_, where);
        owns_ = true;
    }
    void unlock(site where = site::here()) {
        owns_ = false;
        guard_detail::unlock(*target_, where);
    }
    [[nodiscard]] bool owns_lock() const noexcept { return owns_; }
    [[nodiscard]] Lock* mutex() const noexcept { return target_; }

private:
    Lock* target_;
    site where_;
    bool owns_ = false;
};

}  // namespace racekit
