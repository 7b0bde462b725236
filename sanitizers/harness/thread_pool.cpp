// SPDX-License-Identifier: MIT
#include "thread_pool.hpp"

#include "choices.hpp"

#include <racekit/platform/native/spin.hpp>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

namespace {

using real_clock = std::chrono::steady_clock;

/// Waits for other threads: first it spins, then it yields. If a yield returns late, another
/// program uses the processor, and Linux gives that program the whole time slice of the yielding
/// thread. Then all waiting threads sleep instead of yielding; `oversubscribed` is their shared
/// flag.
class round_wait {
public:
    explicit round_wait(std::atomic<bool>& oversubscribed) : oversubscribed_(oversubscribed) {}

    void wait() {
        if (waits_++ < most_spins) return cpu_relax();
        if (oversubscribed_.load(std::memory_order_relaxed)) {  // a hint
            timespec const shortest{0, 1};  // about 50 us, because of the kernel's timer slack
            ::nanosleep(&shortest, nullptr);
            return;
        }
        auto const before = real_clock::now();
        ::sched_yield();
        if (real_clock::now() - before > late)
            oversubscribed_.store(true, std::memory_order_relaxed);
    }

private:
    static constexpr int most_spins = 150;
    static constexpr auto late = std::chrono::milliseconds(1);

    std::atomic<bool>& oversubscribed_;
    int waits_ = 0;
};

}  // namespace

thread_pool::thread_pool(int count, preparation prepare)
    : prepare_(std::move(prepare)), ids_(count), done_(count) {
    for (int self = 0; self < count; ++self)
        threads_.emplace_back([this, self] { run_thread(self); });
}

thread_pool::~thread_pool() {
    closing_.store(true, std::memory_order_release);
    for (std::thread& each : threads_) each.join();
}

void thread_pool::start_together(std::uint64_t round) {
    std::uint64_t const all = threads_.size();
    std::uint64_t const cores = std::max(1U, std::thread::hardware_concurrency());
    std::uint64_t const expected = (round - 1) * all + std::min(all, cores);
    // Relaxed: the pool does not wait for late threads, and opened_ publishes the instance.
    arrived_.fetch_add(1, std::memory_order_relaxed);
    constexpr int longest = 800;
    for (int spins = 0;
         spins < longest && arrived_.load(std::memory_order_relaxed) < expected; ++spins)
        cpu_relax();
}

void thread_pool::run_thread(int self) {
    ids_[self].store(::syscall(SYS_gettid), std::memory_order_relaxed);  // read only after a hang
    for (std::uint64_t round = 1;; ++round) {
        round_wait gate(oversubscribed_);
        while (opened_.load(std::memory_order_acquire) < round) {
            if (closing_.load(std::memory_order_acquire)) return;
            gate.wait();
        }
        start_together(round);
        if (prepare_) prepare_(self, round);
        choices::enter(self);
        try {
            instance_.load(std::memory_order_relaxed)->act(self);  // published by opened_
        } catch (assumption_failed const&) {                       // the instance is marked
        } catch (...) {
            // Relaxed: finished_ publishes it.
            if (!uncaught_stored_.exchange(true, std::memory_order_relaxed))
                uncaught_ = current_exception_text();
        }
        done_[self].store(true, std::memory_order_relaxed);  // for stuck_threads only
        finished_.fetch_add(1, std::memory_order_acq_rel);
    }
}

bool thread_pool::run(test_instance& instance, std::chrono::nanoseconds time_limit) {
    for (auto& each : done_) each.store(false, std::memory_order_relaxed);
    instance_.store(&instance, std::memory_order_relaxed);  // published by opened_
    finished_.store(0, std::memory_order_relaxed);          // published by opened_
    std::uint64_t const round = opened_.fetch_add(1, std::memory_order_release);
    // The other program may have ended meanwhile.
    if (round % 32 == 0) oversubscribed_.store(false, std::memory_order_relaxed);
    auto const limit = real_clock::now() + time_limit;
    int const all = static_cast<int>(threads_.size());
    round_wait pause(oversubscribed_);
    for (int waits = 0; finished_.load(std::memory_order_acquire) < all; ++waits) {
        pause.wait();
        if (waits % 64 == 63 && real_clock::now() > limit) return false;
    }
    return true;
}

namespace {

/// The state of a thread in the kernel.
struct thread_state {
    bool asleep = false;
    double seconds = 0;             // processor time
    std::uint64_t time_slices = 0;  // how often it was scheduled
};

thread_state look_at(long id) {
    std::string const task = "/proc/self/task/" + std::to_string(id);
    std::ifstream in(task + "/stat");
    std::string text;
    std::getline(in, text);
    std::size_t const after_the_name = text.rfind(')');
    thread_state seen;
    seen.asleep = after_the_name != std::string::npos && text.substr(after_the_name, 3) == ") S";
    std::uint64_t nanoseconds = 0;
    std::uint64_t waited = 0;
    std::ifstream(task + "/schedstat") >> nanoseconds >> waited >> seen.time_slices;
    seen.seconds = static_cast<double>(nanoseconds) * 1e-9;
    return seen;
}

}  // namespace

bool thread_pool::is_stuck() {
    // On a busy machine a loop that yields gets the processor only briefly, but often.
    constexpr int asleep_for_ever = 10;  // observations
    constexpr double next_to_nothing = 0.01;  // seconds
    constexpr double long_enough = 0.5;
    constexpr std::uint64_t often_enough = 500;
    std::size_t const all = threads_.size();
    std::vector<thread_state> began;
    for (auto const& id : ids_) began.push_back(look_at(id.load(std::memory_order_relaxed)));
    std::vector<int> slept(all, 0);
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (finished_.load(std::memory_order_acquire) == static_cast<int>(all)) return false;
        bool stuck = true;
        for (std::size_t self = 0; self < all; ++self) {
            if (done_[self].load(std::memory_order_relaxed)) continue;  // a hint; finished_ decides
            thread_state const seen = look_at(ids_[self].load(std::memory_order_relaxed));
            double const used = seen.seconds - began[self].seconds;
            slept[self] = seen.asleep && used < next_to_nothing ? slept[self] + 1 : 0;
            if (slept[self] < asleep_for_ever &&
                used < long_enough &&
                seen.time_slices - began[self].time_slices < often_enough)
                stuck = false;
        }
        if (stuck) return true;
    }
}

std::vector<std::string> thread_pool::stuck_threads() const {
    std::vector<std::string> all;
    for (std::size_t self = 0; self < threads_.size(); ++self) {
        if (done_[self].load(std::memory_order_relaxed)) continue;
        std::string const task =
            "/proc/self/task/" + std::to_string(ids_[self].load(std::memory_order_relaxed));
        std::string channel;
        std::ifstream(task + "/wchan") >> channel;
        bool const asleep = !channel.empty() && channel != "0";
        all.push_back("thread " + std::to_string(self) +
                      (asleep ? " sleeps in " + channel : " runs without end"));
    }
    return all;
}

}  // namespace racekit
