// SPDX-License-Identifier: MIT
// ring_owner: which process uses an end of a ring_pipe.
//
// Progress:  lock-free.
// Invariant: at most one process that runs is the owner. The name of a dead one is no obstacle.
// Ordering:  everything that a process did before leave() happens before the return of the claim()
//            that follows it. Of a dead owner the kernel ended every store before.
#pragma once

#include <racekit/platform.hpp>

#include <cstdint>

namespace racekit {

struct ring_owner_orders {
    static constexpr auto leave = std::memory_order_release;      // -> take_over: what it did
    static constexpr auto take_over = std::memory_order_acquire;  // -> leave
};

template <class orders = ring_owner_orders>
class basic_ring_owner {
public:
    /// Makes this process the owner unless another one that runs is.
    [[nodiscard]] bool claim() {
        std::uint64_t const mine = packed(this_process());
        std::uint64_t before = owner_.load(orders::take_over);
        for (;;) {
            if (before != 0 && before != mine && is_alive(unpacked(before))) return false;
            if (owner_.compare_exchange_strong(before, mine, orders::take_over, orders::take_over))
                return true;
        }
    }
    /// By the owner.
    void leave() { owner_.store(0, orders::leave); }

private:
    /// Process numbers go up to 2^22; 2^42 ticks are more than a thousand years.
    static std::uint64_t packed(process_id who) {
        return static_cast<std::uint64_t>(who.number + 1) << 42 |
               (who.started & ((std::uint64_t(1) << 42) - 1));
    }
    static process_id unpacked(std::uint64_t name) {
        return {static_cast<decltype(process_id::number)>(name >> 42) - 1,
                name & ((std::uint64_t(1) << 42) - 1)};
    }

    atomic<std::uint64_t> owner_{0};
};

using ring_owner = basic_ring_owner<>;

}  // namespace racekit
