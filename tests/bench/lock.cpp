// SPDX-License-Identifier: MIT
// Locks compared with those of the standard library, POSIX, TBB, Concurrency Kit, nsync, Abseil and
// Boost.
//
// Subjects `reference::` are limits: the fewest atomic instructions that do the work, or a lock for
// which no thread waits.
#include "lock_peers.hpp"
#include "own_processor.hpp"
#include "second_thread.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/mcs_lock.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/seqlock.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

bench::second_thread const second;

using mcs_lock = bench::with_place<racekit::mcs_lock, racekit::mcs_lock::queue_node>;

template <class Lock>
struct guarded {
    alignas(128) Lock gate;
    alignas(128) long counter = 0;
};

/// A chain of multiplications, each of which needs the one before it, from one call to the next.
class chain {
public:
    [[gnu::always_inline]] void go_on(int steps) {
        for (int step = 0; step < steps; ++step) {
            value_ *= 0x9e3779b97f4a7c15;
            asm volatile("" : "+r"(value_));  // stays in its register
        }
    }
    void work_of_about_50_ns() { go_on(of_50_ns); }

private:
    static int steps_of_50_ns() {
        constexpr int many = 1'000'000;
        std::chrono::duration<double, std::nano> best = std::chrono::hours(1);
        for (int again = 0; again < 5; ++again) {
            chain tried;
            auto const began = std::chrono::steady_clock::now();
            tried.go_on(many);
            best = std::min<decltype(best)>(best, std::chrono::steady_clock::now() - began);
        }
        return static_cast<int>(50 * many / best.count());
    }
    static int const of_50_ns;

    unsigned long value_ = 1;
};
int const chain::of_50_ns = steps_of_50_ns();

/// Lock, count, unlock; and work between two sections, if they are `apart`.
template <class Lock, bool apart>
void sections(benchmark::State& state) {
    static guarded<Lock> shared;
    bench::own_processor const pinned(state);
    chain outside;
    for (auto _ : state) {
        shared.gate.lock();
        benchmark::DoNotOptimize(++shared.counter);
        shared.gate.unlock();
        if constexpr (apart) outside.work_of_about_50_ns();
    }
}

/// Like sections, but no thread ever waits: the lower limit for two threads.
template <class Lock>
void sections_of_their_own(benchmark::State& state) {
    static std::array<guarded<Lock>, 2> each;
    guarded<Lock>& mine = each[static_cast<std::size_t>(state.thread_index())];
    bench::own_processor const pinned(state);
    chain outside;
    for (auto _ : state) {
        mine.gate.lock();
        benchmark::DoNotOptimize(++mine.counter);
        mine.gate.unlock();
        outside.work_of_about_50_ns();
    }
}

/// Eight threads, so that not all of them can run, for a while of sections 50 ns apart; the time of
/// one section. `share`: how many the poorest made for each of the richest. By time and not by
/// number, for some of these locks are a thousand times slower in a crowd.
template <class Lock>
void crowd(benchmark::State& state) {
    constexpr int many = 8;
    constexpr std::chrono::seconds a_while(1);  // some 80 slices for each of them
    guarded<Lock> shared;
    std::atomic<bool> open{false};
    std::atomic<bool> over{false};
    std::array<long, many> made{};
    std::vector<std::thread> threads;
    for (long& mine : made) {
        threads.emplace_back([&] {
            open.wait(false);
            chain outside;
            long count = 0;
            for (; !over.load(std::memory_order_relaxed); ++count) {
                shared.gate.lock();
                benchmark::DoNotOptimize(++shared.counter);
                shared.gate.unlock();
                outside.work_of_about_50_ns();
            }
            mine = count;
        });
    }
    for (auto _ : state) {
        auto const began = std::chrono::steady_clock::now();
        open = true;
        open.notify_all();
        std::this_thread::sleep_for(a_while);
        over = true;
        auto const took = std::chrono::steady_clock::now() - began;
        for (std::thread& each : threads) each.join();
        state.SetIterationTime(std::chrono::duration<double>(took).count() /
                               static_cast<double>(shared.counter));
    }
    auto const [least, most] = std::minmax_element(made.begin(), made.end());
    state.counters["share"] = static_cast<double>(*least) / static_cast<double>(*most);
}

template <class Lock>
void reading(benchmark::State& state) {
    static guarded<Lock> shared;
    bench::own_processor const pinned(state);
    for (auto _ : state) {
        shared.gate.lock_shared();
        benchmark::DoNotOptimize(shared.counter);
        shared.gate.unlock_shared();
    }
}

using line = std::array<long, 8>;

/// A copy of 64 bytes.
void copying_by_seqlock(benchmark::State& state) {
    static racekit::seqlock<line> shared;
    for (auto _ : state) benchmark::DoNotOptimize(shared.load());
}

template <class Lock>
void copying_under(benchmark::State& state) {
    static Lock gate;
    static line shared{};
    for (auto _ : state) {
        gate.lock_shared();
        line copy = shared;
        gate.unlock_shared();
        benchmark::DoNotOptimize(copy);
    }
}

