// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"

#include <racekit/pipe/stream.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::transfer;

template <class End>
std::string read_text(End& end, std::size_t most, racekit::deadline limit = racekit::never) {
    std::string text(most, '\0');
    text.resize(end.read_some(text.data(), most, limit).bytes);
    return text;
}

TEST(byte_pipe, hands_bytes_on_in_order) {
    racekit::byte_pipe pipe;
    EXPECT_EQ(pipe.writer.write_some("abc", 3).bytes, 3U);
    EXPECT_EQ(pipe.writer.write_some("de", 2).bytes, 2U);
    EXPECT_EQ(read_text(pipe.reader, 2), "ab");
    EXPECT_EQ(read_text(pipe.reader, 100), "cde");
}

TEST(byte_pipe, ends_when_the_last_writer_has_closed) {
    racekit::byte_pipe pipe;
    EXPECT_EQ(pipe.writer.write_some("x", 1).bytes, 1U);
    pipe.writer.close();
    char letter = 0;
    EXPECT_FALSE(pipe.reader.read_some(&letter, 1).ended());
    transfer const last = pipe.reader.read_some(&letter, 1);
    EXPECT_TRUE(last.ended());
    EXPECT_FALSE(last.error);
}

TEST(byte_pipe, read_stops_at_its_deadline) {
    racekit::byte_pipe pipe;
    char letter = 0;
    auto const began = racekit::clock::now();
    transfer const got = pipe.reader.read_some(&letter, 1, racekit::after(30ms));
    EXPECT_EQ(got.error, std::errc::timed_out);
    EXPECT_FALSE(got.ended());
    EXPECT_GE(racekit::clock::now() - began, 30ms);
    EXPECT_EQ(pipe.reader.read_some(&letter, 1, racekit::after(-1s)).error, std::errc::timed_out);
}

TEST(byte_pipe, a_deadline_that_passed_still_takes_what_is_there) {
    racekit::byte_pipe pipe;
    EXPECT_EQ(pipe.writer.write_some("x", 1, racekit::after(-1s)).bytes, 1U);
    EXPECT_EQ(read_text(pipe.reader, 1, racekit::after(-1s)), "x");
}

TEST(byte_pipe, write_stops_at_its_deadline_when_the_pipe_is_full) {
    racekit::byte_pipe pipe;
    std::vector<char> const much(racekit::pipe_capacity + 1, 'x');
    transfer const got =
        racekit::write_all(pipe.writer, much.data(), much.size(), racekit::after(20ms));
    EXPECT_EQ(got.error, std::errc::timed_out);
    EXPECT_EQ(got.bytes, racekit::pipe_capacity);
}

TEST(byte_pipe, a_small_write_goes_in_whole_or_not_at_all) {
    racekit::byte_pipe pipe;
    std::vector<char> const filling(racekit::pipe_capacity - 100, 'x');
    ASSERT_EQ(racekit::write_all(pipe.writer, filling.data(), filling.size()).bytes,
              filling.size());
    std::array<char, racekit::pipe_atomic_write> const whole{};
    transfer const got = pipe.writer.write_some(whole.data(), whole.size(), racekit::after(10ms));
    EXPECT_EQ(got.error, std::errc::timed_out);
    EXPECT_EQ(got.bytes, 0U);
}

TEST(byte_pipe, writing_without_a_reader_is_an_error_and_no_signal) {
    struct sigaction before{};
    ::sigaction(SIGPIPE, nullptr, &before);
    ASSERT_EQ(before.sa_handler, SIG_DFL) << "the test needs the default, which kills";
    racekit::byte_pipe pipe;
    pipe.reader.close();
    EXPECT_EQ(pipe.writer.write_some("x", 1).error, std::errc::broken_pipe);

    struct sigaction after{};
    ::sigaction(SIGPIPE, nullptr, &after);
    EXPECT_EQ(after.sa_handler, SIG_DFL);
    sigset_t set;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &set);
    EXPECT_FALSE(sigismember(&set, SIGPIPE));
    ::sigpending(&set);
    EXPECT_FALSE(sigismember(&set, SIGPIPE));
}

