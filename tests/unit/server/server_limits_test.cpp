// SPDX-License-Identifier: MIT
// The limits of an event_server, turn by turn: what a client that floods, does not read, fails its
// proof or trickles may cost, and a full disk under the journal. Server and clients are one thread.
#include "../../server/raw_client.hpp"
#include "../../server/serving.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <malloc.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <utility>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;
using test::raw_client;

/// A server whose turns the test takes. It has a value "n" (1), a list "t" (2), a queue "q" (3).
class served {
public:
    explicit served(server_options options = {}) {
        options.addresses = {address()};
        options.spin = duration::zero();
        options.log = [this](std::string_view line) { log.emplace_back(line); };
        server.emplace(std::move(options));
        (void)server->make(object_type::value, "n", 0);
        (void)server->make(object_type::list, "t");
        (void)server->make(object_type::queue, "q");
    }
    [[nodiscard]] std::string address() const { return "unix:" + (at / "s"); }
    std::unique_ptr<raw_client> client() {
        auto made = stranger();
        made->greet();
        return made;
    }
    std::unique_ptr<raw_client> stranger(std::string const& key = {}) {
        return std::make_unique<raw_client>(address(), key, [this] { turn(); });
    }
    void turn() { server->turn(deadline::min()); }
    /// Turns until nothing is left to do.
    void settle() {
        for (int each = 0; each < 200; ++each) turn();
    }
    [[nodiscard]] std::size_t logged(std::string_view part) const {
        return static_cast<std::size_t>(
            std::count_if(log.begin(), log.end(),
                          [&](auto const& line) { return line.find(part) != std::string::npos; }));
    }
    /// How often the server wakes up while nothing happens.
    int turns_in(duration span) {
        int count = 0;
        for (deadline const end = after(span); racekit::clock::now() < end; ++count)
            server->turn(end);
        return count;
    }

    test::folder at;
    std::vector<std::string> log;
    std::optional<event_server> server;
};

/// As many requests as fit into the socket; returns the bytes.
std::size_t fill(raw_client& client, std::string const& frame) {
    std::string many;
    while (many.size() < 65536) many += frame;
    std::size_t whole = 0;
    for (std::ptrdiff_t put = 0; (put = client.end.write(many.data(), many.size())) > 0;)
        whole += static_cast<std::size_t>(put);
    return whole;
}
std::string frame_of(std::string_view message) {
    frame_codec frames(1 << 20);
    std::string made;
    frames.seal(made, message);
    return made;
}

TEST(server_limits, a_client_that_floods_has_its_turn_as_any_other) {
    served one;
    auto flooding = one.client();
    // Longer than what is read at once divided by what is done at once.
    (void)fill(*flooding, frame_of(raw_client::request(1, operation::get, 1)));
    for (int each = 0; each < 300; ++each) {
        std::uint64_t const before = one.server->core().requests();
        one.turn();
        // Of what was read just now, and of what waits: a budget each.
        ASSERT_LE(one.server->core().requests() - before, 2 * server_limits().requests_a_turn);
    }
}

TEST(server_limits, requests_that_wait_for_their_turn_stay_with_the_client) {
    served one;
    auto flooding = one.client();
    std::string const frame = frame_of(raw_client::request(1, operation::get, 1));
    std::size_t sent = 0;
    std::uint64_t const before = one.server->core().requests();
    for (int each = 0; each < 100; ++each) {
        sent += fill(*flooding, frame);
        one.turn();
        char bytes[65536];
        while (flooding->end.read(bytes, sizeof bytes) > 0) {
        }
    }
    std::size_t const done = (one.server->core().requests() - before) * frame.size();
    EXPECT_LT(sent - done, std::size_t{2} << 20U) << "the rest is in the kernel's buffer";
}

