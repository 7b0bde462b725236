// SPDX-License-Identifier: MIT
// A post touches freed memory. The taker of the permit frees the semaphore that post() still reads.
//
//     poster:  count 0 -> 1 ...................... reads the waiter count: freed memory
//     taker:   ............. count 1 -> 0, free
//
// The race: once the permit is added, a taker may destroy the semaphore. post() must not access it
//           afterwards, but it still has to read the number of waiters.
// The fix:  permits and waiters in one word, so that one step adds the permit and reads the
//           waiters. The wake-up that may follow uses only the address; the kernel does not read
//           the word.
//
// Swapping the two steps is no solution: it loses wake-ups, see waiter_count.
#include <racekit/scenario.hpp>

#include <cstdint>

namespace {

constexpr std::uint32_t one_waiter = 1U << 16;  // permits below, waiters above

struct racy {
    racekit::atomic<std::uint32_t> word{0};

    void post() {
        word.fetch_add(1);
        bool const awaited = word.load() >= one_waiter;  // <- race
        if (awaited) racekit::futex_wake(word, 1);
    }
};

struct fixed {
    racekit::atomic<std::uint32_t> word{0};

    void post() {
        bool const awaited = word.fetch_add(1) >= one_waiter;
        if (awaited) racekit::futex_wake(word, 1);
    }
};

template <class semaphore>
struct post_touches_freed {
    static constexpr int threads = 2;
    semaphore* shared = new semaphore;
    bool is_freed = false;

    void thread(int self) { self == 0 ? shared->post() : take(); }

    void take() {
        std::uint32_t one = 1;
        is_freed = shared->word.compare_exchange_strong(one, 0);
        if (is_freed) delete shared;  // <- race
    }
    void after() {
        if (!is_freed) delete shared;
    }
};

}  // namespace

RACEKIT_SCENARIO(post_touches_freed, racy, fixed, .title = "A semaphore freed during its post()",
                 .bug_class = "use after free", .cwe = 416, .stress = racekit::blind,
                 .tsan = racekit::finds, .model = racekit::finds("use after free"),
                 .blind_why = "the read still works, and a needless wake-up has no effect",
                 .reference = "glibc BZ#12674; FreeBSD D7505: sem_post reads after the add");
