// SPDX-License-Identifier: MIT
// The state machine of a server, driven by hand: requests in, replies out, a clock that is set.
#include <racekit/server/server_core.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <malloc.h>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace racekit;
using list = server_value::list;
using map = server_value::map;

/// A core, its clock, and what it has replied to each session.
class bench : private reply_sink {
public:
    explicit bench(core_limits limits = {}) : core(*this, limits) {}

    server_core core;
    deadline now = deadline{} + 1h;
    std::vector<std::pair<session_id, server_value>> replies;
    std::vector<session_id> closed;

    session_id client(std::uint64_t instance) { return core.connect({instance, 7}, now); }

    static std::string message(std::uint64_t sequence, operation what, std::uint64_t object,
                               list const& arguments) {
        std::string made;
        value_writer into(made);
        into.array(3 + arguments.size());
        into.integer(std::int64_t(sequence));
        into.integer(std::int64_t(what));
        into.integer(std::int64_t(object));
        for (server_value const& each : arguments) into.value(each);
        return made;
    }
    /// The reply to a request: its results, or the name of the error; nil while it waits.
    template <class... Each>
    server_value ask(session_id who, operation what, std::uint64_t object, Each const&... each) {
        return repeat(who, ++sequence, what, object, each...);
    }
    template <class... Each>
    server_value repeat(session_id who, std::uint64_t number, operation what, std::uint64_t object,
                        Each const&... each) {
        list arguments;
        (arguments.emplace_back(each), ...);
        std::size_t const before = replies.size();
        EXPECT_TRUE(core.request(who, message(number, what, object, arguments), now));
        for (std::size_t at = before; at < replies.size(); ++at) {
            if (replies[at].first == who && number_of(replies[at].second) == number)
                return outcome(replies[at].second);
        }
        return {};
    }
    /// What the call of that number got.
    server_value got(std::uint64_t number) const {
        for (auto const& [who, reply] : replies) {
            if (number_of(reply) == number) return outcome(reply);
        }
        return {};
    }
    template <class... Each>
    std::uint64_t make(session_id who, std::string type, Each const&... each) {
        server_value const made = ask(who, operation::create, 0, type, server_value(), each...);
        auto const* const results = made.as<list>();
        return results == nullptr ? 0 : results->at(0).as<object_id>()->number;
    }
    void pass(duration span) {
        now += span;
        core.advance(now);
    }

    std::uint64_t sequence = 0;

private:
    void reply(session_id to, std::string_view message) override {
        value_reader from(message, {32, 1 << 20});
        replies.emplace_back(to, from.value());
        EXPECT_FALSE(from.failed());
        EXPECT_EQ(from.left(), 0U);
    }
    void superseded(session_id who) override { closed.push_back(who); }

    static std::uint64_t number_of(server_value const& reply) {
        return static_cast<std::uint64_t>(*reply.as<list>()->at(0).as<std::int64_t>());
    }
    static server_value outcome(server_value const& reply) {
        list const& all = *reply.as<list>();
        std::int64_t const error = *all.at(1).as<std::int64_t>();
        if (error != 0) return std::string(to_text(static_cast<server_error>(error)));
        return list(all.begin() + 2, all.end());
    }
};

server_value error(server_error which) { return std::string(to_text(which)); }
template <class... Each>
server_value results(Each const&... each) {
    list all;
    (all.emplace_back(each), ...);
    return all;
}

TEST(server_core, a_value_is_read_changed_and_compared) {
    bench on;
    auto const a = on.client(1);
    auto const id = on.make(a, "value", 40);
    EXPECT_EQ(on.ask(a, operation::add, id, 2), results(40));
    EXPECT_EQ(on.ask(a, operation::get, id), results(42));
    EXPECT_EQ(on.ask(a, operation::compare_exchange, id, 41, 1), results(false, 42));
    EXPECT_EQ(on.ask(a, operation::compare_exchange, id, 42, "x"), results(true, 42));
    EXPECT_EQ(on.ask(a, operation::exchange, id, 1.5), results("x"));
    EXPECT_EQ(on.ask(a, operation::add, id, 1), results(1.5));
    EXPECT_EQ(on.ask(a, operation::get, id), results(2.5));
    EXPECT_EQ(on.ask(a, operation::set, id, std::numeric_limits<std::int64_t>::max()), results());
    EXPECT_EQ(on.ask(a, operation::add, id, 1), results(std::numeric_limits<std::int64_t>::max()));
    EXPECT_EQ(on.ask(a, operation::get, id), results(std::numeric_limits<std::int64_t>::min()));
}

