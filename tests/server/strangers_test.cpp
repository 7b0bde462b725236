// SPDX-License-Identifier: MIT
// What half-open and slow connections, a lack of descriptors, clients that do not read and one that
// floods do to a server and its other clients (G7, G8, G10, G11).
#include "measured.hpp"
#include "raw_client.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;
using namespace test;

/// A new client's connection, its first call and its end.
latencies newcomers(serving const& one, bool tcp, int count) {
    latencies times;
    for (int each = 0; each < count; ++each) {
        times.time([&] {
            auto mine = keyed(one, tcp);
            EXPECT_TRUE(add_one(mine));
        });
    }
    return times;
}

/// Connections, and when each was opened and closed by the server.
class crowd {
public:
    /// `first` is what each says.
    void open(serving const& one, bool tcp, int count, std::string const& first = {}) {
        for (int each = 0; each < count; ++each) {
            auto made = stranger(one, tcp);
            if (!first.empty()) (void)made.write(first.data(), first.size());
            add(std::move(made));
        }
    }
    void add(stream_socket made) {
        auto const number = static_cast<std::uint64_t>(made.number());
        EXPECT_TRUE(closings_.add(made.number(), number));
        all_.emplace(number, member{std::move(made), steady::now()});
    }
    /// Says one byte more on each hundredth of them.
    void trickle(std::uint64_t which) {
        for (auto const& [number, each] : all_)
            if (number % 100 == which % 100) (void)each.end.write("\0", 1);
    }
    /// Notes what the server has closed until `limit`.
    void look(deadline limit) {
        for (auto const& ready : closings_.wait(limit)) {
            auto const found = all_.find(ready.which);
            if (found == all_.end() || !is_closed(found->second.end, false)) continue;
            closed_after.all.push_back(microseconds(steady::now() - found->second.since));
            all_.erase(found);
        }
    }
    [[nodiscard]] std::size_t left() const { return all_.size(); }

    latencies closed_after;

private:
    struct member {
        stream_socket end;
        steady::time_point since;
    };
    std::unordered_map<std::uint64_t, member> all_;
    descriptor_set closings_;
};

/// All are closed within half a second of `limit` seconds.
void expect_closed(crowd& all, std::string const& what, std::size_t count, double limit) {
    for (deadline const most = after(60s); all.left() > 0 && racekit::clock::now() < most;)
        all.look(after(100ms));
    goals::exactly(what + ": closed", double(all.closed_after.all.size()), double(count));
    goals::at_most(what + ": the last one closed after", all.closed_after.most() / 1e6, limit + 0.5,
                   "s");
    EXPECT_GE(all.closed_after.part(0) / 1e6, limit - 0.5) << "not before its time";
}

TEST(strangers, half_open_connections) {
    for (bool const tcp : {false, true}) {
        int const count = times(500, 9000);
        std::string const name =
            "G7 " + std::to_string(count) + " half-open, " + (tcp ? "tcp" : "unix");
        serving one(with_key());
        latencies idle = newcomers(one, tcp, times(50, 1000));
        std::size_t const before = resident_kib(one.process());
        crowd silent;
        auto const begin = steady::now();
        silent.open(one, tcp, count);
        goals::at_most(name + ": opened in", milliseconds(steady::now() - begin) / 1000, 1, "s");
        latencies meanwhile = newcomers(one, tcp, times(50, 1000));
        double const more = double(resident_kib(one.process())) - double(before);
        goals::at_most(name + ": memory", more / 1024, 16, "MB");
        goals::at_most(name + ": a newcomer's p99 over idle", meanwhile.p99() / idle.p99(), 2, "x");
        expect_closed(silent, name, std::size_t(count), is_full() ? 5 : 1);
    }
}

TEST(strangers, the_oldest_half_open_goes_when_there_are_too_many) {
    server_options options = with_key();
    options.limits.handshake = 1h;
    options.limits.half_open = 10;
    serving one(std::move(options));
    stream_socket const first = stranger(one);
    std::vector<stream_socket> more;
    for (int each = 0; each < 10; ++each) more.push_back(stranger(one));
    EXPECT_TRUE(is_closed(first));
    auto client = keyed(one);
    EXPECT_TRUE(add_one(client)) << "a newcomer is not kept out";
}

