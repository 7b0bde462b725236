// SPDX-License-Identifier: MIT
// Waiting in the kernel: a wake-up orders nothing, the word that is looked at does.
#include "cases.hpp"

#include <cstdint>

namespace fences {
namespace {

template <class variant>
struct futex_event {
    static constexpr int threads = 2;
    racekit::plain<int> data{0};
    racekit::atomic<std::uint32_t> state{0};
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence_if_correct<variant>(release);
            state.store(1, relaxed);
            racekit::futex_wake(state);
            return;
        }
        while (state.load(relaxed) == 0) (void)racekit::futex_wait(state, 0);
        fence(acquire);
        RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
    }
};
RACEKIT_FENCE_CASE(futex_event);

/// The waiter announces itself, fences, checks, sleeps; the publisher fences, checks for waiters.
template <class variant>
struct event_count {
    static constexpr int threads = 2;
    racekit::plain<int> data{0};
    racekit::atomic<int> ready{0}, waiters{0};
    racekit::atomic<std::uint32_t> epoch{0};
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence_if_correct<variant>(release);
            ready.store(1, relaxed);
            fence(seq_cst);
            if (waiters.load(relaxed) == 0) return;
            epoch.fetch_add(1, relaxed);
            racekit::futex_wake(epoch);
            return;
        }
        for (;;) {
            std::uint32_t const before = epoch.load(relaxed);
            waiters.store(1, relaxed);
            fence(seq_cst);
            if (ready.load(relaxed) == 1) break;
            (void)racekit::futex_wait(epoch, before);
        }
        fence(acquire);
        RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
    }
};
RACEKIT_FENCE_CASE(event_count);

template <class variant>
struct latch {
    static constexpr int threads = 3;
    racekit::plain<int> parts[2] = {0, 0};
    racekit::atomic<int> missing{2};
    void thread(int self) {
        if (self < 2) {
            parts[self].write(1);  // <- race
            fence(release);
            if (missing.fetch_sub(1, relaxed) == 1) missing.notify_all();
            return;
        }
        for (int seen; (seen = missing.load(relaxed)) != 0;) missing.wait(seen, relaxed);
        fence_if_correct<variant>(acquire);
        RACEKIT_CHECK_EQUAL(2, parts[0].read() + parts[1].read());  // <- race
    }
};
RACEKIT_FENCE_CASE(latch);

template <class variant>
struct permits {
    static constexpr int threads = 3;
    racekit::plain<int> items[2] = {0, 0};
    racekit::atomic<int> available{0}, next{0};
    void thread(int self) {
        if (self == 0) {
            for (auto& each : items) {
                each.write(1);  // <- race
                fence_if_correct<variant>(release);
                available.fetch_add(1, relaxed);
                available.notify_one();
            }
            return;
        }
        int seen = available.load(relaxed);
        while (seen == 0 || !available.compare_exchange_weak(seen, seen - 1, relaxed)) {
            if (seen == 0) available.wait(0, relaxed);
            seen = available.load(relaxed);
        }
        fence(acquire);
        RACEKIT_CHECK_EQUAL(1, items[next.fetch_add(1, acq_rel)].read());  // <- race
    }
};
RACEKIT_FENCE_CASE(permits);

/// A flag that asks to stop, and one that says that it is done.
template <class variant>
struct asked_to_stop {
    static constexpr int threads = 2;
    racekit::plain<int> result{0};
    racekit::atomic<int> stop{0}, done{0};
    void thread(int self) {
        if (self == 0) {
            stop.store(1, relaxed);
            (void)await(done, is_set, relaxed);
            fence(acquire);
            RACEKIT_CHECK_EQUAL(1, result.read());  // <- race
            return;
        }
        (void)await(stop, is_set, relaxed);
        result.write(1);  // <- race
        fence_if_correct<variant>(release);
        done.store(1, relaxed);
    }
};
RACEKIT_FENCE_CASE(asked_to_stop);

/// Ping and pong over one cell: each direction has its own pair of fences.
template <class variant>
struct there_and_back {
    static constexpr int threads = 2;
    racekit::plain<int> ball{0};
    racekit::atomic<int> turn{0};
    void thread(int self) {
        for (int round = 0; round < 2; ++round) {
            await_relaxed(turn, 2 * round + self);
            fence(acquire);
            ball.write(ball.read() + 1);  // <- race
            if (variant::correct || self == 0) fence(release);
            turn.store(2 * round + self + 1, relaxed);
        }
    }
};
RACEKIT_FENCE_CASE(there_and_back);

/// A thread that is started in the test body publishes by a fence, before it is joined.
template <class variant>
struct started_inside {
    static constexpr int threads = 1;
    static constexpr int spawned = 1;
    racekit::plain<int> data{0};
    racekit::atomic<int> flag{0};
    void thread(int) {
        racekit::thread other([this] {
            data.write(1);  // <- race
            fence_if_correct<variant>(release);
            flag.store(1, relaxed);
        });
        await_relaxed(flag, 1);
        fence(acquire);
        RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        other.join();
    }
};
RACEKIT_FENCE_CASE(started_inside);

}  // namespace
}  // namespace fences