TEST(server_core, wrong_arguments_change_nothing) {
    bench on;
    auto const a = on.client(1);
    auto const id = on.make(a, "value", 1);
    auto const wrong = error(server_error::wrong_argument);
    EXPECT_EQ(on.ask(a, operation::add, id, "one"), wrong);
    EXPECT_EQ(on.ask(a, operation::add, id), wrong);
    EXPECT_EQ(on.ask(a, operation::add, id, 1, 2), wrong);
    EXPECT_EQ(on.ask(a, operation::get, id, 1), wrong);
    EXPECT_EQ(on.ask(a, operation::acquire, id), error(server_error::no_such_operation));
    EXPECT_EQ(on.ask(a, operation::get, 99), error(server_error::no_such_object));
    EXPECT_EQ(on.ask(a, operation::get, id), results(1));
    EXPECT_EQ(on.ask(a, operation::create, 0, "nothing", server_value()), wrong);
    EXPECT_EQ(on.ask(a, operation::create, 0, "semaphore", server_value(), -1), wrong);
    EXPECT_EQ(on.ask(a, operation::create, 0, "array", server_value(), list{"a"}), wrong);
    EXPECT_EQ(on.ask(a, operation::create, 0, "barrier", server_value(), 0), wrong);
}

TEST(server_core, what_is_no_request_is_malformed) {
    bench on;
    auto const a = on.client(1);
    for (std::string const bytes : {"", "\x90", "\x93\x01\x01", "\xc1", "\x93\x00\x00\x00"}) {
        EXPECT_FALSE(on.core.request(a, bytes, on.now));
        EXPECT_EQ(on.got(0), error(server_error::malformed));
    }
    EXPECT_FALSE(on.core.request(77, bench::message(1, operation::ping, 0, {}), on.now));
    std::string unknown;
    value_writer into(unknown);
    into.array(3);
    for (int const each : {5, 200, 0}) into.integer(each);
    EXPECT_TRUE(on.core.request(a, unknown, on.now));
    EXPECT_EQ(on.got(5), error(server_error::no_such_operation));
}

TEST(server_core, lists_and_arrays) {
    bench on;
    auto const a = on.client(1);
    auto const id = on.make(a, "list", list{3, 1});
    EXPECT_EQ(on.ask(a, operation::append, id, 2), results());
    EXPECT_EQ(on.ask(a, operation::sort, id), results());
    EXPECT_EQ(on.ask(a, operation::snapshot, id), results(list{1, 2, 3}));
    EXPECT_EQ(on.ask(a, operation::insert, id, 1, "x"), results());
    EXPECT_EQ(on.ask(a, operation::pop, id, -1), results(3));
    EXPECT_EQ(on.ask(a, operation::index, id, "x"), results(1));
    EXPECT_EQ(on.ask(a, operation::slice, id, 1, 3), results(list{"x", 2}));
    EXPECT_EQ(on.ask(a, operation::get, id, 7), error(server_error::no_such_index));
    EXPECT_EQ(on.ask(a, operation::remove_value, id, 9), error(server_error::no_such_key));
    auto const numbers = on.make(a, "array", 4);
    EXPECT_EQ(on.ask(a, operation::assign, numbers, 1, list{5, 6.5}), results());
    EXPECT_EQ(on.ask(a, operation::add, numbers, -1, 2), results(0));
    EXPECT_EQ(on.ask(a, operation::snapshot, numbers), results(list{0, 5, 6.5, 2}));
    EXPECT_EQ(on.ask(a, operation::append, numbers, 1), error(server_error::no_such_operation));
    EXPECT_EQ(on.ask(a, operation::set, numbers, 0, "text"), error(server_error::wrong_argument));
    EXPECT_EQ(on.ask(a, operation::assign, numbers, 3, list{1, 1}),
              error(server_error::no_such_index));
}

