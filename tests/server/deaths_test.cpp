// SPDX-License-Identifier: MIT
// What becomes of the others when a client or a server is killed or stopped (G12, G13, G14).
#include "measured.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;
using namespace test;

/// A client that adds without end.
int busy(serving const& one) {
    auto mine = one.client();
    while (add_one(mine)) {
    }
    return 0;
}

/// From the kill of a lock's holder until another client has it, `rounds` times.
void killed_holders(std::string const& name, int rounds, int others) {
    serving one;
    std::vector<process> beside;
    for (int each = 0; each < others; ++each) beside.emplace_back([&] { return busy(one); });
    auto client = one.client();
    lock_proxy lock(client, {2});
    std::uint64_t last = 0;
    int double_grants = 0;
    latencies until_granted;
    for (int round = 0; round < rounds; ++round) {
        byte_pipe held;
        process victim([&] {
            auto mine = one.client();
            auto const got = lock_proxy(mine, {2}).acquire();
            (void)held.writer.write_some(&got.value.token, sizeof got.value.token);
            for (;;) ::pause();
        });
        std::uint64_t token = 0;
        ASSERT_EQ(held.reader.read_some(&token, sizeof token, after(30s)).bytes, sizeof token);
        double_grants += token > last && lock.try_acquire().error == std::errc::timed_out ? 0 : 1;
        auto const begin = steady::now();
        victim.kill();
        auto const granted = lock.acquire(after(30s));
        until_granted.all.push_back(microseconds(steady::now() - begin));
        ASSERT_FALSE(granted.error);
        EXPECT_TRUE(granted.value.owner_died);
        double_grants += granted.value.token > token ? 0 : 1;
        last = granted.value.token;
        EXPECT_FALSE(lock.release());
        (void)victim.join();
    }
    for (process& each : beside) each.kill();
    goals::at_most(name + ": granted after", until_granted.most() / 1000, 50, "ms");
    goals::exactly(name + ": granted twice", double_grants, 0);
}

TEST(deaths, of_a_client_that_holds_a_lock) {
    int const rounds = times(20, 1000);
    killed_holders("G12 " + std::to_string(rounds) + " killed holders, idle", rounds, 0);
}
TEST(deaths, of_a_client_that_holds_a_lock_beside_busy_ones) {
    int const rounds = times(10, 1000);
    killed_holders("G12 " + std::to_string(rounds) + " killed holders, 8 busy", rounds, 8);
}

struct report {
    std::int64_t at = 0;  // nanoseconds of the clock, or how late
    bool is_right = false;
};
std::int64_t now() { return racekit::clock::now().time_since_epoch().count(); }

std::vector<report> reports(byte_reader& from, std::size_t count) {
    std::vector<report> all(count);
    for (report& each : all)
        EXPECT_EQ(from.read_some(&each, sizeof each, after(60s)).bytes, sizeof each);
    return all;
}

TEST(deaths, of_a_server) {
    latencies until_known;
    int wrong = 0;
    for (int round = 0; round < times(1, 10); ++round) {
        serving one;
        byte_pipe ready;
        byte_pipe told;
        std::vector<process> clients;
        for (int each = 0; each < 32; ++each) {
            clients.emplace_back([&] {
                auto mine = one.client();
                double last = -1;
                (void)ready.writer.write_some("x", 1);
                for (;;) {
                    auto const got = value_proxy(mine, {1}).add(1);
                    report const end{now(), got.error == server_error::server_lost};
                    if (!got.error && got.value > last) {
                        last = got.value;
                        continue;
                    }
                    return (void)told.writer.write_some(&end, sizeof end), 0;
                }
            });
        }
        char byte = 0;
        for (int each = 0; each < 32; ++each)
            ASSERT_EQ(ready.reader.read_some(&byte, 1, after(60s)).bytes, 1U);
        std::int64_t const killed = now();
        one.kill();
        for (report const& each : reports(told.reader, 32)) {
            wrong += each.is_right ? 0 : 1;
            until_known.all.push_back(double(each.at - killed) / 1000);
        }
        for (process& each : clients) EXPECT_TRUE(each.join().clean());
    }
    goals::exactly("G13 a killed server under 32 clients: not server_lost", wrong, 0);
    goals::at_most("G13 a killed server under 32 clients: known after", until_known.most() / 1000,
                   50, "ms");
}

