// SPDX-License-Identifier: MIT
// The state of a byte channel.
#pragma once

#include "model/core/execution.hpp"

#include <vector>

namespace racekit::model {

/// What one write put into a channel, and the clock of its writer.
struct segment {
    std::size_t bytes = 0;
    timestamp clock[most_threads] = {};
};

struct channel_buffer {
    std::vector<unsigned char> bytes;
    std::vector<segment> segments;  // the writes that the bytes are of, in order
};

struct channel_state {
    channel_buffer* buffer;
    std::size_t capacity;
    std::size_t atomic_write;
    bool packets;  // a write goes in whole, and a read takes what one write put in
    thread_set reading_ends;
    thread_set writing_ends;
    thread_set known_writers;  // of a reader that wants to hear when one of them is gone

    [[nodiscard]] std::size_t size() const { return buffer->bytes.size(); }
    [[nodiscard]] std::size_t room() const { return capacity - size(); }
};

extern object_kind const channel_kind;

}  // namespace racekit::model