TEST(server_core, numbers_that_do_not_compare_are_sorted_all_the_same) {
    bench on;
    auto const a = on.client(1);
    list many;
    for (int each = 0; each < 100; ++each)
        many.emplace_back(each % 3 == 0 ? std::numeric_limits<double>::quiet_NaN() : 100.0 - each);
    auto const id = on.make(a, "list", many);
    EXPECT_EQ(on.ask(a, operation::sort, id), results());
    EXPECT_EQ(on.ask(a, operation::get, id, 0), results(2.0));
}

TEST(server_core, dicts_and_namespaces) {
    bench on;
    auto const a = on.client(1);
    auto const id = on.make(a, "dict", map{{"k", 1}, {7, "seven"}});
    EXPECT_EQ(on.ask(a, operation::add, id, "k", 4), results(1));
    EXPECT_EQ(on.ask(a, operation::add, id, "new", 4), results(0));
    EXPECT_EQ(on.ask(a, operation::set_default, id, "k", 9), results(5));
    EXPECT_EQ(on.ask(a, operation::set_default, id, "list", list{}), results(list{}));
    EXPECT_EQ(on.ask(a, operation::append_to, id, "list", 1), results(1));
    EXPECT_EQ(on.ask(a, operation::append_to, id, "k", 1), error(server_error::wrong_argument));
    EXPECT_EQ(on.ask(a, operation::compare_exchange, id, "none", server_value(), 3),
              results(true, server_value()));
    EXPECT_EQ(on.ask(a, operation::pop, id, "none"), results(3));
    EXPECT_EQ(on.ask(a, operation::pop, id, "none"), error(server_error::no_such_key));
    EXPECT_EQ(on.ask(a, operation::pop, id, "none", "otherwise"), results("otherwise"));
    EXPECT_EQ(on.ask(a, operation::keys, id), results(list{7, "k", "list", "new"}));
    EXPECT_EQ(on.ask(a, operation::get, id, 1.5), error(server_error::wrong_argument));
    auto const names = on.make(a, "namespace");
    EXPECT_EQ(on.ask(a, operation::set, names, 1, 1), error(server_error::wrong_argument));
    EXPECT_EQ(on.ask(a, operation::update, names, map{{"x", 1}, {"y", 2}}), results());
    EXPECT_EQ(on.ask(a, operation::snapshot, names), results(map{{"x", 1}, {"y", 2}}));
}

TEST(server_core, a_lock_is_granted_in_order_and_to_nobody_twice) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const c = on.client(3);
    auto const id = on.make(a, "lock");
    EXPECT_EQ(on.ask(a, operation::acquire, id), results(1, false));
    EXPECT_EQ(on.ask(a, operation::acquire, id), error(server_error::would_deadlock));
    EXPECT_EQ(on.ask(b, operation::acquire, id, 0), error(server_error::timed_out));
    EXPECT_TRUE(on.ask(b, operation::acquire, id).is_nil());
    auto const of_b = on.sequence;
    EXPECT_TRUE(on.ask(c, operation::acquire, id).is_nil());
    auto const of_c = on.sequence;
    EXPECT_EQ(on.ask(b, operation::release, id), error(server_error::not_owner));
    EXPECT_EQ(on.ask(a, operation::release, id), results());
    EXPECT_EQ(on.got(of_b), results(2, false));
    EXPECT_TRUE(on.got(of_c).is_nil());
    EXPECT_EQ(on.ask(b, operation::release, id), results());
    EXPECT_EQ(on.got(of_c), results(3, false));
    EXPECT_EQ(on.ask(a, operation::holder, id), results(std::int64_t(c)));
}

TEST(server_core, what_a_dead_client_held_is_granted_on_and_its_calls_are_gone) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const c = on.client(3);
    auto const id = on.make(c, "lock");
    (void)on.ask(a, operation::acquire, id);
    (void)on.ask(b, operation::acquire, id);
    (void)on.ask(c, operation::acquire, id);
    auto const of_c = on.sequence;
    on.core.disconnect(b, on.now);
    on.core.disconnect(a, on.now);
    EXPECT_EQ(on.got(of_c), results(2, true)) << "and it hears that the holder died";
    EXPECT_EQ(on.core.waiting_calls(), 0U);
    EXPECT_FALSE(on.core.has_obligations() && on.core.clients() == 0);
}

