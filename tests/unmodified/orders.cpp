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

/// Store buffering: both read 0 only where the orders are weak.
template <std::memory_order write, std::memory_order read>
int store_buffering() {
    both(
        [] {
            x.store(1, write);
            (void)y.load(read);
        },
        [] {
            y.store(1, write);
            (void)x.load(read);
        });
    return 0;
}

/// Two readers see two writes in different orders.
template <std::memory_order write, std::memory_order read>
int two_readers() {
    std::thread one([] { x.store(1, write); }), two([] { y.store(1, write); });
    std::thread three([] {
        (void)x.load(read);
        (void)y.load(read);
    });
    std::thread four([] {
        (void)y.load(read);
        (void)x.load(read);
    });
    for (std::thread* each : {&one, &two, &three, &four}) each->join();
    return 0;
}

/// Each thread overwrites what the other one has written first.
int two_writes_each() {
    both(
        [] {
            x.store(1, release);
            y.store(2, release);
        },
        [] {
            y.store(1, release);
            x.store(2, release);
        });
    return 0;
}

int store_buffering_with_fences() {
    both(
        [] {
            x.store(1, relaxed);
            std::atomic_thread_fence(std::memory_order_seq_cst);
            (void)y.load(relaxed);
        },
        [] {
            y.store(1, relaxed);
            std::atomic_thread_fence(std::memory_order_seq_cst);
            (void)x.load(relaxed);
        });
    return 0;
}

/// Relaxed updates of one atomic read no old value.
int relaxed_counter() {
    auto const count = [] { x.fetch_add(1, relaxed); };
    both(count, count);
    return 0;
}

/// The model does not show a load that reads a later store.
int load_buffering() {
    both(
        [] {
            int const seen = x.load(relaxed);
            y.store(seen + 1, relaxed);
        },
        [] {
            int const seen = y.load(relaxed);
            x.store(seen + 1, relaxed);
        });
    return 0;
}

/// A lock orders what is relaxed within.
int guarded_store_buffering() {
    static std::mutex gate;
    both(
        [] {
            std::scoped_lock const hold(gate);
            x.store(1, relaxed);
            (void)y.load(relaxed);
        },
        [] {
            std::scoped_lock const hold(gate);
            y.store(1, relaxed);
            (void)x.load(relaxed);
        });
    return 0;
}

int waits_for_flag() {
    both(
        [] {
            plain = 1;
            x.store(1, release);
        },
        [] {
            while (x.load(acquire) == 0) {
            }
            assert(plain == 1);
        });
    return 0;
}

constexpr auto seq_cst = std::memory_order_seq_cst;

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
    {"store_buffering_relaxed", store_buffering<relaxed, relaxed>},
    {"store_buffering_release", store_buffering<release, acquire>},
    {"store_buffering_in_order", store_buffering<seq_cst, seq_cst>},
    {"store_buffering_with_fences", store_buffering_with_fences},
    {"guarded_store_buffering", guarded_store_buffering},
    {"two_readers_acquire", two_readers<release, acquire>},
    {"two_readers_in_order", two_readers<seq_cst, seq_cst>},
    {"two_writes_each", two_writes_each},
    {"relaxed_counter", relaxed_counter},
    {"load_buffering", load_buffering},
    {"waits_for_flag", waits_for_flag},
};

}  // namespace

int main(int count, char** words) { return run_program(all, count, words); }
