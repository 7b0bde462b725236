// SPDX-License-Identifier: MIT
// pipe_error: why a pipe has no message to give, or will never have one.
//
// The pipes return it as a std::error_code, beside std::errc where that has a word: timed_out,
// broken_pipe (a send without a receiver), message_size, bad_file_descriptor (a closed end),
// operation_not_permitted (the wrong direction) and what the system calls report.
#pragma once

#include <cstddef>
#include <string>
#include <system_error>

namespace racekit {

enum class pipe_error {
    end_of_file = 1,  ///< the other end was closed, and all that it sent was received
    reset,            ///< as end_of_file, but the other end left without reading all that we sent
    truncated,        ///< the sender left in the middle of a message, which is lost
    corrupt,          ///< what came is not what a sender sends; the pipe is dead
    too_long,         ///< the message does not fit into the caller's memory; it was kept
};

}  // namespace racekit

template <>
struct std::is_error_code_enum<racekit::pipe_error> : std::true_type {};

namespace racekit {

namespace pipe_detail {

class category final : public std::error_category {
public:
    [[nodiscard]] char const* name() const noexcept override { return "racekit pipe"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<pipe_error>(code)) {
            case pipe_error::end_of_file: return "the other end was closed: nothing more will come";
            case pipe_error::reset:
                return "the other end was closed before it read all that was sent to it: treat "
                       "what was sent last as not done";
            case pipe_error::truncated:
                return "the sender left in the middle of a message: discard what depends on it";
            case pipe_error::corrupt:
                return "bytes came that no sender sends: close this pipe and make a new one";
            case pipe_error::too_long:
                return "the message is longer than the memory given: receive it again into more";
        }
        return "unknown";
    }
};

inline category const the_category;

}  // namespace pipe_detail

[[nodiscard]] inline std::error_code make_error_code(pipe_error what) noexcept {
    return {static_cast<int>(what), pipe_detail::the_category};
}

/// The result of a receive: a message of `bytes` bytes, or an error. With too_long, `bytes` is how
/// long the message is.
struct [[nodiscard]] received {
    std::size_t bytes = 0;
    std::error_code error = {};

    /// A message came (it may have no bytes).
    explicit operator bool() const noexcept { return !error; }
    /// Nothing more will come, and nothing was lost.
    [[nodiscard]] bool ended() const noexcept { return error == pipe_error::end_of_file; }
};

namespace pipe_detail {

/// Receives a message of any size by `receive(to, most)`, into memory that grows to it.
template <class Receive>
received receive_any(std::string& into, Receive receive) {
    received got = receive(into.data(), into.size());
    while (got.error == pipe_error::too_long) {
        into.resize(got.bytes);
        got = receive(into.data(), into.size());
    }
    into.resize(got ? got.bytes : 0);
    return got;
}

}  // namespace pipe_detail

}  // namespace racekit