TEST(server_core, an_rlock_counts_and_a_lease_ends) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(a, "rlock");
    EXPECT_EQ(on.ask(a, operation::acquire, id, -1, 100), results(1, false));
    EXPECT_EQ(on.ask(a, operation::acquire, id), results(1, false));
    EXPECT_EQ(on.ask(a, operation::release, id), results());
    EXPECT_TRUE(on.ask(b, operation::acquire, id).is_nil());
    auto const of_b = on.sequence;
    on.pass(99ms);
    EXPECT_EQ(on.ask(a, operation::renew, id, 100), results());
    on.pass(99ms);
    EXPECT_TRUE(on.got(of_b).is_nil());
    EXPECT_EQ(on.core.next_deadline(), on.now + 1ms);
    on.pass(1ms);
    EXPECT_EQ(on.got(of_b), results(2, true));
    EXPECT_EQ(on.ask(a, operation::release, id), error(server_error::not_owner));
}

TEST(server_core, a_guarded_request_needs_the_newest_token) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const lock = std::int64_t(on.make(a, "lock"));
    auto const value = std::int64_t(on.make(a, "value", 0));
    auto const set = std::int64_t(operation::set);
    EXPECT_EQ(on.ask(a, operation::guarded, 0, lock, 1, set, value, 5),
              error(server_error::stale_token));
    (void)on.ask(a, operation::acquire, std::uint64_t(lock));
    EXPECT_EQ(on.ask(a, operation::guarded, 0, lock, 1, set, value, 5), results());
    (void)on.ask(a, operation::release, std::uint64_t(lock));
    (void)on.ask(b, operation::acquire, std::uint64_t(lock));
    EXPECT_EQ(on.ask(a, operation::guarded, 0, lock, 1, set, value, 6),
              error(server_error::stale_token));
    EXPECT_EQ(on.ask(b, operation::guarded, 0, lock, 2, std::int64_t(operation::add), value, 1),
              results(5));
}

TEST(server_core, semaphores_give_back_the_permits_of_the_dead) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(b, "semaphore", 2);
    (void)on.ask(a, operation::acquire, id);
    (void)on.ask(a, operation::acquire, id);
    EXPECT_TRUE(on.ask(b, operation::acquire, id).is_nil());
    auto const of_b = on.sequence;
    on.core.disconnect(a, on.now);
    EXPECT_NE(on.got(of_b), server_value());
    EXPECT_EQ(on.ask(b, operation::get, id), results(1));
    EXPECT_EQ(on.ask(b, operation::release, id, 5), results()) << "a signal for another one";
    EXPECT_EQ(on.ask(b, operation::get, id), results(6));
    auto const bounded = on.make(b, "bounded_semaphore", 1);
    EXPECT_EQ(on.ask(b, operation::release, bounded), error(server_error::released_too_often));
    EXPECT_EQ(on.ask(b, operation::get, bounded), results(1));
}

