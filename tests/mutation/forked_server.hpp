// SPDX-License-Identifier: MIT
// Clients of forked_server that need every one of its steps.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/server/forked_server.hpp>

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
    static forked_options options() {
        forked_options made;
        made.client.default_timeout = duration::max();
        return made;
    }
    additions() { (void)server.make(object_type::value, "n", 0); }
    void act(int thread) {
        if (thread == 0) {
            server.serve();
            if (mortal == 0) RACEKIT_CHECK(server.core().look({1}) == server_value(threads - 1));
            return;
        }
        auto client = server.connect(static_cast<std::size_t>(thread) - 1);
        auto const result = value_proxy(client, {1}).add(1);
        RACEKIT_CHECK(mortal != 0 || result);
    }

    forked_server<thread_count - 1, server_steps, steps> server{options()};
};

/// Client 1 may die while it holds the lock that client 2 waits for.
template <class steps>
struct held_by_the_dead {
    static constexpr int threads = 3;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = 2;
        return result;
    }
    static forked_options options() {
        forked_options made;
        made.client.default_timeout = duration::max();
        return made;
    }
    held_by_the_dead() { (void)server.make(object_type::lock, "l"); }
    void act(int thread) {
        if (thread == 0) return server.serve();
        auto client = server.connect(static_cast<std::size_t>(thread) - 1);
        (void)lock_proxy(client, {1}).acquire();
    }

    forked_server<2, server_steps, steps> server{options()};
};

template <class steps>
void clients(trial& over) {
    over.client<additions<steps, 2, 0>>("an addition");
    over.client<additions<steps, 2, 1>>("the server dies");
    over.client<additions<steps, 2, 2>>("the client dies");
    over.client<held_by_the_dead<steps>>("a lock of the dead");
}

}  // namespace racekit::mutation
