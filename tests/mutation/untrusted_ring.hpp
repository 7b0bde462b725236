// SPDX-License-Identifier: MIT
// Clients of untrusted_ring that need every one of its orders, between honest sides.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/untrusted_ring.hpp>

#include <cstdint>

namespace racekit::mutation {

template <class orders>
struct two_through_a_slot {
    using ring_type = untrusted_ring<4, 1>;
    static constexpr int threads = 2;
    void act(int thread) { thread == 0 ? send() : receive(); }
    void send() {
        untrusted_sender<ring_type, orders> side(ring);
        for (std::uint32_t number = 1; number <= 2; ++number)
            RACEKIT_CHECK(side.send_until(&number, sizeof number, never) == ring_state::done);
    }
    void receive() {
        untrusted_receiver<ring_type, orders> side(ring);
        for (std::uint32_t number = 1; number <= 2; ++number) {
            std::uint32_t got = 0;
            std::size_t size = 0;
            RACEKIT_CHECK(side.receive_until(&got, sizeof got, size, never) == ring_state::done);
            RACEKIT_CHECK_EQUAL(number, got);
        }
    }
    ring_type ring;
};

template <class orders>
void clients(trial& over) {
    over.client<two_through_a_slot<orders>>("two through a slot");
}

}  // namespace racekit::mutation