TEST(server_core, what_is_remembered_of_a_client_has_a_limit) {
    bench on;
    auto const a = on.client(1);
    auto const id = on.make(a, "value");
    auto const used = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
    (void)on.ask(a, operation::set, id, std::string(900'000, 'x'));
    std::size_t const before = used();
    for (int each = 0; each < 60; ++each) {
        // Each long reply has another place among the remembered ones, and is forgotten.
        (void)on.ask(a, operation::exchange, id, std::string(900'000, 'x'));
        for (int other = 0; other < 64; ++other) (void)on.ask(a, operation::create, 0, "dance");
        on.replies.clear();
    }
    EXPECT_LT(used() - std::min(before, used()), std::size_t{8} << 20U);
}

TEST(server_core, of_many_sessions_that_ended_the_first_are_forgotten) {
    core_limits limits;
    limits.remembered_sessions = 10;
    bench on(limits);
    for (std::uint64_t each = 1; each <= 30; ++each) {
        auto const one = on.client(each);
        EXPECT_EQ(on.client(each), one) << "it comes back";
        on.core.disconnect(one, on.now);
    }
    EXPECT_EQ(on.client(30), 30U);
    EXPECT_EQ(on.client(21), 21U);
    EXPECT_EQ(on.client(20), 31U) << "a new one";
}

TEST(server_core, a_condition_frees_all_levels_and_gives_them_back) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(a, "condition");
    EXPECT_EQ(on.ask(a, operation::wait, id), error(server_error::not_owner));
    (void)on.ask(a, operation::acquire, id);
    (void)on.ask(a, operation::acquire, id);
    EXPECT_TRUE(on.ask(a, operation::wait, id, -1).is_nil());
    auto const of_a = on.sequence;
    EXPECT_EQ(on.ask(b, operation::acquire, id, 0), results(2, false));
    EXPECT_EQ(on.ask(b, operation::notify, id, 5), results(1));
    EXPECT_TRUE(on.got(of_a).is_nil()) << "b still has the lock";
    (void)on.ask(b, operation::release, id);
    EXPECT_EQ(on.got(of_a), results(true, 3, false));
    EXPECT_EQ(on.ask(a, operation::release, id), results());
    EXPECT_EQ(on.ask(b, operation::acquire, id, 0), error(server_error::timed_out));
    EXPECT_EQ(on.ask(a, operation::release, id), results());
    EXPECT_EQ(on.ask(a, operation::release, id), error(server_error::not_owner));
}

TEST(server_core, a_wait_at_a_condition_that_times_out_has_the_lock_again) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const lock = on.make(a, "lock");
    auto const id = on.make(a, "condition", object_id{lock});
    (void)on.ask(a, operation::acquire, lock);
    (void)on.ask(a, operation::wait, id, 50);
    auto const of_a = on.sequence;
    (void)on.ask(b, operation::acquire, id);
    on.pass(50ms);
    EXPECT_TRUE(on.got(of_a).is_nil());
    (void)on.ask(b, operation::release, lock);
    EXPECT_EQ(on.got(of_a), results(false, 3, false));
    EXPECT_EQ(on.ask(a, operation::release, lock), results());
}

TEST(server_core, an_event_releases_all_who_waited_even_if_it_is_cleared) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(a, "event");
    EXPECT_TRUE(on.ask(b, operation::wait, id).is_nil());
    auto const of_b = on.sequence;
    EXPECT_EQ(on.ask(a, operation::set, id), results());
    EXPECT_EQ(on.ask(a, operation::clear, id), results());
    EXPECT_EQ(on.got(of_b), results());
    EXPECT_EQ(on.ask(a, operation::is_set, id), results(false));
    EXPECT_TRUE(on.ask(b, operation::wait, id, 10).is_nil());
    auto const late = on.sequence;
    on.pass(10ms);
    EXPECT_EQ(on.got(late), error(server_error::timed_out));
}

TEST(server_core, a_barrier_numbers_its_parties_and_breaks) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(a, "barrier", 2);
    (void)on.ask(a, operation::wait, id);
    auto const of_a = on.sequence;
    EXPECT_EQ(on.ask(b, operation::wait, id), results(1));
    EXPECT_EQ(on.got(of_a), results(0));
    (void)on.ask(a, operation::wait, id, 10);
    auto const second = on.sequence;
    on.pass(10ms);
    EXPECT_EQ(on.got(second), error(server_error::timed_out));
    EXPECT_EQ(on.ask(b, operation::wait, id), error(server_error::broken_barrier));
    EXPECT_EQ(on.ask(b, operation::reset, id), results());
    (void)on.ask(b, operation::wait, id);
    auto const of_b = on.sequence;
    (void)on.ask(a, operation::abort, id);
    EXPECT_EQ(on.got(of_b), error(server_error::broken_barrier));
    (void)on.ask(b, operation::reset, id);
    auto const c = on.client(3);
    auto const three = on.make(a, "barrier", 3);
    (void)on.ask(b, operation::wait, three);
    auto const waits = on.sequence;
    (void)on.ask(c, operation::wait, three);
    on.core.disconnect(c, on.now);
    EXPECT_EQ(on.got(waits), error(server_error::broken_barrier));
}

