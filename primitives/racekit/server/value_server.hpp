// SPDX-License-Identifier: MIT
// value_server: 64-bit numbers that one process keeps and others read and change through proxies.
//
// One loop serves all clients in the order in which they ring: a client writes its request into a
// socket of its own, then its number into a pipe that all clients ring. The loop sleeps in that
// pipe alone.
//
// Progress: a call waits for those that rang before it. A client that stops or dies holds up
//           no other: its requests are whole when it rings, and its replies fit into its socket.
// Ordering: see proxy.hpp. The cells belong to the serving process; no lock guards them.
// Use:      construct it in shared memory, start the processes, and let each say what it is: one
//           calls serve(), each client connect(), every other leave(). Every process inherited
//           every end, and a lost server or client is seen only when no other process holds its
//           ends.
// Trust:    clients and server belong to one program; a client that rings without a request stops
//           it.
#pragma once

#include <racekit/pipe/stream.hpp>
#include <racekit/platform.hpp>
#include <racekit/server/errors.hpp>
#include <racekit/server/protocol.hpp>
#include <racekit/server/proxy.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace racekit {

// What mutation leaves out: an end that another process still holds hides its owner's loss.
struct value_server_steps {
    static constexpr bool drop_clients_ends = true;  // the server, those of its clients
    static constexpr bool drop_servers_ends = true;  // a client, those of the server
};

template <std::size_t clients, std::size_t cells, class steps = value_server_steps>
class basic_value_server {
    static_assert(clients >= 1 && clients <= 255 && cells >= 1 && cells <= 65536);

public:
    /// All cells 0. Throws std::system_error.
    basic_value_server() = default;
    basic_value_server(basic_value_server const&) = delete;
    basic_value_server& operator=(basic_value_server const&) = delete;

    /// Serves until every client has gone. Throws std::system_error if the bell cannot be read.
    void serve(site where = site::here()) {
        if constexpr (steps::drop_clients_ends) {
            bell_.writer.close(where);
            for (socket_pair& line : lines_) line.first.close(where);
        }
        for (;;) {
            unsigned char client = 0;
            transfer const rung = bell_.reader.read_some(&client, 1, never, where);
            if (rung.error) throw std::system_error(rung.error, "value_server: bell");
            if (rung.ended()) break;
            if (client < clients) answer_one(lines_[client].second, where);
        }
        bell_.reader.close(where);
        for (socket_pair& line : lines_) line.second.close(where);
    }

    /// This process is that client from now on. One process per client.
    [[nodiscard]] proxy connect(std::size_t client, site where = site::here()) {
        if constexpr (steps::drop_servers_ends) bell_.reader.close(where);
        for (std::size_t other = 0; other < clients; ++other) {
            if constexpr (steps::drop_servers_ends) lines_[other].second.close(where);
            if (other != client) lines_[other].first.close(where);
        }
        return proxy(lines_.at(client).first, bell_.writer, static_cast<unsigned char>(client));
    }

    /// This process has nothing to do with the server from now on.
    void leave(site where = site::here()) {
        bell_.reader.close(where);
        bell_.writer.close(where);
        for (socket_pair& line : lines_) {
            line.first.close(where);
            line.second.close(where);
        }
    }

    /// For the serving process, or when none serves.
    [[nodiscard]] std::int64_t value(std::size_t cell) const { return cells_.at(cell); }
    void set_value(std::size_t cell, std::int64_t value) { cells_.at(cell) = value; }

private:
    void answer_one(byte_socket& line, site where) {
        server_protocol::request asked;
        transfer const got = read_exactly(line, &asked, sizeof asked, never, where);
        if (got.bytes < sizeof asked) {
            line.close(where);
            return;
        }
        server_protocol::reply const reply = apply(asked);
        // A client that is gone has no use for its reply; its end closes when it is noticed.
        (void)write_all(line, &reply, sizeof reply, never, where);
    }

    static std::int64_t wrapping_sum(std::int64_t left, std::int64_t right) {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) +
                                         static_cast<std::uint64_t>(right));
    }

    server_protocol::reply apply(server_protocol::request const& asked) {
        using server_protocol::operation;
        auto const refused = [&](server_error why) {
            return server_protocol::reply{asked.sequence, static_cast<std::uint32_t>(why), 0};
        };
        if (asked.cell >= cells) return refused(server_error::no_such_cell);
        std::int64_t& cell = cells_[asked.cell];
        std::int64_t const before = cell;
        switch (asked.what) {
            case operation::get: break;
            case operation::set: cell = asked.operand; break;
            case operation::add: cell = wrapping_sum(before, asked.operand); break;
            case operation::compare_exchange:
                if (before == asked.expected) cell = asked.operand;
                break;
            default: return refused(server_error::no_such_call);
        }
        return {asked.sequence, 0, before};
    }

    std::array<socket_pair, clients> lines_;  // first: the client's end, second: the server's
    byte_pipe bell_;
    std::array<std::int64_t, cells> cells_{};
};

using value_server = basic_value_server<8, 64>;

}  // namespace racekit
