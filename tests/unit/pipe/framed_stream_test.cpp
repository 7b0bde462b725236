// SPDX-License-Identifier: MIT
#include <racekit/pipe/framed_stream.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <numeric>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::byte_socket;
using racekit::frame_decoder;
using racekit::frame_header;
using racekit::framed_stream;
using racekit::pipe_error;
using racekit::process;

std::string frame_of(std::string const& message) {
    frame_header const head = frame_header::of(message);
    return std::string(reinterpret_cast<char const*>(&head), sizeof head) + message;
}

TEST(crc32c, has_the_values_of_rfc_3720) {
    std::string const zeros(32, '\0');
    EXPECT_EQ(racekit::crc32c(zeros.data(), 32), 0x8a9136aaU);
    std::string const ones(32, '\xff');
    EXPECT_EQ(racekit::crc32c(ones.data(), 32), 0x62a8ab43U);
    std::string rising(32, '\0');
    std::iota(rising.begin(), rising.end(), 0);
    EXPECT_EQ(racekit::crc32c(rising.data(), 32), 0x46dd794eU);
    EXPECT_EQ(racekit::crc32c("123456789", 9), 0xe3069283U);
    std::string const digits = "123456789";
    for (std::size_t at = 0; at <= 9; ++at)
        EXPECT_EQ(racekit::crc32c(digits.data() + at, 9 - at, racekit::crc32c(digits.data(), at)),
                  0xe3069283U);
}

TEST(frame_decoder, takes_every_cut_of_a_stream) {
    std::vector<std::string> const messages{"", "a", "four", std::string(100, 'x'), ""};
    std::string stream;
    for (auto const& each : messages) stream += frame_of(each);
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        frame_decoder decoder;
        std::vector<std::string> got;
        for (std::size_t at = 0; at < stream.size();) {
            std::size_t const size = std::min(piece, stream.size() - at);
            at += decoder.feed(stream.data() + at, size);
            if (decoder.has_message()) got.push_back(decoder.take());
        }
        ASSERT_EQ(got, messages) << piece;
        EXPECT_TRUE(decoder.is_between());
    }
}

TEST(frame_decoder, notices_every_wrong_bit) {
    std::string const right = frame_of("message");
    for (std::size_t bit = 0; bit < 8 * right.size(); ++bit) {
        std::string wrong = right;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ 1 << bit % 8);
        frame_decoder decoder;
        decoder.feed(wrong.data(), wrong.size());
        EXPECT_FALSE(decoder.has_message()) << bit;
        EXPECT_EQ(decoder.error(), pipe_error::corrupt) << bit;
        EXPECT_EQ(decoder.feed(right.data(), right.size()), 0U) << "it is dead";
    }
}

TEST(frame_decoder, refuses_what_is_too_long_before_it_comes) {
    frame_decoder decoder(10);
    std::string const frame = frame_of(std::string(11, 'x'));
    EXPECT_EQ(decoder.feed(frame.data(), frame.size()), frame_header::size_on_wire);
    EXPECT_EQ(decoder.error(), std::errc::message_size);
}

TEST(framed_stream, passes_messages_between_processes) {
    racekit::socket_pair ends;
    std::vector<std::size_t> const sizes{0, 1, 100, 65'536, 70'000, 1'000'000, 0};
    process other([&] {
        ends.first.close();
        framed_stream<byte_socket> mine(std::move(ends.second));
        for (std::size_t const size : sizes) {
            if (mine.send(std::string(size, 'x'))) return 1;
        }
        return 0;
    });
    ends.second.close();
    framed_stream<byte_socket> mine(std::move(ends.first));
    std::string got;
    for (std::size_t const size : sizes) {
        ASSERT_EQ(mine.receive(got, racekit::after(30s)).error, std::error_code());
        ASSERT_EQ(got, std::string(size, 'x'));
    }
    EXPECT_EQ(mine.receive(got, racekit::after(30s)).error, pipe_error::end_of_file);
    EXPECT_EQ(mine.receive(got).error, pipe_error::end_of_file);
    EXPECT_TRUE(other.join().clean());
}