TEST(server_core, a_queue_keeps_its_order_its_bound_and_its_tasks) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(a, "queue", 1);
    EXPECT_EQ(on.ask(a, operation::put, id, 1), results());
    EXPECT_EQ(on.ask(a, operation::put, id, 2, 0), error(server_error::timed_out));
    EXPECT_TRUE(on.ask(a, operation::put, id, 2).is_nil());
    auto const second = on.sequence;
    EXPECT_EQ(on.ask(b, operation::take, id), results(1, false));
    EXPECT_EQ(on.got(second), results());
    EXPECT_EQ(on.ask(b, operation::take, id), results(2, false));
    EXPECT_TRUE(on.ask(a, operation::join, id).is_nil());
    auto const joins = on.sequence;
    EXPECT_EQ(on.ask(b, operation::task_done, id), results());
    EXPECT_TRUE(on.got(joins).is_nil());
    EXPECT_EQ(on.ask(b, operation::task_done, id), results());
    EXPECT_EQ(on.got(joins), results());
    EXPECT_EQ(on.ask(b, operation::task_done, id), error(server_error::released_too_often));
    EXPECT_TRUE(on.ask(b, operation::take, id).is_nil());
    auto const takes = on.sequence;
    EXPECT_EQ(on.ask(a, operation::close, id), results());
    EXPECT_EQ(on.got(takes), error(server_error::queue_closed));
    EXPECT_EQ(on.ask(a, operation::put, id, 1), error(server_error::queue_closed));
}

TEST(server_core, what_the_dead_had_reserved_comes_back_in_order) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(a, "queue");
    for (int const item : {1, 2, 3}) (void)on.ask(a, operation::put, id, item);
    EXPECT_EQ(on.ask(b, operation::reserve, id), results(1, false, 1));
    EXPECT_EQ(on.ask(b, operation::reserve, id), results(2, false, 2));
    EXPECT_EQ(on.ask(a, operation::ack, id, 1), error(server_error::not_owner));
    on.core.disconnect(b, on.now);
    EXPECT_EQ(on.ask(a, operation::take, id), results(1, true));
    EXPECT_EQ(on.ask(a, operation::reserve, id), results(2, true, 3));
    EXPECT_EQ(on.ask(a, operation::nack, id, 3), results());
    EXPECT_EQ(on.ask(a, operation::reserve, id), results(2, true, 4));
    EXPECT_EQ(on.ask(a, operation::ack, id, 4), results());
    EXPECT_EQ(on.ask(a, operation::take, id), results(3, false));
}

TEST(server_core, a_request_that_is_repeated_is_done_once) {
    bench on;
    auto const a = on.client(1);
    auto const id = on.make(a, "value", 0);
    auto const first = ++on.sequence;
    EXPECT_EQ(on.repeat(a, first, operation::add, id, 1), results(0));
    EXPECT_EQ(on.repeat(a, first, operation::add, id, 1), results(0));
    on.core.disconnect(a, on.now);
    on.pass(59s);
    EXPECT_EQ(on.client(1), a) << "it comes back";
    EXPECT_EQ(on.repeat(a, first, operation::add, id, 1), results(0));
    EXPECT_EQ(on.ask(a, operation::get, id), error(server_error::no_such_object))
        << "its handle ended with the connection, and the object with it";
}

TEST(server_core, a_client_that_comes_back_is_answered_again) {
    bench on;
    ASSERT_TRUE(on.core.make(object_type::value, "n", 0));
    auto const a = on.client(1);
    auto const first = ++on.sequence;
    EXPECT_EQ(on.repeat(a, first, operation::add, 1, 1), results(0));
    EXPECT_EQ(on.client(1), a);
    EXPECT_EQ(on.closed, std::vector<session_id>{a}) << "the old connection is to be closed";
    EXPECT_EQ(on.repeat(a, first, operation::add, 1, 1), results(0));
    EXPECT_EQ(on.ask(a, operation::get, 1), results(1));
    for (int each = 0; each < 70; ++each) (void)on.ask(a, operation::add, 1, 1);
    EXPECT_EQ(on.repeat(a, first, operation::add, 1, 1), error(server_error::outcome_unknown));
    EXPECT_EQ(on.ask(a, operation::get, 1), results(71));
    on.core.disconnect(a, on.now);
    on.pass(60s);
    EXPECT_NE(on.client(1), a) << "it was forgotten";
}

