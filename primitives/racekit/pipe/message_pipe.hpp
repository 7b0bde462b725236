// SPDX-License-Identifier: MIT
// Messages through a pipe from any number of senders to one receiver, each whole or not at all.
//
// Wire:     a message travels in chunks of at most pipe_atomic_write bytes, each with a header:
//           bytes in the whole message, bytes of it before this chunk. A chunk goes in whole by
//           itself, so a message of one chunk needs no lock; the chunks of a longer one are kept
//           together by a robust lock among the senders of longer ones.
// Death:    a sender that dies loses the message it was sending; the receiver reports it
//           (truncated) as soon as the next long message or the end comes, and the stream is in
//           order after it. A receiver that dies may leave the stream inside a chunk, so that the
//           next one gets corrupt: where receivers are to be replaced, use pipe or ring_pipe.
// Progress: blocking, or until a deadline. send() of a message of one chunk is wait-free while the
//           pipe has room.
// Ordering: everything before send() happens before the return of the receive() that gets the
//           message. Messages of one sender arrive in the order sent.
// Use:      in memory that the processes share; each calls be_sender() or be_receiver() once, so
//           that the end can be seen and a lost receiver noticed. Senders and the receiver trust
//           each other.
#pragma once

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/pipe/pipe_error.hpp>
#include <racekit/pipe/stream.hpp>
#include <racekit/platform.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace racekit {

// What mutation leaves out.
struct message_pipe_steps {
    static constexpr bool keep_together = true;  // one lock around the chunks of a long message
    static constexpr bool recover = true;        // the next holder repairs a dead sender's lock
    static constexpr bool start_over = true;     // a first chunk ends a message that was cut short
};

template <std::size_t longest = 4096, class steps = message_pipe_steps>
class basic_message_pipe {
public:
    static constexpr std::size_t longest_message = longest;

    /// Throws std::system_error.
    basic_message_pipe() = default;
    basic_message_pipe(basic_message_pipe const&) = delete;
    basic_message_pipe& operator=(basic_message_pipe const&) = delete;

    /// This process only sends, or only receives, from now on.
    void be_sender(site where = site::here()) { pipe_.reader.close(where); }
    void be_receiver(site where = site::here()) { pipe_.writer.close(where); }
    /// This process neither sends nor receives any more.
    void close(site where = site::here()) {
        pipe_.reader.close(where);
        pipe_.writer.close(where);
    }

    /// Sends a message of `size` bytes. Errors: message_size (longer than `longest`), broken_pipe
    /// (no receiver left), timed_out. With a deadline, a message of several chunks may be cut short
    /// like one whose sender died.
    [[nodiscard]] std::error_code send(void const* message, std::size_t size,
                                       deadline limit = never, site where = site::here()) {
        if (size > longest) return std::make_error_code(std::errc::message_size);
        if (size <= room) return send_chunk(message, size, 0, limit, where);
        lock_state before = lock_state::acquired;
        if (steps::keep_together && !together_.try_lock_until(limit, before, where))
            return std::make_error_code(std::errc::timed_out);
        // Nothing to repair: the receiver sees by the next first chunk that a message was cut
        // short.
        if (steps::recover && before == lock_state::owner_died) together_.mark_consistent(where);
        std::error_code error;
        for (std::size_t done = 0; done < size && !error; done += std::min(room, size - done))
            error = send_chunk(message, size, done, limit, where);
        if constexpr (steps::keep_together) together_.unlock(where);
        return error;
    }

    /// Receives the next message into `to`. One receiver at a time. Errors: pipe_error, timed_out.
    /// After truncated the next receive() may go on: each chunk came whole.
    [[nodiscard]] received receive(void* to, std::size_t most, deadline limit = never,
                                   site where = site::here()) {
        while (ready_ == nullptr) {
            received const progress = receive_chunk(limit, where);
            if (progress.error) return progress;
        }
        if (ready_size_ > most) return {ready_size_, pipe_error::too_long};
        if (ready_size_ > 0) std::memcpy(to, ready_, ready_size_);
        ready_ = nullptr;
        return {ready_size_, {}};
    }

private:
    struct header {
        std::uint32_t size;
        std::uint32_t before;
    };
    static_assert(pipe_atomic_write > sizeof(header), "a chunk has room for more than its header");
    static_assert(longest > 0 && longest <= UINT32_MAX);
    static constexpr std::size_t room = pipe_atomic_write - sizeof(header);
    static constexpr std::size_t chunk_room = std::min(room, longest);

    std::error_code send_chunk(void const* message, std::size_t size, std::size_t done,
                               deadline limit, site where) {
        std::byte chunk[sizeof(header) + chunk_room];
        header const head{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(done)};
        std::size_t const bytes = std::min(room, size - done);
        std::memcpy(chunk, &head, sizeof head);
        if (bytes > 0)
            std::memcpy(chunk + sizeof head, static_cast<std::byte const*>(message) + done, bytes);
        return pipe_.writer.write_some(chunk, sizeof head + bytes, limit, where).error;
    }

    /// Takes one chunk in; without an error all is well so far.
    received receive_chunk(deadline limit, site where) {
        header head;
        transfer const got = read_exactly(pipe_.reader, &head, sizeof head, limit, where);
        if (got.error) return {0, got.error};
        bool const cut_short = assembled_ > 0;
        if (got.ended()) {
            assembled_ = 0;
            return {0, cut_short ? pipe_error::truncated : pipe_error::end_of_file};
        }
        bool const single = head.size <= room;
        bool const afresh = single || (steps::start_over && head.before == 0);
        std::size_t const expected = afresh ? 0 : assembled_;
        if (got.bytes < sizeof head || head.size > longest || head.before != expected ||
            (head.before > 0 && head.size != assembling_))
            return {0, pipe_error::corrupt};
        // The rest of the chunk went in with its header: no wait here.
        std::size_t const bytes = std::min(room, std::size_t(head.size) - head.before);
        std::byte* const to = single ? short_ : long_ + head.before;
        if (bytes > 0) {
            transfer const body = read_exactly(pipe_.reader, to, bytes, never, where);
            if (body.error || body.bytes < bytes) return {0, pipe_error::corrupt};
        }
        if (single) {
            ready_ = short_;
            ready_size_ = head.size;
            return {};
        }
        assembling_ = head.size;
        assembled_ = head.before + bytes;
        if (assembled_ == assembling_) {
            ready_ = long_;
            ready_size_ = assembling_;
            assembled_ = 0;
        }
        if (head.before == 0 && cut_short) return {0, pipe_error::truncated};
        return {};
    }

    byte_pipe pipe_;
    robust_mutex together_;  // held while the chunks of one message go in

    // The receiver's own, though in memory that all see.
    std::byte const* ready_ = nullptr;  // a whole message that was not handed out yet
    std::size_t ready_size_ = 0;
    std::size_t assembling_ = 0;  // size of the long message under way
    std::size_t assembled_ = 0;   // bytes of it that have come; 0: none is under way
    std::byte short_[chunk_room];
    std::byte long_[longest > room ? longest : 1];
};

using message_pipe = basic_message_pipe<>;

}  // namespace racekit
