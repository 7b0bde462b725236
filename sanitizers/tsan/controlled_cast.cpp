// SPDX-License-Identifier: MIT
#include "controlled_cast.hpp"

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

/// Sleeps while the gate shows less than `value`. Orders nothing: the caller loads it for that.
RACEKIT_UNSEEN void sleep_until(std::atomic<int> const& gate, int value) {
    auto const* const word = reinterpret_cast<int const*>(&gate);
    for (int seen; (seen = __atomic_load_n(word, __ATOMIC_RELAXED)) < value;)
        ::syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

RACEKIT_UNSEEN void rouse_all(std::atomic<int> const& gate) {
    ::syscall(SYS_futex, &gate, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace

controlled_cast::controlled_cast(int members, std::vector<int> symbolizer)
    : schedule_(members) {
    schedule_.keep_turn_on(std::move(symbolizer));
    for (int self = 0; self < members; ++self)
        threads_.emplace_back([this, self] { member(self); });
}

controlled_cast::~controlled_cast() {
    closing_.store(true, std::memory_order_relaxed);  // published by opened_
    opened_.fetch_add(1, std::memory_order_release);
    rouse_all(opened_);
    for (std::thread& each : threads_) each.join();
}

void controlled_cast::member(int self) {
    ::pthread_setname_np(::pthread_self(), ("thread " + std::to_string(self)).c_str());
    for (int round = 1;; ++round) {
        sleep_until(opened_, round);
        (void)opened_.load(std::memory_order_acquire);
        if (closing_.load(std::memory_order_relaxed)) return;  // published by opened_
        if (look_away_) AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
        if (look_away_) AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
        schedule_.enter(self);
        try {
            story_->act(self);
        } catch (...) {
            if (!escape_taken_.exchange(true, std::memory_order_relaxed))  // published by finished_
                escaped_ = current_exception_text();
        }
        schedule_.leave();
        if (look_away_) AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
        if (look_away_) AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
        finished_.fetch_add(1, std::memory_order_acq_rel);
        rouse_all(finished_);
    }
}

controller::ending controlled_cast::play(stage& story, std::uint64_t seed,
                                         std::chrono::nanoseconds patience, bool look_away) {
    story_ = &story;
    look_away_ = look_away;
    escaped_.clear();
    escape_taken_.store(false, std::memory_order_relaxed);  // published by opened_
    finished_.store(0, std::memory_order_relaxed);          // published by opened_
    schedule_.open(seed);
    opened_.fetch_add(1, std::memory_order_release);
    rouse_all(opened_);
    auto const how = schedule_.watch(patience);
    if (how != controller::ending::finished) return how;
    sleep_until(finished_, static_cast<int>(threads_.size()));
    (void)finished_.load(std::memory_order_acquire);
    return how;
}

}  // namespace racekit::tsan