/// Two threads take turns: a wake-up each way.
template <class Mutex, class Condition, class Guard>
void turns(benchmark::State& state) {
    static Mutex gate;
    static Condition changed;
    static int turn = 0;
    int const self = state.thread_index();
    for (auto _ : state) {
        {
            Guard hold(gate);
            changed.wait(hold, [&] { return turn == self; });
            turn = 1 - self;
        }
        changed.notify_one();
    }
}

benchmark::internal::Benchmark* add(std::string const& work, char const* subject,
                                    void (*body)(benchmark::State&)) {
    return benchmark::RegisterBenchmark((work + "/" + subject).c_str(), body);
}

void as_two_threads(benchmark::internal::Benchmark* one) { one->Threads(2)->UseRealTime(); }

/// Alone, two threads that do nothing else, two with 50 ns outside, and a crowd.
template <class Lock>
void add_lock(char const* kind, char const* subject) {
    std::string const work = kind;
    add(work + "_alone", subject, sections<Lock, false>);
    as_two_threads(add(work + "_tight", subject, sections<Lock, false>));
    as_two_threads(add(work + "_50_ns_apart", subject, sections<Lock, true>));
    add(work + "_crowd", subject, crowd<Lock>)->Iterations(1)->UseManualTime();
}

template <class Lock>
void add_reader(char const* subject) {
    add("read_lock_alone", subject, reading<Lock>);
    as_two_threads(add("read_lock", subject, reading<Lock>));
}

void add_peers() {
    add_lock<std::mutex>("mutex", "std::mutex");
    add_lock<bench::pthread_adaptive>("mutex", "pthread_adaptive");
    add_lock<bench::pthread_spin>("spin_lock", "pthread_spin_lock");
    add_reader<std::shared_mutex>("std::shared_mutex");
    add("copy_64_bytes", "std::shared_mutex", copying_under<std::shared_mutex>);
#if defined(RACEKIT_PEER_ABSL)
    add_lock<bench::absl_mutex>("mutex", "absl::Mutex");
    add_reader<bench::absl_mutex>("absl::Mutex");
#endif
#if defined(RACEKIT_PEER_BOOST_THREAD)
    add_lock<boost::mutex>("mutex", "boost::mutex");
    add_reader<boost::shared_mutex>("boost::shared_mutex");
#endif
#if defined(RACEKIT_PEER_CK)
    add_lock<bench::ck_fas>("spin_lock", "ck_spinlock_fas");
    add_lock<bench::ck_ticket>("fifo_lock", "ck_spinlock_ticket");
    add_lock<bench::ck_mcs>("fifo_lock", "ck_spinlock_mcs");
#endif
#if defined(RACEKIT_PEER_NSYNC)
    add_lock<bench::nsync_lock>("mutex", "nsync_mu");
    add_reader<bench::nsync_lock>("nsync_mu");
#endif
#if defined(RACEKIT_PEER_TBB)
    add_lock<tbb::mutex>("mutex", "tbb::mutex");
    add_lock<tbb::spin_mutex>("spin_lock", "tbb::spin_mutex");
    add_lock<bench::tbb_queuing_mutex>("fifo_lock", "tbb::queuing_mutex");
    add_reader<tbb::rw_mutex>("tbb::rw_mutex");
    add_reader<tbb::spin_rw_mutex>("tbb::spin_rw_mutex");
    add("copy_64_bytes", "tbb::spin_rw_mutex", copying_under<tbb::spin_rw_mutex>);
#endif
}

[[maybe_unused]] bool const registered = [] {
    add_lock<racekit::mutex>("mutex", "racekit::mutex");
    add("recursive_mutex_alone", "racekit::recursive_mutex",
        sections<racekit::recursive_mutex, false>);
    add("recursive_mutex_alone", "std::recursive_mutex", sections<std::recursive_mutex, false>);
    add_lock<racekit::spin_lock>("spin_lock", "racekit::spin_lock");
    add_lock<racekit::fifo_mutex>("fifo_lock", "racekit::fifo_mutex");
    add_lock<racekit::ticket_lock>("fifo_lock", "racekit::ticket_lock");
    add_lock<mcs_lock>("fifo_lock", "racekit::mcs_lock");
    add_reader<racekit::shared_mutex>("racekit::shared_mutex");
    add("copy_64_bytes", "racekit::seqlock", copying_by_seqlock);
    add_peers();
    add("mutex_alone", "reference::cas_and_exchange", sections<bench::cas_and_exchange, false>);
    add("spin_lock_alone", "reference::cas_and_store", sections<bench::cas_and_store, false>);
    as_two_threads(add("mutex_50_ns_apart", "reference::one_lock_each",
                       sections_of_their_own<bench::cas_and_exchange>));
    as_two_threads(add(
        "take_turns", "racekit::condition_variable",
        turns<racekit::mutex, racekit::condition_variable, racekit::unique_lock<racekit::mutex>>));
    as_two_threads(add("take_turns", "std::condition_variable",
                       turns<std::mutex, std::condition_variable, std::unique_lock<std::mutex>>));
    return true;
}();

}  // namespace
