// SPDX-License-Identifier: MIT
#include "controlled_threads.hpp"

#include "harness/exception_text.hpp"

#include <climits>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

extern "C" {
void AnnotateIgnoreReadsBegin(char const* file, int line);
void AnnotateIgnoreReadsEnd(char const* file, int line);
void AnnotateIgnoreWritesBegin(char const* file, int line);
void AnnotateIgnoreWritesEnd(char const* file, int line);
}

namespace racekit::tsan {
namespace {

/// Sleeps while the gate is less than `value`. Orders nothing: the caller then loads with acquire.
RACEKIT_UNSEEN void sleep_until(std::atomic<int> const& gate, int value) {
    auto const* const word = reinterpret_cast<int const*>(&gate);
    for (int seen; (seen = __atomic_load_n(word, __ATOMIC_RELAXED)) < value;)
        ::syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

RACEKIT_UNSEEN void wake_all(std::atomic<int> const& gate) {
    ::syscall(SYS_futex, &gate, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace

controlled_threads::controlled_threads(int count, std::vector<int> symbolizer)
    : schedule_(count) {
    schedule_.keep_turn_on(std::move(symbolizer));
    for (int self = 0; self < count; ++self)
        threads_.emplace_back([this, self] { run_thread(self); });
}

controlled_threads::~controlled_threads() {
    closing_.store(true, std::memory_order_relaxed);  // published by opened_
    opened_.fetch_add(1, std::memory_order_release);
    wake_all(opened_);
    for (std::thread& each : threads_) each.join();
}

void controlled_threads::run_thread(int self) {
    ::pthread_setname_np(::pthread_self(), ("thread " + std::to_string(self)).c_str());
    for (int round = 1;; ++round) {
        sleep_until(opened_, round);
        (void)opened_.load(std::memory_order_acquire);
        if (closing_.load(std::memory_order_relaxed)) return;  // published by opened_
        if (ignore_accesses_) AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
        if (ignore_accesses_) AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
        schedule_.enter(self);
        try {
            instance_->act(self);
        } catch (...) {
            // Relaxed: finished_ publishes it.
            if (!uncaught_stored_.exchange(true, std::memory_order_relaxed))
                uncaught_ = current_exception_text();
        }
        schedule_.leave();
        if (ignore_accesses_) AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
        if (ignore_accesses_) AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
        finished_.fetch_add(1, std::memory_order_acq_rel);
        wake_all(finished_);
    }
}

controller::ending controlled_threads::run(test_instance& instance, std::uint64_t seed,
                                           std::chrono::nanoseconds time_limit,
                                           bool ignore_accesses) {
    instance_ = &instance;
    ignore_accesses_ = ignore_accesses;
    uncaught_.clear();
    uncaught_stored_.store(false, std::memory_order_relaxed);  // published by opened_
    finished_.store(0, std::memory_order_relaxed);          // published by opened_
    schedule_.open(seed);
    opened_.fetch_add(1, std::memory_order_release);
    wake_all(opened_);
    auto const how = schedule_.watch(time_limit);
    if (how != controller::ending::finished) return how;
    sleep_until(finished_, static_cast<int>(threads_.size()));
    (void)finished_.load(std::memory_order_acquire);
    return how;
}

}  // namespace racekit::tsan
