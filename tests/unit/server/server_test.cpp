// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"
#include "../support/kernel_state.hpp"

#include <racekit/platform.hpp>
#include <racekit/server/value_server.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <limits>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::answer;
using racekit::process;
using racekit::proxy;
using racekit::server_error;
using racekit::value_server;

/// A served value_server whose client 0 this process is.
struct service {
    racekit::shared_object<value_server> server;
    process serving{[this] { server->serve(); }};
    proxy client{server->connect(0)};
};

TEST(value_server, keeps_numbers) {
    service one;
    EXPECT_EQ(one.client.get(3).value, 0);
    EXPECT_EQ(one.client.set(3, 40).value, 0);
    EXPECT_EQ(one.client.add(3, 2).value, 40);
    EXPECT_EQ(one.client.get(3).value, 42);
    EXPECT_EQ(one.client.get(4).value, 0);
}

TEST(value_server, compares_and_exchanges) {
    service one;
    one.client.set(0, 5);
    EXPECT_EQ(one.client.compare_exchange(0, 4, 9).value, 5);
    EXPECT_EQ(one.client.get(0).value, 5);
    EXPECT_EQ(one.client.compare_exchange(0, 5, 9).value, 5);
    EXPECT_EQ(one.client.get(0).value, 9);
}

TEST(value_server, addition_wraps) {
    service one;
    one.client.set(0, std::numeric_limits<std::int64_t>::max());
    one.client.add(0, 1);
    EXPECT_EQ(one.client.get(0).value, std::numeric_limits<std::int64_t>::min());
}

TEST(value_server, refuses_a_cell_that_is_not_there) {
    service one;
    answer const refused = one.client.get(64);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error, server_error::no_such_cell);
    EXPECT_EQ(refused.error.message(), "the server has no such cell");
    EXPECT_TRUE(one.client.get(63)) << "and goes on serving";
}

TEST(value_server, loses_no_addition_of_many_clients_and_ends_with_the_last) {
    racekit::shared_object<value_server> server;
    process serving([&] { server->serve(); });
    std::vector<process> clients;
    for (std::size_t self = 0; self < 4; ++self) {
        clients.emplace_back([&, self] {
            proxy numbers = server->connect(self);
            for (int round = 0; round < 500; ++round) {
                if (!numbers.add(0, 1)) return 1;
            }
            return 0;
        });
    }
    server->leave();
    for (process& each : clients) EXPECT_TRUE(each.join().clean());
    racekit::exit_status how;
    ASSERT_TRUE(serving.join_until(racekit::after(30s), how)) << "still serving without clients";
    EXPECT_TRUE(how.clean());
    EXPECT_EQ(server->value(0), 2000);
}

TEST(proxy, tells_a_lost_server) {
    service one;
    EXPECT_TRUE(one.client.add(0, 1));
    one.serving.kill();
    (void)one.serving.join();
    EXPECT_EQ(one.client.get(0, racekit::never).error, server_error::server_lost);
    EXPECT_EQ(one.client.get(0, racekit::never).error, server_error::server_lost);
}

TEST(proxy, tells_a_server_that_dies_while_it_waits) {
    service one;
    ::kill(one.serving.id().number, SIGSTOP);
    test::watched_thread caller(
        [&] { EXPECT_EQ(one.client.get(0, racekit::never).error, server_error::server_lost); });
    caller.await_sleep();
    ::kill(one.serving.id().number, SIGKILL);
    caller.join();
}

TEST(proxy, gives_up_at_its_deadline_and_takes_no_late_answer_for_the_next) {
    service one;
    one.client.set(0, 7);
    one.client.set(1, 8);
    ::kill(one.serving.id().number, SIGSTOP);
    auto const limit = racekit::after(30ms);
    EXPECT_EQ(one.client.get(0, limit).error, std::errc::timed_out);
    EXPECT_GE(racekit::clock::now(), limit);
    ::kill(one.serving.id().number, SIGCONT);
    answer const next = one.client.get(1);
    EXPECT_TRUE(next);
    EXPECT_EQ(next.value, 8);
}

TEST(proxy, closes_and_moves) {
    service one;
    proxy moved(std::move(one.client));
    EXPECT_TRUE(moved.get(0));
    EXPECT_EQ(one.client.get(0).error, server_error::server_lost);
    moved.close();
    EXPECT_EQ(moved.get(0).error, server_error::server_lost);
    EXPECT_TRUE(one.serving.join().clean());
}

TEST(value_server, a_killed_client_holds_up_nobody) {
    racekit::shared_object<value_server> server;
    process serving([&] { server->serve(); });
    process victim([&] {
        proxy numbers = server->connect(1);
        for (;;) numbers.add(1, 1);
    });
    proxy numbers = server->connect(0);
    while (numbers.get(1).value == 0) ::usleep(1000);
    victim.kill();
    (void)victim.join();
    EXPECT_TRUE(numbers.add(0, 1));
    numbers.close();
    EXPECT_TRUE(serving.join().clean());
}

TEST(value_server, leaves_no_descriptor_behind) {
    auto const before = test::open_descriptors();
    {
        service one;
    }
    EXPECT_EQ(test::open_descriptors(), before);
    EXPECT_FALSE(test::has_children());
}

}  // namespace