TEST(strangers, slowloris) {
    int const count = times(60, 1998);
    std::string const name = "G8 " + std::to_string(count) + " slow";
    serving one(with_key());
    latencies idle;
    for (int each = 0; each < times(20, 400); ++each) {
        ::usleep(10'000);  // as often as later
        idle.all.push_back(newcomers(one, false, 1).all[0]);
    }
    crowd slow;
    slow.open(one, false, count / 3, std::string("\x28", 1));                    // in a length
    slow.open(one, true, count / 3, std::string("\x28\0\0\0\x95\xa7race", 10));  // in a hello
    for (int each = 0; each < count / 3; ++each) {
        raw_client known(one.unix_address(), std::string(key.data(), key.size()));
        known.greet();
        known.send_bytes(std::string("\x28\0\0\0\x93", 5));  // in a request
        slow.add(std::move(known.end));
    }
    latencies meanwhile;
    // A byte a second each, for longer than all of them have.
    for (int step = 0; step < times(200, 700) && slow.left() > 0; ++step) {
        slow.look(after(10ms));
        slow.trickle(std::uint64_t(step));
        meanwhile.all.push_back(newcomers(one, false, 1).all[0]);
    }
    goals::at_most(name + ": a newcomer's p99 over idle", meanwhile.p99() / idle.p99(), 2, "x");
    expect_closed(slow, name, std::size_t(count), is_full() ? 5 : 1);
}

TEST(strangers, no_descriptors) {
    server_options options = with_key();
    options.limits.handshake = 1h;
    int const most = times(64, 256);
    serving one(std::move(options), most);
    auto client = keyed(one);
    std::vector<server_client> full;
    latencies refusals;
    for (int each = 0; each < times(100, 400); ++each) {
        auto const begin = steady::now();
        try {
            full.push_back(keyed(one));
        } catch (std::system_error const&) {
            refusals.all.push_back(microseconds(steady::now() - begin));
        }
    }
    EXPECT_EQ(full.size() + refusals.all.size(), std::size_t(times(100, 400)));
    EXPECT_GT(refusals.all.size(), std::size_t(most) / 2);
    goals::at_most("G10 no descriptors: a newcomer is refused in", refusals.most() / 1000, 10,
                   "ms");
    std::uint64_t const before = ticks(one.process());
    ::usleep(times(500'000, 5'000'000));
    double const spent = double(ticks(one.process()) - before) / times(50, 500) * 100;
    goals::at_most("G10 no descriptors: processor time at rest", spent, 2, "%");
    EXPECT_LT(spent, 50) << "it must not spin";
    latencies calls;
    for (int each = 0; each < times(50, 5000); ++each)
        calls.time([&] { EXPECT_TRUE(add_one(client)); });
    goals::at_most("G10 no descriptors: an established client's p99", calls.p99() / 1000, 1, "ms");
    full.clear();
    auto const begin = steady::now();
    bool is_back = false;
    for (deadline const limit = after(30s); !is_back && racekit::clock::now() < limit;) {
        try {
            auto late = keyed(one);
            is_back = add_one(late);
        } catch (std::system_error const&) {
            ::usleep(1000);
        }
    }
    EXPECT_TRUE(is_back);
    goals::at_most("G10 descriptors are back: full service after",
                   milliseconds(steady::now() - begin) / 1000, 1, "s");
}

TEST(strangers, half_open_ones_make_room_when_descriptors_lack) {
    server_options options = with_key();
    options.limits.handshake = 1h;
    serving one(std::move(options), 64);
    crowd silent;
    silent.open(one, false, 100);
    latencies times = newcomers(one, false, 20);
    goals::at_most("G10 half-open ones have all descriptors: a newcomer's call", times.p99() / 1000,
                   10, "ms");
}

TEST(strangers, clients_that_are_idle) {
    int const count = times(200, 4096);
    serving one;
    std::vector<std::unique_ptr<raw_client>> idle;
    std::size_t before = 0;
    for (int each = 0; each < count + 10; ++each) {
        if (each == 10) before = resident_kib(one.process());
        idle.push_back(std::make_unique<raw_client>(one.unix_address()));
        idle.back()->greet();
        idle.back()->send(raw_client::request(1, operation::add, 1, 1));
        EXPECT_FALSE(idle.back()->receive().empty());
    }
    double const more = double(resident_kib(one.process())) - double(before);
    goals::at_most(std::to_string(count) + " idle clients: memory of each", more / count, 16, "KB");
}

TEST(strangers, clients_that_do_not_read) {
    int const count = times(4, 20);
    serving one;
    auto client = one.client();
    auto list = open<list_proxy>(client, "t");
    for (int each = 0; each < 100; ++each)
        ASSERT_FALSE(list.value.append(std::string(10'000, 'x')));
    std::vector<server_client> lazy;
    for (int each = 0; each < count; ++each) {
        lazy.push_back(one.client());
        for (int ask = 0; ask < 26; ++ask)
            (void)lazy.back().begin(operation::snapshot, {3}, false, after(1ms));
    }
    latencies calls;
    std::size_t most = 0;
    for (int each = 0; each < times(50, 20'000); ++each) {
        calls.time([&] { EXPECT_TRUE(add_one(client)); });
        if (each % 50 == 0) most = std::max(most, resident_kib(one.process()));
    }
    std::string const name = "G11 " + std::to_string(count) + " lazy clients of 26 MB";
    goals::at_most(name + ": memory", double(most) / 1024, 64, "MB");
    EXPECT_LT(most, 128U * 1024);
    goals::at_most(name + ": another one's p99", calls.p99() / 1000, 5, "ms");
    for (server_client& each : lazy) each.close();
}

TEST(strangers, a_flood) {
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
    process blind([&] {  // writes as fast as it can, reads when nothing more goes in
        raw_client mine(one.unix_address());
        mine.greet();
        std::string many;
        while (many.size() < 60'000) {
            mine.frames.seal(many, raw_client::request(1, operation::get, 1));
        }
        char bytes[65536];
        for (std::size_t at = 0;;) {
            std::ptrdiff_t const put = mine.end.write(many.data() + at, many.size() - at);
            if (put > 0) at = (at + static_cast<std::size_t>(put)) % many.size();
            else if (!stream_socket::is_again(put)) return 1;
            while (mine.end.read(bytes, sizeof bytes) > 0) {
            }
        }
    });
    latencies calls;
    for (int each = 0; each < times(200, 20'000); ++each)
        calls.time([&] { EXPECT_TRUE(add_one(client)); });
    goals::at_most("G11 two that flood: another one's p99", calls.p99() / 1000, 5, "ms");
    goals::at_most("G11 two that flood: memory", double(resident_kib(one.process())) / 1024, 64,
                   "MB");
    flood.kill();
    blind.kill();
}

}  // namespace
