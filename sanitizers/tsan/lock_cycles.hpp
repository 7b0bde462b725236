// SPDX-License-Identifier: MIT
// Lock-order inversions of a controlled round, without those that a common outer lock makes safe.
#pragma once

#include "controller.hpp"

#include <vector>

namespace racekit::tsan {

/// Lock orders that may deadlock: each thread holds what the previous one wants, all threads
/// differ, and no two of them hold a lock in common, which would keep them apart. Empty: there are
/// none.
[[nodiscard]] std::vector<lock_order> cycle_of(std::vector<lock_order> const& orders);

}  // namespace racekit::tsan
