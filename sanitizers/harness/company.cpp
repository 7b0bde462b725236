// SPDX-License-Identifier: MIT
#include "company.hpp"

#include <racekit/platform/native/spin.hpp>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

namespace {

using clock = std::chrono::steady_clock;

/// Waits for others to get on: a moment on the processor, then by giving it away. Where a yield
/// comes back late somebody else has a use for the processor, and on Linux takes the whole share of
/// whoever yields: then it sleeps instead, as `crowded` tells all who wait.
class waiting {
public:
    explicit waiting(std::atomic<bool>& crowded) : crowded_(crowded) {}

    void turn() {
        if (turns_++ < at_once) return cpu_relax();
        if (crowded_.load(std::memory_order_relaxed)) {  // a hint
            timespec const an_instant{0, 1};  // the kernel's slack makes some 50 us of it
            ::nanosleep(&an_instant, nullptr);
            return;
        }
        auto const left = clock::now();
        ::sched_yield();
        if (clock::now() - left > late) crowded_.store(true, std::memory_order_relaxed);
    }

private:
    static constexpr int at_once = 150;
    static constexpr auto late = std::chrono::milliseconds(1);

    std::atomic<bool>& crowded_;
    int turns_ = 0;
};

}  // namespace

company::company(int members, preparation prepare)
    : prepare_(std::move(prepare)), ids_(members), done_(members) {
    for (int self = 0; self < members; ++self)
        threads_.emplace_back([this, self] { member(self); });
}

company::~company() {
    closing_.store(true, std::memory_order_release);
    for (std::thread& each : threads_) each.join();
}

void company::meet(std::uint64_t round) {
    std::uint64_t const all = threads_.size();
    std::uint64_t const cores = std::max(1U, std::thread::hardware_concurrency());
    std::uint64_t const expected = (round - 1) * all + std::min(all, cores);
    // Relaxed: whoever comes late is not waited for, and what a story may see opened_ publishes.
    arrived_.fetch_add(1, std::memory_order_relaxed);
    constexpr int longest = 800;
    for (int turn = 0;
         turn < longest && arrived_.load(std::memory_order_relaxed) < expected; ++turn)
        cpu_relax();
}

void company::member(int self) {
    ids_[self].store(::syscall(SYS_gettid), std::memory_order_relaxed);  // read only after a hang
    for (std::uint64_t round = 1;; ++round) {
        for (waiting gate(crowded_); opened_.load(std::memory_order_acquire) < round; gate.turn()) {
            if (closing_.load(std::memory_order_acquire)) return;
        }
        meet(round);
        if (prepare_) prepare_(self, round);
        try {
            story_.load(std::memory_order_relaxed)->act(self);  // published by opened_
        } catch (...) {
            if (!escape_taken_.exchange(true, std::memory_order_relaxed))  // published by finished_
                escaped_ = current_exception_text();
        }
        done_[self].store(true, std::memory_order_relaxed);  // for whereabouts only
        finished_.fetch_add(1, std::memory_order_acq_rel);
    }
}

bool company::play(stage& story, std::chrono::nanoseconds patience) {
    for (auto& each : done_) each.store(false, std::memory_order_relaxed);
    story_.store(&story, std::memory_order_relaxed);  // published by opened_
    finished_.store(0, std::memory_order_relaxed);    // published by opened_
    std::uint64_t const round = opened_.fetch_add(1, std::memory_order_release);
    if (round % 32 == 0) crowded_.store(false, std::memory_order_relaxed);  // it may have gone
    auto const limit = clock::now() + patience;
    int const all = static_cast<int>(threads_.size());
    waiting curtain(crowded_);
    for (int turn = 0; finished_.load(std::memory_order_acquire) < all; ++turn) {
        curtain.turn();
        if (turn % 64 == 63 && clock::now() > limit) return false;
    }
    return true;
}

namespace {

/// A thread as the kernel sees it.
struct thread_state {
    bool asleep = false;
    double seconds = 0;        // of processor time
    std::uint64_t turns = 0;   // times that it got the processor
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
    std::ifstream(task + "/schedstat") >> nanoseconds >> waited >> seen.turns;
    seen.seconds = static_cast<double>(nanoseconds) * 1e-9;
    return seen;
}

}  // namespace

bool company::is_stuck() {
    // Beside busy programs a loop that yields gets the processor for a moment at a time.
    constexpr int asleep_for_good = 10;  // looks
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
            if (slept[self] < asleep_for_good &&
                used < long_enough && seen.turns - began[self].turns < often_enough)
                stuck = false;
        }
        if (stuck) return true;
    }
}

std::vector<std::string> company::whereabouts() const {
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
