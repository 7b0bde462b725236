// SPDX-License-Identifier: MIT
// Server and clients as programs use them, over unix sockets and TCP.
#include "../../server/serving.hpp"
#include "../support/descriptors.hpp"

#include <racekit/server/text_value.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;
using test::serving;
using test::whole;

server_options with_key() {
    server_options made;
    made.key = test::key;
    return made;
}

TEST(event_server, serves_every_type_of_object) {
    serving one;
    auto client = one.client();
    auto number = open<value_proxy>(client, "n");
    ASSERT_FALSE(number.error);
    EXPECT_EQ(number.value.add(5).value, 0);
    auto list = create<list_proxy>(client, "");
    EXPECT_FALSE(list.value.append("x"));
    EXPECT_EQ(list.value.size().value, 1);
    auto array = create<array_proxy>(client, "", 3);
    EXPECT_EQ(array.value.add(1, 4).value, server_value(0));
    auto dict = create<dict_proxy>(client, "");
    EXPECT_EQ(dict.value.add("k", 2).value, server_value(0));
    auto names = create<namespace_proxy>(client, "");
    EXPECT_FALSE(names.value.set("x", 1.5));
    auto lock = create<lock_proxy>(client, "");
    EXPECT_EQ(lock.value.acquire().value.token, 1U);
    EXPECT_FALSE(lock.value.release());
    auto rlock = create<rlock_proxy>(client, "");
    EXPECT_FALSE(rlock.value.acquire(never, 1h).error);
    EXPECT_FALSE(rlock.value.renew(1h));
    auto semaphore = create<semaphore_proxy>(client, "", 2);
    EXPECT_FALSE(semaphore.value.acquire());
    auto bounded = create<bounded_semaphore_proxy>(client, "", 2);
    EXPECT_EQ(bounded.value.release(), server_error::released_too_often);
    auto condition = create<condition_proxy>(client, "");
    EXPECT_FALSE(condition.value.acquire().error);
    EXPECT_FALSE(condition.value.wait(after(1ms)).value);
    EXPECT_EQ(condition.value.notify_all().value, 0);
    auto event = create<event_proxy>(client, "");
    EXPECT_EQ(event.value.wait(after(1ms)), std::errc::timed_out);
    EXPECT_FALSE(event.value.set());
    EXPECT_FALSE(event.value.wait());
    auto barrier = create<barrier_proxy>(client, "", 1);
    EXPECT_EQ(barrier.value.wait().value, 0);
    auto queue = create<queue_proxy>(client, "", 1);
    EXPECT_FALSE(queue.value.put(7));
    EXPECT_EQ(queue.value.try_put(8), std::errc::timed_out);
    EXPECT_EQ(queue.value.get().value.content, server_value(7));
    EXPECT_EQ(open<lock_proxy>(client, "n").error, server_error::wrong_argument);
}

TEST(event_server, loses_no_addition_of_clients_over_both_transports) {
    serving one(with_key());
    connect_options keyed;
    keyed.key = test::key;
    std::vector<process> clients;
    for (int self = 0; self < 4; ++self) {
        clients.emplace_back([&, self] {
            auto client = self % 2 == 0 ? one.client(keyed) : one.tcp_client();
            value_proxy number(client, {1});
            for (int round = 0; round < 200; ++round) {
                if (!number.add(1)) return 1;
            }
            return 0;
        });
    }
    for (process& each : clients) EXPECT_TRUE(each.join().clean());
    auto client = one.tcp_client();
    EXPECT_EQ(whole(value_proxy(client, {1}).get()), 800);
}

TEST(event_server, many_calls_under_way_come_back_in_any_order) {
    serving one;
    auto client = one.client();
    client.pipeline();
    std::vector<std::uint64_t> asked;
    for (int each = 0; each < 50; ++each)
        asked.push_back(client.begin(operation::add, {1}, each < 49, after(30s), 1));
    for (std::size_t each = asked.size(); each > 0; --each) {
        std::int64_t before = -1;
        auto reply = client.finish(asked[each - 1], operation::add, after(30s));
        ASSERT_TRUE(reply && reply.results.integer(before));
        EXPECT_EQ(before, std::int64_t(each) - 1);
    }
}

TEST(event_server, a_wrong_key_is_refused_and_a_key_is_needed_over_tcp) {
    serving one(with_key());
    connect_options wrong;
    wrong.key = std::string(32, 'w');
    EXPECT_THROW((void)connect_server(one.tcp, wrong), std::system_error);
    EXPECT_THROW((void)connect_server(one.tcp), std::system_error);
    EXPECT_THROW((void)one.client(), std::system_error);
    wrong.key = "short";
    EXPECT_THROW((void)connect_server(one.tcp, wrong), std::invalid_argument);
    server_options keyless;
    keyless.addresses = {"tcp:127.0.0.1:0"};
    EXPECT_THROW(event_server{std::move(keyless)}, std::invalid_argument);
    auto right = one.tcp_client();
    EXPECT_TRUE(value_proxy(right, {1}).add(1));
}

