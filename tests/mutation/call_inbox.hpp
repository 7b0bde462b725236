// SPDX-License-Identifier: MIT
// Clients of call_inbox that need each of its marked steps.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/task/call_inbox.hpp>

#include <cstddef>
#include <vector>

namespace racekit::mutation {

/// Thread 1 hands over a call, which thread 0 makes as `limit` lets it wait.
template <class orders>
struct hands_over : client_of_size<2> {
    void post() {
        letter.write(42);
        inbox.post([this] {
            RACEKIT_CHECK_EQUAL(42, letter.read());
            made = true;
        });
    }
    void make_it(deadline limit) {
        std::vector<callback> calls;
        while (!made) {
            inbox.take(calls, limit);
            for (callback& each : calls) each();
            calls.clear();
        }
    }

    basic_call_inbox<orders> inbox;
    plain<int> letter{0};
    bool made = false;  // of thread 0
};

template <class orders>
struct sleeping_loop : hands_over<orders> {
    void act(int thread) {
        if (thread == 1) this->post();
        else this->make_it(never);
    }
};

template <class orders>
struct busy_loop : hands_over<orders> {
    void act(int thread) {
        if (thread == 1) this->post();
        else this->make_it(deadline::min());
    }
};

/// Every call is left over or refused.
template <class orders>
struct closing_loop : client_of_size<3> {
    void act(int thread) {
        if (thread == 0) {
            left = inbox.close().size();
            return;
        }
        try {
            inbox.post([] {});
        } catch (loop_closed const&) {
            refused[thread] = true;
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(2U, left + refused[1] + refused[2]); }

    basic_call_inbox<orders> inbox;
    std::size_t left = 0;
    bool refused[3] = {};
};

template <class orders>
void clients(trial& over) {
    over.client<sleeping_loop<orders>>("a loop sleeps");
    over.client<busy_loop<orders>>("a loop is busy");
    over.client<closing_loop<orders>>("a loop is closed");
}

}  // namespace racekit::mutation
