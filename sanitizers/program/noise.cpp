// SPDX-License-Identifier: MIT
#include "noise.hpp"

#include "core/splitmix.hpp"
#include "harness/program_rounds.hpp"

#include <cerrno>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit::program {
namespace {

std::uint64_t seed_of_round = 0;  // 0: no round has begun; written while the process has one thread
std::uint64_t threads_seen = 0;

void begin(std::uint64_t seed) {
    seed_of_round = splitmix64(seed) | 1U;
    noise_of_thread = {};
}

RACEKIT_UNSEEN std::uint64_t draw() { return splitmix64(noise_of_thread.state += golden_gamma); }

/// Half of the disturbances let other threads run even on one processor; they sleep and do not
/// yield, for on a busy machine a yield costs a whole time slice.
RACEKIT_UNSEEN void take_time() {
    std::uint64_t const chosen = draw();
    if (chosen % 2 == 0) {
        int const kept = errno;
        timespec const shortest{0, 1};  // about 50 us, because of the kernel's timer slack
        ::syscall(SYS_nanosleep, &shortest, nullptr);
        errno = kept;
        return;
    }
    for (std::uint64_t left = chosen % 2048; left > 0; --left) __asm__ volatile("");
}

/// Distances of all magnitudes, longer ones in a thread that was disturbed often: so a long program
/// loses a small part of its time.
RACEKIT_UNSEEN std::uint32_t next_distance() {
    constexpr std::uint32_t shortest_range = 8, longest_range = 24, disturbances_for_more = 16;
    std::uint32_t const range =
        shortest_range + noise_of_thread.disturbances / disturbances_for_more;
    std::uint32_t const most = range < longest_range ? range : longest_range;
    std::uint64_t const chosen = draw();
    return static_cast<std::uint32_t>((chosen >> 8) % (std::uint64_t{1} << (chosen % (most + 1))));
}

[[maybe_unused]] bool const is_set = [] {
    begin_noise = begin;
    return true;
}();

}  // namespace

RACEKIT_UNSEEN void disturb() {
    thread_noise& mine = noise_of_thread;
    mine.points_left = 0;
    if (seed_of_round == 0) return;
    if (mine.state == 0) {
        // Relaxed: any number will do that no other thread has.
        std::uint64_t const number = __atomic_add_fetch(&threads_seen, 1, __ATOMIC_RELAXED);
        mine.state = splitmix64(seed_of_round + number) | 1U;
    } else {
        take_time();
        ++mine.disturbances;
    }
    mine.points_left = next_distance();
}

}  // namespace racekit::program
