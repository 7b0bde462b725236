// SPDX-License-Identifier: MIT
// proxy: a client's end of a value_server, each call one round trip.
//
// Progress: blocking, until the reply, the deadline or the loss of the server; never for ever.
// Ordering: everything before a call happens before the server's work on it; that, before the
//           return. Calls of all proxies take effect one after another.
#pragma once

#include <racekit/pipe/stream.hpp>
#include <racekit/platform.hpp>
#include <racekit/server/errors.hpp>
#include <racekit/server/protocol.hpp>

#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>

namespace racekit {

/// What a call brought back. `value` is the cell's before the call, and means nothing with an
/// error.
struct answer {
    std::int64_t value = 0;
    std::error_code error;

    [[nodiscard]] explicit operator bool() const noexcept { return !error; }
};

// What mutation leaves out.
struct proxy_steps {
    static constexpr bool match = true;  // a reply that belongs to an earlier call is passed over
};

/// Errors of every call: server_lost, timed_out (in both cases the server may or may not have done
/// it), no_such_cell. One call at a time, and by the process that connected.
template <class steps = proxy_steps>
class basic_proxy {
public:
    static constexpr auto default_timeout = std::chrono::seconds(5);

    /// By value_server::connect. The ends outlive the proxy.
    basic_proxy(byte_socket& connection, byte_writer& bell, unsigned char client)
        : connection_(&connection), bell_(&bell), client_(client) {}
    basic_proxy(basic_proxy&& other) noexcept
        : connection_(std::exchange(other.connection_, nullptr)),
          bell_(other.bell_),
          client_(other.client_),
          sequence_(other.sequence_) {}
    basic_proxy& operator=(basic_proxy&&) = delete;
    /// Closes this process's ends: the server sees the client go.
    ~basic_proxy() { close(); }

    void close(site where = site::here()) {
        if (connection_ == nullptr) return;
        connection_->close(where);
        bell_->close(where);
        connection_ = nullptr;
    }

    [[nodiscard]] answer get(std::uint16_t cell, deadline limit = default_deadline(),
                             site where = site::here()) {
        return call(server_protocol::operation::get, cell, 0, 0, limit, where);
    }
    answer set(std::uint16_t cell, std::int64_t value, deadline limit = default_deadline(),
               site where = site::here()) {
        return call(server_protocol::operation::set, cell, value, 0, limit, where);
    }
    /// Adds in one step at the server; wraps as atomics do.
    answer add(std::uint16_t cell, std::int64_t amount, deadline limit = default_deadline(),
               site where = site::here()) {
        return call(server_protocol::operation::add, cell, amount, 0, limit, where);
    }
    /// Sets `desired` if the cell holds `expected`: exactly if the answer's value equals
    /// `expected`.
    [[nodiscard]] answer compare_exchange(std::uint16_t cell, std::int64_t expected,
                                          std::int64_t desired, deadline limit = default_deadline(),
                                          site where = site::here()) {
        return call(server_protocol::operation::compare_exchange, cell, desired, expected, limit,
                    where);
    }

private:
    static deadline default_deadline() { return after(default_timeout); }

    answer call(server_protocol::operation what, std::uint16_t cell, std::int64_t operand,
                std::int64_t expected, deadline limit, site where) {
        if (connection_ == nullptr) return {0, server_error::server_lost};
        server_protocol::request const asked{++sequence_, what, cell, operand, expected};
        transfer const sent = write_all(*connection_, &asked, sizeof asked, limit, where);
        if (sent.error) return lost(sent, where);
        // Rung after the request is in, so that the server never waits for the rest of one.
        transfer const rung = write_all(*bell_, &client_, 1, limit, where);
        if (rung.error) return lost(rung, where);
        for (;;) {
            server_protocol::reply reply;
            transfer const got = read_exactly(*connection_, &reply, sizeof reply, limit, where);
            if (got.bytes < sizeof reply) return lost(got, where);
            // An older one answers a call that timed out here.
            if (steps::match && reply.sequence != asked.sequence) continue;
            if (reply.error != 0) return {0, static_cast<server_error>(reply.error)};
            return {reply.value, {}};
        }
    }

    /// A call that did not come to its end. A record cut in two makes the rest of the stream
    /// meaningless, so the connection goes with it.
    answer lost(transfer const& how, site where) {
        if (how.error == std::errc::timed_out && how.bytes == 0) return {0, how.error};
        close(where);
        return {0, how.error == std::errc::timed_out ? how.error : server_error::server_lost};
    }

    byte_socket* connection_;
    byte_writer* bell_;
    unsigned char client_;
    std::uint32_t sequence_ = 0;
};

using proxy = basic_proxy<>;

}  // namespace racekit
