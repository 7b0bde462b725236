// SPDX-License-Identifier: MIT
// A web service on loopback that takes its time, and a call to it.
#pragma once

#include "../execution_models/http_client.hpp"

#include <racekit/queue/blocking_queue.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace examples {

inline constexpr int every_broken = 8;  ///< each such article is one whose service fails

/// Answers GET /<article> with its price after `delay`.
class service {
public:
    /// Throws std::system_error.
    explicit service(std::chrono::milliseconds delay)
        : delay_(delay), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof where;
        auto* const address = reinterpret_cast<sockaddr*>(&where);
        if (::bind(socket_, address, length) != 0 || ::listen(socket_, 128) != 0 ||
            ::getsockname(socket_, address, &length) != 0)
            throw std::system_error(errno, std::generic_category(), "the service cannot listen");
        port_ = ntohs(where.sin_port);
        for (int each = 0; each < 16; ++each) workers_.emplace_back([this] { serve(); });
        acceptor_ = std::jthread([this] {
            for (int one; (one = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
                (void)connections_.put(one);
        });
    }
    ~service() {
        ::shutdown(socket_, SHUT_RDWR);
        acceptor_.join();
        connections_.close();
        workers_.clear();
        ::close(socket_);
    }
    service(service const&) = delete;
    service& operator=(service const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    void serve() {
        for (int one = -1; connections_.get(one) == racekit::queue_state::done; ::close(one)) {
            char request[1024];
            ::ssize_t const got = ::recv(one, request, sizeof request - 1, 0);
            if (got <= 0) continue;
            request[got] = '\0';
            int const article = std::atoi(request + sizeof "GET /" - 1);
            std::this_thread::sleep_for(delay_);
            std::string const body = std::to_string(100 + article * article % 97);
            std::string const answer =
                (article % every_broken == every_broken - 1 ? "HTTP/1.1 500 Broken"
                                                            : "HTTP/1.1 200 OK") +
                ("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
            (void)::send(one, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    }

    std::chrono::milliseconds delay_;
    int socket_;
    std::uint16_t port_ = 0;
    racekit::unbounded_queue<int> connections_;
    std::vector<std::jthread> workers_;
    std::jthread acceptor_;
};

/// The price of an article; blocks meanwhile. Throws what the service or the network gave.
inline int ask(std::uint16_t port, int article) {
    return std::stoi(execution_models::http_client(port).get("/" + std::to_string(article)));
}

}  // namespace examples
