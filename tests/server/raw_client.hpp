// SPDX-License-Identifier: MIT
// A client that is driven message by message, for tests of what real clients do not do: it sends
// any bytes, and reads only when it is to.
#pragma once

#include <racekit/server/connect_server.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace test {

class raw_client {
public:
    /// `meanwhile` is called while something is awaited: it lets a server in this thread go on.
    explicit raw_client(std::string const& address, std::string const& key = {},
                        std::function<void()> meanwhile = {})
        : meanwhile_(std::move(meanwhile)) {
        auto const where = racekit::server_address::from_text(address);
        std::error_code error;
        end =
            racekit::stream_socket::connect(where, racekit::after(std::chrono::seconds(30)), error);
        if (error) throw std::system_error(error, address);
        racekit::handshake_identity self;
        racekit::fill_random(self.nonce.data(), self.nonce.size());
        racekit::fill_random(self.instance.data(), self.instance.size());
        if (!key.empty()) key_.emplace(key);
        greeting.emplace(self, key_ ? &*key_ : nullptr, where.is_tcp);
    }
    /// The whole handshake.
    void greet() {
        std::string next = greeting->hello();
        while (greeting->now() == racekit::handshake::state::going_on) {
            if (!next.empty()) send(next);
            next = greeting->receive(receive(), frames);
        }
        if (greeting->now() == racekit::handshake::state::failed)
            throw std::system_error(make_error_code(greeting->error()));
    }
    void send(std::string_view message) {
        std::string sealed;
        frames.seal(sealed, message);
        send_bytes(sealed);
    }
    void send_bytes(std::string_view bytes) {
        while (!bytes.empty()) {
            std::ptrdiff_t const put = end.write(bytes.data(), bytes.size());
            if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
            else if (!racekit::stream_socket::is_again(put)) throw std::runtime_error("it closed");
            else pass();
        }
    }
    /// The next message; empty: the server closed the connection.
    std::string receive() {
        for (;;) {
            std::string_view message;
            std::size_t taken = 0;
            if (frames.open(in, message, taken) == racekit::frame_codec::found::message) {
                std::string got(message);
                in.erase(0, taken);
                return got;
            }
            char bytes[65536];
            std::ptrdiff_t const got = end.read(bytes, sizeof bytes);
            if (got > 0) in.append(bytes, static_cast<std::size_t>(got));
            else if (!racekit::stream_socket::is_again(got)) return {};
            else pass();
        }
    }
    /// Whether the server has closed it: now, or at some time.
    bool is_closed(bool waits = true) {
        char bytes[65536];
        for (;;) {
            std::ptrdiff_t const got = end.read(bytes, sizeof bytes);
            if (got == 0 || (got < 0 && !racekit::stream_socket::is_again(got))) return true;
            if (got < 0 && !waits) return false;
            if (got < 0) pass();
        }
    }
    template <class... Arguments>
    static std::string request(std::int64_t sequence, racekit::operation what, std::uint64_t object,
                               Arguments const&... arguments) {
        std::string made;
        racekit::value_writer into(made);
        into.array(3 + sizeof...(arguments));
        into.integer(sequence);
        into.integer(std::int64_t(what));
        into.integer(std::int64_t(object));
        (into.value(racekit::server_value(arguments)), ...);
        return made;
    }

    racekit::stream_socket end;
    racekit::frame_codec frames{std::size_t{16} << 20U};
    std::string in;
    std::optional<racekit::client_handshake> greeting;

private:
    void pass() {
        if (meanwhile_) meanwhile_();
        else if (!end.wait_for(POLLIN | POLLOUT, racekit::after(std::chrono::seconds(30))))
            throw std::runtime_error("nothing came for 30 seconds");
    }
    std::function<void()> meanwhile_;
    std::optional<racekit::server_key> key_;
};

}  // namespace test
