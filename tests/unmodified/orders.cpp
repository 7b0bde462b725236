// SPDX-License-Identifier: MIT
// Programs whose memory orders are weakened: scripts/racekit mutate and suggest-orders; and those
// that are asked whether they have sequentially consistent outcomes alone: --robustness.
#undef NDEBUG
#include "programs.hpp"

#include <atomic>
#include <mutex>
#include <thread>

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;

std::atomic<int> x{0}, y{0};
int plain = 0;

template <class First, class Second>
void both(First first, Second second) {
    std::thread one(first), two(second);
    one.join();
    two.join();
}

int message_passing_in_order() {
    both(
        [] {
            plain = 1;
            x.store(1);
        },
        [] {
            if (x.load() == 1) assert(plain == 1);
        });
    return 0;
}

int message_passing() {
    both(
        [] {
            plain = 1;
            x.store(1, release);
        },
        [] {
            if (x.load(acquire) == 1) assert(plain == 1);
        });
    return 0;
}

/// The words of std::atomic that name no order mean seq_cst.
int dekker() {
    both(
        [] {
            x = 1;
            if (y == 0) ++plain;
        },
        [] {
            y = 1;
            if (x == 0) ++plain;
        });
    return 0;
}

int counter() {
    auto const count = [] { x.fetch_add(1); };
    both(count, count);
    assert(x.load(relaxed) == 2);
    return 0;
}

int last_reference() {
    x.store(2, relaxed);
    int* const shared = new int(0);
    auto const drop = [=](int value) {
        if (value == 1) assert(*shared == 0);
        if (x.fetch_sub(1, acq_rel) == 1) delete shared;
    };
    both([=] { drop(1); }, [=] { drop(2); });
    return 0;
}

int fences() {
    both(
        [] {
            plain = 1;
            std::atomic_thread_fence(release);
            x.store(1, relaxed);
        },
        [] {
            if (x.load(relaxed) == 0) return;
            std::atomic_thread_fence(acquire);
            assert(plain == 1);
        });
    return 0;
}

/// Of a compare_exchange each of the two orders counts.
int exchange() {
    both(
        [] {
            plain = 1;
            int expected = 0;
            x.compare_exchange_strong(expected, 1, release, relaxed);
        },
        [] {
            int expected = 2;
            if (!x.compare_exchange_strong(expected, 3, relaxed, acquire) && expected == 1)
                assert(plain == 1);
        });
    return 0;
}

/// The order of a wait is the caller's, though the header calls load(). The store must not be seen
/// after the look for waiters, which libstdc++ 12 makes.
int waits() {
    both(
        [] {
            plain = 1;
            x.store(1);
            x.notify_one();
        },
        [] {
            x.wait(0, acquire);
            assert(plain == 1);
        });
    return 0;
}

void count() { y.fetch_add(1); }

/// Two clients of one function.
int counts_for_two() {
    both(count, count);
    return 0;
}
int counts_and_reads() {
    both(
        [] {
            plain = 1;
            count();
        },
        [] {
            if (y.load() == 1) assert(plain == 1);
        });
    return 0;
}

int locks_alone() {
    static std::mutex gate;
    auto const count = [] {
        std::scoped_lock const hold(gate);
        ++plain;
    };
    both(count, count);
    return 0;
}

int races() {
    auto const count = [] { ++plain; };
    both(count, count);
    return 0;
}

constexpr program all[] = {
    {"message_passing_in_order", message_passing_in_order},
    {"message_passing", message_passing},
    {"dekker", dekker},
    {"counter", counter},
    {"last_reference", last_reference},
    {"fences", fences},
    {"exchange", exchange},
    {"waits", waits},
    {"counts_for_two", counts_for_two},
    {"counts_and_reads", counts_and_reads},
    {"locks_alone", locks_alone},
    {"races", races},
};

}  // namespace

int main(int count, char** words) { return run_program(all, count, words); }
