// SPDX-License-Identifier: MIT
// connect_server: a client of an event_server in another process, here or on another machine.
//
//     auto client = racekit::connect_server("unix:/run/me/counter.socket");
//     auto counter = racekit::open<racekit::value_proxy>(client, "counter");
//     auto const before = counter.value.add(1);
//
// Progress: as server_client. The connection is made anew when it breaks, within the deadline of
//           the call that noticed.
// Errors:   std::system_error, std::invalid_argument (an address or a key that is none); in its
// text
//           what the server said: refused, wrong_version, ...
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/native/server_socket.hpp>
#include <racekit/server/handshake.hpp>
#include <racekit/server/looking_time.hpp>
#include <racekit/server/proxies.hpp>
#include <racekit/server/ring_channel.hpp>
#include <racekit/server/server_client.hpp>
#include <racekit/server/sharing_look.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace racekit {

struct connect_options {
    std::string key = {};  // empty: none
    duration timeout = std::chrono::seconds(5);
    client_options client = {};
    /// How long a call looks for its reply before it sleeps. Between looks it yields: sharing_look.
    duration spin = std::chrono::microseconds(60);
    /// Over a unix socket: messages go through shared memory, which is faster while both sides run.
    bool ring = false;
    backoff ring_spending = {.pauses = 4000, .yields = 0};  // at most; see looking_time
};

class socket_transport final : public server_transport {
    auto bell() {
        return [this] {
            char const byte = 1;
            (void)socket_.write(&byte, 1);
        };
    }
    auto gone() {
        return [this] {
            char byte = 0;
            std::ptrdiff_t const got = socket_.read(&byte, 1);
            return got == 0 || (got < 0 && !stream_socket::is_again(got));
        };
    }

public:
    socket_transport(server_address at, connect_options const& options)
        : at_(std::move(at)),
          spin_(options.spin),
          wants_ring_(options.ring && !at_.is_tcp),
          ring_spending_(options.ring_spending),
          ring_looking_(options.ring_spending.pauses * a_pause) {
        if (!options.key.empty()) key_.emplace(options.key);
        fill_random(self_.instance.data(), self_.instance.size());
    }
    /// Connects, and makes sure of the server.
    std::error_code open(deadline limit) {
        std::error_code error;
        ring_.reset();
        frames_ = frame_codec(longest);
        in_.clear();
        at_in_ = 0;
        out_.clear();
        socket_ = stream_socket::connect(at_, limit, error);
        if (error) return error;
        fill_random(self_.nonce.data(), self_.nonce.size());
        client_handshake greeting(self_, key_ ? &*key_ : nullptr, at_.is_tcp);
        std::string next = greeting.hello();
        while (greeting.now() == handshake::state::going_on) {
            if (!next.empty() && (error = send(next, false, limit))) return error;
            if ((error = receive(next, limit))) return error;
            next = greeting.receive(next, frames_);
        }
        if (greeting.now() == handshake::state::failed) {
            socket_.close();
            return greeting.error();
        }
        server_ = greeting.peer();
        return wants_ring_ ? attach_ring(limit) : std::error_code{};
    }

    std::error_code send(std::string_view message, bool more, deadline limit) override {
        if (message.size() > longest) return server_error::too_long;
        if (!socket_.is_open()) return std::make_error_code(std::errc::not_connected);
        if (ring_) return send_in_ring(message, limit);
        frames_.seal(out_, message);
        return more && out_.size() < longest_batch ? std::error_code{} : flush(limit);
    }
    std::error_code receive(std::string& into, deadline limit) override {
        if (!socket_.is_open()) return server_error::server_lost;
        if (ring_) return receive_from_ring(into, limit);
        if (!out_.empty()) {
            if (std::error_code const error = flush(limit)) return error;
        }
        for (;;) {
            std::string_view message;
            std::size_t taken = 0;
            auto const how = frames_.open(std::string_view(in_).substr(at_in_), message, taken);
            if (how == frame_codec::found::message) {
                into.assign(message);
                at_in_ += taken;
                if (at_in_ == in_.size()) in_.clear(), at_in_ = 0;
                return {};
            }
            if (how == frame_codec::found::wrong) return lost(frames_.error());
            if (std::error_code const error = read_more(limit)) return error;
        }
    }
    again reconnect(deadline limit) override {
        auto const before = server_;
        if (open(limit)) return again::failed;
        return server_ == before ? again::same_server : again::another_server;
    }
    void close() override {
        if (ring_) ring_->finish(bell());
        ring_.reset();
        socket_.close();
    }

private:
    static constexpr std::size_t longest = std::size_t{16} << 20U;
    static constexpr duration a_pause = std::chrono::nanoseconds(25);
    static constexpr std::size_t longest_batch = std::size_t{32} << 10U;

