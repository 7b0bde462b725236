// SPDX-License-Identifier: MIT
// framed_stream: messages over any stream of bytes: a socket pair, a pipe each way, a connection to
// another machine.
//
//     racekit::socket_pair ends;
//     racekit::framed_stream here(std::move(ends.first));
//
// Wire:      frames with checksums (frame.hpp).
// Progress:  blocking, or until a deadline. A send whose deadline passes in the middle of a frame
//            breaks the stream: later sends are broken_pipe, and the other side receives truncated.
// Invariant: the threads of a process that share an end take turns by its locks. Only one process
//            sends at an end, and one receives: frames of two would be mixed. (For many senders:
//            pipe, or message_pipe.)
// Ordering:  everything before a send() happens before the return of the receive() that gets the
//            message, as far as the stream orders (between processes of one machine it does).
// Death:     a sender that dies in the middle of a frame leaves it truncated.
// Errors:    end_of_file, reset, truncated, corrupt; message_size for a message longer than
//            `longest`; timed_out, broken_pipe and those of the stream. After corrupt, truncated
//            and message_size the stream is dead: nobody can know where the next frame begins.
#pragma once

#include <racekit/lock/mutex.hpp>
#include <racekit/pipe/frame.hpp>
#include <racekit/pipe/pipe_error.hpp>
#include <racekit/pipe/stream.hpp>
#include <racekit/platform.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace racekit {

/// Stream has read_some, write_some and close, as byte_socket. Any thread of a process may use it.
template <class Stream>
class framed_stream {
public:
    explicit framed_stream(Stream stream, std::size_t longest = std::size_t(1) << 20)
        : stream_(std::move(stream)), longest_(longest), state_(std::make_unique<state>(longest)) {}

    [[nodiscard]] std::error_code send(std::string_view message, deadline limit = never,
                                       site where = site::here()) {
        if (message.size() > longest_) return std::make_error_code(std::errc::message_size);
        std::unique_lock hold(state_->sending, std::defer_lock);
        if (!lock_until(hold, limit)) return std::make_error_code(std::errc::timed_out);
        if (state_->is_broken) return std::make_error_code(std::errc::broken_pipe);
        frame_header const head = frame_header::of(message);
        transfer sent = write_all(stream_, &head, sizeof head, limit, where);
        std::size_t const so_far = sent.bytes;
        if (!sent.error) sent = write_all(stream_, message.data(), message.size(), limit, where);
        if (sent.error && so_far > 0) state_->is_broken = true;
        if (sent.error == std::errc::connection_reset) return pipe_error::reset;
        return sent.error;
    }
    [[nodiscard]] std::error_code send(void const* message, std::size_t size,
                                       deadline limit = never, site where = site::here()) {
        return send(std::string_view(static_cast<char const*>(message), size), limit, where);
    }

    /// Receives the next message. A deadline that passes keeps what came for the next call.
    received receive(std::string& into, deadline limit = never, site where = site::here()) {
        into.clear();
        std::unique_lock hold(state_->receiving, std::defer_lock);
        if (!lock_until(hold, limit)) return {0, std::make_error_code(std::errc::timed_out)};
        frame_decoder& decoder = state_->decoder;
        while (!decoder.has_message()) {
            if (decoder.error()) return {0, decoder.error()};
            if (state_->ended) return {0, state_->ended};
            if (std::error_code const error = read_more(limit, where)) return {0, error};
        }
        into = decoder.take();
        feed();
        return {into.size(), {}};
    }

    void close(site where = site::here()) { stream_.close(where); }
    [[nodiscard]] bool is_open() const { return stream_.is_open(); }

private:
    static constexpr std::size_t read_size = 64 * 1024;

    struct state {
        explicit state(std::size_t longest) : decoder(longest), bytes(read_size) {}
        mutex sending;
        mutex receiving;
        bool is_broken = false;  // under `sending`

        // Under `receiving`.
        frame_decoder decoder;
        std::vector<char> bytes;  // read, from `fed` to `read` not decoded yet
        std::size_t fed = 0;
        std::size_t read = 0;
        std::error_code ended;
    };

    static bool lock_until(std::unique_lock<mutex>& hold, deadline limit) {
        if (hold.try_lock()) return true;
        if (limit != never) return hold.try_lock_until(limit);
        hold.lock();
        return true;
    }

    void feed() {
        state& mine = *state_;
        mine.fed += mine.decoder.feed(mine.bytes.data() + mine.fed, mine.read - mine.fed);
    }
    /// One read; what it ends in is remembered, but for timed_out.
    std::error_code read_more(deadline limit, site where) {
        state& mine = *state_;
        transfer const got = stream_.read_some(mine.bytes.data(), mine.bytes.size(), limit, where);
        if (got.error == std::errc::timed_out) return got.error;
        if (got.ended() || got.error) {
            bool const is_reset = got.error == std::errc::connection_reset;
            if (!mine.decoder.is_between()) mine.ended = pipe_error::truncated;
            else if (is_reset) mine.ended = pipe_error::reset;
            else if (got.error) mine.ended = got.error;
            else mine.ended = pipe_error::end_of_file;
            return {};
        }
        mine.fed = 0;
        mine.read = got.bytes;
        feed();
        return {};
    }

    Stream stream_;
    std::size_t longest_;
    std::unique_ptr<state> state_;
};

}  // namespace racekit