TEST(event_server, a_path_has_one_owner_and_a_stale_socket_is_replaced) {
    serving one;
    server_options second;
    second.addresses = {one.unix_address()};
    EXPECT_THROW(event_server{std::move(second)}, std::system_error);
    EXPECT_EQ(
        whole(open<value_proxy>(*std::make_unique<server_client>(one.client()), "n").value.get()),
        0)
        << "and the first one serves on";
    one.kill();
    one.start();
    auto client = one.client();
    EXPECT_TRUE(value_proxy(client, {1}).add(1));
}

TEST(event_server, a_path_that_is_no_socket_is_left_alone) {
    test::folder at;
    descriptor const file(::open((at / "s").c_str(), O_CREAT | O_WRONLY, 0600));
    server_options options;
    options.addresses = {at / "s"};
    EXPECT_THROW(event_server{std::move(options)}, std::system_error);
    struct stat about{};
    EXPECT_EQ(::stat((at / "s").c_str(), &about), 0);
    server_options too_long;
    too_long.addresses = {"unix:/" + std::string(200, 'x')};
    EXPECT_THROW(event_server{std::move(too_long)}, std::invalid_argument);
    for (char const* const wrong : {"tcp:", "tcp:host", "tcp::1", "unix:"})
        EXPECT_THROW((void)server_address::from_text(wrong), std::invalid_argument) << wrong;
}

TEST(event_server, a_client_hears_that_another_server_answers) {
    serving one;
    auto client = one.client();
    value_proxy number(client, {1});
    EXPECT_TRUE(number.add(1));
    one.kill(SIGSTOP);
    auto const under_way = client.begin(operation::add, {1}, false, after(30s), 1);
    one.kill();
    one.start();
    EXPECT_EQ(client.finish(under_way, operation::add, after(30s)).error,
              server_error::outcome_unknown);
    EXPECT_EQ(number.add(1).value, 0) << "of the new server";
    one.kill();
    EXPECT_EQ(number.add(1).error, server_error::server_lost);
    EXPECT_EQ(number.add(1).error, server_error::server_lost);
    one.start();
    EXPECT_EQ(number.add(1).value, 0) << "it was not lost under way";
}

TEST(event_server, a_server_that_stands_still_is_a_deadline_and_no_more) {
    serving one;
    auto client = one.client();
    value_proxy number(client, {1});
    lock_proxy lock(client, {2});
    EXPECT_TRUE(number.add(1));
    one.kill(SIGSTOP);
    EXPECT_EQ(client.call(operation::add, {1}, after(20ms), 1).error, std::errc::timed_out);
    EXPECT_EQ(lock.acquire(after(20ms)).error, std::errc::timed_out);
    one.kill(SIGCONT);
    EXPECT_EQ(whole(number.get()), 2) << "the late reply is passed over";
    auto other = one.client();
    EXPECT_FALSE(lock_proxy(other, {2}).acquire(after(30s)).error) << "the late grant went back";
}

TEST(event_server, drains_and_answers_what_waits) {
    serving one;
    auto client = one.client();
    auto other = one.client();
    ASSERT_FALSE(lock_proxy(client, {2}).acquire().error);
    process waiting([&] {
        auto mine = one.client();
        auto const how = lock_proxy(mine, {2}).acquire();
        return how.error == server_error::draining ? 0 : 1;
    });
    for (;;) {
        server_reply metrics = other.call(operation::metrics, {}, after(30s));
        server_value const all = metrics.results.value();
        if (all.as<server_value::map>()->at(3).second == server_value(1)) break;
        ::usleep(1000);
    }
    EXPECT_FALSE(other.call(operation::drain, {}, after(30s)).error);
    EXPECT_TRUE(waiting.join().clean());
    exit_status how;
    ASSERT_TRUE(one.process().join_until(after(30s), how));
    EXPECT_TRUE(how.clean());
}

TEST(event_server, what_is_too_long_is_refused_on_the_side_that_can_act) {
    server_options small;
    small.limits.frame = 1000;
    serving one(std::move(small));
    auto client = one.client();
    auto other = one.client();
    auto const error = value_proxy(client, {1}).set(std::string(2000, 'x'));
    EXPECT_EQ(error, server_error::too_long);
    EXPECT_TRUE(value_proxy(other, {1}).add(1)) << "the others are unharmed";
}

