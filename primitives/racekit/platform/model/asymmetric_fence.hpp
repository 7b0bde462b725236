// SPDX-License-Identifier: MIT
// The pair of fences of which natively one costs nothing: two seq_cst fences in the model.
#pragma once

#include <racekit/platform/model/atomic.hpp>

namespace racekit {

inline void asymmetric_fence_light(site where = site::here()) {
    atomic_thread_fence(std::memory_order_seq_cst, where);
}
inline bool asymmetric_fence_heavy(site where = site::here()) {
    atomic_thread_fence(std::memory_order_seq_cst, where);
    return true;
}

}  // namespace racekit
