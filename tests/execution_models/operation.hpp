// SPDX-License-Identifier: MIT
// The operation that CPU-bound work counts: three draws of 64 x 64 numbers, a product, and a sum.
#pragma once

#include "timeline.hpp"

#include <racekit/lock/mutex.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>

namespace execution_models {

inline constexpr std::size_t side = 64;
using matrix = std::array<double, side * side>;

/// Draws of a thread that has a generator of its own.
class own_generator {
public:
    explicit own_generator(std::uint64_t seed) : engine_(seed) {}
    void draw(matrix& into) {
        for (double& each : into) each = std::ldexp(static_cast<double>(engine_() >> 11), -53);
    }

private:
    std::mt19937_64 engine_;
};

/// One generator of all threads, with a lock that a draw of a matrix holds: as NumPy's global one.
class shared_generator {
public:
    explicit shared_generator(std::uint64_t seed) : engine_(seed) {}
    /// Adds to `waited` the seconds that the lock was held by another thread.
    void draw(matrix& into, double& waited) {
        std::unique_lock hold(gate_, std::try_to_lock);
        if (!hold) {
            timeline::mark_time();
            auto const began = std::chrono::steady_clock::now();
            hold.lock();
            timeline::mark_time(true);
            waited +=
                std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        }
        engine_.draw(into);
    }

private:
    racekit::mutex gate_;
    own_generator engine_;
};

/// `draw(matrix&)` fills a matrix. Returns a number that depends on all of them.
template <class Draw>
double operate(Draw draw) {
    static thread_local matrix one, other, more, sum;
    draw(one), draw(other), draw(more);
    sum = more;
    for (std::size_t row = 0; row < side; ++row) {
        for (std::size_t middle = 0; middle < side; ++middle) {
            double const factor = one[row * side + middle];
            for (std::size_t column = 0; column < side; ++column)
                sum[row * side + column] += factor * other[middle * side + column];
        }
    }
    return sum[0] + sum[side * side - 1];
}

}  // namespace execution_models
