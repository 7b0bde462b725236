#include "company.hpp"

#include <racekit/platform/native/spin.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

company::company(int members, preparation prepare)
    : prepare_(std::move(prepare)), ids_(members), done_(members) {
    for (int self = 0; self < members; ++self)
        threads_.emplace_back([this, self] { member(self); });
}

company::~company() {
    closing_.store(true, std::memory_order_release);
    for (std::thread& each : threads_) {
        if (hung_) {
            each.detach();
        } else {
            each.join();
        }
    }
}

void company::member(int self) {
    ids_[self].store(::syscall(SYS_gettid), std::memory_order_relaxed);  // read only after a hang
    for (std::uint64_t round = 1;; ++round) {
        for (int turn = 0; opened_.load(std::memory_order_acquire) < round; ++turn) {
            if (closing_.load(std::memory_order_acquire)) return;
            if (turn < 200) {
                cpu_relax();
            } else {
                ::sched_yield();
            }
        }
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
    opened_.fetch_add(1, std::memory_order_release);
    auto const limit = std::chrono::steady_clock::now() + patience;
    int const all = static_cast<int>(threads_.size());
    for (int turn = 0; finished_.load(std::memory_order_acquire) < all; ++turn) {
        if (turn < 100) {
            cpu_relax();
            continue;
        }
        ::sched_yield();
        if (turn % 64 == 0 && std::chrono::steady_clock::now() > limit) return false;
    }
    return true;
}

namespace {

/// A thread as the kernel sees it: asleep or not, and the processor time it has used.
struct thread_state {
    bool asleep = false;
    double seconds = 0;
};

thread_state look_at(long id) {
    std::ifstream in("/proc/self/task/" + std::to_string(id) + "/stat");
    std::string text;
    std::getline(in, text);
    thread_state seen;
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string field;
    for (int number = 3; fields >> field; ++number) {
        if (number == 3) seen.asleep = field == "S";
        if (number == 14 || number == 15)
            seen.seconds += std::stod(field) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    return seen;
}

}  // namespace

bool company::is_stuck() {
    std::size_t const all = threads_.size();
    std::vector<double> began(all);
    std::vector<int> slept(all, 0);
    for (std::size_t self = 0; self < all; ++self)
        began[self] = look_at(ids_[self].load(std::memory_order_relaxed)).seconds;
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (finished_.load(std::memory_order_acquire) == static_cast<int>(all)) return false;
        bool stuck = true;
        for (std::size_t self = 0; self < all; ++self) {
            if (done_[self].load(std::memory_order_relaxed)) continue;  // a hint; finished_ decides
            thread_state const seen = look_at(ids_[self].load(std::memory_order_relaxed));
            bool const idle = seen.asleep && seen.seconds == began[self];
            slept[self] = idle ? slept[self] + 1 : 0;
            constexpr int for_good = 10;
            if (slept[self] < for_good && seen.seconds - began[self] < 1) stuck = false;
        }
        if (stuck) return hung_ = true;
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