TEST(byte_pipe, keeps_a_broken_pipe_signal_that_was_pending_before) {
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &only, nullptr);
    ::pthread_kill(::pthread_self(), SIGPIPE);
    racekit::byte_pipe pipe;
    pipe.reader.close();
    EXPECT_EQ(pipe.writer.write_some("x", 1).error, std::errc::broken_pipe);
    sigset_t pending;
    ::sigpending(&pending);
    EXPECT_TRUE(sigismember(&pending, SIGPIPE));
    timespec const at_once{};
    EXPECT_EQ(::sigtimedwait(&only, nullptr, &at_once), SIGPIPE);
    ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

TEST(byte_pipe, leaves_no_descriptor_behind) {
    auto const before = test::open_descriptors();
    {
        racekit::byte_pipe pipe;
        EXPECT_EQ(test::open_descriptors(), before + 2);
        pipe.reader.close();
        EXPECT_EQ(test::open_descriptors(), before + 1);
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(byte_pipe, closing_twice_spares_the_new_owner_of_the_number) {
    racekit::byte_pipe first;
    first.reader.close();
    first.writer.close();
    EXPECT_FALSE(first.reader.is_open());
    racekit::byte_pipe second;  // gets the same numbers
    first.reader.close();
    first.writer.close();
    EXPECT_FALSE(first.reader.is_open());
    EXPECT_TRUE(second.reader.is_open());
    EXPECT_TRUE(second.writer.is_open());
    EXPECT_EQ(second.writer.write_some("x", 1).bytes, 1U);
}

TEST(byte_pipe, knows_its_reading_end_from_its_writing_end) {
    racekit::byte_pipe pipe;
    racekit::byte_reader moved = std::move(pipe.reader);
    EXPECT_FALSE(pipe.reader.is_open());
    EXPECT_TRUE(moved.is_open());
    EXPECT_TRUE(pipe.writer.is_open());
}

TEST(byte_pipe, in_shared_memory_each_process_closes_its_own_copy) {
    racekit::shared_object<racekit::byte_pipe> pipe;
    racekit::process child([&] {
        pipe->reader.close();
        bool const mine = !pipe->reader.is_open() && pipe->writer.is_open();
        return pipe->writer.write_some("hi", 2).bytes == 2 && mine ? 0 : 1;
    });
    EXPECT_EQ(child.join().code, 0);
    EXPECT_TRUE(pipe->reader.is_open()) << "the child closed the parent's";
    pipe->writer.close();
    EXPECT_EQ(read_text(pipe->reader, 10), "hi");
    char letter = 0;
    EXPECT_TRUE(pipe->reader.read_some(&letter, 1).ended());
}

TEST(byte_pipe, two_readers_with_a_deadline_do_not_overrun_it) {
    racekit::shared_object<racekit::byte_pipe> pipe;
    auto const take = [&] {
        char letter = 0;
        (void)pipe->reader.read_some(&letter, 1, racekit::after(200ms));
    };
    racekit::process one(take);
    racekit::process other(take);
    EXPECT_EQ(pipe->writer.write_some("x", 1).bytes, 1U);
    racekit::exit_status how;
    for (racekit::process* const each : {&one, &other}) {
        // One that overran it would wait for ever: this process holds the other end.
        EXPECT_TRUE(each->join_until(racekit::after(60s), how) && how.clean());
        each->kill();
    }
}

TEST(stream, read_exactly_tells_a_cut_from_an_end) {
    racekit::byte_pipe pipe;
    EXPECT_EQ(racekit::write_all(pipe.writer, "abc", 3).bytes, 3U);
    pipe.writer.close();
    char text[2];
    EXPECT_EQ(racekit::read_exactly(pipe.reader, text, 2).bytes, 2U);
    transfer const cut = racekit::read_exactly(pipe.reader, text, 2);
    EXPECT_EQ(cut.bytes, 1U);
    EXPECT_FALSE(cut.error);
    EXPECT_FALSE(cut.ended());
    EXPECT_TRUE(racekit::read_exactly(pipe.reader, text, 2).ended());
}

TEST(stream, write_all_tells_how_far_it_came) {
    racekit::byte_pipe pipe;
    pipe.reader.close();
    transfer const got = racekit::write_all(pipe.writer, "abc", 3);
    EXPECT_EQ(got.bytes, 0U);
    EXPECT_EQ(got.error, std::errc::broken_pipe);
    EXPECT_EQ(racekit::write_all(pipe.writer, "", 0).error, std::error_code());
}

TEST(socket_pair, carries_bytes_both_ways) {
    racekit::socket_pair line;
    EXPECT_EQ(line.first.write_some("ping", 4).bytes, 4U);
    EXPECT_EQ(read_text(line.second, 10), "ping");
    EXPECT_EQ(line.second.write_some("pong", 4).bytes, 4U);
    EXPECT_EQ(read_text(line.first, 10), "pong");
}

TEST(socket_pair, ends_deadlines_and_broken_pipes) {
    racekit::socket_pair line;
    char letter = 0;
    EXPECT_EQ(line.first.read_some(&letter, 1, racekit::after(5ms)).error, std::errc::timed_out);
    line.second.close();
    EXPECT_TRUE(line.first.read_some(&letter, 1).ended());
    EXPECT_EQ(line.first.write_some("x", 1).error, std::errc::broken_pipe);
}

TEST(socket_pair, says_that_nobody_read_the_last_bytes) {
    racekit::socket_pair line;
    EXPECT_EQ(line.first.write_some("lost", 4).bytes, 4U);
    line.second.close();
    char letter = 0;
    EXPECT_EQ(line.first.read_some(&letter, 1).error, std::errc::connection_reset);
}

TEST(socket_pair, write_stops_at_its_deadline_when_nobody_reads) {
    racekit::socket_pair line;
    std::vector<char> const much(8 << 20, 'x');
    transfer const got =
        racekit::write_all(line.first, much.data(), much.size(), racekit::after(20ms));
    EXPECT_EQ(got.error, std::errc::timed_out);
    EXPECT_LT(got.bytes, much.size());
}

TEST(channel, no_descriptors_left_is_said_at_construction) {
    racekit::process child([] {
        rlimit const few{3, 3};
        ::setrlimit(RLIMIT_NOFILE, &few);
        int errors = 0;
        try {
            racekit::byte_pipe pipe;
        } catch (std::system_error const& full) {
            errors += full.code() == std::errc::too_many_files_open;
        }
        try {
            racekit::socket_pair line;
        } catch (std::system_error const& full) {
            errors += full.code() == std::errc::too_many_files_open;
        }
        return errors;
    });
    EXPECT_EQ(child.join().code, 2);
}

TEST(byte_pipe, a_read_that_watches_ends_when_a_socket_is_closed) {
    racekit::byte_pipe pipe;
    racekit::socket_pair line;
    racekit::byte_socket const* const watched[] = {&line.first};
    char byte = 0;
    auto const soon = [] { return racekit::after(std::chrono::milliseconds(10)); };
    EXPECT_EQ(pipe.reader.read_some_watching(&byte, 1, watched, soon()).error,
              std::errc::timed_out);
    EXPECT_EQ(pipe.writer.write_some("x", 1).bytes, 1U);
    line.second.close();
    EXPECT_EQ(pipe.reader.read_some_watching(&byte, 1, watched, racekit::never).bytes, 1U)
        << "what is there comes first";
    EXPECT_EQ(pipe.reader.read_some_watching(&byte, 1, watched, racekit::never).error,
              std::errc::connection_aborted);
    pipe.writer.close();
    EXPECT_TRUE(pipe.reader.read_some_watching(&byte, 1, {}, racekit::never).ended());
}

}  // namespace
