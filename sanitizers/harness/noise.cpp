// SPDX-License-Identifier: MIT
#include "noise.hpp"

#include <racekit/platform/native/spin.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <sched.h>

namespace racekit {
namespace {

int const interruption = SIGURG;  // ignored by default: a late signal has no effect

// Every second signal only: after a pause a thread runs at least until the next signal; otherwise
// it would make no progress on a busy machine. The handler sleeps and does not yield. A yield has
// no effect if no other thread waits for the core; if one does, the yielding thread loses its whole
// time slice, and a round takes seconds.
thread_local bool paused = false;

void pause_now(int) {
    paused = !paused;
    if (!paused) return;
    int const kept = errno;
    timespec const shortest{0, 1};  // about 50 us, because of the kernel's timer slack
    ::nanosleep(&shortest, nullptr);
    errno = kept;
}

}  // namespace

noise::noise(std::uint64_t seed, int threads) : seed_(seed) {
    for (int thread = 0; thread < threads; ++thread)
        delays_.emplace_back(seed + 0x1000U * static_cast<unsigned>(thread + 1));
}

void noise::before_act(int thread, std::uint64_t round) {
    if (round == 1) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(static_cast<unsigned>(thread) % std::max(1U, std::thread::hardware_concurrency()),
                &cores);
        ::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores);  // best effort
    }
    random_source& delay = delays_[static_cast<std::size_t>(thread)];
    if (delay.below(4) == 0) return;
    for (std::uint64_t left = delay.below(64); left > 0; --left) __asm__ volatile("");
}

void noise::aim_at(std::vector<std::thread> const& threads) {
    struct sigaction action {};
    action.sa_handler = pause_now;
    action.sa_flags = SA_RESTART;
    ::sigaction(interruption, &action, nullptr);
    for (std::thread const& each : threads)
        targets_.push_back(const_cast<std::thread&>(each).native_handle());
    sender_ = std::thread([this] {
        random_source pick(seed_);
        while (!stopping_.load(std::memory_order_relaxed)) {  // ends the loop, orders nothing
            ::pthread_kill(targets_[pick.below(targets_.size())], interruption);
            std::this_thread::sleep_for(std::chrono::microseconds(20 + pick.below(80)));
        }
    });
}

void noise::stop() {
    stopping_.store(true, std::memory_order_relaxed);
    if (sender_.joinable()) sender_.join();
}

}  // namespace racekit
