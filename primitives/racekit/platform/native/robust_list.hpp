// SPDX-License-Identifier: MIT
// The list of locks that the kernel releases for a thread that dies (set_robust_list(2)).
//
// A thread has one such list, and the C library has made it: the locks here hang between the C
// library's own and keep its form, a doubly linked list whose links point at links. When a thread
// ends or is killed, or its process calls exec, the kernel walks the list, and then looks at the
// one lock that is announced: where the word says that the thread owns it, the kernel marks the
// word and wakes a sleeper; where an announced word has no owner, it wakes a sleeper.
//
// The kernel sees the stores of a dead thread in program order, as a signal handler of that thread
// would: signal fences keep the compiler from changing it.
//
// The flavour's atomics come first.
#pragma once

#include <racekit/platform/native/thread_record.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace racekit {

/// A lock as the kernel knows it: a word, what belongs to it, and the links of the list at the
/// distance from it that the C library's locks have. Trivial to create: zeroed memory is a free
/// lock.
struct robust_cell {
    alignas(8) atomic<std::uint32_t> word{0};
    atomic<std::uint32_t> asleep{0};  ///< not 0: a thread may sleep; the kernel knows it not
    unsigned char unused[16] = {};
    void* before = nullptr;
    void* after = nullptr;
};
static_assert(offsetof(robust_cell, after) ==
              offsetof(robust_cell, word) + thread_record_detail::word_before_link);

/// The calling thread's list. Every function is wait-free.
class robust_list {
public:
    robust_list() : record_(this_thread_record()) {}

    /// The number by which words name their owner.
    [[nodiscard, gnu::always_inline]] std::uint32_t thread() const { return record_.number; }

    /// Before the word is changed: from here on the kernel looks at it, until retire(). One lock at
    /// a time, and no call of any other lock in between.
    [[gnu::always_inline]] void announce(robust_cell& lock) {
        record_.held->list_op_pending = reinterpret_cast<::robust_list*>(&lock.after);
        keep_order();
    }
    [[gnu::always_inline]] void retire() {
        keep_order();
        record_.held->list_op_pending = nullptr;
    }

    /// Hangs a lock that the thread has just taken into the list.
    [[gnu::always_inline]] void enter(robust_cell& lock) {
        keep_order();
        void* const first = record_.held->list.next;
        lock.after = first;
        lock.before = &record_.held->list;
        if (link_at(first) != &record_.held->list) before_of(first) = &lock.after;
        keep_order();
        record_.held->list.next = reinterpret_cast<::robust_list*>(&lock.after);
    }
    /// Takes a lock that the thread is about to release out of the list.
    [[gnu::always_inline]] void leave(robust_cell& lock) {
        void* const next = lock.after;
        *static_cast<void**>(link_at(lock.before)) = next;
        if (link_at(next) != &record_.held->list) before_of(next) = lock.before;
        keep_order();
    }

private:
    static void keep_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }
    /// Links to priority-inheritance locks have their lowest bit set.
    static void* link_at(void* link) {
        return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(link) & ~std::uintptr_t{1});
    }
    static void*& before_of(void* link) { return static_cast<void**>(link_at(link))[-1]; }

    thread_record const& record_;
};

}  // namespace racekit
