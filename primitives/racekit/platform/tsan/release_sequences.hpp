// SPDX-License-Identifier: MIT
// Which earlier operations of other threads an atomic operation or a fence synchronises with,
// handed to TSan by annotation.
//
// TSan does not model fences, and it keeps the clock of a release store although a relaxed store
// has replaced the value. So TSan sees every atomic operation as relaxed, and this header orders
// them as [atomics.order] and [atomics.fences] do:
//
//     a release operation, or a store behind a release fence, heads a release sequence;
//     a read-modify-write continues the sequences of the value that it reads, a store ends them;
//     an acquire operation synchronises with the heads of what it reads; a relaxed read notes
//     them, and the thread's next acquire fence synchronises with them.
//
// A head is a released_clock: TSan stores the vector clock that the thread had at that point under
// its address. A seq_cst fence is an acquire fence and a release fence: the total order of such
// fences restricts which values are read, and adds no happens-before.
//
// Invariant: bookkeeping and the access stand in one critical section, whose lock TSan does not
// see, so the heads are always those of the value that was read. The lock is held by nobody at a
// schedule point.
#pragma once

#include <racekit/platform/tsan/unseen.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit::tsan {

struct thread_clocks;

/// A vector clock as a thread released it. Only that thread writes to it again, when nothing refers
/// to the old one any more; its clock only grows, so TSan's merge leaves exactly the new one.
struct released_clock {
    released_clock* next;  ///< among the owner's unused ones
    thread_clocks* owner;
    std::uint64_t number;  ///< counts the owner's: a later one includes the earlier ones
    std::uint64_t references;
    std::uint64_t address_of_clock;  ///< TSan finds the clock by the address of this member
};

/// At most one clock per thread: its latest.
struct clock_list {
    released_clock* clock;
    clock_list* next;
};

/// What is known of one thread. Never freed, so that an owner is one thread only.
struct thread_clocks {
    released_clock* unused;
    released_clock* fence;  ///< of the latest release fence
    clock_list* noted;      ///< what relaxed reads have seen since the last acquire fence
    std::uint64_t made;
    int depth;  ///< a signal handler's operation may stand within another one
};

/// What is known of the atomic object at an address.
struct location {
    void const* address;
    clock_list* heads;  ///< of the release sequences that its value belongs to
    location* next;
};

