// SPDX-License-Identifier: MIT
// packet_socket: packets that arrive whole, each with the descriptors that were sent with it
// (AF_UNIX, SOCK_SEQPACKET).
#pragma once

#include <racekit/platform/native/channel.hpp>
#include <racekit/platform/native/descriptor.hpp>
#include <racekit/platform/packet.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <system_error>
#include <vector>

namespace racekit {

class packet_socket {
public:
    static constexpr bool passes_descriptors = true;
    static constexpr std::size_t most_descriptors = 16;
    /// What surely goes in as one packet; the kernel's default allows some 200 kB.
    static constexpr std::size_t longest_packet = 128 * 1024 + 64;

    /// A closed end.
    packet_socket() = default;
    /// Takes over a connected SOCK_SEQPACKET socket.
    explicit packet_socket(descriptor end) : end_(std::move(end)) {}

    /// Sends all of it or nothing, waiting for room until `limit`. Errors: timed_out, broken_pipe
    /// (the other end was closed; no signal), message_size, no_buffer_space and those of sendmsg.
    [[nodiscard]] std::error_code send(packet const& what, deadline limit, site = {}) {
        iovec parts[2] = {{const_cast<void*>(what.head), what.head_size},
                          {const_cast<void*>(what.body), what.body_size}};
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = what.body_size > 0 ? 2 : 1;
        alignas(cmsghdr) char control[control_size];
        if (!what.descriptors.empty()) {
            if (what.descriptors.size() > most_descriptors)
                return std::make_error_code(std::errc::argument_list_too_long);
            std::memset(control, 0, sizeof control);
            message.msg_control = control;
            message.msg_controllen = CMSG_SPACE(what.descriptors.size_bytes());
            cmsghdr* const passed = CMSG_FIRSTHDR(&message);
            passed->cmsg_level = SOL_SOCKET;
            passed->cmsg_type = SCM_RIGHTS;
            passed->cmsg_len = CMSG_LEN(what.descriptors.size_bytes());
            std::memcpy(CMSG_DATA(passed), what.descriptors.data(), what.descriptors.size_bytes());
        }
        int const number = end_.number();
        int const flags = MSG_NOSIGNAL | (limit == never ? 0 : MSG_DONTWAIT);
        return channel_detail::move_bytes(number, POLLOUT, limit,
                                          [&] { return ::sendmsg(number, &message, flags); })
            .error;
    }

    /// Receives the next packet, waiting for it until `limit`; a limit that has passed still takes
    /// what is there. Errors: timed_out, connection_reset (the other end was closed before it read
    /// all; what it sent before is still to come) and those of recvmsg.
    [[nodiscard]] packet_arrival receive(packet_room const& room, deadline limit, site = {}) {
        iovec parts[3] = {
            {room.head, room.head_size}, {room.body, room.body_size}, {room.rest, room.rest_size}};
        alignas(cmsghdr) char control[control_size];
        msghdr message{};
        int const number = end_.number();
        int const flags = MSG_CMSG_CLOEXEC | (limit == never ? 0 : MSG_DONTWAIT);
        transfer const got = channel_detail::move_bytes(number, POLLIN, limit, [&] {
            message.msg_iov = parts;
            message.msg_iovlen = 3;
            message.msg_control = control;
            message.msg_controllen = sizeof control;
            return ::recvmsg(number, &message, flags);
        });
        packet_arrival came{.bytes = got.bytes, .error = got.error};
        if (got.error) return came;
        came.cut = (message.msg_flags & MSG_TRUNC) != 0;
        came.lost_descriptors = (message.msg_flags & MSG_CTRUNC) != 0;
        collect(message, came.descriptors);
        return came;
    }

    /// Whether a receive would return at once, waiting for that until `limit`.
    [[nodiscard]] bool poll(deadline limit, site = {}) const noexcept {
        pollfd watched{end_.number(), POLLIN, 0};
        if (::poll(&watched, 1, 0) > 0) return true;
        return limit > clock::now() && channel_detail::wait_for(end_.number(), POLLIN, limit);
    }
    /// Whether every copy of the other end is closed. It says so when its process died.
    [[nodiscard]] bool peer_is_gone(site = {}) const noexcept {
        pollfd watched{end_.number(), 0, 0};
        return ::poll(&watched, 1, 0) > 0 && (watched.revents & (POLLHUP | POLLERR)) != 0;
    }
    /// This direction only: after it the others see the end, in all processes.
    void stop_sending(site = {}) noexcept { ::shutdown(end_.number(), SHUT_WR); }
    void stop_receiving(site = {}) noexcept { ::shutdown(end_.number(), SHUT_RD); }

    [[nodiscard]] int number() const noexcept { return end_.number(); }
    [[nodiscard]] bool is_open() const noexcept { return end_.is_open(); }
    void close(site = {}) noexcept { end_.close(); }
    [[nodiscard]] descriptor release() noexcept { return std::move(end_); }

private:
    static constexpr std::size_t control_size = CMSG_SPACE(most_descriptors * sizeof(int));

    static void collect(msghdr& message, std::vector<descriptor>& into) {
        for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
             each = CMSG_NXTHDR(&message, each)) {
            if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
            std::size_t const count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            std::array<int, most_descriptors> numbers{};
            std::memcpy(numbers.data(), CMSG_DATA(each), count * sizeof(int));
            for (std::size_t one = 0; one < count; ++one) into.emplace_back(numbers[one]);
        }
    }

    descriptor end_;
};

/// socketpair(2). Throws std::system_error when it cannot be made.
struct packet_socket_pair {
    packet_socket first;
    packet_socket second;

    explicit packet_socket_pair(site = {}) {
        int numbers[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, numbers) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe: socketpair");
        first = packet_socket(descriptor(numbers[0]));
        second = packet_socket(descriptor(numbers[1]));
    }
};

}  // namespace racekit
