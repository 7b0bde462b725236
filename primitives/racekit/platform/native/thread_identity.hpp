// SPDX-License-Identifier: MIT
// Which thread this is.
#pragma once

#include <atomic>
#include <cstddef>

namespace racekit {

/// A small number that no other thread of this process has had; the first to ask is 0.
[[nodiscard]] inline std::size_t thread_number() noexcept {
    static std::atomic<std::size_t> next{0};
    // Relaxed: only uniqueness matters.
    thread_local std::size_t const mine = next.fetch_add(1, std::memory_order_relaxed);
    return mine;
}

}  // namespace racekit
