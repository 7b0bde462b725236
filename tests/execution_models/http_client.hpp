// SPDX-License-Identifier: MIT
// A client of HTTP/1.1 for the I/O-bound work: GET over one connection that is kept, blocking.
#pragma once

#include "timeline.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace execution_models {

inline std::string http_request(std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// The length of the body that a head announces. Throws std::runtime_error for any other answer
/// than 200 with a Content-Length.
inline std::size_t body_length(std::string_view head) {
    constexpr std::string_view name = "content-length:";
    if (!head.starts_with("HTTP/1.1 200"))
        throw std::runtime_error("the server answered: " +
                                 std::string(head.substr(0, head.find('\r'))));
    auto const at = std::search(head.begin(), head.end(), name.begin(), name.end(),
                                [](char one, char other) { return (one | 0x20) == other; });
    std::string_view rest = head.substr(static_cast<std::size_t>(at - head.begin()));
    rest.remove_prefix(std::min(rest.size(), name.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    std::size_t length = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), length).ec != std::errc())
        throw std::runtime_error("the server's answer has no Content-Length");
    return length;
}

class http_client {
public:
    /// Connects to a server on loopback. Throws std::system_error.
    explicit http_client(std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int const yes = 1;
        (void)::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
            int const error = errno;
            ::close(socket_);
            throw std::system_error(error, std::generic_category(), "connect");
        }
    }
    ~http_client() { ::close(socket_); }
    http_client(http_client const&) = delete;
    http_client& operator=(http_client const&) = delete;

    /// The body of an answer: `room(length)` returns where it goes.
    template <class Room>
    std::size_t get(std::string_view path, Room room) {
        std::string const request = http_request(path);
        check(::send(socket_, request.data(), request.size(), MSG_NOSIGNAL), "send");
        std::string head;
        std::size_t end = std::string::npos;
        while ((end = head.find("\r\n\r\n")) == std::string::npos) {
            std::size_t const before = head.size();
            head.resize(before + 4096);
            head.resize(before + read_some(head.data() + before, 4096));
        }
        std::size_t const length = body_length(head);
        std::size_t done = std::min(length, head.size() - end - 4);
        char* const body = room(length);
        std::memcpy(body, head.data() + end + 4, done);
        while (done < length) done += read_some(body + done, length - done);
        return length;
    }
    std::string get(std::string_view path) {
        std::string body;
        (void)get(path, [&](std::size_t length) {
            body.resize(length);
            return body.data();
        });
        return body;
    }

private:
    static std::size_t check(::ssize_t got, char const* what) {
        if (got < 0) throw std::system_error(errno, std::generic_category(), what);
        return static_cast<std::size_t>(got);
    }
    std::size_t read_some(char* to, std::size_t most) {
        std::size_t const got = check(::recv(socket_, to, most, 0), "recv");
        if (got == 0) throw std::runtime_error("the server closed the connection");
        timeline::mark_time();
        return got;
    }
    int socket_;
};

}  // namespace execution_models
