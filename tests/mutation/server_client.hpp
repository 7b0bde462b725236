// SPDX-License-Identifier: MIT
// Clients of server_client that need every one of its steps: one thread, over a transport that does
// what the test wants.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/mutex.hpp>
#include <racekit/server/server_client.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace racekit::mutation {

/// Replies come when the test gives them; every request is written down.
struct scripted final : server_transport {
    struct script {
        std::deque<std::string> replies;
        std::deque<std::string> requests;
        bool breaks = false;  // instead of timing out, once
        mutex gate;           // a step that the model sees: it doubts a body without any
    };
    explicit scripted(script& of) : now(of) {}
    std::error_code send(std::string_view message, bool, deadline) override {
        std::lock_guard const hold(now.gate);
        now.requests.emplace_back(message);
        return {};
    }
    std::error_code receive(std::string& into, deadline) override {
        std::lock_guard const hold(now.gate);
        if (now.replies.empty() && std::exchange(now.breaks, false)) {
            now.replies.push_back(reply(1, 9));
            return server_error::server_lost;
        }
        if (now.replies.empty()) return std::make_error_code(std::errc::timed_out);
        into = now.replies.front();
        now.replies.pop_front();
        return {};
    }
    again reconnect(deadline) override { return again::same_server; }
    void close() override {}

    static std::string reply(std::int64_t number, std::int64_t result) {
        std::string made;
        value_writer into(made);
        into.array(3);
        for (std::int64_t const each : {number, std::int64_t(0), result}) into.integer(each);
        return made;
    }

    script& now;
};

template <class steps>
struct scripted_client {
    static constexpr int threads = 1;
    scripted::script script;
    basic_server_client<steps> client{std::make_unique<scripted>(script)};
};

/// The reply to the first call comes during the second one.
template <class steps>
struct late_reply : scripted_client<steps> {
    void act(int) {
        (void)this->client.call(operation::get, {1}, never);
        this->script.replies = {scripted::reply(1, 5), scripted::reply(2, 6)};
        std::int64_t got = 0;
        server_reply reply = this->client.call(operation::get, {1}, never);
        RACEKIT_CHECK(reply && reply.results.integer(got));
        RACEKIT_CHECK_EQUAL(6, got);
    }
};

/// The connection breaks: the same request goes again.
template <class steps>
struct broken_connection : scripted_client<steps> {
    void act(int) {
        this->script.breaks = true;
        server_reply const reply = this->client.call(operation::add, {1}, never, 1);
        RACEKIT_CHECK(reply);
        RACEKIT_CHECK(this->script.requests.at(0) == this->script.requests.at(1));
    }
};

/// The deadline of an acquire() passes: the server hears of it.
template <class steps>
struct given_up : scripted_client<steps> {
    void act(int) {
        server_reply const reply = this->client.wait(operation::acquire, {1}, deadline::min());
        RACEKIT_CHECK(!reply);
        RACEKIT_CHECK_EQUAL(2U, this->script.requests.size());
    }
};

template <class steps>
void clients(trial& over) {
    over.client<late_reply<steps>>("a late reply");
    over.client<broken_connection<steps>>("a broken connection");
    over.client<given_up<steps>>("a call that is given up");
}

}  // namespace racekit::mutation
