// SPDX-License-Identifier: MIT
// Sequence lock without a fence. The reader tests the sequence again, and too early: its copy is
// half new.
//
//     writer:  sequence 1 .. one 1 .. other 1 .. sequence 2
//     reader:  sequence 0 .. one 1 .. sequence 0 (again, an old value) .. other 0        torn
//
// The race: without an acquire fence the second load of the sequence is not ordered after the loads
//           of the words, and may return what it was before they were written.
// The fix:  an acquire fence between the words and the second load of the sequence.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    static void before_the_second_look() {}
};

struct fixed {
    static void before_the_second_look() {
        racekit::atomic_thread_fence(std::memory_order_acquire);
    }
};

template <class order>
struct seqlock_no_fence {
    static constexpr int threads = 2;
    racekit::atomic<unsigned> sequence{0};
    racekit::atomic<int> one{0};
    racekit::atomic<int> other{0};

    void thread(int self) { self == 0 ? write() : read(); }

    void write() {
        sequence.store(1, std::memory_order_relaxed);
        racekit::atomic_thread_fence(std::memory_order_release);
        one.store(1, std::memory_order_relaxed);
        other.store(1, std::memory_order_relaxed);
        sequence.store(2, std::memory_order_release);
    }
    void read() {
        unsigned const before = sequence.load(std::memory_order_acquire);
        int const first = one.load(std::memory_order_relaxed);
        int const second = other.load(std::memory_order_relaxed);
        order::before_the_second_look();
        bool const is_whole = sequence.load(std::memory_order_relaxed) == before;
        if (is_whole && before % 2 == 0) RACEKIT_CHECK_EQUAL(first, second);
    }
};

}  // namespace

RACEKIT_SCENARIO(seqlock_no_fence, racy, fixed,
                 .title = "A sequence lock whose reader looks again too early",
                 .bug_class = "weak ordering", .cwe = 821, .stress = racekit::blind_under_tso,
                 .tsan = racekit::blind, .model = racekit::finds("failed check"),
                 .blind_why = "every access is atomic, and x86 keeps loads in order",
                 .reference = "Boehm 2012; perfbook defer/seqlock.h");
