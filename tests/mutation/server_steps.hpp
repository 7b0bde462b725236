// SPDX-License-Identifier: MIT
// Clients of server_core that need every one of its steps: one thread that is the whole world of a
// server.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/mutex.hpp>
#include <racekit/server/server_core.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace racekit::mutation {

/// A core, and the last reply to each request by its number.
template <class steps>
class served : private reply_sink {
public:
    template <class... Arguments>
    server_value ask(session_id who, std::uint64_t number, operation what, std::uint64_t object,
                     Arguments const&... arguments) {
        std::string message;
        value_writer into(message);
        into.array(3 + sizeof...(arguments));
        into.integer(std::int64_t(number));
        into.integer(std::int64_t(what));
        into.integer(std::int64_t(object));
        (into.value(server_value(arguments)), ...);
        std::lock_guard const hold(gate);
        (void)core.request(who, message, now);
        return replies[number];
    }
    /// Whether that call was answered without an error.
    bool succeeded(std::uint64_t number) {
        auto const* const reply = replies[number].template as<server_value::list>();
        return reply != nullptr && reply->at(1) == server_value(0);
    }
    bool answered(std::uint64_t number) { return !replies[number].is_nil(); }

    basic_server_core<steps> core{*this};
    deadline now = deadline{} + std::chrono::hours(1);
    session_id const one = core.connect({1, 1}, now);
    session_id const other = core.connect({2, 2}, now);
    std::map<std::uint64_t, server_value> replies;
    mutex gate;  // a step that the model sees: it doubts a body without any

private:
    void reply(session_id, std::string_view message) override {
        server_value const whole = value_reader(message).value();
        auto const number = whole.as<server_value::list>()->at(0);
        replies[static_cast<std::uint64_t>(*number.template as<std::int64_t>())] = whole;
    }
};

template <class steps>
struct of_one_thread {
    static constexpr int threads = 1;
    served<steps> on;
};

template <class steps>
struct deaths : of_one_thread<steps> {
    void act(int) {
        served<steps>& on = this->on;
        for (auto const type : {object_type::lock, object_type::barrier, object_type::queue})
            (void)on.core.make(type, std::string(to_text(type)),
                               type == object_type::barrier ? server_value(3) : server_value());
        session_id const third = on.core.connect({3, 3}, on.now);
        (void)on.ask(on.one, 1, operation::acquire, 1);
        (void)on.ask(third, 2, operation::acquire, 1);
        (void)on.ask(on.other, 3, operation::acquire, 1);
        (void)on.ask(on.one, 4, operation::wait, 2);
        (void)on.ask(on.other, 5, operation::wait, 2);
        (void)on.ask(on.other, 6, operation::put, 3, 7);
        (void)on.ask(on.one, 7, operation::reserve, 3);
        on.core.disconnect(third, on.now);
        on.core.disconnect(on.one, on.now);
        RACEKIT_CHECK(on.succeeded(3));  // the lock came to the only one that lives
        RACEKIT_CHECK(on.answered(5));   // and the barrier is broken
        (void)on.ask(on.other, 8, operation::take, 3, 0);
        RACEKIT_CHECK(on.succeeded(8));  // and the item is back
    }
};

template <class steps>
struct withdrawn : of_one_thread<steps> {
    void act(int) {
        served<steps>& on = this->on;
        (void)on.core.make(object_type::lock, "l");
        (void)on.ask(on.one, 1, operation::acquire, 1);
        (void)on.ask(on.other, 2, operation::acquire, 1);
        (void)on.ask(on.one, 3, operation::cancel, 0, 1);
        RACEKIT_CHECK(on.succeeded(2));
    }
};

template <class steps>
struct repeated : of_one_thread<steps> {
    void act(int) {
        served<steps>& on = this->on;
        (void)on.core.make(object_type::value, "n", 0);
        (void)on.ask(on.one, 1, operation::add, 1, 1);
        (void)on.ask(on.one, 1, operation::add, 1, 1);
        RACEKIT_CHECK(on.core.look({1}) == server_value(1));
    }
};

template <class steps>
struct handles : of_one_thread<steps> {
    void act(int) {
        served<steps>& on = this->on;
        (void)on.core.make(object_type::value, "", 5);
        (void)on.core.make(object_type::list, "l", server_value::list{server_value(object_id{1})});
        (void)on.ask(on.one, 1, operation::pop, 2);
        (void)on.ask(on.one, 2, operation::get, 1);
        RACEKIT_CHECK(on.succeeded(2));  // the reply carried the handle
        (void)on.ask(on.one, 3, operation::drop, 0, 1);
        (void)on.ask(on.one, 4, operation::create, 0, "value", server_value());
        (void)on.ask(on.other, 5, operation::get, 1);
        RACEKIT_CHECK(!on.succeeded(5));  // of another object
    }
};

template <class steps>
struct guarded_writes : of_one_thread<steps> {
    void act(int) {
        served<steps>& on = this->on;
        (void)on.core.make(object_type::lock, "l");
        (void)on.core.make(object_type::value, "n", 0);
        (void)on.ask(on.one, 1, operation::guarded, 0, 1, 9, std::int64_t(operation::set), 2, 1);
        RACEKIT_CHECK(!on.succeeded(1));
    }
};

template <class steps>
struct drained : of_one_thread<steps> {
    void act(int) {
        served<steps>& on = this->on;
        (void)on.core.make(object_type::event, "e");
        (void)on.ask(on.one, 1, operation::wait, 1);
        on.core.begin_drain();
        on.core.end_waiting(on.now);
        RACEKIT_CHECK(on.answered(1));
    }
};

template <class steps>
void clients(trial& over) {
    over.client<deaths<steps>>("clients die");
    over.client<withdrawn<steps>>("a grant is withdrawn");
    over.client<repeated<steps>>("a request is repeated");
    over.client<handles<steps>>("handles");
    over.client<guarded_writes<steps>>("a guarded request");
    over.client<drained<steps>>("a drain");
}

}  // namespace racekit::mutation
