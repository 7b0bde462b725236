// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"

#include <racekit/platform.hpp>
#include <racekit/server/forked_server.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace racekit;

/// A forked_server whose client 0 this process is.
struct service {
    shared_object<forked_server<4>> server;
    bool const has_number = server->make(object_type::value, "n", 0);
    bool const has_lock = server->make(object_type::lock, "l");
    process serving{[this] { server->serve(); }};
    ~service() { client.close(); }
    server_client client{server->connect(0)};
    value_proxy number{client, {1}};
    lock_proxy lock{client, {2}};
};

std::int64_t whole(answer<server_value> const& got) {
    auto const* const number = got.value.as<std::int64_t>();
    return got && number != nullptr ? *number : -1;
}

TEST(forked_server, keeps_a_number) {
    service one;
    EXPECT_EQ(one.number.add(40).value, 0);
    EXPECT_EQ(one.number.add(2).value, 40);
    EXPECT_EQ(whole(one.number.get()), 42);
    EXPECT_EQ(value_proxy(one.client, {9}).get().error, server_error::no_such_object);
}

TEST(forked_server, loses_no_addition_of_many_clients_and_ends_with_the_last) {
    shared_object<forked_server<4>> server;
    ASSERT_TRUE(server->make(object_type::value, "n", 0));
    process serving([&] {
        server->serve();
        auto const last = server->core().look({1});
        return last == server_value(2000) ? 0 : 1;
    });
    std::vector<process> clients;
    for (std::size_t self = 0; self < 4; ++self) {
        clients.emplace_back([&, self] {
            auto client = server->connect(self);
            value_proxy number(client, {1});
            for (int round = 0; round < 500; ++round) {
                if (number.add(1).error) return 1;
            }
            return 0;
        });
    }
    server->leave();
    for (process& each : clients) EXPECT_TRUE(each.join().clean());
    exit_status how;
    ASSERT_TRUE(serving.join_until(after(30s), how)) << "still serving without clients";
    EXPECT_TRUE(how.clean());
}

TEST(forked_server, grants_on_what_a_killed_client_held) {
    shared_object<forked_server<2>> server;
    ASSERT_TRUE(server->make(object_type::value, "n", 0));
    ASSERT_TRUE(server->make(object_type::lock, "l"));
    process serving([&] { server->serve(); });
    process victim([&] {
        auto client = server->connect(1);
        (void)lock_proxy(client, {2}).acquire();
        (void)value_proxy(client, {1}).set(1);
        for (;;) ::pause();
    });
    auto client = server->connect(0);
    while (whole(value_proxy(client, {1}).get()) != 1) ::usleep(1000);
    lock_proxy lock(client, {2});
    EXPECT_EQ(lock.try_acquire().error, std::errc::timed_out);
    victim.kill();
    answer<lease> const granted = lock.acquire(after(30s));
    EXPECT_FALSE(granted.error);
    EXPECT_TRUE(granted.value.owner_died);
    EXPECT_EQ(granted.value.token, 2U);
    (void)victim.join();
    client.close();
}

TEST(forked_server, reports_its_loss) {
    service one;
    EXPECT_FALSE(one.number.add(1).error);
    one.serving.kill();
    (void)one.serving.join();
    EXPECT_EQ(one.number.get().error, server_error::server_lost);
    EXPECT_EQ(one.number.add(1).error, server_error::server_lost);
}

TEST(forked_server, a_call_gives_up_at_its_deadline_and_takes_no_late_reply_for_the_next) {
    service one;
    (void)one.number.set(7);
    ::kill(one.serving.id().number, SIGSTOP);
    auto const limit = after(30ms);
    auto const late = one.client.call(operation::add, {1}, limit, 1);
    EXPECT_EQ(late.error, std::errc::timed_out);
    EXPECT_GE(racekit::clock::now(), limit);
    ::kill(one.serving.id().number, SIGCONT);
    auto const again = one.client.again(operation::add, after(30s));
    EXPECT_FALSE(again.error);
    EXPECT_EQ(whole(one.number.get()), 8) << "done once";
}

TEST(forked_server, a_request_that_is_too_long_is_refused) {
    service one;
    EXPECT_EQ(one.number.set(std::string(5000, 'x')), server_error::too_long);
    EXPECT_EQ(whole(one.number.get()), 0);
    auto list = create<list_proxy>(one.client, "");
    ASSERT_FALSE(list.error);
    for (int each = 0; each < 40; ++each) EXPECT_FALSE(list.value.append(std::string(4000, 'x')));
    EXPECT_EQ(list.value.snapshot().value.as<server_value::list>()->size(), 40U)
        << "replies may be longer";
}

TEST(forked_server, a_child_that_uses_the_client_of_its_parent_is_refused) {
    service one;
    process child([&] { return one.number.get().error == server_error::forked ? 0 : 1; });
    EXPECT_TRUE(child.join().clean());
    EXPECT_EQ(whole(one.number.get()), 0);
}

TEST(forked_server, leaves_no_descriptor_behind) {
    auto const before = test::open_descriptors();
    {
        service one;
        one.client.close();
        (void)one.serving.join();
    }
    EXPECT_EQ(test::open_descriptors(), before);
    EXPECT_FALSE(test::has_children());
}

}  // namespace
