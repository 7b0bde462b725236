// SPDX-License-Identifier: MIT
// Programs that fences order: the fixed variant of each is correct C++20 and must be clean, the
// racy one lacks one edge and must be found.
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

/// The platform's fence, which takes a place where one is shown. Its own name would be ambiguous
/// here: std's is found by its argument.
template <class strength_type>
void fence(strength_type strength, racekit::site where = racekit::site::here()) {
    if constexpr (requires { racekit::atomic_thread_fence(strength, where); })
        racekit::atomic_thread_fence(strength, where);
    else racekit::atomic_thread_fence(strength);
}

/// The fence that the racy variant lacks.
template <class variant>
void fence_if_correct(order strength, racekit::site where = racekit::site::here()) {
    if constexpr (variant::correct) fence(strength, where);
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
    auto const is_there = [wanted](T it) { return it == wanted; };
    if constexpr (requires { racekit::await(from, is_there, relaxed, where); })
        (void)racekit::await(from, is_there, relaxed, where);
    else (void)racekit::await(from, is_there, relaxed);
}

inline bool is_set(int it) { return it != 0; }

}  // namespace fences

/// A case of this test: clean when fixed; `promise` says what is found when racy.
#define RACEKIT_FENCE_CASE_THAT(name, promise)                                       \
    RACEKIT_SCENARIO(name, fences::racy, fences::fixed, .stress = racekit::may_find, \
                     .tsan = promise, .model = racekit::may_find)
#define RACEKIT_FENCE_CASE(name) RACEKIT_FENCE_CASE_THAT(name, racekit::finds("data race"))
