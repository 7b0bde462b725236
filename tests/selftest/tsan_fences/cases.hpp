// SPDX-License-Identifier: MIT
// Programs that fences order, for the tsan detector: the fixed variant of each is correct C++20 and
// must be clean, the racy one lacks one edge and must be found.
#pragma once

#include <racekit/scenario.hpp>

namespace fences {

struct racy {
    static constexpr bool correct = false;
};
struct fixed {
    static constexpr bool correct = true;
};

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

using order = std::memory_order;
using racekit::await;

/// The platform's fence. Its own name would be ambiguous here: std's is found by its argument.
inline void fence(order strength, racekit::site where = racekit::site::here()) {
    racekit::atomic_thread_fence(strength, where);
}

/// The fence that the racy variant lacks.
template <class variant>
void fence_if_correct(order strength, racekit::site where = racekit::site::here()) {
    if constexpr (variant::correct) racekit::atomic_thread_fence(strength, where);
}

/// The order that the racy variant weakens.
template <class variant>
constexpr order if_correct(order strong) {
    return variant::correct ? strong : relaxed;
}

/// Waits for a value with a relaxed load, which synchronises with nothing by itself.
template <class T>
void await_relaxed(racekit::atomic<T> const& from, T wanted,
                   racekit::site where = racekit::site::here()) {
    (void)racekit::await(from, [wanted](T it) { return it == wanted; }, relaxed, where);
}

inline bool is_set(int it) { return it != 0; }

}  // namespace fences

/// A case of this test: clean when fixed; `promise` says what is found when racy.
#define RACEKIT_FENCE_CASE_THAT(name, promise)                                         \
    RACEKIT_SCENARIO(name, fences::racy, fences::fixed,                                \
                     .stress = racekit::absent("a test of the tsan detector"),         \
                     .tsan = promise, .model = racekit::may_find)
#define RACEKIT_FENCE_CASE(name) RACEKIT_FENCE_CASE_THAT(name, racekit::finds("data race"))