TEST(server_limits, of_a_client_that_does_not_read_some_replies_wait_and_no_more) {
    served one;
    auto lazy = one.client();
    auto writer = one.client();
    writer->send(raw_client::request(1, operation::append, 2, std::string(10'000, 'x')));
    (void)writer->receive();
    (void)fill(*lazy, frame_of(raw_client::request(1, operation::snapshot, 2)));
    one.settle();
    EXPECT_GE(one.server->to_send(), server_limits().stop_reading_at);
    EXPECT_LE(one.server->to_send(), server_limits().stop_reading_at + 20'000);
    // When it reads, it goes on where it stopped.
    for (int each = 0; each < 500; ++each) ASSERT_GT(lazy->receive().size(), 10'000U);
}

TEST(server_limits, a_client_that_does_not_read_for_long_is_closed) {
    server_options options;
    options.limits.close_at = options.limits.stop_reading_at;
    options.limits.slow_reader = 50ms;
    served one(std::move(options));
    auto lazy = one.client();
    auto writer = one.client();
    writer->send(raw_client::request(1, operation::append, 2, std::string(10'000, 'x')));
    (void)writer->receive();
    (void)fill(*lazy, frame_of(raw_client::request(1, operation::snapshot, 2)));
    while (one.server->core().clients() == 2) one.server->turn(after(10ms));
    EXPECT_EQ(one.logged("does not read its replies"), 1U);
    EXPECT_EQ(one.server->to_send(), 0U);
    writer->send(raw_client::request(2, operation::get, 1));
    EXPECT_FALSE(writer->receive().empty()) << "the others are served";
}

TEST(server_limits, replies_of_calls_that_waited_do_not_pile_up) {
    server_options options;
    options.limits.close_at_once_at = std::size_t{4} << 20U;
    served one(std::move(options));
    auto lazy = one.client();
    auto writer = one.client();
    for (int each = 1; each <= 60; ++each)
        lazy->send(raw_client::request(each, operation::take, 3, -1));
    one.settle();
    ASSERT_EQ(one.server->core().waiting_calls(), 60U);
    std::size_t most = 0;
    for (int each = 1; each <= 60; ++each) {
        writer->send(raw_client::request(each, operation::put, 3, std::string(500'000, 'x'), -1));
        (void)writer->receive();
        most = std::max(most, one.server->to_send());
    }
    EXPECT_LE(most, std::size_t{4} << 20U);
    EXPECT_EQ(one.server->core().clients(), 1U) << "it was closed";
    EXPECT_EQ(one.server->core().waiting_calls(), 0U);
}

TEST(server_limits, of_many_that_do_not_read_those_with_the_most_are_closed) {
    server_options options;
    options.limits.to_send_to_all = std::size_t{2} << 20U;
    served one(std::move(options));
    auto writer = one.client();
    writer->send(raw_client::request(1, operation::append, 2, std::string(10'000, 'x')));
    (void)writer->receive();
    std::vector<std::unique_ptr<raw_client>> lazy;
    for (int each = 0; each < 20; ++each) {
        lazy.push_back(one.client());
        (void)fill(*lazy.back(), frame_of(raw_client::request(1, operation::snapshot, 2)));
        one.settle();
        EXPECT_LE(one.server->to_send(), std::size_t{2} << 20U);
    }
    EXPECT_GE(one.server->core().clients(), 5U) << "no more than needed";
    writer->send(raw_client::request(2, operation::get, 1));
    EXPECT_FALSE(writer->receive().empty());
}

TEST(server_limits, a_refused_stranger_that_leaves_does_not_keep_the_server_awake) {
    for (bool const leaves : {false, true}) {
        server_options options;
        options.key = std::string(test::key.data(), test::key.size());
        options.limits.failures = 0;
        options.limits.after_failures = 10s;
        options.limits.handshake = 10s;
        served one(std::move(options));
        auto guessing = one.stranger(std::string(40, 'g'));
        std::string const proof = [&] {
            guessing->send(guessing->greeting->hello());
            return guessing->greeting->receive(guessing->receive(), guessing->frames);
        }();
        guessing->send(proof);
        one.settle();
        if (leaves) guessing.reset();
        else guessing->send_bytes("more");
        one.settle();
        EXPECT_LT(one.turns_in(300ms), 30) << "it sleeps";
        EXPECT_EQ(one.server->half_open(), leaves ? 0U : 1U);
    }
}

TEST(server_limits, many_failed_proofs_wait_no_longer_than_a_handshake_may) {
    server_options options;
    options.key = std::string(test::key.data(), test::key.size());
    options.limits.failures = 0;
    options.limits.after_failures = 1h;
    options.limits.handshake = 300ms;
    served one(std::move(options));
    std::vector<std::unique_ptr<raw_client>> guessing;
    for (int each = 0; each < 5; ++each) {
        guessing.push_back(one.stranger(std::string(40, 'g')));
        raw_client& last = *guessing.back();
        last.send(last.greeting->hello());
        last.send(last.greeting->receive(last.receive(), last.frames));
    }
    for (auto& each : guessing) EXPECT_TRUE(each->is_closed());
    EXPECT_EQ(one.server->half_open(), 0U);
}

TEST(server_limits, a_crowd_whose_time_is_over_goes_a_few_a_turn) {
    for (bool const known : {false, true}) {
        server_options options;
        options.limits.handshake = known ? duration(30s) : duration(50ms);
        options.limits.frame_time = 50ms;
        served one(std::move(options));
        std::vector<std::unique_ptr<raw_client>> crowd;
        for (int each = 0; each < 300; ++each) {
            crowd.push_back(one.stranger());
            if (!known) continue;
            crowd.back()->greet();
            crowd.back()->send_bytes("x");
        }
        std::size_t most = 0;
        std::size_t left = 0;
        do {
            std::size_t const before = one.server->connections();
            one.server->turn(after(10ms));
            left = one.server->connections();
            if (left < before) most = std::max(most, before - left);
        } while (left > 0 || !crowd.back()->is_closed(false));
        EXPECT_LE(most, 64U);
    }
}

TEST(server_limits, each_frame_has_its_own_time) {
    server_options options;
    options.limits.frame_time = 1s;
    served one(std::move(options));
    auto slow = one.client();
    std::string const frame = frame_of(raw_client::request(1, operation::get, 1));
    std::string const half = frame.substr(0, frame.size() / 2);
    std::string const rest = frame.substr(frame.size() / 2);
    // There is always a frame that has begun, and each ends soon.
    slow->send_bytes(half);
    deadline const end = after(2s);
    for (deadline last = racekit::clock::now(); last < end;) {
        slow->send_bytes(rest + half);
        ASSERT_FALSE(slow->receive().empty());
        one.server->turn(after(20ms));
        deadline const now = racekit::clock::now();
        if (now - last > 500ms) GTEST_SKIP() << "this machine stood still";
        last = now;
    }
    EXPECT_FALSE(slow->is_closed(false));
    // And one that never ends is closed.
    while (one.server->core().clients() > 0) one.server->turn(after(10ms));
}

TEST(server_limits, a_client_that_is_idle_keeps_no_long_buffers) {
    served one;
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int each = 0; each < 20; ++each) clients.push_back(one.client());
    auto const used = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
    std::size_t const before = used();
    for (auto& each : clients) {
        each->send(raw_client::request(1, operation::set, 1, std::string(900'000, 'x')));
        (void)each->receive();
        each->send(raw_client::request(2, operation::get, 1));
        EXPECT_GT(each->receive().size(), 900'000U);
        server_detail::free_memory(each->in);
        each->send(raw_client::request(3, operation::set, 1, 0));
        (void)each->receive();
        one.settle();
    }
    EXPECT_LT(used() - std::min(before, used()), std::size_t{2} << 20U);
}

/// In a process of its own, whose files have a limit: 0 if all is right.
int on_a_full_disk() {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    rlimit const before = limit;
    test::folder at;
    server_options options;
    options.journal = at / "journal";
    served one(std::move(options));
    auto client = one.client();
    client->send(raw_client::request(1, operation::add, 1, 1));
    (void)client->receive();
    limit.rlim_cur = 1;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    client->send(raw_client::request(2, operation::add, 1, 1));
    one.settle();
    char byte = 0;
    if (!stream_socket::is_again(client->end.read(&byte, 1))) return 3;  // no reply
    if (one.turns_in(300ms) > 30) return 4;                              // it sleeps
    if (one.logged("no request is answered") != 1) return 5;
    ::setrlimit(RLIMIT_FSIZE, &before);
    if (client->receive() != std::string("\x93\x02\x00\x01", 4)) return 6;  // 2, no error, 1
    return one.logged("written again") == 1 ? 0 : 7;
}

TEST(server_limits, on_a_full_disk_it_answers_nothing_and_sleeps_until_there_is_room) {
    process apart([] { return on_a_full_disk(); });
    EXPECT_EQ(apart.join().code, 0);
}

}  // namespace
