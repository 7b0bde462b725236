// SPDX-License-Identifier: MIT
// Checked builds: who holds which lock, and where it was taken.
//
// A list beside the locks, so that a lock has the same size and layout either way. Costs some tens
// of nanoseconds for each lock and unlock.
#pragma once

#include <racekit/platform/lock_misuse.hpp>
#include <racekit/platform/native/thread_identity.hpp>
#include <racekit/platform/site.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace racekit::annotate::detail {

struct holding {
    void const* lock;
    std::size_t thread;
    bool shared;
    site taken;
};

class record_of_locks {
public:
    static record_of_locks& all() {
        static record_of_locks* const one = new record_of_locks;  // outlives every lock
        return *one;
    }

    void wants(void const* lock, site where) {
        part& here = of(lock);
        std::lock_guard hold(here.gate);
        if (holding const* const mine = find(here, lock, thread_number()); mine != nullptr)
            throw lock_misuse("a lock is waited for by the thread that holds it", where,
                              mine->taken);
    }

    void holds(void const* lock, bool shared, site where) {
        part& here = of(lock);
        std::lock_guard hold(here.gate);
        here.held.push_back({lock, thread_number(), shared, where});
    }

    void leaves(void const* lock, bool shared, site where) {
        part& here = of(lock);
        std::lock_guard hold(here.gate);
        if (holding* const mine = find(here, lock, thread_number()); mine != nullptr) {
            if (mine->shared != shared)
                throw lock_misuse(shared ? "a lock taken for writing is given up as if for reading"
                                         : "a lock taken for reading is given up as if for writing",
                                  where, mine->taken);
            *mine = here.held.back();
            here.held.pop_back();
            return;
        }
        for (holding const& each : here.held) {
            if (each.lock == lock)
                throw lock_misuse("a lock is given up by a thread that does not hold it", where,
                                  each.taken);
        }
        throw lock_misuse("a lock is given up that nobody holds", where);
    }

    /// Thrown by a destructor, it ends the program with these words.
    void ends(void const* lock) {
        part& here = of(lock);
        std::lock_guard hold(here.gate);
        for (holding const& each : here.held) {
            if (each.lock == lock)
                throw lock_misuse("a lock is destroyed while it is held", {}, each.taken);
        }
    }

private:
    struct alignas(64) part {
        std::mutex gate;
        std::vector<holding> held;
    };

    part& of(void const* lock) {
        return parts_[(reinterpret_cast<std::uintptr_t>(lock) >> 6) % parts_.size()];
    }

    static holding* find(part& here, void const* lock, std::size_t thread) {
        for (holding& each : here.held) {
            if (each.lock == lock && each.thread == thread) return &each;
        }
        return nullptr;
    }

    std::array<part, 64> parts_;
};

}  // namespace racekit::annotate::detail

namespace racekit::annotate {

inline void lock_created(void const*) noexcept {}
inline void lock_destroyed(void const* lock) { detail::record_of_locks::all().ends(lock); }
inline void before_lock(void const* lock, bool /*shared*/ = false, site where = {}) {
    detail::record_of_locks::all().wants(lock, where);
}
inline void after_lock(void const* lock, bool shared = false, site where = {}) {
    detail::record_of_locks::all().holds(lock, shared, where);
}
inline void before_unlock(void const* lock, bool shared = false, site where = {}) {
    detail::record_of_locks::all().leaves(lock, shared, where);
}
inline void after_unlock(void const*, bool /*shared*/ = false) noexcept {}
inline void before_try_lock(void const*, bool /*shared*/ = false) noexcept {}
inline void after_try_lock(void const* lock, bool taken, bool shared = false, site where = {}) {
    if (taken) detail::record_of_locks::all().holds(lock, shared, where);
}

}  // namespace racekit::annotate
