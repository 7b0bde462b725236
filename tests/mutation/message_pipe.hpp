// SPDX-License-Identifier: MIT
// Clients of message_pipe that need every one of its steps.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/pipe/message_pipe.hpp>

#include <algorithm>
#include <array>

namespace racekit::mutation {

/// A message of two chunks.
using long_message = std::array<char, pipe_atomic_write>;

/// The other threads send, the first of them once; the last one receives until the end: whole
/// messages, one for each message sent.
template <class steps, int thread_count, int rounds, model::thread_set mortal>
struct long_messages {
    static constexpr int threads = thread_count;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = mortal;
        return result;
    }
    void act(int thread) {
        if (thread == threads - 1) return receive();
        channel.be_sender();
        long_message mine;
        mine.fill(static_cast<char>('a' + thread));
        for (int left = thread == 0 ? 1 : rounds; left > 0; --left)
            RACEKIT_CHECK(!channel.send(mine.data(), mine.size()));
        channel.close();
    }
    void receive() {
        channel.be_receiver();
        int whole = 0;
        for (;;) {
            long_message got;
            received const how = channel.receive(got.data(), got.size());
            if (how.ended()) break;
            if (how.error == pipe_error::truncated) {
                RACEKIT_CHECK(mortal != 0);
                continue;
            }
            RACEKIT_CHECK(!how.error);
            RACEKIT_CHECK(std::count(got.begin(), got.end(), got[0]) == std::ssize(got));
            ++whole;
        }
        if (mortal == 0) RACEKIT_CHECK_EQUAL(1 + (thread_count - 2) * rounds, whole);
    }

    basic_message_pipe<sizeof(long_message), steps> channel;
};

template <class steps>
void clients(trial& over) {
    over.client<long_messages<steps, 2, 1, 0>>("one sender");
    over.client<long_messages<steps, 3, 1, 0>>("two senders");
    over.client<long_messages<steps, 3, 1, 1>>("a sender dies");
    over.client<long_messages<steps, 3, 2, 1>>("a sender dies, the other goes on");
}

}  // namespace racekit::mutation
