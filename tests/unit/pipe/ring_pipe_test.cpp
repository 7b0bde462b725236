// SPDX-License-Identifier: MIT
// What only ring_pipe has: frames, owners, sleep, a peer that lies. What both pipes have in common
// is in pipe_test.cpp.
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <numeric>
#include <poll.h>
#include <random>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::pipe_error;
using racekit::process;
using racekit::received;
using racekit::ring_end;
using racekit::ring_options;
using racekit::ring_pipe;

std::string filled(std::size_t size) {
    std::string message(size, '\0');
    std::iota(message.begin(), message.end(), static_cast<char>(size));
    return message;
}

TEST(ring_pipe, messages_of_every_size_stay_whole_in_small_rings) {
    for (std::size_t const capacity : {128U, 256U, 4096U}) {
        ring_pipe ends(ring_options{.capacity = capacity});
        constexpr int messages = 2000;
        auto const size_of = [=](int number) {
            return static_cast<std::size_t>(number * number) % (2 * capacity);
        };
        process sender([&] {
            ring_end mine = ends.keep_second();
            for (int each = 0; each < messages; ++each) {
                if (mine.send(filled(size_of(each)))) return 1;
            }
            return 0;
        });
        ring_end mine = ends.keep_first();
        std::string got;
        for (int each = 0; each < messages; ++each) {
            ASSERT_EQ(mine.receive(got, racekit::after(30s)).error, std::error_code()) << each;
            ASSERT_EQ(got, filled(size_of(each))) << each;
        }
        EXPECT_TRUE(mine.receive(got, racekit::after(30s)).ended());
        EXPECT_TRUE(sender.join().clean());
    }
}

TEST(ring_pipe, threads_that_share_an_end_mix_no_messages) {
    constexpr int each = 2000;
    ring_pipe ends(ring_options{.capacity = 4096});
    auto const send_all = [&](char letter) {
        for (int count = 0; count < each; ++count) {
            std::string const message(static_cast<std::size_t>(count % 3000), letter);
            EXPECT_FALSE(ends.first.send(message));
        }
    };
    std::thread one(send_all, 'a');
    std::thread other(send_all, 'b');
    std::string got;
    for (int count = 0; count < 2 * each; ++count) {
        ASSERT_TRUE(ends.second.receive(got, racekit::after(60s)));
        ASSERT_EQ(got.find_first_not_of(got.empty() ? ' ' : got[0]), std::string::npos);
    }
    one.join();
    other.join();
}

TEST(ring_pipe, an_end_belongs_to_one_process_at_a_time) {
    ring_pipe ends;
    ASSERT_FALSE(ends.first.send("from the parent"));
    process child([&] {
        std::string got;
        if (ends.first.send("x") != std::errc::device_or_resource_busy) return 1;
        if (ends.first.receive(got).error != std::errc::device_or_resource_busy) return 2;
        if (!ends.second.receive(got) || got != "from the parent") return 3;
        return ends.second.send("from the child") ? 4 : 0;
    });
    ASSERT_TRUE(child.join().clean());
    std::string got;
    ASSERT_TRUE(ends.first.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "from the child");
    // Its owner is dead: another process may go on where it stopped.
    ASSERT_FALSE(ends.first.send("again"));
    ASSERT_TRUE(ends.second.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "again");
}

TEST(ring_pipe, an_owner_hands_its_end_on) {
    ring_pipe ends;
    ASSERT_FALSE(ends.first.send("one"));
    ASSERT_FALSE(ends.first.hand_on());
    process child([&] { return ends.first.send("two") ? 1 : 0; });
    ASSERT_TRUE(child.join().clean());
    std::string got;
    ASSERT_TRUE(ends.second.receive(got));
    ASSERT_TRUE(ends.second.receive(got));
    EXPECT_EQ(got, "two");
}

