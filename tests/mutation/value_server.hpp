// SPDX-License-Identifier: MIT
// Clients of value_server that need every one of its steps.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/server/value_server.hpp>

namespace racekit::mutation {

/// Thread 0 serves until the last client has ended, or it dies itself; each client adds once.
template <class steps, int thread_count, model::thread_set mortal>
struct additions {
    static constexpr int threads = thread_count;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = mortal;
        return result;
    }
    void act(int thread) {
        if (thread == 0) return server.serve();
        proxy mine = server.connect(static_cast<std::size_t>(thread) - 1);
        answer const result = mine.add(0, 1, never);
        RACEKIT_CHECK(mortal != 0 || result);
    }
    void after() {
        if (mortal == 0) RACEKIT_CHECK_EQUAL(std::int64_t(thread_count - 1), server.value(0));
    }

    basic_value_server<thread_count - 1, 1, steps> server;
};

template <class steps>
void clients(trial& over) {
    over.client<additions<steps, 2, 0>>("an addition");
    over.client<additions<steps, 2, 1>>("the server dies");
    over.client<additions<steps, 2, 2>>("the client dies");
    over.large_client<additions<steps, 3, 0>>("two additions");
}

}  // namespace racekit::mutation