class release_sequences {
public:
    /// Around each access, which TSan sees as relaxed.
    RACEKIT_UNSEEN void enter() noexcept {
        thread_clocks* const self = mine();
        if (self->depth++ == 0) lock();
        // Orders the access for other processes, as seq_cst would.
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    RACEKIT_UNSEEN void leave() noexcept {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (--self_->depth == 0) unlock();
    }

    /// After the access, before leave().
    RACEKIT_UNSEEN void loaded(void const* address, std::memory_order order) noexcept {
        location const* const at = find(address);
        if (at == nullptr) return;
        for (clock_list* each = at->heads; each != nullptr; each = each->next) {
            if (each->clock->owner == self_) continue;
            if (acquires(order)) {
                __tsan_acquire(&each->clock->address_of_clock);
            } else {
                add(self_->noted, each->clock);
            }
        }
    }
    RACEKIT_UNSEEN void stored(void const* address, std::memory_order order) noexcept {
        released_clock* const own = releases(order) ? release_now() : self_->fence;
        location* const at = own != nullptr ? find_or_add(address) : find(address);
        if (at == nullptr) return;
        clear(at->heads);
        if (own != nullptr) add(at->heads, own);
    }
    RACEKIT_UNSEEN void modified(void const* address, std::memory_order order) noexcept {
        loaded(address, order);
        released_clock* const own = releases(order) ? release_now() : self_->fence;
        if (own != nullptr) add(find_or_add(address)->heads, own);
    }
    RACEKIT_UNSEEN void fenced(std::memory_order order) noexcept {
        enter();
        if (acquires(order)) {
            for (clock_list* each = self_->noted; each != nullptr; each = each->next)
                __tsan_acquire(&each->clock->address_of_clock);
            clear(self_->noted);
        }
        if (releases(order)) {
            released_clock* const now = release_now();
            ++now->references;
            if (self_->fence != nullptr) drop(self_->fence);
            self_->fence = now;
        }
        leave();
    }
    /// A new object begins at the address: what stood there before is forgotten.
    RACEKIT_UNSEEN void constructed(void const* address) noexcept {
        if (__atomic_load_n(&used_, __ATOMIC_RELAXED) == 0) return;  // nothing is known yet
        enter();
        if (location* const at = find(address); at != nullptr) clear(at->heads);
        leave();
    }

    /// Around fork: the child must not find the lock held by a thread that it does not have.
    RACEKIT_UNSEEN void lock() noexcept {
        while (__atomic_exchange_n(&lock_, 1, __ATOMIC_ACQUIRE) != 0) ::syscall(SYS_sched_yield);
    }
    RACEKIT_UNSEEN void unlock() noexcept { __atomic_store_n(&lock_, 0, __ATOMIC_RELEASE); }

private:
    static constexpr std::size_t buckets = std::size_t{1} << 14;
    static constexpr std::size_t piece = std::size_t{1} << 20;

    RACEKIT_UNSEEN static bool acquires(std::memory_order order) noexcept {
        return order != std::memory_order_relaxed && order != std::memory_order_release;
    }
    RACEKIT_UNSEEN static bool releases(std::memory_order order) noexcept {
        return order == std::memory_order_release || order == std::memory_order_acq_rel ||
               order == std::memory_order_seq_cst;
    }

    RACEKIT_UNSEEN thread_clocks* mine() noexcept;
    RACEKIT_UNSEEN released_clock* release_now() noexcept;
    RACEKIT_UNSEEN void add(clock_list*& to, released_clock* clock) noexcept;
    RACEKIT_UNSEEN void clear(clock_list*& list) noexcept;
    RACEKIT_UNSEEN location* find_or_add(void const* address) noexcept;
    RACEKIT_UNSEEN void* allocate(std::size_t size) noexcept;

    RACEKIT_UNSEEN static void drop(released_clock* clock) noexcept {
        if (--clock->references != 0) return;
        clock->next = clock->owner->unused;
        clock->owner->unused = clock;
    }
    RACEKIT_UNSEEN location** bucket(void const* address) noexcept {
        auto const bits = reinterpret_cast<std::uintptr_t>(address);
        return &locations_[(bits * 0x9e3779b97f4a7c15U) >> 50];
    }
    RACEKIT_UNSEEN location* find(void const* address) noexcept {
        location* at = *bucket(address);
        while (at != nullptr && at->address != address) at = at->next;
        return at;
    }

    inline static constinit thread_local thread_clocks* self_ = nullptr;

    int lock_ = 0;
    int used_ = 0;  ///< whether any thread has made an access yet
    location* locations_[buckets] = {};
    clock_list* unused_nodes_ = nullptr;
    char* memory_ = nullptr;  ///< what is left of the latest piece
    std::size_t left_ = 0;
};

/// One for the program. Zero before all constructors, like the atomics that it serves.
inline constinit release_sequences sequences{};

RACEKIT_UNSEEN inline void lock_sequences() noexcept { sequences.lock(); }
RACEKIT_UNSEEN inline void unlock_sequences() noexcept { sequences.unlock(); }

/// Memory that TSan's allocator does not know: malloc here would run signal handlers.
RACEKIT_UNSEEN inline void* release_sequences::allocate(std::size_t size) noexcept {
    if (left_ < size) {
        long const fresh = ::syscall(SYS_mmap, nullptr, piece, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (fresh < 0 && fresh > -4096) __builtin_trap();
        memory_ = reinterpret_cast<char*>(fresh);
        left_ = piece;
    }
    char* const taken = memory_;
    memory_ += size;
    left_ -= size;
    return taken;
}

RACEKIT_UNSEEN inline thread_clocks* release_sequences::mine() noexcept {
    if (self_ != nullptr) return self_;
    lock();
    auto* const fresh = static_cast<thread_clocks*>(allocate(sizeof(thread_clocks)));
    bool const first = used_ == 0;
    __atomic_store_n(&used_, 1, __ATOMIC_RELAXED);
    unlock();
    self_ = fresh;
    if (first) ::pthread_atfork(lock_sequences, unlock_sequences, unlock_sequences);
    return fresh;
}

RACEKIT_UNSEEN inline released_clock* release_sequences::release_now() noexcept {
    released_clock* clock = self_->unused;
    if (clock != nullptr) {
        self_->unused = clock->next;
    } else {
        clock = static_cast<released_clock*>(allocate(sizeof(released_clock)));
        clock->owner = self_;
    }
    clock->number = ++self_->made;
    clock->references = 0;
    __tsan_release(&clock->address_of_clock);
    return clock;
}

RACEKIT_UNSEEN inline void release_sequences::add(clock_list*& to,
                                                  released_clock* clock) noexcept {
    for (clock_list* each = to; each != nullptr; each = each->next) {
        if (each->clock->owner != clock->owner) continue;
        if (each->clock->number >= clock->number) return;
        ++clock->references;
        drop(each->clock);
        each->clock = clock;
        return;
    }
    clock_list* node = unused_nodes_;
    if (node != nullptr) {
        unused_nodes_ = node->next;
    } else {
        node = static_cast<clock_list*>(allocate(sizeof(clock_list)));
    }
    ++clock->references;
    node->clock = clock;
    node->next = to;
    to = node;
}

RACEKIT_UNSEEN inline void release_sequences::clear(clock_list*& list) noexcept {
    while (list != nullptr) {
        clock_list* const node = list;
        list = node->next;
        drop(node->clock);
        node->next = unused_nodes_;
        unused_nodes_ = node;
    }
}

RACEKIT_UNSEEN inline location* release_sequences::find_or_add(void const* address) noexcept {
    location* at = find(address);
    if (at != nullptr) return at;
    at = static_cast<location*>(allocate(sizeof(location)));
    location** const first = bucket(address);
    at->address = address;
    at->heads = nullptr;
    at->next = *first;
    *first = at;
    return at;
}

}  // namespace racekit::tsan
