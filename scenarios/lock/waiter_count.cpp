// SPDX-License-Identifier: MIT
// Waiter count. A semaphore checks for waiters, then adds the permit; a thread falls asleep in
// between.
//
//     poster:  nobody waits ................................................ permits 1, no wake
//     waiter:  ............. permits 0, counts itself, permits still 0: sleeps       for ever
//
// The race: the number of waiters is outdated when the permit is added.
// The fix:  add the permit first, then read the count. The waiter works in the opposite order:
//           count first, then permits. So at least one of them sees the other. This needs seq_cst:
//           each stores to one object and then loads the other.
#include <racekit/scenario.hpp>

#include <cstdint>

namespace {

class permits {
public:
    void wait() {
        while (!try_take()) {
            sleeping.fetch_add(1);
            (void)racekit::futex_wait(count, 0);
            sleeping.fetch_sub(1);
        }
    }

protected:
    racekit::atomic<std::uint32_t> count{0};
    racekit::atomic<int> sleeping{0};

private:
    bool try_take() {
        std::uint32_t seen = count.load();
        while (seen > 0) {
            if (count.compare_exchange_strong(seen, seen - 1)) return true;
        }
        return false;
    }
};

struct racy : permits {
    void post() {
        bool const awaited = sleeping.load() > 0;  // <- race
        count.fetch_add(1);
        if (awaited) racekit::futex_wake(count, 1);
    }
};

struct fixed : permits {
    void post() {
        count.fetch_add(1);
        bool const awaited = sleeping.load() > 0;
        if (awaited) racekit::futex_wake(count, 1);
    }
};

template <class semaphore>
struct waiter_count {
    static constexpr int threads = 2;
    semaphore shared;

    void thread(int self) { self == 0 ? shared.post() : shared.wait(); }
};

}  // namespace

RACEKIT_SCENARIO(waiter_count, racy, fixed, .title = "A permit added after the check for waiters",
                 .bug_class = "lost wake-up", .cwe = 667, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("lost wake-up"),
                 .reference = "libstdc++ atomic_wait: proxied waits and their waiter count");