TEST(framed_stream, threads_that_share_an_end_mix_no_frames) {
    racekit::socket_pair ends;
    framed_stream<byte_socket> there(std::move(ends.first));
    framed_stream<byte_socket> here(std::move(ends.second));
    auto const send_all = [&](char letter) {
        for (int each = 0; each < 200; ++each)
            EXPECT_FALSE(
                there.send(std::string(static_cast<std::size_t>(each * 317 % 50'000), letter)));
    };
    std::thread one(send_all, 'a');
    std::thread other(send_all, 'b');
    std::string got;
    for (int each = 0; each < 400; ++each) {
        ASSERT_TRUE(here.receive(got, racekit::after(60s)));
        ASSERT_EQ(got.find_first_not_of(got.empty() ? ' ' : got[0]), std::string::npos);
    }
    one.join();
    other.join();
}

TEST(framed_stream, has_four_errors) {
    {
        racekit::socket_pair ends;
        framed_stream<byte_socket> here(std::move(ends.second));
        std::string const half = frame_of("message").substr(0, 26);
        (void)racekit::write_all(ends.first, half.data(), half.size());
        std::string got;
        EXPECT_EQ(here.receive(got, racekit::after(10ms)).error, std::errc::timed_out);
        ends.first.close();
        EXPECT_EQ(here.receive(got).error, pipe_error::truncated);
        EXPECT_EQ(here.receive(got).error, pipe_error::truncated);
    }
    {
        racekit::socket_pair ends;
        framed_stream<byte_socket> here(std::move(ends.second));
        (void)racekit::write_all(ends.first, "some other protocol, surely", 27);
        std::string got;
        EXPECT_EQ(here.receive(got).error, pipe_error::corrupt);
    }
    {
        racekit::socket_pair ends;
        framed_stream<byte_socket> here(std::move(ends.second));
        ASSERT_FALSE(here.send("never read"));
        ends.first.close();
        std::string got;
        EXPECT_EQ(here.receive(got).error, pipe_error::reset);
        EXPECT_EQ(here.send("x"), std::errc::broken_pipe);
    }
    {
        racekit::socket_pair ends;
        framed_stream<byte_socket> here(std::move(ends.second), 10);
        std::string const frame = frame_of("more than ten bytes");
        (void)racekit::write_all(ends.first, frame.data(), frame.size());
        std::string got;
        EXPECT_EQ(here.receive(got).error, std::errc::message_size);
        EXPECT_EQ(here.send("more than ten bytes"), std::errc::message_size);
    }
}

TEST(framed_stream, a_deadline_in_the_middle_of_a_frame_breaks_sending) {
    racekit::socket_pair ends;
    framed_stream<byte_socket> there(std::move(ends.first), std::size_t(1) << 24);
    framed_stream<byte_socket> here(std::move(ends.second), std::size_t(1) << 24);
    EXPECT_EQ(there.send(std::string(5'000'000, 'x'), racekit::after(10ms)), std::errc::timed_out);
    EXPECT_EQ(there.send("x"), std::errc::broken_pipe);
    there.close();
    std::string got;
    EXPECT_EQ(here.receive(got, racekit::after(30s)).error, pipe_error::truncated);
}

TEST(framed_stream, a_killed_sender_leaves_a_truncated_message_or_a_whole_one) {
    for (int round = 0; round < 60; ++round) {
        racekit::socket_pair ends;
        process victim([&] {
            ends.first.close();
            framed_stream<byte_socket> mine(std::move(ends.second));
            for (;;) (void)mine.send(std::string(100'000, 'v'));
        });
        ends.second.close();
        framed_stream<byte_socket> mine(std::move(ends.first));
        std::string got;
        ASSERT_TRUE(mine.receive(got, racekit::after(30s)));
        ::usleep(static_cast<useconds_t>(7 * round));
        victim.kill();
        for (;;) {
            auto const came = mine.receive(got, racekit::after(30s));
            if (came) {
                ASSERT_EQ(got, std::string(100'000, 'v'));
                continue;
            }
            ASSERT_TRUE(came.ended() || came.error == pipe_error::truncated);
            break;
        }
    }
}

/// Runs `send` in a process that is killed as soon as it has sent all of that.
template <class Send>
framed_stream<byte_socket> left_by_a_killed_sender(Send send) {
    racekit::socket_pair ends;
    racekit::byte_pipe done;
    process victim([&] {
        ends.first.close();
        send(ends.second);
        (void)racekit::write_all(done.writer, "x", 1);
        for (;;) ::pause();
    });
    ends.second.close();
    char sign = 0;
    EXPECT_EQ(racekit::read_exactly(done.reader, &sign, 1, racekit::after(30s)).bytes, 1U);
    victim.kill();
    return framed_stream<byte_socket>(std::move(ends.first));
}

TEST(framed_stream, a_sender_killed_in_the_middle_of_a_frame_leaves_it_truncated) {
    auto mine = left_by_a_killed_sender([](byte_socket& end) {
        std::string const frame = frame_of("message");
        (void)racekit::write_all(end, frame.data(), frame.size() - 1);
    });
    std::string got;
    EXPECT_EQ(mine.receive(got, racekit::after(30s)).error, pipe_error::truncated);
}

TEST(framed_stream, a_killed_sender_leaves_the_frames_that_it_sent) {
    auto mine = left_by_a_killed_sender([](byte_socket& end) {
        for (int each = 0; each < 5; ++each) {
            std::string const frame = frame_of(std::to_string(each));
            (void)racekit::write_all(end, frame.data(), frame.size());
        }
    });
    std::string got;
    for (int each = 0; each < 5; ++each) {
        ASSERT_TRUE(mine.receive(got, racekit::after(30s)));
        EXPECT_EQ(got, std::to_string(each));
    }
    EXPECT_EQ(mine.receive(got, racekit::after(30s)).error, pipe_error::end_of_file);
}

}  // namespace