TEST(deaths, of_a_server_that_is_stopped) {
    latencies late;
    int wrong = 0;
    for (int round = 0; round < times(1, 10); ++round) {
        serving one;
        byte_pipe ready;
        byte_pipe go;
        byte_pipe told;
        std::vector<process> clients;
        for (int each = 0; each < 32; ++each) {
            clients.emplace_back([&] {
                auto mine = one.client();
                (void)add_one(mine);
                (void)ready.writer.write_some("x", 1);
                char byte = 0;
                (void)go.reader.read_some(&byte, 1, after(60s));
                deadline const limit = after(200ms);
                auto const got = mine.call(operation::get, {1}, limit);
                report const end{now() - limit.time_since_epoch().count(),
                                 got.error == std::errc::timed_out};
                (void)told.writer.write_some(&end, sizeof end);
            });
        }
        char byte = 0;
        for (int each = 0; each < 32; ++each)
            ASSERT_EQ(ready.reader.read_some(&byte, 1, after(60s)).bytes, 1U);
        one.kill(SIGSTOP);
        ASSERT_EQ(go.writer.write_some(std::string(32, 'x').data(), 32).bytes, 32U);
        for (report const& each : reports(told.reader, 32)) {
            wrong += each.is_right && each.at >= 0 ? 0 : 1;
            late.all.push_back(double(each.at) / 1000);
        }
        for (process& each : clients) EXPECT_TRUE(each.join().clean());
    }
    goals::exactly("G13 a stopped server under 32 clients: not timed_out", wrong, 0);
    goals::at_most("G13 a stopped server under 32 clients: late by", late.most() / 1000, 20, "ms");
}

/// Adds, and repeats under the same number what a killed server did not answer; writes down how
/// many additions were acknowledged.
int add_through_kills(serving const& one, byte_writer& counts) {
    connect_options how;
    how.client.default_timeout = 30s;
    auto mine = one.client(how);
    for (std::int64_t acknowledged = 1;; ++acknowledged) {
        server_reply reply = mine.call(operation::add, {1}, after(30s), 1);
        while (reply.error == server_error::server_lost) {  // it is being started again
            ::usleep(1000);
            reply = mine.again(operation::add, after(30s));
        }
        if (!reply) return 1;
        if (counts.write_some(&acknowledged, sizeof acknowledged).error) return 0;
    }
}

TEST(deaths, of_a_server_with_a_journal) {
    server_options options;
    options.journal = "journal";
    serving one(std::move(options));
    int const kills = times(10, 200);
    byte_pipe counts;
    process adding([&] {
        counts.reader.close();
        return add_through_kills(one, counts.writer);
    });
    counts.writer.close();
    std::int64_t seen = 0;
    auto const add_some = [&](std::int64_t more) {
        std::int64_t const until = seen + more;
        while (seen < until)
            if (counts.reader.read_some(&seen, sizeof seen, after(30s)).bytes != sizeof seen)
                return false;
        return true;
    };
    for (int round = 0; round < kills; ++round) {
        ASSERT_TRUE(add_some(20 + round % 7)) << "after " << round << " kills";
        one.kill();
        one.start();
    }
    ASSERT_TRUE(add_some(20));
    adding.kill();
    (void)adding.join();
    while (counts.reader.read_some(&seen, sizeof seen, after(30s)).bytes == sizeof seen) {
    }
    auto client = one.client();
    std::int64_t const kept = whole(value_proxy(client, {1}).get());
    // One more may have been done whose reply nobody read.
    std::string const name = "G14 " + std::to_string(kills) + " kills with a journal";
    goals::exactly(name + ": acknowledged and lost", double(std::max<std::int64_t>(seen - kept, 0)),
                   0);
    goals::exactly(name + ": done twice", double(std::max<std::int64_t>(kept - seen - 1, 0)), 0);
}

TEST(deaths, of_a_server_with_a_long_journal) {
    server_options options;
    options.journal = "journal";
    serving one(std::move(options));
    int const entries = times(5000, 100'000);
    auto client = one.client();
    client.pipeline();
    for (int done = 0; done < entries; done += 50) {
        std::vector<std::uint64_t> asked;
        for (int each = 0; each < 50; ++each)
            asked.push_back(client.begin(operation::add, {1}, each < 49, after(30s), 1));
        for (std::uint64_t const each : asked)
            ASSERT_TRUE(client.finish(each, operation::add, after(30s)));
    }
    one.kill();
    auto const begin = steady::now();
    one.start();
    double const took = milliseconds(steady::now() - begin);
    goals::at_most("G14 a journal of " + std::to_string(entries) + " entries: serving again after",
                   took, 500, "ms");
    auto after_all = one.client();
    goals::exactly("G14 a long journal: additions lost",
                   double(entries - whole(value_proxy(after_all, {1}).get())), 0);
}

}  // namespace
