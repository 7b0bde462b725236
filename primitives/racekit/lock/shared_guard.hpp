// SPDX-License-Identifier: MIT
// shared_lock: that of std, which also hands the place where the guard stands to the lock.
//
// Progress: as the lock that is held.
#pragma once

#include <racekit/platform/shared_lock.hpp>
#include <racekit/platform/site.hpp>

#include <mutex>
#include <utility>

namespace racekit {

namespace guard_detail {

template <class Lock>
void lock_shared(Lock& target, site where) {
    if constexpr (requires { target.lock_shared(where); }) {
        target.lock_shared(where);
    } else {
        target.lock_shared();
    }
}

template <class Lock>
void unlock_shared(Lock& target, site where) {
    if constexpr (requires { target.unlock_shared(where); }) {
        target.unlock_shared(where);
    } else {
        target.unlock_shared();
    }
}

}  // namespace guard_detail

/// Holds a lock for shared access, or none, and can be moved: a std::shared_lock, whose errors it
/// also reports. See unique_lock.
template <class Lock>
class [[nodiscard]] shared_lock : public std::shared_lock<Lock> {
    using base = std::shared_lock<Lock>;

public:
    shared_lock() noexcept = default;
    explicit shared_lock(Lock& target, site where = site::here())
        : base(target, std::defer_lock), where_(where) {
        lock(where);
    }
    shared_lock(Lock& target, std::defer_lock_t) noexcept : base(target, std::defer_lock) {}
    shared_lock(Lock& target, std::try_to_lock_t) : base(target, std::try_to_lock) {}
    shared_lock(Lock& target, std::adopt_lock_t) : base(target, std::adopt_lock) {}
    template <class Clock, class Span>
    shared_lock(Lock& target, std::chrono::time_point<Clock, Span> limit)
        : base(target, limit) {}
    template <class Rep, class Period>
    shared_lock(Lock& target, std::chrono::duration<Rep, Period> span) : base(target, span) {}
    ~shared_lock() {
        if (this->owns_lock()) unlock(where_);
    }
    shared_lock(shared_lock&&) noexcept = default;
    shared_lock& operator=(shared_lock&& other) noexcept {
        if (this->owns_lock()) unlock(where_);
        base::operator=(std::move(other));
        where_ = other.where_;
        return *this;
    }

    void lock(site where = site::here()) {
        Lock* const target = this->mutex();
        if (target == nullptr || this->owns_lock()) return base::lock();  // throws
        guard_detail::lock_shared(*target, where);
        base::operator=(base(*target, std::adopt_lock));
    }
    void unlock(site where = site::here()) {
        if (!this->owns_lock()) return base::unlock();  // throws
        Lock* const target = this->release();
        base::operator=(base(*target, std::defer_lock));
        guard_detail::unlock_shared(*target, where);
    }

private:
    site where_;
};

template <class Lock>
shared_lock(Lock&) -> shared_lock<Lock>;
template <class Lock>
shared_lock(Lock&, site) -> shared_lock<Lock>;
template <class Lock, class How>
shared_lock(Lock&, How) -> shared_lock<Lock>;

}  // namespace racekit