TEST(event_server, keeps_what_it_acknowledged_with_a_journal) {
    server_options options;
    options.journal = "journal";
    serving one(std::move(options));
    auto client = one.client();
    value_proxy number(client, {1});
    for (int each = 0; each < 10; ++each) {
        ASSERT_TRUE(number.add(1));
        if (each % 3 == 0) {
            one.kill();
            one.start();
        }
    }
    EXPECT_EQ(whole(number.get()), 10);
    auto list = open<list_proxy>(client, "t");
    EXPECT_FALSE(list.value.append("kept"));
    one.kill();
    descriptor const torn(::open((one.at / "journal").c_str(), O_WRONLY | O_APPEND));
    ASSERT_EQ(::write(torn.number(), "\x30\0\0\0half", 8), 8);
    one.start();
    EXPECT_EQ(list.value.get(0).value, server_value("kept"));
}

/// A byte that changed at any place: all but the last record's bytes are before a whole record.
TEST(journal_file, a_damaged_record_takes_no_later_one_with_it) {
    std::string const path = "/tmp/racekit_journal_" + std::to_string(::getpid());
    std::string const records[] = {"first", "", "second", "third, the last"};
    std::size_t size = 0;
    {
        journal_file made(path);
        for (std::string const& each : records) made.add(each);
        ASSERT_FALSE(made.write_all());
        size = made.size();
    }
    std::size_t const last = size - journal_file::header - records[3].size();
    for (std::size_t at = 0; at < size; ++at) {
        descriptor const file(::open(path.c_str(), O_RDWR));
        char byte = 0;
        ASSERT_EQ(::pread(file.number(), &byte, 1, static_cast<::off_t>(at)), 1);
        char const other = static_cast<char>(byte ^ 0x40);
        ASSERT_EQ(::pwrite(file.number(), &other, 1, static_cast<::off_t>(at)), 1);
        journal_file damaged(path);
        if (at < last) {
            EXPECT_THROW(damaged.read_all([](auto) {}, [] {}), std::system_error) << at;
            struct stat about{};
            ASSERT_EQ(::fstat(file.number(), &about), 0);
            EXPECT_EQ(static_cast<std::size_t>(about.st_size), size) << "nothing was cut off";
            ASSERT_EQ(::pwrite(file.number(), &byte, 1, static_cast<::off_t>(at)), 1);
        } else {
            EXPECT_EQ(damaged.read_all([](auto) {}, [] {}), size - last) << at;
            damaged.add(records[3]);
            ASSERT_FALSE(damaged.write_all());
        }
    }
    ::unlink(path.c_str());
}

TEST(event_server, serves_clients_through_rings) {
    serving one;
    connect_options how;
    how.ring = true;
    auto client = one.client(how);
    value_proxy number(client, {1});
    for (int each = 0; each < 1000; ++each) ASSERT_EQ(number.add(1).value, each);
    list_proxy list(client, {3});
    EXPECT_FALSE(list.append(std::string(300'000, 'x'))) << "in several pieces";
    EXPECT_EQ(list.get(0).value.as<std::string>()->size(), 300'000U);
    client.pipeline();
    std::vector<std::uint64_t> asked;
    for (int each = 0; each < 60; ++each)
        asked.push_back(client.begin(operation::get, {1}, each < 59, after(30s)));
    for (std::uint64_t const each : asked)
        EXPECT_FALSE(client.finish(each, operation::get, after(30s)).error);
    ::usleep(100'000);  // both sides sleep
    EXPECT_EQ(number.add(1).value, 1000);
    process victim([&] {
        auto mine = one.client(how);
        (void)lock_proxy(mine, {2}).acquire();
        (void)value_proxy(mine, {1}).set(-1);
        for (;;) ::pause();
    });
    while (whole(number.get()) != -1) ::usleep(1000);
    victim.kill();
    auto const granted = lock_proxy(client, {2}).acquire(after(30s));
    EXPECT_TRUE(granted && granted.value.owner_died);
    one.kill();
    EXPECT_EQ(number.add(1).error, server_error::server_lost);
}

TEST(event_server, leaves_no_descriptor_behind) {
    auto const before = test::open_descriptors();
    {
        serving one;
        auto client = one.client();
        EXPECT_TRUE(value_proxy(client, {1}).add(1));
        one.kill();
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(text_value, reads_what_a_person_types) {
    for (char const* const each :
         {"12", "-3", "1.5", "true", "nil", "[1, 2, [\"x\"]]", "{\"a\": 1, 2: [nil]}", "object 7"})
        EXPECT_EQ(text_value::read(each).text(), each);
    EXPECT_EQ(text_value::read("plain words"), server_value("plain words"));
    EXPECT_EQ(text_value::read(""), server_value(""));
    for (char const* const wrong : {"[1", "{1:}", "\"x", "[1] 2", "{[1]: 2}", "object x"})
        EXPECT_THROW((void)text_value::read(wrong), std::invalid_argument) << wrong;
}

}  // namespace
