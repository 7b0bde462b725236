// SPDX-License-Identifier: MIT
// What strangers, floods, slow clients, deaths and a lack of descriptors do to a server: half-open
// and slow connections, bad proofs, no descriptors, clients that do not read, killed holders, a
// killed server with a journal. Latencies are printed and not judged here: a loaded machine would
// fail them. RACEKIT_SERVER_SCALE makes the counts larger.
#include "serving.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;
using test::serving;
using test::whole;
using steady = std::chrono::steady_clock;

/// A count of the short form, or more.
int scaled(int count) {
    char const* const scale = std::getenv("RACEKIT_SERVER_SCALE");
    return count * (scale == nullptr ? 1 : std::max(1, std::atoi(scale)));
}

double microseconds(steady::duration span) {
    return std::chrono::duration<double, std::micro>(span).count();
}

/// The times of calls of a client that does nothing wrong.
struct latencies {
    std::vector<double> all;

    void call(server_client& client) {
        auto const begin = steady::now();
        EXPECT_TRUE(client.call(operation::add, {1}, after(30s), 1));
        all.push_back(microseconds(steady::now() - begin));
    }
    void print(char const* what) {
        std::sort(all.begin(), all.end());
        if (all.empty()) return;
        std::printf("    %s: %zu calls, p50 %.0f us, p99 %.0f us, max %.0f us\n", what, all.size(),
                    all[all.size() / 2], all[all.size() * 99 / 100], all.back());
    }
};

std::size_t resident_kib(process const& of) {
    std::ifstream status("/proc/" + std::to_string(of.id().number) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
    }
    return 0;
}
/// Clock ticks of processor time.
std::uint64_t ticks(process const& of) {
    std::ifstream stat("/proc/" + std::to_string(of.id().number) + "/stat");
    std::string word;
    for (int each = 0; each < 13; ++each) stat >> word;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    stat >> user >> system;
    return user + system;
}
stream_socket stranger(serving& one, bool tcp = false) {
    std::error_code error;
    auto made = stream_socket::connect(
        server_address::from_text(tcp ? one.tcp : one.unix_address()), after(30s), error);
    EXPECT_FALSE(error) << error.message();
    return made;
}
/// Whether the server closes it before a deadline that is far away.
bool is_closed(stream_socket const& what) {
    char bytes[512];
    for (;;) {
        if (!what.wait_for(POLLIN, after(30s))) return false;
        std::ptrdiff_t const got = what.read(bytes, sizeof bytes);
        if (got == 0 || (got < 0 && !stream_socket::is_again(got))) return true;
    }
}
server_options with_key() {
    server_options made;
    made.key = test::key;
    made.limits.handshake = 1s;
    made.limits.frame_time = 1s;
    return made;
}
server_client keyed(serving& one) {
    connect_options how;
    how.key = test::key;
    how.client.default_timeout = 30s;
    how.timeout = 30s;
    return one.client(how);
}
/// As many as this process may open, less some for everything else.
int most_connections(int wanted) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return std::min<int>(wanted, static_cast<int>(limit.rlim_cur) - 100);
}

TEST(server_faults, half_open_clients_are_closed_and_the_others_served) {
    int const count = most_connections(scaled(1000));
    for (bool const tcp : {false, true}) {
        serving one(with_key());
        auto client = keyed(one);
        std::size_t const before = resident_kib(one.process());
        std::vector<stream_socket> silent;
        auto const begin = steady::now();
        for (int each = 0; each < count; ++each) silent.push_back(stranger(one, tcp));
        double const opened = microseconds(steady::now() - begin);
        latencies times;
        for (int each = 0; each < 50; ++each) times.call(client);
        std::size_t const after_all = resident_kib(one.process());
        for (stream_socket const& each : silent) ASSERT_TRUE(is_closed(each));
        times.call(client);
        std::printf("  %s: %d half-open in %.0f ms, +%zu KiB, all closed\n", tcp ? "tcp" : "unix",
                    count, opened / 1000, after_all - std::min(before, after_all));
        times.print("a client meanwhile");
    }
}