TEST(server_core, a_call_that_waited_when_its_client_went_is_done_when_repeated) {
    bench on;
    ASSERT_TRUE(on.core.make(object_type::lock, "l"));
    auto const a = on.client(1);
    auto const b = on.client(2);
    (void)on.ask(a, operation::acquire, 1);
    auto const waits = ++on.sequence;
    EXPECT_TRUE(on.repeat(b, waits, operation::acquire, 1).is_nil());
    on.core.disconnect(b, on.now);
    EXPECT_EQ(on.client(2), b);
    (void)on.ask(a, operation::release, 1);
    EXPECT_EQ(on.repeat(b, waits, operation::acquire, 1), results(2, false));
}

TEST(server_core, a_grant_that_its_client_gave_up_is_taken_back) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const lock = on.make(a, "lock");
    (void)on.ask(a, operation::acquire, lock);
    auto const granted = std::int64_t(on.sequence);
    (void)on.ask(b, operation::acquire, lock);
    auto const waits = on.sequence;
    EXPECT_EQ(on.ask(a, operation::cancel, 0, granted), results(true));
    EXPECT_EQ(on.got(waits), results(2, false));
    (void)on.ask(a, operation::acquire, lock);
    auto const parked = std::int64_t(on.sequence);
    EXPECT_EQ(on.ask(a, operation::cancel, 0, parked), results(true));
    EXPECT_EQ(on.core.waiting_calls(), 0U);
    auto const queue = on.make(a, "queue");
    (void)on.ask(a, operation::put, queue, 5);
    EXPECT_EQ(on.ask(b, operation::take, queue), results(5, false));
    auto const taken = std::int64_t(on.sequence);
    EXPECT_EQ(on.ask(b, operation::cancel, 0, taken), results(true));
    EXPECT_EQ(on.ask(b, operation::take, queue), results(5, true));
    auto const permits = on.make(a, "semaphore", 1);
    (void)on.ask(b, operation::acquire, permits);
    EXPECT_EQ(on.ask(b, operation::cancel, 0, std::int64_t(on.sequence)), results(true));
    EXPECT_EQ(on.ask(b, operation::get, permits), results(1));
}

TEST(server_core, an_object_lives_while_something_refers_to_it) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const inner = on.make(a, "value", 1);
    auto const outer = on.make(a, "list", list{server_value(object_id{inner})});
    EXPECT_EQ(on.core.objects(), 2U);
    EXPECT_EQ(on.ask(b, operation::drop, 0, object_id{inner}), error(server_error::not_owner));
    (void)on.ask(a, operation::drop, 0, object_id{inner});
    EXPECT_EQ(on.ask(a, operation::get, inner), results(1)) << "the list has it";
    EXPECT_EQ(on.ask(b, operation::pop, outer), results(object_id{inner}));
    EXPECT_EQ(on.ask(b, operation::get, inner), results(1)) << "b has it";
    on.core.disconnect(b, on.now);
    EXPECT_EQ(on.ask(a, operation::get, inner), error(server_error::no_such_object));
    EXPECT_EQ(on.ask(a, operation::offer, 0, object_id{outer}, 1000), results());
    (void)on.ask(a, operation::drop, 0, object_id{outer});
    auto const c = on.client(3);
    EXPECT_EQ(on.ask(c, operation::retain, 0, object_id{outer}), results());
    on.pass(1s);
    EXPECT_EQ(on.ask(c, operation::length, outer), results(0));
    (void)on.ask(c, operation::drop, 0, object_id{outer});
    EXPECT_EQ(on.core.objects(), 0U);
}

TEST(server_core, numbers_are_not_used_again) {
    bench on;
    auto const a = on.client(1);
    auto const first = on.make(a, "value");
    (void)on.ask(a, operation::drop, 0, object_id{first});
    EXPECT_NE(on.make(a, "value"), first);
}

TEST(server_core, names_are_made_opened_and_removed) {
    bench on;
    auto const a = on.client(1);
    EXPECT_EQ(on.ask(a, operation::create, 0, "value", "n", 1), results(object_id{1}, "value"));
    EXPECT_EQ(on.ask(a, operation::create, 0, "value", "n", 1), error(server_error::name_in_use));
    EXPECT_EQ(on.ask(a, operation::open, 0, "n"), results(object_id{1}, "value"));
    EXPECT_EQ(on.ask(a, operation::names, 0), results(list{"n"}));
    EXPECT_EQ(on.ask(a, operation::remove, 0, "n"), results());
    EXPECT_EQ(on.ask(a, operation::open, 0, "n"), error(server_error::no_such_object));
    EXPECT_EQ(on.ask(a, operation::get, 1), results(1));
}

