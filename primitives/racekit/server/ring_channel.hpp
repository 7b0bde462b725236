// SPDX-License-Identifier: MIT
// ring_channel: messages between a server process and a client of the same machine, through a ring
// of shared memory in each direction.
//
// The memory is the server's, sealed, and passed over the unix socket, which stays open: it tells
// each side when the other one dies, and its bytes wake a server that sleeps. Both sides look for a
// while before they sleep: while both run, a message costs no system call.
//
// Progress:  wait-free while there is room and input.
// Trust:     a side believes nothing that the other one writes: indices and sizes are loaded once
//            and checked, messages are copied out (ring_lane). A lie is server_error::malformed,
//            and ends the connection.
// Ordering:  see ring_lane.
#pragma once

#include <racekit/pipe/ring_lane.hpp>
#include <racekit/platform.hpp>
#include <racekit/server/errors.hpp>
#include <racekit/shared/shared_memory.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace racekit {

struct ring_room {
    static constexpr std::size_t capacity = std::size_t{64} << 10U;
    ring_words lanes[2];  // to the server, to the client
    alignas(cache_line) std::byte bytes[2][capacity];
};

class ring_channel {
public:
    static constexpr duration recheck = std::chrono::milliseconds(20);

    ring_channel(shared_segment<ring_room> room, bool is_server, std::size_t longest)
        : room_(std::move(room)),
          out_bytes_(room_->bytes[is_server ? 1 : 0], ring_room::capacity),
          in_bytes_(room_->bytes[is_server ? 0 : 1], ring_room::capacity),
          out_(room_->lanes[is_server ? 1 : 0], out_bytes_, ring_room::capacity, recheck),
          in_(room_->lanes[is_server ? 0 : 1], in_bytes_, ring_room::capacity, recheck),
          longest_(longest) {
        out_.begin();
        in_.begin();
    }
    ring_channel(ring_channel const&) = delete;
    ring_channel& operator=(ring_channel const&) = delete;

    /// Sends what of a message is not sent yet, `done` bytes of it are; a long one in pieces. The
    /// last result: ready, if all of it is sent; else why not.
    template <class Gone, class Bell>
    ring_wait send(std::string_view message, std::size_t& done, deadline limit, backoff spending,
                   Gone gone, Bell bell) {
        do {
            std::size_t const piece = std::min(message.size() - done, out_.longest_frame());
            ring_wait const room = out_.wait_for_room(piece, limit, spending, gone);
            if (room != ring_wait::ready) return room;
            bool const is_last = done + piece == message.size();
            out_.put(message.data() + done, piece,
                     (done == 0 ? ring_frame::first : 0U) | (is_last ? ring_frame::last : 0U),
                     message.size(), bell, {});
            done += piece;
        } while (done < message.size());
        return ring_wait::ready;
    }
    [[nodiscard]] bool has_input() { return in_.look() != ring_wait::timed_out; }
    /// The next message replaces `into`; what came of it before the deadline is kept.
    template <class Gone, class Bell>
    ring_wait receive(std::string& into, deadline limit, backoff spending, Gone gone, Bell bell) {
        for (;;) {
            ring_wait const input = in_.wait_for_input(limit, spending, gone, bell);
            if (input != ring_wait::ready) return input;
            ring_frame frame;
            std::uint64_t whole = 0;
            bool const is_right = in_.read_header(frame, whole, {});
            bool const is_first = (frame.flags & ring_frame::first) != 0;
            if (!is_right || is_first == is_partial_ || (is_first && whole > longest_) ||
                partial_.size() + frame.bytes > longest_)
                return ring_wait::corrupt;
            std::size_t const before = partial_.size();
            partial_.resize(before + frame.bytes);
            in_.take(frame, partial_.data() + before, bell, {});
            is_partial_ = (frame.flags & ring_frame::last) == 0;
            if (is_partial_) continue;
            into.swap(partial_);
            partial_.clear();
            return ring_wait::ready;
        }
    }
    /// From here to disarm() the other side rings for its next message. True: one is there.
    [[nodiscard]] bool arm() { return in_.arm() != ring_wait::timed_out; }
    void disarm() { in_.disarm(); }
    /// The other side, if it sleeps, wakes and sees the end.
    template <class Bell>
    void finish(Bell bell) {
        out_.finish(bell);
        in_.refuse();
    }
    [[nodiscard]] descriptor const& file() const { return room_.file(); }

private:
    shared_segment<ring_room> room_;
    plain_bytes out_bytes_;
    plain_bytes in_bytes_;
    ring_sender<> out_;
    ring_receiver<> in_;
    std::size_t longest_;
    std::string partial_;
    bool is_partial_ = false;
};

}  // namespace racekit