    std::error_code lost(std::error_code why = server_error::server_lost) {
        ring_.reset();
        socket_.close();
        return why;
    }

    /// An empty message asks for the ring; its memory comes beside one byte.
    std::error_code attach_ring(deadline limit) {
        frames_.seal(out_, {});
        if (std::error_code const error = flush(limit)) return error;
        descriptor memory = socket_.receive_descriptor(limit);
        if (!memory.is_open()) return lost(server_error::refused);
        try {
            ring_.emplace(shared_segment<ring_room>::attach(std::move(memory)), false, longest);
        } catch (segment_error const&) {
            return lost(server_error::malformed);
        }
        return {};
    }
    std::error_code send_in_ring(std::string_view message, deadline limit) {
        std::size_t done = 0;
        return result_of(ring_->send(message, done, limit, ring_spending_, gone(), bell()), done);
    }
    std::error_code receive_from_ring(std::string& into, deadline limit) {
        auto const looks = ring_looking_.span() / a_pause;
        bool is_there = ring_->has_input();
        for (auto left = looks; !is_there && left > 0; --left) {
            cpu_relax();
            is_there = ring_->has_input();
        }
        if (is_there) {
            if (looks > 0) ring_looking_.found();
            return result_of(ring_->receive(into, limit, ring_spending_, gone(), bell()), 0);
        }
        if (looks > 0) ring_looking_.missed();
        deadline const asleep = clock::now();
        ring_wait const how =
            ring_->receive(into, limit, {.pauses = 0, .yields = 0}, gone(), bell());
        ring_looking_.slept(clock::now() - asleep);
        return result_of(how, 0);
    }
    std::error_code result_of(ring_wait how, std::size_t sent) {
        switch (how) {
            case ring_wait::ready: return {};
            case ring_wait::timed_out:
                if (sent == 0) return std::make_error_code(std::errc::timed_out);
                return lost();  // a part of a message is in the ring
            case ring_wait::corrupt: return lost(server_error::malformed);
            case ring_wait::ended: break;
        }
        return lost();
    }
    /// A frame that its deadline cuts in two stays in `out_`, and goes on with the next one.
    std::error_code flush(deadline limit) {
        std::size_t done = 0;
        while (done < out_.size()) {
            std::ptrdiff_t const put = socket_.write(out_.data() + done, out_.size() - done);
            if (put >= 0) {
                done += static_cast<std::size_t>(put);
            } else if (!stream_socket::is_again(put)) {
                return lost();
            } else if (put == -EAGAIN && !socket_.wait_for(POLLOUT, limit)) {
                out_.erase(0, done);
                return std::make_error_code(std::errc::timed_out);
            }
        }
        out_.clear();
        return {};
    }
    std::error_code read_more(deadline limit) {
        if (at_in_ > 0) {
            in_.erase(0, at_in_);
            at_in_ = 0;
        }
        std::ptrdiff_t got = look();
        while (stream_socket::is_again(got)) {
            if (!socket_.wait_for(POLLIN, limit)) return std::make_error_code(std::errc::timed_out);
            got = socket_.read(buffer_, sizeof buffer_);
        }
        if (got <= 0) return lost();
        in_.append(buffer_, static_cast<std::size_t>(got));
        return {};
    }
    /// The server takes longer than a yield: its reply is not there before the first one.
    std::ptrdiff_t look() {
        deadline const until = sharing_.end(spin_);
        std::ptrdiff_t got = -EAGAIN;
        do {
            if (spin_ > duration::zero()) sharing_.pause();
            got = socket_.read(buffer_, sizeof buffer_);
        } while (stream_socket::is_again(got) && clock::now() < until);
        return got;
    }

    server_address at_;
    duration spin_;
    sharing_look sharing_;
    bool wants_ring_;
    backoff ring_spending_;
    looking_time ring_looking_;
    std::optional<ring_channel> ring_;
    std::optional<server_key> key_;
    handshake_identity self_;
    std::array<char, 16> server_{};
    stream_socket socket_;
    frame_codec frames_{longest};
    std::string in_;
    std::size_t at_in_ = 0;
    std::string out_;
    char buffer_[16384];
};

/// Throws std::system_error or std::invalid_argument.
[[nodiscard]] inline server_client connect_server(std::string_view address,
                                                  connect_options const& options = {}) {
    auto made = std::make_unique<socket_transport>(server_address::from_text(address), options);
    if (std::error_code const error = made->open(after(options.timeout)))
        throw std::system_error(error, std::string(address));
    return server_client(std::move(made), options.client);
}

}  // namespace racekit
