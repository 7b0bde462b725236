// SPDX-License-Identifier: MIT
// The light and the heavy fence between two processes: of two stores, at least one is seen.
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <linux/membarrier.h>
#include <memory>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

struct line {
    alignas(64) std::atomic<int> word{0};
};

struct round {
    /// Lines of the other processor: stores to them keep the next store waiting.
    line slow[8];
    alignas(64) std::atomic<int> one{0};
    alignas(64) std::atomic<int> other{0};
    bool one_was_missed = false;
    bool other_was_missed = false;
};

struct board {
    static constexpr int rounds = 10'000;
    alignas(64) std::atomic<int> light_at{0};
    alignas(64) std::atomic<int> heavy_at{0};
    round each[rounds];
};

/// Both come to a round at about the same time; `waits` of the round moves one against the other.
template <class Ready, class Waits, class Step>
void run(std::atomic<int>& mine, std::atomic<int> const& others, Ready ready, Waits waits,
         Step step) {
    for (int at = 0; at < board::rounds; ++at) {
        ready(at);
        mine.store(at + 1);
        for (int spins = 0; others.load() <= at; ++spins) {
            if (spins > 1000) ::sched_yield();  // on one processor
        }
        for (int wait = waits(at); wait > 0; --wait) racekit::cpu_relax();
        step(at);
    }
}

TEST(asymmetric_fence, of_two_stores_one_is_seen) {
    racekit::shared_object<board> shared;
    racekit::process light([&] {
        auto const waits = [](int at) { return at % 16; };
        auto const ready = [&](int at) { EXPECT_EQ(shared->each[at].other.load(), 0); };
        run(shared->light_at, shared->heavy_at, ready, waits, [&](int at) {
            round& now = shared->each[at];
            for (line& each : now.slow) each.word.store(2, std::memory_order_relaxed);
            now.one.store(1, std::memory_order_relaxed);
            racekit::asymmetric_fence_light();
            now.other_was_missed = now.other.load(std::memory_order_relaxed) == 0;
        });
    });
    auto const waits = [](int at) { return at / 16 % 16; };
    auto const ready = [&](int at) {
        for (line& each : shared->each[at].slow) each.word.store(1, std::memory_order_relaxed);
    };
    run(shared->heavy_at, shared->light_at, ready, waits, [&](int at) {
        round& now = shared->each[at];
        now.other.store(1, std::memory_order_relaxed);
        EXPECT_TRUE(racekit::asymmetric_fence_heavy());
        now.one_was_missed = now.one.load(std::memory_order_relaxed) == 0;
    });
    EXPECT_TRUE(light.join().clean());
    int missed = 0;
    for (round const& each : shared->each)
        missed += each.one_was_missed && each.other_was_missed ? 1 : 0;
    EXPECT_EQ(missed, 0) << "of " << board::rounds << " rounds";
}

/// Linux 6.3 tells for what a process has registered.
TEST(asymmetric_fence, a_forked_child_stays_registered) {
    constexpr int get_registrations = 1 << 9;
    if (::syscall(SYS_membarrier, get_registrations, 0, 0) < 0)
        GTEST_SKIP() << "the kernel does not tell for what a process has registered";
    racekit::process child([] {
        return (::syscall(SYS_membarrier, get_registrations, 0, 0) &
                MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) != 0
                   ? 0
                   : 1;
    });
    EXPECT_TRUE(child.join().clean());
}

}  // namespace
