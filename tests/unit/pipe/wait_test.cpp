// SPDX-License-Identifier: MIT
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/pipe/wait.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::wait;
using indices = std::vector<std::size_t>;

TEST(wait, times_out_with_nothing) {
    racekit::pipe one;
    racekit::ring_pipe other;
    auto const began = racekit::clock::now();
    EXPECT_EQ(wait({one.first, other.first}, racekit::after(20ms)), indices{});
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_EQ(wait({one.first, other.first}, racekit::after(-1s)), indices{});
    EXPECT_EQ(wait(std::span<racekit::waitable const>(), racekit::after(1ms)), indices{});
}

TEST(wait, names_all_that_are_ready) {
    racekit::pipe one;
    racekit::ring_pipe other;
    racekit::byte_pipe bytes;
    racekit::process child([] {});
    racekit::pipe silent;
    ASSERT_FALSE(one.second.send("x"));
    ASSERT_FALSE(other.second.send("x"));
    ASSERT_EQ(wait({child}, racekit::after(30s)), indices{0});
    EXPECT_EQ(wait({silent.first, one.first, other.first, child}), (indices{1, 2, 3}));
    std::string got;
    ASSERT_TRUE(one.first.receive(got));
    ASSERT_TRUE(other.first.receive(got));
    EXPECT_EQ(wait({one.first, other.first}, racekit::after(1ms)), indices{});
}

TEST(wait, is_woken_by_each_of_many) {
    constexpr int rounds = 200;
    std::vector<racekit::pipe> pipes(3);
    std::vector<racekit::ring_pipe> rings(3);
    racekit::process sender([&] {
        std::vector<racekit::pipe_end> mine;
        std::vector<racekit::ring_end> ours;
        for (auto& each : pipes) mine.push_back(each.keep_second());
        for (auto& each : rings) ours.push_back(each.keep_second());
        for (int round = 0; round < rounds; ++round) {
            auto const which = static_cast<std::size_t>(round * 7 % 6);
            if (round % 3 == 0) ::usleep(300);
            if (which < 3 ? mine[which].send("x") : ours[which - 3].send("x")) return 1;
        }
        return 0;
    });
    std::vector<racekit::pipe_end> mine;
    std::vector<racekit::ring_end> ours;
    for (auto& each : pipes) mine.push_back(each.keep_first());
    for (auto& each : rings) ours.push_back(each.keep_first());
    int messages = 0;
    int ends = 0;
    std::vector<bool> ended(6);
    std::string got;
    while (ends < 6) {
        std::vector<racekit::waitable> left;
        std::vector<std::size_t> which;
        for (std::size_t at = 0; at < 6; ++at) {
            if (ended[at]) continue;
            if (at < 3) left.emplace_back(mine[at]);
            else left.emplace_back(ours[at - 3]);
            which.push_back(at);
        }
        indices const ready = wait(std::span<racekit::waitable const>(left), racekit::after(30s));
        ASSERT_FALSE(ready.empty());
        for (std::size_t const each : ready) {
            std::size_t const at = which[each];
            auto const came = at < 3 ? mine[at].receive(got, racekit::after(-1s))
                                     : ours[at - 3].receive(got, racekit::after(-1s));
            if (came) {
                ++messages;
            } else {
                ASSERT_TRUE(came.ended()) << came.error.message();
                ended[at] = true;
                ++ends;
            }
        }
    }
    EXPECT_EQ(messages, rounds);
    EXPECT_TRUE(sender.join().clean());
}

TEST(wait, is_woken_by_a_ring_whose_sender_waits_for_the_answer) {
    racekit::ring_pipe ends;
    racekit::process child([&] {
        auto mine = ends.keep_second();
        std::string answer;
        for (int round = 0; round < 50; ++round) {
            if (round % 10 == 0) ::usleep(1000);
            if (mine.send("question") || !mine.receive(answer, racekit::after(30s))) return 1;
        }
        return 0;
    });
    auto mine = ends.keep_first();
    std::string question;
    for (int round = 0; round < 50; ++round) {
        ASSERT_EQ(wait({mine}, racekit::after(30s)), indices{0}) << round;
        ASSERT_TRUE(mine.receive(question, racekit::after(-1s)));
        ASSERT_FALSE(mine.send("answer"));
    }
    EXPECT_TRUE(child.join().clean());
}

TEST(wait, sees_a_message_that_was_kept_back) {
    racekit::pipe ends;
    ASSERT_FALSE(ends.second.send("long"));
    char small[1];
    EXPECT_EQ(ends.first.receive(small, 1).error, racekit::pipe_error::too_long);
    EXPECT_EQ(wait({ends.first}, racekit::after(30s)), indices{0});
}

TEST(wait, counts_an_end_as_ready) {
    racekit::pipe one;
    racekit::ring_pipe other;
    one.second.close();
    other.second.close();
    EXPECT_EQ(wait({one.first, other.first}, racekit::after(30s)), (indices{0, 1}));
}

TEST(wait, is_woken_by_the_death_of_a_peer) {
    racekit::pipe one;
    racekit::ring_pipe other;
    racekit::process victim([&] {
        auto mine = one.keep_second();
        auto ours = other.keep_second();
        ::usleep(60'000'000);
    });
    auto mine = one.keep_first();
    auto ours = other.keep_first();
    std::thread killer([&] {
        ::usleep(20'000);
        victim.kill();
    });
    std::size_t count = 0;
    while (count < 3) {
        indices const ready = wait({mine, ours, victim}, racekit::after(30s));
        ASSERT_FALSE(ready.empty());
        count = ready.size();
    }
    killer.join();
}

}  // namespace
