// SPDX-License-Identifier: MIT
// What a packet socket sends and receives.
#pragma once

#include <cstddef>
#include <span>
#include <system_error>
#include <vector>

namespace racekit {

class descriptor;

/// A packet to send: a header and a body, which the receiver gets as one.
struct packet {
    void const* head = nullptr;
    std::size_t head_size = 0;
    void const* body = nullptr;
    std::size_t body_size = 0;
    std::span<int const> descriptors = {};  ///< at most packet_socket::most_descriptors
};

/// Where a packet goes: first the header, then the body, then the rest.
struct packet_room {
    void* head = nullptr;
    std::size_t head_size = 0;
    void* body = nullptr;
    std::size_t body_size = 0;
    void* rest = nullptr;
    std::size_t rest_size = 0;
};

/// What came: bytes of header and body together; none without an error: the other end was closed.
struct packet_arrival {
    std::size_t bytes = 0;
    bool cut = false;               ///< the room was too small, and the rest of the packet is lost
    bool lost_descriptors = false;  ///< this process has no number left for them
    std::vector<descriptor> descriptors = {};
    std::error_code error = {};
};

}  // namespace racekit
