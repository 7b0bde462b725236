// SPDX-License-Identifier: MIT
// Clients of proxy that need every one of its steps.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/server/proxy.hpp>

#include <chrono>

namespace racekit::mutation {

/// The first call times out, the second waits: it must not receive the late reply to the first.
template <class steps>
struct late_reply {
    static constexpr int threads = 2;
    void act(int thread) { thread == 0 ? serve() : ask(); }

    void serve() {
        line.first.close();
        bell.writer.close();
        char rung = 0;
        while (bell.reader.read_some(&rung, 1).bytes == 1) {
            server_protocol::request request;
            if (read_exactly(line.second, &request, sizeof request).bytes < sizeof request) break;
            server_protocol::reply const reply{request.sequence, 0, 10 * request.operand};
            if (write_all(line.second, &reply, sizeof reply).error) break;
        }
        line.second.close();
        bell.reader.close();
    }
    void ask() {
        line.second.close();
        bell.reader.close();
        basic_proxy<steps> mine(line.first, bell.writer, 0);
        answer const hasty = mine.set(0, 1, racekit::after(std::chrono::milliseconds(1)));
        if (hasty) RACEKIT_CHECK_EQUAL(10, hasty.value);
        answer const patient = mine.set(0, 2, never);
        if (patient) RACEKIT_CHECK_EQUAL(20, patient.value);
    }

    socket_pair line;  // first: the client's end
    byte_pipe bell;
};

template <class steps>
void clients(trial& over) {
    over.client<late_reply<steps>>("a late reply");
}

}  // namespace racekit::mutation
