// SPDX-License-Identifier: MIT
// forked_server: a server process for the processes that one program forks, over a pipe and
// sockets.
//
//     racekit::shared_object<racekit::forked_server<2>> server;          // before the forks
//     server->make(racekit::object_type::value, "counter", 0);
//     racekit::process serving([&] { server->serve(); });
//     racekit::process one([&] { auto client = server->connect(0); ... });
//
// One loop serves all clients in the order in which their requests come. All write into one pipe,
// in pieces that go in whole, so a request has at most pipe_atomic_write bytes; each has a socket
// of its own for replies.
//
// Progress:  a call waits for those before it. A client that stops or dies holds up no other.
// Ordering:  see server_client.
// Death:     of a client that holds or waits for something: noticed at once. Of the server: every
//            call is server_lost at once.
// Use:       each process says what it is: one calls serve(), each client connect(), every other
//            leave(): it closes the ends that it inherited and does not use.
// Trust:     clients and server belong to one program.
#pragma once

#include <racekit/pipe/stream.hpp>
#include <racekit/platform.hpp>
#include <racekit/server/proxies.hpp>
#include <racekit/server/server_core.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace racekit {

/// What mutation leaves out: an end that another process still holds hides its owner's loss.
struct forked_server_steps {
    static constexpr bool drop_clients_ends = true;  // the server, those of its clients
    static constexpr bool drop_servers_ends = true;  // a client, those of the server
    static constexpr bool look_for_gone = true;      // the server, while somebody waits
};

struct forked_options {
    client_options client = {};
};

namespace forked_detail {

/// Before a message: in the inbox, where a write of pipe_atomic_write bytes goes in whole.
struct request_header {
    std::uint8_t client;
    std::uint8_t size[2];
};
inline constexpr std::size_t longest_request =
    std::min<std::size_t>(pipe_atomic_write, 65536) - sizeof(request_header);
using reply_size = std::uint32_t;
inline constexpr reply_size longest_reply = reply_size{1} << 24U;

class transport final : public server_transport {
public:
    transport(byte_writer& inbox, byte_socket& line, std::uint8_t number)
        : inbox_(&inbox), line_(&line), number_(number) {}
    ~transport() override { transport::close(); }

    std::error_code send(std::string_view message, bool, deadline limit) override {
        if (message.size() > longest_request) return server_error::too_long;
        if (inbox_ == nullptr) return server_error::server_lost;
        request_header const head{number_,
                                  {static_cast<std::uint8_t>(message.size() & 0xffU),
                                   static_cast<std::uint8_t>(message.size() >> 8U)}};
        frame_.assign(reinterpret_cast<char const*>(&head), sizeof head);
        frame_ += message;
        return write_all(*inbox_, frame_.data(), frame_.size(), limit).error;
    }
    /// A reply that its deadline cuts in two is read on by the next receive().
    std::error_code receive(std::string& into, deadline limit) override {
        if (inbox_ == nullptr) return server_error::server_lost;
        while (have_ < sizeof size_) {
            auto* const bytes = reinterpret_cast<char*>(&size_);
            transfer const got = line_->read_some(bytes + have_, sizeof size_ - have_, limit);
            if (got.bytes == 0) return got.error ? got.error : server_error::server_lost;
            have_ += got.bytes;
        }
        if (size_ > longest_reply) return server_error::too_long;
        partial_.resize(size_);
        while (have_ < sizeof size_ + size_) {
            std::size_t const at = have_ - sizeof size_;
            transfer const got = line_->read_some(partial_.data() + at, size_ - at, limit);
            if (got.bytes == 0) return got.error ? got.error : server_error::server_lost;
            have_ += got.bytes;
        }
        have_ = 0;
        into.swap(partial_);
        return {};
    }
    void close() override {
        if (inbox_ == nullptr) return;
        line_->close();  // first: the server looks at it when it sees the other one close
        inbox_->close();
        inbox_ = nullptr;
    }

private:
    byte_writer* inbox_;
    byte_socket* line_;
    std::uint8_t number_;
    std::string frame_;
    reply_size size_ = 0;
    std::size_t have_ = 0;
    std::string partial_;
};

}  // namespace forked_detail

template <std::size_t most_clients, class core_steps = server_steps,
          class steps = forked_server_steps>
class forked_server {
    static_assert(most_clients >= 1 && most_clients <= 255);

public:
    /// Throws std::system_error.
    explicit forked_server(forked_options options = {})
        : options_(options), serving_(std::make_unique<serving>(lines_)) {}
    forked_server(forked_server const&) = delete;
    forked_server& operator=(forked_server const&) = delete;

    /// Makes an object before anybody serves. Its id is 1 for the first, and so on. False: the name
    /// is in use.
    bool make(object_type type, std::string_view name, server_value const& argument = {}) {
        return core().make(type, std::string(name), argument);
    }