TEST(server_faults, the_oldest_half_open_goes_when_there_are_too_many) {
    server_options options = with_key();
    options.limits.handshake = 1h;
    options.limits.half_open = 10;
    serving one(std::move(options));
    stream_socket const first = stranger(one);
    std::vector<stream_socket> more;
    for (int each = 0; each < 10; ++each) more.push_back(stranger(one));
    EXPECT_TRUE(is_closed(first));
    auto client = keyed(one);
    EXPECT_TRUE(value_proxy(client, {1}).add(1)) << "a newcomer is not kept out";
}

TEST(server_faults, slow_clients_are_closed_in_the_middle_of_a_frame) {
    serving one(with_key());
    auto client = keyed(one);
    std::vector<stream_socket> slow;
    for (int each = 0; each < scaled(50); ++each) {
        slow.push_back(stranger(one));
        char const part[3] = {40, 0, 0};
        EXPECT_EQ(slow.back().write(part, each % 2 == 0 ? 2 : 3), each % 2 == 0 ? 2 : 3);
    }
    for (stream_socket const& each : slow) EXPECT_TRUE(is_closed(each));
    latencies times;
    for (int each = 0; each < 50; ++each) times.call(client);
    times.print("a client meanwhile");
}

TEST(server_faults, bad_proofs_get_nothing_and_wait_for_their_turn) {
    serving one(with_key());
    auto client = keyed(one);
    int accepted = 0;
    connect_options wrong;
    wrong.timeout = 30s;
    for (int each = 0; each < scaled(12); ++each) {
        wrong.key = std::string(32, static_cast<char>(each + 1));
        try {
            (void)connect_server(one.tcp, wrong);
            ++accepted;
        } catch (std::system_error const&) {
        }
    }
    EXPECT_EQ(accepted, 0);
    for (int each = 0; each < scaled(200); ++each) {
        stream_socket const end = stranger(one, true);
        std::string garbage(static_cast<std::size_t>(each % 60), static_cast<char>(each));
        char const length[4] = {static_cast<char>(garbage.size()), 0, 0, 0};
        (void)end.write(length, 4);
        (void)end.write(garbage.data(), garbage.size());
    }
    stream_socket const huge = stranger(one, true);
    EXPECT_EQ(huge.write("\xff\xff\xff\x7f", 4), 4);
    EXPECT_TRUE(is_closed(huge));
    EXPECT_TRUE(value_proxy(client, {1}).add(1));
}

