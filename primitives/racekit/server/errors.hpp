// SPDX-License-Identifier: MIT
// server_error: why a call to a server process brought no result.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>

namespace racekit {

/// The numbers travel in replies. A call whose deadline passed is std::errc::timed_out.
enum class server_error : std::uint8_t {
    server_lost = 1,     ///< it ended or closed the connection; whether it did the call is unknown
    outcome_unknown,     ///< another server answers now; whether the first one did it is unknown
    no_such_object,      ///< it was removed, or never made
    no_such_operation,   ///< objects of that type do not have it
    wrong_argument,      ///< of another type, or out of its range
    no_such_key,         ///< the dict or namespace has no such entry
    no_such_index,       ///< the list or array is shorter
    name_in_use,         ///< another object has that name
    not_owner,           ///< a release by a client that does not hold it
    would_deadlock,      ///< the client holds this lock already
    released_too_often,  ///< more permits, or more tasks done, than there were
    broken_barrier,      ///< a party timed out, died or called abort
    queue_closed,        ///< nothing more is put, and nothing is left
    stale_token,         ///< the guarding lock was given to another client meanwhile
    draining,            ///< the server ends and takes no new requests
    too_many,            ///< a limit of the server was reached
    malformed,           ///< the bytes are no request
    too_long,            ///< the message is longer than the limit
    refused,             ///< the key is not the right one, or the user is another one
    wrong_version,       ///< the other side speaks another version
    no_memory,           ///< the server has no memory for it
    timed_out,           ///< as std::errc::timed_out, which the client makes of it
    forked,              ///< the client was made by another process: connect anew after a fork
};

[[nodiscard]] inline char const* to_text(server_error which) noexcept {
    switch (which) {
        case server_error::server_lost: return "the server was lost";
        case server_error::outcome_unknown:
            return "the server was restarted: whether it did the call is unknown";
        case server_error::no_such_object: return "the server has no such object";
        case server_error::no_such_operation: return "the object has no such operation";
        case server_error::wrong_argument: return "an argument has a wrong type or is out of range";
        case server_error::no_such_key: return "there is no such key";
        case server_error::no_such_index: return "there is no such index";
        case server_error::name_in_use: return "another object has that name";
        case server_error::not_owner: return "this client does not hold it";
        case server_error::would_deadlock: return "this client holds it already";
        case server_error::released_too_often: return "it was released too often";
        case server_error::broken_barrier: return "the barrier is broken";
        case server_error::queue_closed: return "the queue is closed";
        case server_error::stale_token: return "the lock was given to another client";
        case server_error::draining: return "the server is shutting down";
        case server_error::too_many: return "a limit of the server was reached";
        case server_error::malformed: return "the message is malformed";
        case server_error::too_long: return "the message is too long";
        case server_error::refused: return "the other side was refused";
        case server_error::wrong_version: return "the other side speaks another version";
        case server_error::no_memory: return "the server has no memory for it";
        case server_error::timed_out: return "the time limit passed";
        case server_error::forked: return "the client belongs to another process";
    }
    return "unknown server error";
}

[[nodiscard]] inline std::error_category const& server_category() noexcept {
    class category final : public std::error_category {
        char const* name() const noexcept override { return "racekit server"; }
        std::string message(int which) const override {
            return to_text(static_cast<server_error>(which));
        }
    };
    static category const only;
    return only;
}

[[nodiscard]] inline std::error_code make_error_code(server_error which) noexcept {
    if (which == server_error::timed_out) return std::make_error_code(std::errc::timed_out);
    return {static_cast<int>(which), server_category()};
}

}  // namespace racekit

template <>
struct std::is_error_code_enum<racekit::server_error> : std::true_type {};