    /// Serves until every client has gone. Throws std::system_error if the inbox cannot be read.
    void serve() {
        if constexpr (steps::drop_clients_ends) {
            inbox_.writer.close();
            for (socket_pair& line : lines_) line.first.close();
        }
        std::string message;
        for (;;) {
            forked_detail::request_header head{};
            transfer const got = next_byte(head);
            if (got.ended()) break;
            if (core().next_deadline() != never) core().advance(clock::now());
            if (got.error == std::errc::connection_aborted) serving_->look_for_gone();
            else if (got.error && got.error != std::errc::timed_out)
                throw std::system_error(got.error, "forked_server: inbox");
            if (got.bytes == 0) continue;
            // What one write put in is there whole.
            (void)read_exactly(inbox_.reader, &head.size, sizeof head.size);
            message.resize(head.size[0] + 256U * head.size[1]);
            (void)read_exactly(inbox_.reader, message.data(), message.size());
            serving_->take(head.client, message);
            if (core().is_draining()) core().end_waiting(clock::now());
        }
        inbox_.reader.close();
        for (socket_pair& line : lines_) line.second.close();
    }

    /// This process is that client from now on. One process a client.
    template <class client_steps = server_client_steps>
    [[nodiscard]] basic_server_client<client_steps> connect(std::size_t number) {
        if constexpr (steps::drop_servers_ends) inbox_.reader.close();
        for (std::size_t other = 0; other < most_clients; ++other) {
            if constexpr (steps::drop_servers_ends) lines_[other].second.close();
            if (other != number) lines_[other].first.close();
        }
        return basic_server_client<client_steps>(
            std::make_unique<forked_detail::transport>(inbox_.writer, lines_.at(number).first,
                                                       static_cast<std::uint8_t>(number)),
            options_.client);
    }

    /// This process has nothing to do with the server from now on.
    void leave() {
        inbox_.reader.close();
        inbox_.writer.close();
        for (socket_pair& line : lines_) {
            line.first.close();
            line.second.close();
        }
    }

    /// For the serving process, or while none serves.
    [[nodiscard]] basic_server_core<core_steps>& core() { return serving_->core; }

private:
    /// The next request begins. While a call waits, its end may depend on a client that dies.
    transfer next_byte(forked_detail::request_header& head) {
        deadline const limit = core().next_deadline();
        if (!steps::look_for_gone || core().waiting_calls() == 0)
            return inbox_.reader.read_some(&head, 1, limit);
        std::vector<byte_socket const*> watched;
        for (std::size_t each = 0; each < most_clients; ++each) {
            if (serving_->sessions[each] != 0 && !serving_->is_gone[each])
                watched.push_back(&lines_[each].second);
        }
        return inbox_.reader.read_some_watching(&head, 1, watched, limit);
    }
    static core_limits limits() {
        core_limits made;
        made.remember = duration::max();  // a client cannot come back
        return made;
    }

    /// Of the process that serves. It lies on its heap: the processes share the ends alone.
    struct serving final : reply_sink {
        explicit serving(std::array<socket_pair, most_clients>& of) : lines(of) {}

        void take(std::size_t number, std::string_view message) {
            if (number >= most_clients) return;
            if (steps::look_for_gone && core.has_obligations()) look_for_gone();
            if (sessions[number] == 0) {
                sessions[number] = core.connect({1, number}, clock::now());
                number_of[sessions[number]] = number;
            }
            (void)core.request(sessions[number], message, clock::now());
        }
        /// A client writes nothing into its line: it can only end.
        void look_for_gone() {
            for (std::size_t each = 0; each < most_clients; ++each) {
                char nothing = 0;
                if (sessions[each] == 0 || is_gone[each] ||
                    !lines[each].second.read_once(&nothing, 1).ended())
                    continue;
                is_gone[each] = true;
                core.disconnect(sessions[each], clock::now());
            }
        }
        void reply(session_id to, std::string_view message) override {
            auto const found = number_of.find(to);
            if (found == number_of.end()) return;
            auto const size = static_cast<forked_detail::reply_size>(message.size());
            frame.assign(reinterpret_cast<char const*>(&size), sizeof size);
            frame += message;
            // A client that is gone has no use for its reply; its end is noticed otherwise.
            (void)write_all(lines[found->second].second, frame.data(), frame.size());
        }

        std::array<socket_pair, most_clients>& lines;
        basic_server_core<core_steps> core{*this, limits()};
        std::array<session_id, most_clients> sessions{};
        std::array<bool, most_clients> is_gone{};
        std::map<session_id, std::size_t> number_of;
        std::string frame;
    };

    forked_options options_;
    byte_pipe inbox_;                              // of requests
    std::array<socket_pair, most_clients> lines_;  // of replies; first: the client's end
    std::unique_ptr<serving> const serving_;
};

}  // namespace racekit