TEST(server_faults, without_descriptors_it_neither_spins_nor_hangs) {
    server_options options = with_key();
    options.limits.handshake = 1h;
    serving one(std::move(options), 64);
    auto client = keyed(one);
    std::vector<server_client> full;
    std::size_t refused = 0;
    for (int each = 0; each < 100; ++each) {
        try {
            full.push_back(keyed(one));
        } catch (std::system_error const&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 30U) << "a newcomer is refused at once";
    std::uint64_t const before = ticks(one.process());
    ::usleep(500'000);
    std::uint64_t const spent = ticks(one.process()) - before;
    latencies times;
    for (int each = 0; each < 50; ++each) times.call(client);
    times.print("an established client");
    std::printf("  %zu refused; %llu ticks of 10 ms in half a second of rest\n", refused,
                static_cast<unsigned long long>(spent));
    EXPECT_LT(spent, 25U) << "it must not spin";
    full.clear();
    bool is_back = false;
    for (int each = 0; each < 1000 && !is_back; ++each) {
        try {
            auto late = keyed(one);
            is_back = bool(value_proxy(late, {1}).add(1));
        } catch (std::system_error const&) {
            ::usleep(10'000);
        }
    }
    EXPECT_TRUE(is_back);
}

TEST(server_faults, a_client_that_does_not_read_is_closed_and_costs_little) {
    server_options options;
    options.limits.slow_reader = 500ms;
    serving one(std::move(options));
    auto client = one.client();
    auto list = open<list_proxy>(client, "t");
    for (int each = 0; each < 100; ++each)
        ASSERT_FALSE(list.value.append(std::string(10'000, 'x')));
    std::vector<server_client> lazy;
    for (int each = 0; each < scaled(4); ++each) {
        lazy.push_back(one.client());
        for (int ask = 0; ask < 25; ++ask)
            (void)lazy.back().begin(operation::snapshot, {3}, false, after(1ms));
    }
    latencies times;
    for (int each = 0; each < 50; ++each) times.call(client);
    times.print("a client meanwhile");
    std::size_t const most = resident_kib(one.process());
    std::printf("  %d lazy clients of 25 MB each: %zu KiB\n", scaled(4), most);
    EXPECT_LT(most, 128U * 1024) << "what they do not read does not pile up";
    for (server_client& each : lazy) each.close();
}

TEST(server_faults, a_client_that_floods_does_not_stop_the_others) {
    serving one;
    auto client = one.client();
    process flood([&] {
        auto mine = one.client();
        mine.pipeline();
        for (;;) {
            std::vector<std::uint64_t> asked;
            for (int each = 0; each < 60; ++each)
                asked.push_back(mine.begin(operation::get, {1}, each < 59, after(30s)));
            for (std::uint64_t const each : asked)
                if (!mine.finish(each, operation::get, after(30s))) return 1;
        }
    });
    latencies times;
    for (int each = 0; each < scaled(200); ++each) times.call(client);
    times.print("a client beside the flood");
    flood.kill();
}

TEST(server_faults, a_lock_of_a_killed_client_is_granted_once_with_a_greater_token) {
    serving one;
    auto client = one.client();
    lock_proxy lock(client, {2});
    std::uint64_t last = 0;
    latencies times;
    for (int round = 0; round < scaled(30); ++round) {
        byte_pipe held;
        process victim([&] {
            auto mine = one.client();
            auto const got = lock_proxy(mine, {2}).acquire();
            (void)held.writer.write_some(&got.value.token, sizeof got.value.token);
            for (;;) ::pause();
        });
        std::uint64_t token = 0;
        ASSERT_EQ(held.reader.read_some(&token, sizeof token, after(30s)).bytes, sizeof token);
        EXPECT_GT(token, last);
        EXPECT_EQ(lock.try_acquire().error, std::errc::timed_out);
        auto const begin = steady::now();
        victim.kill();
        auto const granted = lock.acquire(after(30s));
        times.all.push_back(microseconds(steady::now() - begin));
        ASSERT_FALSE(granted.error);
        EXPECT_TRUE(granted.value.owner_died);
        EXPECT_GT(granted.value.token, token);
        last = granted.value.token;
        EXPECT_FALSE(lock.release());
        (void)victim.join();
    }
    times.print("from the kill to the grant");
}

TEST(server_faults, every_client_hears_of_a_killed_server) {
    serving one;
    std::vector<process> clients;
    byte_pipe ready;
    for (int each = 0; each < 16; ++each) {
        clients.emplace_back([&] {
            auto mine = one.client();
            (void)ready.writer.write_some("x", 1);
            for (;;) {
                auto const reply = mine.call(operation::add, {1}, after(30s), 1);
                if (reply.error == server_error::server_lost) return 0;
                if (reply.error) return 1;
            }
        });
    }
    char byte = 0;
    for (int each = 0; each < 16; ++each)
        ASSERT_EQ(ready.reader.read_some(&byte, 1, after(30s)).bytes, 1U);
    one.kill();
    for (process& each : clients) EXPECT_TRUE(each.join().clean());
}

TEST(server_faults, a_journal_keeps_what_was_acknowledged_over_kills) {
    server_options options;
    options.journal = "journal";
    serving one(std::move(options));
    int const kills = scaled(20);
    byte_pipe counts;
    process adding([&] {
        counts.reader.close();
        connect_options how;
        how.client.default_timeout = 30s;
        auto mine = one.client(how);
        std::int64_t acknowledged = 0;
        for (;;) {
            auto const reply = mine.call(operation::add, {1}, after(30s), 1);
            if (reply) {
                ++acknowledged;
                if (counts.writer.write_some(&acknowledged, sizeof acknowledged).error) return 0;
                continue;
            }
            // The server is being started again: the same request, under its number.
            server_reply again{.error = server_error::server_lost};
            while (again.error == server_error::server_lost) {
                ::usleep(1000);
                again = mine.again(operation::add, after(30s));
            }
            if (!again) return 1;
            ++acknowledged;
            if (counts.writer.write_some(&acknowledged, sizeof acknowledged).error) return 0;
        }
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
    EXPECT_GE(kept, seen);
    EXPECT_LE(kept, seen + 1);
    std::printf("  %d kills, %lld additions acknowledged, %lld kept\n", kills,
                static_cast<long long>(seen), static_cast<long long>(kept));
}

}  // namespace