TEST(server_core, a_removed_object_answers_the_waiting_client) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const id = on.make(a, "queue");
    (void)on.ask(b, operation::take, id);
    auto const waits = on.sequence;
    (void)on.ask(a, operation::drop, 0, object_id{id});
    EXPECT_EQ(on.got(waits), error(server_error::no_such_object));
    EXPECT_EQ(on.core.waiting_calls(), 0U);
}

TEST(server_core, a_server_that_drains_answers_all_and_takes_nothing_new) {
    bench on;
    auto const a = on.client(1);
    auto const b = on.client(2);
    auto const lock = on.make(a, "lock");
    (void)on.ask(a, operation::acquire, lock);
    (void)on.ask(b, operation::acquire, lock);
    auto const waits = on.sequence;
    on.core.begin_drain();
    EXPECT_EQ(on.ask(b, operation::create, 0, "value", server_value()),
              error(server_error::draining));
    EXPECT_EQ(on.ask(a, operation::release, lock), results());
    EXPECT_EQ(on.got(waits), results(2, false));
    (void)on.ask(b, operation::holder, lock);
    on.core.end_waiting(on.now);
    EXPECT_EQ(on.core.waiting_calls(), 0U);
}

TEST(server_core, metrics_count) {
    bench on;
    auto const a = on.client(1);
    auto const id = on.make(a, "queue");
    (void)on.ask(a, operation::put, id, 1);
    server_value const seen = on.ask(a, operation::metrics, 0);
    EXPECT_EQ(seen.as<list>()->at(0).as<map>()->at(4),
              (std::pair<server_value, server_value>{"queued_items", 1}));
}

TEST(codec, every_value_comes_back) {
    list deep{1};
    for (int each = 0; each < 15; ++each) deep = list{server_value(deep)};
    for (server_value const& each :
         {server_value(), server_value(true), server_value(-33), server_value(127),
          server_value(128), server_value(-129), server_value(70000), server_value(INT64_MIN),
          server_value(INT64_MAX), server_value(1.25), server_value(std::string(40, 'x')),
          server_value(std::string(70000, 'y')), server_value(byte_string{"\0\1"}),
          server_value(list(17, 3)), server_value(map{{"a", list{}}, {2, map{}}}),
          server_value(object_id{UINT64_MAX}), server_value(deep)}) {
        std::string bytes;
        value_writer(bytes).value(each);
        value_reader from(bytes);
        EXPECT_EQ(from.value(), each) << each.text();
        EXPECT_EQ(from.left(), 0U);
        for (std::size_t cut = 0; cut < std::min<std::size_t>(bytes.size(), 100); ++cut) {
            value_reader part(std::string_view(bytes).substr(0, cut));
            (void)part.value();
            EXPECT_TRUE(part.failed()) << each.text() << " cut at " << cut;
        }
    }
}

TEST(codec, refuses_depth_lies_and_unknown_types) {
    auto const why = [](std::string const& bytes, codec_limits limits = {}) {
        value_reader from(bytes, limits);
        (void)from.value();
        return from.error();
    };
    EXPECT_EQ(why(std::string(17, '\x91') + "\x01"), server_error::too_many);
    EXPECT_EQ(why(std::string("\xdd\xff\xff\xff\xff", 5)), server_error::malformed);
    EXPECT_EQ(why(std::string("\xdf\x7f\xff\xff\xff", 5)), server_error::malformed);
    EXPECT_EQ(why(std::string("\xdb\xff\xff\xff\xff", 5)), server_error::malformed);
    EXPECT_EQ(why(std::string("\xc1", 1)), server_error::malformed);
    EXPECT_EQ(why(std::string("\xd4\x05\x01", 3)), server_error::malformed);
    EXPECT_EQ(why(std::string("\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9)), server_error::malformed);
    EXPECT_EQ(why(std::string("\x81\xc0\x01", 3)), server_error::malformed);
    EXPECT_EQ(why("\x92\x92\x01\x01\x92\x01\x01", {16, 5}), server_error::too_many);
}

}  // namespace
