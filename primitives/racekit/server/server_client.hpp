// SPDX-License-Identifier: MIT
// server_client: a client's side of a server process, over any transport.
//
//     auto const made = client.call(operation::add, counter, client.default_limit(), 1);
//     if (made.error) ...; else made.results.integer(before);
//
// Progress:  blocking, until the reply, the deadline or the loss of the server; never for ever,
//            unless the deadline is `never`.
// Ordering:  everything before a call happens before the server's work on it; that, before the
//            return.
// Retry:     a connection that breaks is made anew, and the request is repeated under the number
//            that it had: the server does it once. If another server answers then, the call is
//            outcome_unknown. What the client held was given up when the connection broke.
// Deadlines: a call that passes its deadline is withdrawn: what it is granted too late goes back.
// Errors:    server_error, std::errc::timed_out, and those of the transport.
// Threads:   one at a time. After a fork, in the parent only (forked).
#pragma once

#include <racekit/platform.hpp>
#include <racekit/server/codec.hpp>
#include <racekit/server/errors.hpp>
#include <racekit/server/operations.hpp>
#include <racekit/server/server_value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace racekit {

/// How messages travel: each whole or not at all.
class server_transport {
public:
    virtual ~server_transport() = default;

    /// `more`: another message follows at once, so this one may wait for it. Error not_connected:
    /// nothing was sent, for the connection had been lost before.
    virtual std::error_code send(std::string_view message, bool more, deadline limit) = 0;
    /// The next message replaces `into`. Errors: timed_out; any other one means that the
    /// connection is of no more use.
    virtual std::error_code receive(std::string& into, deadline limit) = 0;
    enum class again { same_server, another_server, failed };
    /// Connects anew.
    virtual again reconnect(deadline) { return again::failed; }
    virtual void close() = 0;
};

/// What the server replied. `results` refers to memory of the client, until its next call.
struct server_reply {
    std::error_code error;
    std::size_t count = 0;
    value_reader results{{}};

    [[nodiscard]] explicit operator bool() const noexcept { return !error; }
};

/// What mutation leaves out.
struct server_client_steps {
    static constexpr bool match = true;     // a reply to an earlier call is passed over
    static constexpr bool repeat = true;    // under the same number, so that it is done once
    static constexpr bool withdraw = true;  // a call whose deadline passed
};

struct client_options {
    /// For calls without a deadline of their own; duration::max() for none.
    duration default_timeout = std::chrono::seconds(5);
    /// How much longer than the server a client waits for its word that the deadline passed.
    duration grace = std::chrono::milliseconds(5);
};

template <class steps = server_client_steps>
class basic_server_client {
public:
    explicit basic_server_client(std::unique_ptr<server_transport> transport,
                                 client_options options = {})
        : transport_(std::move(transport)), options_(options), made_in_(fork_generation()) {}

    [[nodiscard]] deadline default_limit() const { return after(options_.default_timeout); }

    /// Asks for `what` and waits for the reply until `limit`. Arguments: anything of which a
    /// server_value can be made.
    template <class... Arguments>
    server_reply call(operation what, object_id object, deadline limit,
                      Arguments const&... arguments) {
        return finish(begin(what, object, false, limit, arguments...), what, limit);
    }
    /// As call, for operations that wait at the server: `limit` is the server's as well. It goes
    /// behind `arguments`, as milliseconds.
    template <class... Arguments>
    server_reply wait(operation what, object_id object, deadline limit,
                      Arguments const&... arguments) {
        std::int64_t const span = milliseconds_until(limit);
        deadline const longer = local_limit(limit);
        return finish(begin(what, object, false, longer, arguments..., span), what, longer);
    }

    /// As wait, with one argument behind the limit.
    server_reply wait_and(operation what, object_id object, deadline limit, std::int64_t last) {
        std::int64_t const span = milliseconds_until(limit);
        deadline const longer = local_limit(limit);
        return finish(begin(what, object, false, longer, span, last), what, longer);
    }

