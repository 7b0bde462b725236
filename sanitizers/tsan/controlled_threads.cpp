// SPDX-License-Identifier: MIT
#include "controlled_threads.hpp"

#include "crash_record.hpp"
#include "thread_end.hpp"

#include "harness/choices.hpp"
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
        threads_.push_back({std::thread([this, self] { run_thread(self, 1); }), {}});
}

controlled_threads::~controlled_threads() {
    closing_.store(true, std::memory_order_relaxed);  // published by opened_
    opened_.fetch_add(1, std::memory_order_release);
    wake_all(opened_);
    for (pool_thread& each : threads_) each.thread.join();
}

void controlled_threads::run_thread(int self, int round) {
    ::pthread_setname_np(::pthread_self(), ("thread " + std::to_string(self)).c_str());
    give_signal_stack();
    for (;; ++round) {
        sleep_until(opened_, round);
        (void)opened_.load(std::memory_order_acquire);
        if (closing_.load(std::memory_order_relaxed)) return;  // published by opened_
        if (ignore_accesses_) AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
        if (ignore_accesses_) AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
        schedule_.enter(self);
        choices::enter(self);
        try {
            instance_->act(self);
        } catch (assumption_failed const&) {  // the instance is marked
        } catch (...) {
            // Relaxed: finished_ publishes it.
            if (!uncaught_stored_.exchange(true, std::memory_order_relaxed))
                uncaught_ = current_exception_text();
        }
        if (has_thread_local_destructors()) {
            threads_[static_cast<std::size_t>(self)].ended = true;
            call_at_thread_end(finish_round, this);
            return;
        }
        finish_round();
    }
}

void controlled_threads::finish_round(void* pool) {
    static_cast<controlled_threads*>(pool)->finish_round();
}

void controlled_threads::finish_round() {
    schedule_.leave();
    if (ignore_accesses_) AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    if (ignore_accesses_) AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    finished_.fetch_add(1, std::memory_order_acq_rel);
    wake_all(finished_);
}

void controlled_threads::replace_ended_threads() {
    int const next = opened_.load(std::memory_order_relaxed) + 1;  // only this thread changes it
    for (std::size_t self = 0; self < threads_.size(); ++self) {
        pool_thread& each = threads_[self];
        if (!each.ended) continue;
        each.thread.join();
        each.ended = false;
        each.thread = std::thread([this, self, next] { run_thread(static_cast<int>(self), next); });
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
    replace_ended_threads();
    return how;
}

}  // namespace racekit::tsan
