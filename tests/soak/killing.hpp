// SPDX-License-Identifier: MIT
// What the soaks share that kill processes at random times: the words of their command line, and
// how long the others stood still after a death.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <vector>

namespace racekit::soak {

/// Nothing moves for longer: the survivors hang.
constexpr auto longest_stall = std::chrono::seconds(20);

struct asked {
    std::uint64_t kills = 300;
    std::uint64_t seed = 1;
};

/// Of `--kills NUMBER` and `--seed NUMBER`; ends the program with code 2 at anything else.
inline asked read_command_line(int count, char** given) {
    asked of;
    for (int at = 1; at < count; at += 2) {
        bool const is_kills = std::strcmp(given[at], "--kills") == 0;
        if (at + 1 == count || (!is_kills && std::strcmp(given[at], "--seed") != 0)) {
            std::fprintf(stderr, "usage: %s [--kills NUMBER] [--seed NUMBER]\n", given[0]);
            std::exit(2);
        }
        (is_kills ? of.kills : of.seed) = std::strtoull(given[at + 1], nullptr, 10);
    }
    return of;
}

/// Waits until `has_moved()`. False: nothing moved for too long.
template <class Moved>
bool await_progress(Moved has_moved) {
    auto const limit = std::chrono::steady_clock::now() + longest_stall;
    while (!has_moved()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        ::usleep(50);
    }
    return true;
}

/// Milliseconds from each death until the others went on.
class stalls {
public:
    void add(std::chrono::steady_clock::time_point killed) {
        std::chrono::duration<double, std::milli> const took =
            std::chrono::steady_clock::now() - killed;
        all_.push_back(took.count());
    }
    void print() {
        std::sort(all_.begin(), all_.end());
        std::printf("others went on after p50 %.2f ms, p99 %.1f ms, at most %.1f ms\n", of(0.5),
                    of(0.99), of(1));
    }

private:
    [[nodiscard]] double of(double share) const {
        if (all_.empty()) return 0;
        return all_[static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1))];
    }

    std::vector<double> all_;
};

/// For printf.
inline unsigned long long number(std::uint64_t of) { return of; }

}  // namespace racekit::soak