    /// Many calls under way at once: begin() each, then finish() each, in any order. At most 64.
    /// `more`: another one follows at once.
    template <class... Arguments>
    std::uint64_t begin(operation what, object_id object, bool more, deadline limit,
                        Arguments const&... arguments) {
        std::uint64_t const sequence = ++sequence_;
        request_.clear();
        value_writer into(request_);
        into.array(3 + sizeof...(arguments));
        into.integer(std::int64_t(sequence));
        into.integer(std::int64_t(what));
        into.integer(std::int64_t(object.number));
        (write(into, arguments), ...);
        send_error_ = send(more, limit);
        return last_ = sequence;
    }
    server_reply finish(std::uint64_t sequence, operation what, deadline limit) {
        std::error_code error = send_error_;
        if (auto const early = early_.find(sequence); early != early_.end()) {
            reply_ = std::move(early->second);
            early_.erase(early);
            return read_reply(sequence);
        }
        while (!error) {
            error = transport_->receive(reply_, limit);
            if (error) break;
            server_reply got = read_reply(sequence);
            if (got.error != server_error::too_many || !is_other_) return got;
        }
        if (error == std::errc::timed_out) return withdraw(sequence, what);
        if (error == server_error::forked || error == server_error::too_long)
            return {.error = error};
        return repeat(sequence, what, limit);
    }
    /// Asks for the last call again, under its number: a server that has done it replies again.
    server_reply again(operation what, deadline limit) {
        if constexpr (!steps::repeat) renumber(last_ = ++sequence_);
        send_error_ = send(false, limit);
        return finish(last_, what, limit);
    }
    /// The request is on its way, and no reply is waited for.
    template <class... Arguments>
    void tell(operation what, object_id object, Arguments const&... arguments) {
        std::string last_request = std::exchange(request_, {});
        std::uint64_t const last = last_;
        (void)begin(what, object, false, default_limit(), arguments...);
        send_error_ = {};
        request_ = std::move(last_request);
        last_ = last;
    }

    void close() { transport_->close(); }

    /// What a request says of a time limit: the milliseconds that are left, below 0 for no limit.
    [[nodiscard]] static std::int64_t milliseconds_until(deadline limit) {
        if (limit == never) return -1;
        deadline const now = clock::now();
        if (limit <= now) return 0;  // limit - now may be less than a duration can be
        return std::chrono::ceil<std::chrono::milliseconds>(limit - now).count();
    }

private:
    /// When the client stops waiting for the server's word that `limit` passed. A call that is not
    /// to wait is answered as any other.
    [[nodiscard]] deadline local_limit(deadline limit) const {
        if (limit == never) return never;
        return limit <= clock::now() ? default_limit() : from_now(limit, options_.grace);
    }
    template <class T>
    static void write(value_writer& into, T const& argument) {
        if constexpr (std::is_same_v<T, bool>) into.boolean(argument);
        else if constexpr (std::is_integral_v<T>) into.integer(std::int64_t(argument));
        else if constexpr (std::is_convertible_v<T const&, std::string_view>) into.text(argument);
        else if constexpr (std::is_same_v<T, object_id>) into.handle(argument);
        else into.value(argument);
    }
    std::error_code send(bool more, deadline limit) {
        if (made_in_ != fork_generation()) return server_error::forked;
        return transport_->send(request_, more, limit);
    }
    /// Of a reply to another call: is_other_ and too_many.
    server_reply read_reply(std::uint64_t sequence) {
        is_other_ = false;
        value_reader from(reply_, {32, std::size_t{1} << 24U});
        std::size_t size = 0;
        std::int64_t number = 0;
        std::int64_t error = 0;
        if (!from.array(size) || size < 2 || !from.integer(number) || !from.integer(error))
            return {.error = server_error::malformed};
        if (steps::match && static_cast<std::uint64_t>(number) != sequence && number != 0) {
            is_other_ = true;
            if (is_pipelined_) early_[static_cast<std::uint64_t>(number)] = reply_;
            return {.error = server_error::too_many};
        }
        if (error != 0) return {.error = make_error_code(static_cast<server_error>(error))};
        return {{}, size - 2, from};
    }
    server_reply withdraw(std::uint64_t sequence, operation what) {
        if (steps::withdraw && !only_reads(what))
            tell(operation::cancel, {}, std::int64_t(sequence));
        return {.error = std::make_error_code(std::errc::timed_out)};
    }
    /// The connection broke. Only the last request is still here to be repeated.
    server_reply repeat(std::uint64_t sequence, operation what, deadline limit) {
        if (sequence != last_) return {.error = server_error::outcome_unknown};
        bool const was_sent = send_error_ != std::errc::not_connected;
        switch (transport_->reconnect(limit)) {
            case server_transport::again::failed: return {.error = server_error::server_lost};
            case server_transport::again::another_server:
                if (was_sent && !only_reads(what)) return {.error = server_error::outcome_unknown};
                break;
            case server_transport::again::same_server: break;
        }
        return again(what, limit);
    }
    void renumber(std::uint64_t sequence) {
        value_reader from(request_);
        std::size_t size = 0;
        std::int64_t number = 0;
        (void)(from.array(size) && from.integer(number));
        std::string again;
        value_writer into(again);
        into.array(size);
        into.integer(std::int64_t(sequence));
        request_ = again.append(from.rest());
    }

public:
    /// Replies that come before their finish() are kept from now on.
    void pipeline() { is_pipelined_ = true; }

private:
    std::unique_ptr<server_transport> transport_;
    client_options options_;
    std::uint64_t made_in_;
    std::uint64_t sequence_ = 0;
    std::uint64_t last_ = 0;  // of the request in request_
    std::string request_;
    std::string reply_;
    std::error_code send_error_;
    bool is_other_ = false;
    bool is_pipelined_ = false;
    std::map<std::uint64_t, std::string> early_;
};

using server_client = basic_server_client<>;

}  // namespace racekit
