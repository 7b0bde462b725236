// SPDX-License-Identifier: MIT
// The objects of a server process, in the model: threads ask one core, each request in one step,
// wait for their replies, and see what one object in one thread would have given them.
#include <racekit/linearizable.hpp>
#include <racekit/platform.hpp>
#include <racekit/platform/model/monitor.hpp>
#include <racekit/server/server_core.hpp>

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>

namespace {

using namespace racekit;

/// A server in one process: each thread is a client, and waits for the reply to each request.
template <object_type type>
struct service : private reply_sink {
    server_core core{*this};
    std::map<session_id, std::int64_t> replies;
    std::map<std::size_t, std::pair<session_id, std::int64_t>> clients;  // and their last request
    deadline const now = deadline{} + std::chrono::hours(1);
    [[nodiscard]] std::string shown() const { return std::to_string(replies.size()) + " replies"; }

    virtual ~service() = default;
    explicit service(server_value const& argument = {}) { (void)core.make(type, "o", argument); }

    /// The first result as a number, 0 for none, and below 0 for an error.
    template <class... Arguments>
    std::int64_t ask(operation what, Arguments const&... arguments) {
        session_id me = 0;
        inside.step(
            "request",
            [&] {
                auto& [session, number] = clients[thread_number()];
                if (session == 0) session = core.connect({thread_number() + 1, 0}, now);
                me = session;
                std::string request;
                value_writer into(request);
                into.array(3 + sizeof...(arguments));
                for (std::int64_t const each : {++number, std::int64_t(what), std::int64_t(1)})
                    into.integer(each);
                (into.value(server_value(arguments)), ...);
                replies.erase(me);
                (void)core.request(me, request, now);
            },
            site::here());
        std::int64_t result = 0;
        (void)inside.step_when(
            "reply", [&] { return replies.count(me) > 0; }, [&] { result = replies[me]; },
            model::never, site::here());
        return result;
    }

private:
    void reply(session_id to, std::string_view message) override {
        server_value const whole = value_reader(message).value();
        auto const& all = *whole.as<server_value::list>();
        std::int64_t const error = *all.at(1).as<std::int64_t>();
        std::int64_t result = -error;
        if (error == 0 && all.size() > 2) {
            if (auto const* number = all[2].as<std::int64_t>()) result = *number;
            if (auto const* flag = all[2].as<bool>()) result = *flag ? 1 : 0;
        }
        replies[to] = result;
    }

protected:
    model::monitor inside{"server", *this, site::here()};  // last: it goes first
};

void expect_clean(linear_verdict const& seen) {
    std::cout << seen.text;
    EXPECT_TRUE(seen.linearizable && seen.exhausted) << seen.text;
}

struct value_specification {
    std::int64_t kept = 0;
    std::int64_t add(int amount) {
        kept += amount;
        return kept - amount;
    }
    std::int64_t exchange_if(int expected, int desired) {
        if (kept != expected) return 0;
        kept = desired;
        return 1;
    }
    bool operator==(value_specification const&) const = default;
};
struct served_value : service<object_type::value> {
    served_value() : service(0) {}
    std::int64_t add(int amount) { return ask(operation::add, amount); }
    std::int64_t exchange_if(int expected, int desired) {
        return ask(operation::compare_exchange, expected, desired);
    }
};
/// Two calls where there should be one.
struct get_and_set : served_value {
    std::int64_t add(int amount) {
        std::int64_t const before = ask(operation::get);
        (void)ask(operation::set, before + amount);
        return before;
    }
};
template <class Object>
linear_verdict check_value(linear_client const& client) {
    linearizable<Object, value_specification> check("a server's value");
    check.operation("add(1)", [](auto& on) { return on.add(1); });
    check.operation("exchange_if(1, 5)", [](auto& on) { return on.exchange_if(1, 5); });
    return check(client);
}

TEST(linearizable_server, value) {
    expect_clean(check_value<served_value>({.threads = 2, .sequences = 2}));
    expect_clean(check_value<served_value>({.threads = 3, .sequences = 1, .calls = 3}));
    expect_clean(check_value<served_value>({.threads = 2, .sequences = 1, .mortal = 1}));
}
TEST(linearizable_server, get_and_then_set_is_rejected) {
    linear_verdict const seen = check_value<get_and_set>({.threads = 2, .sequences = 1});
    EXPECT_FALSE(seen.linearizable) << seen.text;
}

/// list, array, dict and namespace: the same operations, each on its own object.
struct places_specification {
    std::map<int, std::int64_t> kept;
    std::int64_t add(int key) { return kept[key]++; }
    std::int64_t both() { return 10 * kept[0] + kept[1]; }
    bool operator==(places_specification const&) const = default;
};
template <object_type type>
struct served_places : service<type> {
    static constexpr bool is_dict = type == object_type::dict || type == object_type::name_space;
    static server_value first() {
        if (is_dict) return server_value::map{{"0", 0}, {"1", 0}};
        return server_value::list{0, 0};
    }
    served_places() : service<type>(first()) {}
    std::int64_t add(int key) {
        if (is_dict) return this->ask(operation::add, std::to_string(key), 1);
        return this->ask(operation::add, key, 1);
    }
    /// A snapshot is of one time.
    std::int64_t both() {
        server_value all;
        this->inside.step(
            "snapshot", [&] { all = this->core.look({1}, operation::snapshot); }, site::here());
        auto const digit = [](server_value const& of) { return *of.as<std::int64_t>(); };
        if (is_dict) {
            auto const& pairs = *all.as<server_value::map>();
            return 10 * digit(pairs[0].second) + digit(pairs[1].second);
        }
        auto const& elements = *all.as<server_value::list>();
        return 10 * digit(elements[0]) + digit(elements[1]);
    }
};
template <object_type type>
void check_places() {
    linearizable<served_places<type>, places_specification> check("a server's places");
    check.operation("add(0)", [](auto& on) { return on.add(0); });
    check.operation("add(1)", [](auto& on) { return on.add(1); });
    check.operation("both()", [](auto& on) { return on.both(); });
    expect_clean(check({.threads = 2, .sequences = 2}));
    expect_clean(check({.threads = 2, .sequences = 1, .mortal = 1}));
}
TEST(linearizable_server, list) { check_places<object_type::list>(); }
TEST(linearizable_server, array) { check_places<object_type::array>(); }
TEST(linearizable_server, dict) { check_places<object_type::dict>(); }
TEST(linearizable_server, name_space) { check_places<object_type::name_space>(); }

struct permits_specification {
    int permits = 1;
    std::int64_t acquire() {
        wait_unless(permits > 0);
        --permits;
        return 1;
    }
    std::int64_t release() {
        ++permits;
        return 0;
    }
    bool operator==(permits_specification const&) const = default;
};
template <object_type type>
struct served_permits : service<type> {
    served_permits() : service<type>(is_lock() ? server_value() : server_value(1)) {}
    static constexpr bool is_lock() {
        return type == object_type::lock || type == object_type::rlock ||
               type == object_type::condition;
    }
    std::int64_t acquire() { return this->ask(operation::acquire, -1) > 0 ? 1 : -1; }
    std::int64_t release() { return this->ask(operation::release); }
};
/// acquire() and then release(), in each thread.
template <object_type type>
void check_holders() {
    linearizable<served_permits<type>, permits_specification> check("a server's " +
                                                                    std::string(to_text(type)));
    unsigned const acquire = check.step("acquire()", [](auto& on) { return on.acquire(); });
    unsigned const release = check.step("release()", [](auto& on) { return on.release(); });
    check.sequence({acquire, release});
    expect_clean(check({.threads = 2, .sequences = 2}));
}
TEST(linearizable_server, lock) { check_holders<object_type::lock>(); }
TEST(linearizable_server, rlock) { check_holders<object_type::rlock>(); }
TEST(linearizable_server, condition) { check_holders<object_type::condition>(); }
TEST(linearizable_server, bounded_semaphore) { check_holders<object_type::bounded_semaphore>(); }
TEST(linearizable_server, semaphore) {
    linearizable<served_permits<object_type::semaphore>, permits_specification> check(
        "a server's semaphore");
    check.operation("acquire()", [](auto& on) { return on.acquire(); });
    check.operation("release()", [](auto& on) { return on.release(); });
    expect_clean(check({.threads = 2, .sequences = 2}));
}

struct event_specification {
    bool is_set = false;
    std::int64_t set() {
        is_set = true;
        return 0;
    }
    std::int64_t wait() {
        wait_unless(is_set);
        return 0;
    }
    std::int64_t now() { return is_set ? 1 : 0; }
    bool operator==(event_specification const&) const = default;
};
struct served_event : service<object_type::event> {
    std::int64_t set() { return ask(operation::set); }
    std::int64_t wait() { return ask(operation::wait); }
    std::int64_t now() { return ask(operation::is_set); }
};
TEST(linearizable_server, event) {
    linearizable<served_event, event_specification> check("a server's event");
    check.operation("set()", [](auto& on) { return on.set(); });
    check.operation("wait()", [](auto& on) { return on.wait(); });
    check.operation("is_set()", [](auto& on) { return on.now(); });
    expect_clean(check({.threads = 2, .sequences = 2}));
}

struct queue_specification {
    std::map<int, int> kept;  // by the order in which they came
    int next = 0;
    std::int64_t put(int item) {
        wait_unless(kept.empty());
        kept[next++] = item;
        return 0;
    }
    std::int64_t take() {
        wait_unless(!kept.empty());
        int const first = kept.begin()->second;
        kept.erase(kept.begin());
        return first;
    }
    bool operator==(queue_specification const&) const = default;
};
struct served_queue : service<object_type::queue> {
    served_queue() : service(1) {}
    std::int64_t put(int item) { return ask(operation::put, item); }
    std::int64_t take() { return ask(operation::take); }
};
TEST(linearizable_server, queue) {
    linearizable<served_queue, queue_specification> check("a server's queue of one");
    check.operation("put(7)", [](auto& on) { return on.put(7); });
    check.operation("put(8)", [](auto& on) { return on.put(8); });
    check.operation("take()", [](auto& on) { return on.take(); });
    expect_clean(check({.threads = 2, .sequences = 2}));
}

}  // namespace
