// SPDX-License-Identifier: MIT
#include "../support/kernel_state.hpp"

#include <racekit/pipe/message_pipe.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <numeric>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::pipe_error;
using racekit::process;
using racekit::received;

constexpr std::size_t longest = 100'000;
using pipe_type = racekit::basic_message_pipe<longest>;

TEST(message_pipe, keeps_the_bounds_of_messages) {
    racekit::shared_object<pipe_type> pipe;
    std::vector<std::size_t> const sizes{0, 1, 4087, 4088, 4089, 8176, 8177, 65'536, longest, 0, 3};
    process sender([&] {
        pipe->be_sender();
        for (std::size_t const size : sizes) {
            std::vector<unsigned char> message(size);
            std::iota(message.begin(), message.end(), static_cast<unsigned char>(size));
            if (pipe->send(message.data(), size)) return 1;
        }
        return 0;
    });
    pipe->be_receiver();
    std::vector<unsigned char> got(longest);
    for (std::size_t const size : sizes) {
        received const one = pipe->receive(got.data(), got.size(), racekit::after(30s));
        ASSERT_EQ(one.error, std::error_code());
        ASSERT_EQ(one.bytes, size);
        for (std::size_t at = 0; at < size; ++at)
            ASSERT_EQ(got[at], static_cast<unsigned char>(size + at)) << at << " of " << size;
    }
    EXPECT_EQ(pipe->receive(got.data(), got.size()).error, pipe_error::end_of_file);
    EXPECT_EQ(pipe->receive(got.data(), got.size()).error, pipe_error::end_of_file);
    EXPECT_TRUE(sender.join().clean());
}

struct numbered {
    int sender;
    int count;
    std::size_t size;
};

/// A message that shows whether all of it belongs together.
std::vector<unsigned char> filled(numbered what) {
    auto const filling = static_cast<unsigned char>(17 * what.sender + what.count);
    std::vector<unsigned char> message(what.size, filling);
    std::memcpy(message.data(), &what, sizeof what);
    return message;
}

TEST(message_pipe, short_and_long_messages_of_many_senders_stay_whole_and_in_order) {
    constexpr int senders = 4;
    constexpr int each = 300;
    racekit::shared_object<pipe_type> pipe;
    std::vector<process> running;
    for (int sender = 0; sender < senders; ++sender) {
        running.emplace_back([&, sender] {
            pipe->be_sender();
            for (int count = 0; count < each; ++count) {
                auto const message = filled({sender, count, count % 3 == 0 ? 30'000U : 100U});
                if (pipe->send(message.data(), message.size())) return 1;
            }
            return 0;
        });
    }
    pipe->be_receiver();
    std::array<int, senders> next{};
    std::vector<unsigned char> got(longest);
    for (;;) {
        received const one = pipe->receive(got.data(), got.size(), racekit::after(60s));
        if (one.error == pipe_error::end_of_file) break;
        ASSERT_EQ(one.error, std::error_code());
        numbered what;
        std::memcpy(&what, got.data(), sizeof what);
        ASSERT_EQ(what.size, one.bytes);
        ASSERT_TRUE(std::ranges::equal(std::span(got).first(one.bytes), filled(what)));
        ASSERT_EQ(what.count, next[static_cast<std::size_t>(what.sender)]++);
    }
    for (int const count : next) EXPECT_EQ(count, each);
    for (process& one : running) EXPECT_TRUE(one.join().clean());
}

TEST(message_pipe, a_dead_sender_costs_its_message_and_no_other) {
    racekit::shared_object<pipe_type> pipe;
    process victim([&] {
        pipe->be_sender();
        std::vector<char> const message(longest, 'v');
        (void)pipe->send(message.data(), message.size());  // more than the pipe holds: stops
    });
    test::await_sleep(victim.id().number);  // the pipe is full
    victim.kill();
    (void)victim.join();
    process heir([&] {
        pipe->be_sender();
        std::vector<char> const message(longest, 'h');
        return pipe->send("short", 5) || pipe->send(message.data(), message.size()) ? 1 : 0;
    });
    pipe->be_receiver();
    std::vector<char> got(longest);
    received one = pipe->receive(got.data(), got.size(), racekit::after(30s));
    EXPECT_EQ(one.error, std::error_code());
    EXPECT_EQ(std::string(got.data(), one.bytes), "short");
    EXPECT_EQ(pipe->receive(got.data(), got.size(), racekit::after(30s)).error,
              pipe_error::truncated);
    one = pipe->receive(got.data(), got.size(), racekit::after(30s));
    ASSERT_EQ(one.error, std::error_code());
    EXPECT_EQ(one.bytes, longest);
    EXPECT_EQ(std::count(got.begin(), got.end(), 'h'), static_cast<std::ptrdiff_t>(longest));
    EXPECT_EQ(pipe->receive(got.data(), got.size(), racekit::after(30s)).error,
              pipe_error::end_of_file);
    EXPECT_TRUE(heir.join().clean());
}

TEST(message_pipe, an_end_in_the_middle_of_a_message_is_truncated_then_end) {
    racekit::shared_object<pipe_type> pipe;
    process victim([&] {
        pipe->be_sender();
        std::vector<char> const message(longest, 'v');
        (void)pipe->send(message.data(), message.size());
    });
    test::await_sleep(victim.id().number);  // the pipe is full
    victim.kill();
    (void)victim.join();
    pipe->be_receiver();
    std::vector<char> got(longest);
    EXPECT_EQ(pipe->receive(got.data(), got.size(), racekit::after(30s)).error,
              pipe_error::truncated);
    EXPECT_EQ(pipe->receive(got.data(), got.size(), racekit::after(30s)).error,
              pipe_error::end_of_file);
}

TEST(message_pipe, keeps_what_does_not_fit_for_a_larger_buffer) {
    pipe_type pipe;
    ASSERT_FALSE(pipe.send("four", 4));
    char small[3];
    received const refused = pipe.receive(small, sizeof small);
    EXPECT_EQ(refused.error, pipe_error::too_long);
    EXPECT_EQ(refused.bytes, 4U);
    char enough[4];
    EXPECT_EQ(pipe.receive(enough, sizeof enough).error, std::error_code());
    EXPECT_EQ(std::string(enough, 4), "four");
}

TEST(message_pipe, says_what_cannot_be_sent) {
    pipe_type pipe;
    std::vector<char> const message(longest + 1);
    EXPECT_EQ(pipe.send(message.data(), longest + 1), std::errc::message_size);
    EXPECT_EQ(pipe.send(message.data(), longest, racekit::after(20ms)), std::errc::timed_out);
    pipe.be_sender();
    EXPECT_EQ(pipe.send("x", 1), std::errc::broken_pipe);
}

TEST(message_pipe, receive_stops_at_its_deadline_and_goes_on_later) {
    pipe_type pipe;
    char got[8];
    EXPECT_EQ(pipe.receive(got, sizeof got, racekit::after(10ms)).error, std::errc::timed_out);
    ASSERT_FALSE(pipe.send("late", 4));
    EXPECT_EQ(pipe.receive(got, sizeof got, racekit::after(30s)).error, std::error_code());
}

TEST(message_pipe, survives_senders_that_are_killed_anywhere) {
    int whole = 0;
    int cut = 0;
    for (int round = 0; round < 60; ++round) {
        racekit::shared_object<pipe_type> fresh;
        std::vector<process> senders;
        for (int sender = 0; sender < 2; ++sender) {
            senders.emplace_back([&, sender] {
                fresh->be_sender();
                for (int count = 0; count < 20; ++count) {
                    auto const message = filled({sender, count, count % 2 == 0 ? 50'000U : 50U});
                    if (fresh->send(message.data(), message.size())) return 1;
                }
                return 0;
            });
        }
        process killer([&] {
            ::usleep(static_cast<useconds_t>(37 * round));
            return 0;
        });
        fresh->be_receiver();
        std::vector<unsigned char> got(longest);
        bool is_killed = false;
        for (;;) {
            racekit::exit_status how;
            if (!is_killed && killer.join_until(racekit::after(-1s), how)) {
                senders[0].kill();
                is_killed = true;
            }
            received const one = fresh->receive(got.data(), got.size(), racekit::after(30s));
            if (one.error == pipe_error::end_of_file) break;
            if (one.error == pipe_error::truncated) {
                ++cut;
                continue;
            }
            ASSERT_EQ(one.error, std::error_code()) << one.error.message();
            numbered what;
            std::memcpy(&what, got.data(), sizeof what);
            ASSERT_EQ(what.size, one.bytes);
            ASSERT_TRUE(std::ranges::equal(std::span(got).first(one.bytes), filled(what)));
            ++whole;
        }
        EXPECT_TRUE(senders[1].join().clean());
    }
    EXPECT_GE(whole, 60 * 20);
    RecordProperty("truncated", cut);
}

}  // namespace
