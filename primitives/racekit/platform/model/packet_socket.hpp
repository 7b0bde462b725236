// SPDX-License-Identifier: MIT
// Packet sockets with tiny buffers. Descriptors are not passed in the model: error not_supported.
#pragma once

#include <racekit/platform/model/channel.hpp>
#include <racekit/platform/model/descriptor.hpp>
#include <racekit/platform/packet.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace racekit {

class packet_socket {
public:
    static constexpr bool passes_descriptors = false;
    static constexpr std::size_t most_descriptors = 16;
    static constexpr std::size_t longest_packet = 32;
    static constexpr std::size_t capacity = 2 * longest_packet;

    packet_socket() = default;

    [[nodiscard]] std::error_code send(packet const& what, deadline limit,
                                       site where = site::here()) {
        if (!what.descriptors.empty()) return std::make_error_code(std::errc::not_supported);
        if (what.head_size + what.body_size > longest_packet)
            return std::make_error_code(std::errc::message_size);
        unsigned char whole[longest_packet];
        std::memcpy(whole, what.head, what.head_size);
        if (what.body_size > 0) std::memcpy(whole + what.head_size, what.body, what.body_size);
        return out_->write(whole, what.head_size + what.body_size, limit, where).error;
    }

    [[nodiscard]] packet_arrival receive(packet_room const& room, deadline limit,
                                         site where = site::here()) {
        unsigned char whole[longest_packet];
        transfer const got = in_->read(whole, sizeof whole, limit, where);
        packet_arrival came;
        came.bytes = got.bytes;
        came.error = got.error;
        std::size_t done = 0;
        auto const fill = [&](void* to, std::size_t most) {
            std::size_t const part = std::min(most, got.bytes - done);
            if (part > 0) std::memcpy(to, whole + done, part);
            done += part;
        };
        fill(room.head, room.head_size);
        fill(room.body, room.body_size);
        fill(room.rest, room.rest_size);
        came.cut = done < got.bytes;
        return came;
    }

    /// A packet or the end is there. In the model this is not a wait: a deadline passes at once.
    [[nodiscard]] bool poll(deadline, site where = site::here()) const {
        return in_->has_input(where);
    }
    [[nodiscard]] bool peer_is_gone(site where = site::here()) const {
        return in_->has_ended(where);
    }
    void stop_sending(site where = site::here()) { out_->close(true, where); }
    void stop_receiving(site where = site::here()) { in_->close(false, where); }

    [[nodiscard]] int number() const noexcept { return in_ ? 3 : -1; }
    [[nodiscard]] bool is_open() const { return in_ && in_->is_open(false); }
    void close(site where = site::here()) {
        if (!in_) return;
        in_->close(false, where);
        out_->close(true, where);
    }

private:
    friend struct packet_socket_pair;
    packet_socket(std::shared_ptr<model::byte_lane> in, std::shared_ptr<model::byte_lane> out)
        : in_(std::move(in)), out_(std::move(out)) {}
    std::shared_ptr<model::byte_lane> in_;
    std::shared_ptr<model::byte_lane> out_;
};

struct packet_socket_pair {
    packet_socket first;
    packet_socket second;

    explicit packet_socket_pair(site where = site::here()) {
        auto forth = std::make_shared<model::byte_lane>(packet_socket::capacity, 0, where, true);
        auto back = std::make_shared<model::byte_lane>(packet_socket::capacity, 0, where, true);
        first = packet_socket(back, forth);
        second = packet_socket(std::move(forth), std::move(back));
    }
};

}  // namespace racekit
