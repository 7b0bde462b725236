// SPDX-License-Identifier: MIT
// Checked builds: which thread holds which lock, and where it took it.
//
// A list beside the locks, so that a lock has the same size and layout either way. Costs some tens
// of nanoseconds for each lock and unlock.
#pragma once

#include <racekit/platform/cache_line.hpp>
#include <racekit/platform/lock_misuse.hpp>
#include <racekit/platform/native/thread_identity.hpp>
#include <racekit/platform/site.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <pthread.h>
#include <type_traits>
#include <utility>

namespace racekit::annotate::detail {

struct holding {
    void const* lock;
    std::size_t thread;
    bool shared;
    site taken;
};

/// One part of the record: the locks whose addresses have one hash. No std::vector: its header
/// would cost each source that includes a lock a sixth of its compile time.
class alignas(cache_line) record_part {
public:
    std::mutex gate;

    /// The holding of `lock` that `matches`; null: there is none.
    template <class Matches>
    holding* find(void const* lock, Matches matches) {
        for (std::size_t at = 0; at < count_; ++at) {
            if (held_[at].lock == lock && matches(held_[at])) return &held_[at];
        }
        return nullptr;
    }
    holding* find_own(void const* lock) {
        return find(lock, [](holding const& one) { return one.thread == thread_number(); });
    }
    holding* find_any(void const* lock) {
        return find(lock, [](holding const&) { return true; });
    }

    void add(holding const& one) {
        if (count_ == room_) grow();
        held_[count_++] = one;
    }
    void remove(holding& one) { one = held_[--count_]; }

private:
    void grow() {
        std::size_t const room = room_ == 0 ? 8 : 2 * room_;
        auto* const larger = new holding[room];
        for (std::size_t at = 0; at < count_; ++at) larger[at] = held_[at];
        delete[] std::exchange(held_, larger);
        room_ = room;
    }

    holding* held_ = nullptr;  // never freed, as the record is never destroyed
    std::size_t count_ = 0;
    std::size_t room_ = 0;
};

inline constexpr std::size_t record_parts = 64;

/// Never destroyed: it outlives every lock. A fork waits until no other thread is inside, so that a
/// child does not inherit a part that is locked for ever.
[[nodiscard]] inline record_part* record() {
    static record_part* const parts = [] {
        auto* const made = new record_part[record_parts];
        (void)::pthread_atfork(
            [] {
                for (std::size_t at = 0; at < record_parts; ++at) record()[at].gate.lock();
            },
            [] {
                for (std::size_t at = 0; at < record_parts; ++at) record()[at].gate.unlock();
            },
            [] {
                for (std::size_t at = 0; at < record_parts; ++at) record()[at].gate.unlock();
            });
        return made;
    }();
    return parts;
}

[[nodiscard]] inline record_part& part_of(void const* lock) {
    return record()[(reinterpret_cast<std::uintptr_t>(lock) >> 6) % record_parts];
}

inline void check_not_held(void const* lock, site where) {
    record_part& here = part_of(lock);
    std::lock_guard hold(here.gate);
    if (holding const* const mine = here.find_own(lock); mine != nullptr)
        throw lock_misuse("a lock is waited for by the thread that holds it", where, mine->taken);
}

inline void add_holder(void const* lock, bool shared, site where) {
    record_part& here = part_of(lock);
    std::lock_guard hold(here.gate);
    here.add({lock, thread_number(), shared, where});
}

inline void remove_holder(void const* lock, bool shared, site where) {
    record_part& here = part_of(lock);
    std::lock_guard hold(here.gate);
    if (holding* const mine = here.find_own(lock); mine != nullptr) {
        if (mine->shared != shared)
            throw lock_misuse(shared ? "unlock_shared() of a lock held for exclusive access"
                                     : "unlock() of a lock held for shared access",
                              where, mine->taken);
        here.remove(*mine);
        return;
    }
    if (holding const* const other = here.find_any(lock); other != nullptr)
        throw lock_misuse("unlock by a thread that does not hold the lock", where, other->taken);
    throw lock_misuse("unlock of a lock that no thread holds", where);
}

/// Thrown by a destructor, it ends the program with these words.
inline void check_not_held_by_any(void const* lock) {
    record_part& here = part_of(lock);
    std::lock_guard hold(here.gate);
    if (holding const* const any = here.find_any(lock); any != nullptr)
        throw lock_misuse("a lock is destroyed while it is held", {}, any->taken);
}

}  // namespace racekit::annotate::detail

namespace racekit::annotate {

constexpr void lock_created(void const*) noexcept {}
inline void lock_destroyed(void const* lock) { detail::check_not_held_by_any(lock); }
inline void before_lock(void const* lock, bool /*shared*/ = false, site where = {}) {
    detail::check_not_held(lock, where);
}
inline void after_lock(void const* lock, bool shared = false, site where = {}) {
    detail::add_holder(lock, shared, where);
}
inline void before_unlock(void const* lock, bool shared = false, site where = {}) {
    detail::remove_holder(lock, shared, where);
}
inline void after_unlock(void const*, bool /*shared*/ = false) noexcept {}
inline void before_try_lock(void const*, bool /*shared*/ = false) noexcept {}
inline void after_try_lock(void const* lock, bool taken, bool shared = false, site where = {}) {
    if (taken) detail::add_holder(lock, shared, where);
}

}  // namespace racekit::annotate