TEST(ring_pipe, a_sender_killed_inside_a_long_message_leaves_it_truncated) {
    ring_pipe ends(ring_options{.capacity = 1024});
    process victim([&] {
        ring_end mine = ends.keep_second();
        (void)mine.send("whole");
        (void)mine.send(filled(100'000));  // waits for room for ever
    });
    ring_end mine = ends.keep_first();
    std::string got;
    ASSERT_TRUE(mine.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "whole");
    std::vector<char> room(100'000);
    EXPECT_EQ(mine.receive(room.data(), 99'999).error, pipe_error::too_long);
    victim.kill();  // inside the long message, which never fits
    (void)victim.join();
    EXPECT_EQ(mine.receive(room.data(), room.size(), racekit::after(30s)).error,
              pipe_error::truncated);
    EXPECT_EQ(mine.receive(room.data(), room.size(), racekit::after(30s)).error,
              pipe_error::end_of_file);
}

TEST(ring_pipe, a_deadline_inside_a_long_message_keeps_what_came) {
    ring_pipe ends(ring_options{.capacity = 1024});
    std::string const message = filled(5'000);
    std::thread sender([&] {
        EXPECT_FALSE(ends.first.send(message));
        EXPECT_FALSE(ends.first.send("next"));
    });
    std::vector<char> room(5'000);
    int timed_out = 0;
    for (;;) {
        std::fill(room.begin(), room.end(), '?');
        received const got = ends.second.receive(room.data(), room.size(), racekit::after(-1s));
        if (got) break;
        ASSERT_EQ(got.error, std::errc::timed_out);
        ++timed_out;
    }
    EXPECT_EQ(std::string(room.data(), room.size()), message);
    std::string next;
    ASSERT_TRUE(ends.second.receive(next, racekit::after(30s)));
    EXPECT_EQ(next, "next");
    sender.join();
    RecordProperty("timed_out", timed_out);
}

TEST(ring_pipe, a_send_that_times_out_inside_a_long_message_truncates_it) {
    ring_pipe ends(ring_options{.capacity = 1024});
    EXPECT_EQ(ends.first.send(filled(5'000), racekit::after(10ms)), std::errc::timed_out);
    std::thread sender([&] { EXPECT_FALSE(ends.first.send("next")); });
    std::string got(5'000, '?');
    EXPECT_EQ(ends.second.receive(got, racekit::after(30s)).error, pipe_error::truncated);
    EXPECT_TRUE(ends.second.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "next");
    sender.join();
}

TEST(ring_pipe, a_message_cut_short_is_truncated_for_a_receiver_that_had_timed_out_in_it) {
    ring_pipe ends(ring_options{.capacity = 1024});
    EXPECT_EQ(ends.first.send(filled(5'000), racekit::after(10ms)), std::errc::timed_out);
    std::string got(5'000, '?');
    EXPECT_EQ(ends.second.receive(got, racekit::after(10ms)).error, std::errc::timed_out);
    ASSERT_FALSE(ends.first.send("next"));
    got.resize(5'000);
    EXPECT_EQ(ends.second.receive(got, racekit::after(30s)).error, pipe_error::truncated);
    EXPECT_TRUE(ends.second.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "next");
}

TEST(ring_pipe, a_message_that_a_dead_receiver_took_in_part_is_truncated_for_the_next_one) {
    ring_pipe ends(ring_options{.capacity = 1024});
    std::thread sender([&] {
        EXPECT_FALSE(ends.first.send(filled(5'000)));
        EXPECT_FALSE(ends.first.send("next"));
    });
    process victim([&] {
        rlimit const no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        // Room for one frame; the page behind it kills.
        auto* const pages = static_cast<char*>(
            ::mmap(nullptr, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        ::mprotect(pages, 4096, PROT_READ | PROT_WRITE);
        (void)ends.second.receive(pages + 4096 - 300, 5'000);
    });
    EXPECT_EQ(victim.join().signal, SIGSEGV);
    std::string got;
    EXPECT_EQ(ends.second.receive(got, racekit::after(30s)).error, pipe_error::truncated);
    ASSERT_TRUE(ends.second.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "next");
    sender.join();
}

TEST(ring_pipe, descriptors_that_a_dead_receiver_took_cost_their_message_and_no_other) {
    ring_pipe ends;
    int const numbers[] = {0};
    ASSERT_FALSE(ends.first.send_with("one", 3, numbers));
    process victim([&] {
        (void)ends.second.arm();  // empties the socket
        ::raise(SIGKILL);
    });
    (void)victim.join();
    std::vector<racekit::descriptor> with;
    char got[8];
    EXPECT_EQ(ends.second.receive_with(got, sizeof got, with, racekit::after(30s)).error,
              pipe_error::truncated);
    ASSERT_FALSE(ends.first.send_with("two", 3, numbers));
    received const next = ends.second.receive_with(got, sizeof got, with, racekit::after(30s));
    ASSERT_TRUE(next);
    EXPECT_EQ(std::string(got, next.bytes), "two");
    EXPECT_EQ(with.size(), 1U);
}

TEST(ring_pipe, a_sleeping_end_notices_the_death_of_its_peer) {
    for (bool const receives : {true, false}) {
        ring_pipe ends(ring_options{.capacity = 128});
        process victim([&] {
            ring_end mine = ends.keep_second();
            ::usleep(60'000'000);
        });
        ring_end mine = ends.keep_first();
        std::thread killer([&] {
            ::usleep(20'000);
            victim.kill();
        });
        std::string got;
        if (receives) {
            EXPECT_TRUE(mine.receive(got, racekit::after(30s)).ended());
        } else {
            std::error_code error;
            while (!error) error = mine.send("fills the ring", racekit::after(30s));
            EXPECT_EQ(error, std::errc::broken_pipe);
            EXPECT_EQ(mine.receive(got, racekit::after(30s)).error, pipe_error::reset);
        }
        killer.join();
    }
}

TEST(ring_pipe, a_waiting_poller_is_woken_through_the_descriptor) {
    ring_pipe ends;
    EXPECT_FALSE(ends.first.arm());
    pollfd watched{ends.first.number(), POLLIN, 0};
    EXPECT_EQ(::poll(&watched, 1, 0), 0);
    ASSERT_FALSE(ends.second.send("ring"));
    EXPECT_EQ(::poll(&watched, 1, 60'000), 1);
    ends.first.disarm();
    EXPECT_EQ(::poll(&watched, 1, 0), 0) << "the bell was taken out";
    ASSERT_FALSE(ends.second.send("silent"));
    EXPECT_EQ(::poll(&watched, 1, 0), 0);
    std::string got;
    EXPECT_TRUE(ends.first.receive(got));
    EXPECT_TRUE(ends.first.receive(got));
    EXPECT_FALSE(ends.first.arm());
    ends.first.disarm();
    ASSERT_FALSE(ends.second.send("silent"));
    EXPECT_EQ(::poll(&watched, 1, 0), 0) << "nobody waits for the bell any more";
}

/// Writes garbage over all that the two processes share.
void scribble(racekit::pipe_detail::ring_memory& memory, std::mt19937_64& random) {
    auto& sides = *memory.words;
    for (racekit::ring_words& lane : sides.lanes) {
        lane.tail.store(random() % (random() % 2 == 0 ? memory.capacity * 2 : UINT64_MAX));
        lane.head.store(random() % (random() % 2 == 0 ? memory.capacity * 2 : UINT64_MAX));
        lane.receiver_waits.store(static_cast<std::uint32_t>(random()));
        lane.sender_waits.store(static_cast<std::uint32_t>(random()));
    }
    for (std::size_t at = 0; at < 2 * memory.capacity; at += 8) {
        std::uint64_t const word = random() % (random() % 2 == 0 ? 100 : UINT64_MAX);
        std::memcpy(static_cast<char*>(memory.memory.data()) + at, &word, 8);
    }
}

TEST(ring_pipe, refuses_sizes_that_no_capacity_can_be) {
    EXPECT_THROW(ring_pipe(ring_options{.capacity = 127}), std::invalid_argument);
    EXPECT_THROW(ring_pipe(ring_options{.capacity = std::size_t(1) << 33}), std::invalid_argument);
}

TEST(ring_pipe, frames_that_no_sender_writes_are_corrupt_and_touch_nothing_else) {
    std::mt19937_64 random(13);
    int corrupt = 0;
    for (int round = 0; round < 3000; ++round) {
        auto const memory = std::make_shared<racekit::pipe_detail::ring_memory>(256);
        racekit::ring_receiver<> in(memory->words->lanes[0], memory->bytes_of[0], 256,
                                    racekit::ring_recheck);
        in.begin();
        scribble(*memory, random);
        char room[64];
        for (int frames = 0; frames < 40; ++frames) {
            racekit::ring_frame frame;
            std::uint64_t whole = 0;
            racekit::ring_wait const now = in.look();
            if (now == racekit::ring_wait::timed_out) break;
            if (now == racekit::ring_wait::corrupt ||
                !in.read_header(frame, whole, racekit::site::here())) {
                ++corrupt;
                break;
            }
            ASSERT_LE(frame.bytes, sizeof room);
            in.take(frame, room, [] {}, racekit::site::here());
        }
    }
    EXPECT_GT(corrupt, 1000);
}

}  // namespace
