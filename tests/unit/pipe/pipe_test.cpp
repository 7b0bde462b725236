// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"
#include "../support/kernel_state.hpp"

#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <numeric>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::pipe_end;
using racekit::pipe_error;
using racekit::process;
using racekit::received;

/// A message of that size whose bytes depend on it.
std::string filled(std::size_t size) {
    std::string message(size, '\0');
    std::iota(message.begin(), message.end(), static_cast<char>(size));
    return message;
}

/// What holds of each kind of pipe.
template <class Pipe>
struct both_pipes : testing::Test {};
using kinds = testing::Types<racekit::pipe, racekit::ring_pipe>;
TYPED_TEST_SUITE(both_pipes, kinds);

TYPED_TEST(both_pipes, keeps_the_bounds_of_messages_of_every_size) {
    TypeParam ends;
    std::vector<std::size_t> const sizes{1,       0,       3,       4096,    65'536,    131'071,
                                         131'072, 131'073, 212'992, 300'000, 1'000'000, 0};
    process sender([&] {
        auto mine = ends.keep_second();
        for (std::size_t const size : sizes) {
            if (mine.send(filled(size))) return 1;
        }
        return 0;
    });
    auto mine = ends.keep_first();
    std::string got;
    for (std::size_t const size : sizes) {
        ASSERT_EQ(mine.receive(got, racekit::after(30s)).error, std::error_code()) << size;
        ASSERT_EQ(got, filled(size));
    }
    EXPECT_EQ(mine.receive(got, racekit::after(30s)).error, pipe_error::end_of_file);
    EXPECT_EQ(mine.receive(got, racekit::after(30s)).error, pipe_error::end_of_file);
    EXPECT_TRUE(sender.join().clean());
}

TYPED_TEST(both_pipes, goes_both_ways) {
    TypeParam ends;
    process echo([&] {
        auto mine = ends.keep_second();
        for (std::string text; mine.receive(text);) {
            if (mine.send("<" + text + ">")) return 1;
        }
        return 0;
    });
    auto mine = ends.keep_first();
    std::string answer;
    for (char const* const word : {"a", "", "three"}) {
        ASSERT_FALSE(mine.send(word));
        ASSERT_TRUE(mine.receive(answer));
        EXPECT_EQ(answer, "<" + std::string(word) + ">");
    }
    mine.close();
    EXPECT_TRUE(echo.join().clean());
}

TYPED_TEST(both_pipes, keeps_a_message_that_does_not_fit) {
    TypeParam ends;
    for (std::size_t const size : {5U, 100'000U, 200'000U}) {
        std::string const message = filled(size);
        ASSERT_FALSE(ends.first.send(message));
        ASSERT_FALSE(ends.first.send("next"));
        std::vector<char> got(size);
        for (std::size_t const small : {std::size_t(0), size - 1}) {
            received const refused = ends.second.receive(got.data(), small, racekit::after(30s));
            EXPECT_EQ(refused.error, pipe_error::too_long);
            EXPECT_EQ(refused.bytes, size);
            EXPECT_TRUE(ends.second.poll());
        }
        received const whole = ends.second.receive(got.data(), size, racekit::after(30s));
        ASSERT_TRUE(whole);
        EXPECT_EQ(std::string(got.data(), whole.bytes), message);
        std::string next;
        ASSERT_TRUE(ends.second.receive(next, racekit::after(30s)));
        EXPECT_EQ(next, "next");
    }
}

TYPED_TEST(both_pipes, poll_and_receive_stop_at_their_deadlines) {
    TypeParam ends;
    char got[8];
    auto const began = racekit::clock::now();
    EXPECT_FALSE(ends.first.poll());
    EXPECT_FALSE(ends.first.poll(racekit::after(-1s)));
    EXPECT_FALSE(ends.first.poll(racekit::after(10ms)));
    EXPECT_EQ(ends.first.receive(got, sizeof got, racekit::after(10ms)).error,
              std::errc::timed_out);
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    ASSERT_FALSE(ends.second.send(""));
    EXPECT_TRUE(ends.first.poll());
    EXPECT_TRUE(ends.first.receive(got, sizeof got, racekit::after(-1s)));
    ends.second.close();
    EXPECT_TRUE(ends.first.poll()) << "the end counts as ready";
}

TYPED_TEST(both_pipes, a_full_pipe_times_out_and_loses_nothing) {
    TypeParam ends;
    std::string const message(10'000, 'x');
    int sent = 0;
    std::error_code error;
    while (!(error = ends.first.send(message, racekit::after(5ms)))) ++sent;
    EXPECT_EQ(error, std::errc::timed_out);
    ends.first.close();
    std::string got;
    for (; sent > 0; --sent) {
        ASSERT_TRUE(ends.second.receive(got));
        ASSERT_EQ(got, message);
    }
    EXPECT_TRUE(ends.second.receive(got).ended());
}

TYPED_TEST(both_pipes, a_peer_that_left_without_reading_is_a_reset_after_its_messages) {
    TypeParam ends;
    ASSERT_FALSE(ends.first.send("never read"));
    ASSERT_FALSE(ends.second.send("read"));
    ends.second.close();
    std::string got;
    ASSERT_TRUE(ends.first.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "read");
    EXPECT_EQ(ends.first.receive(got, racekit::after(30s)).error, pipe_error::reset);
    EXPECT_EQ(ends.first.receive(got, racekit::after(30s)).error, pipe_error::reset);
    EXPECT_EQ(ends.first.send("x"), std::errc::broken_pipe);
}

TYPED_TEST(both_pipes, finish_ends_one_direction_though_others_hold_copies) {
    TypeParam ends;
    process idle([&] { ::pause(); });  // holds copies of both ends
    ASSERT_FALSE(ends.first.send("last"));
    ends.first.finish();
    std::string got;
    EXPECT_TRUE(ends.second.receive(got, racekit::after(30s)));
    EXPECT_TRUE(ends.second.receive(got, racekit::after(30s)).ended());
    EXPECT_EQ(ends.first.send("x"), std::errc::operation_not_permitted);
    EXPECT_FALSE(ends.second.send("back"));
    EXPECT_TRUE(ends.first.receive(got, racekit::after(30s)));
    idle.kill();
}

TYPED_TEST(both_pipes, a_killed_peer_is_the_end_of_what_it_sent) {
    TypeParam ends;
    process victim([&] {
        auto mine = ends.keep_second();
        (void)mine.send("alive");
        ::usleep(60'000'000);
    });
    auto mine = ends.keep_first();
    std::string got;
    ASSERT_TRUE(mine.receive(got, racekit::after(30s)));
    victim.kill();
    EXPECT_TRUE(mine.receive(got, racekit::after(30s)).ended());
    EXPECT_EQ(mine.send("x"), std::errc::broken_pipe);
}

TYPED_TEST(both_pipes, passes_descriptors) {
    auto const before = test::open_descriptors();
    {
        TypeParam ends;
        racekit::pipe inner;
        int const numbers[] = {inner.second.number()};
        process other([&] {
            auto mine = ends.keep_second();
            inner.first.close();
            inner.second.close();
            std::string word;
            std::vector<racekit::descriptor> with;
            char got[8];
            received const came = mine.receive_with(got, sizeof got, with);
            if (!came || with.size() != 1) return 1;
            pipe_end passed{racekit::packet_socket(std::move(with[0]))};
            return passed.send("through") ? 2 : 0;
        });
        auto mine = ends.keep_first();
        ASSERT_FALSE(mine.send_with("take", 4, numbers));
        inner.second.close();
        std::string got;
        ASSERT_TRUE(inner.first.receive(got, racekit::after(30s)));
        EXPECT_EQ(got, "through");
        EXPECT_TRUE(other.join().clean());
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TYPED_TEST(both_pipes, descriptors_that_nobody_wants_are_closed) {
    TypeParam ends;
    std::string const long_one = filled(200'000);
    int const numbers[] = {0, 1};
    auto const before = test::open_descriptors();
    ASSERT_FALSE(ends.first.send_with("x", 1, numbers));
    ASSERT_FALSE(ends.first.send_with(long_one.data(), long_one.size(), numbers));
    std::string got;
    ASSERT_TRUE(ends.second.receive(got));
    ASSERT_TRUE(ends.second.receive(got));
    EXPECT_EQ(got, long_one);
    EXPECT_EQ(test::open_descriptors(), before);
    std::array<int, 17> const too_many{};
    EXPECT_EQ(ends.first.send_with(long_one.data(), long_one.size(), too_many),
              std::errc::argument_list_too_long);
}

TYPED_TEST(both_pipes, says_so_when_no_number_is_left) {
    TypeParam ends;
    int const numbers[] = {0, 1, 2};
    ASSERT_FALSE(ends.first.send_with("x", 1, numbers));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit const few{static_cast<rlim_t>(::dup(0)), before.rlim_max};
    ::close(static_cast<int>(few.rlim_cur));
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::string got;
    std::error_code const lost = ends.second.receive(got, racekit::after(30s)).error;
    std::error_code unsent = std::make_error_code(std::errc::too_many_files_open);
    if (std::is_same_v<TypeParam, racekit::pipe>)  // a ring needs no descriptor for it
        unsent = ends.first.send(std::string(200'000, 'x'));
    EXPECT_THROW(TypeParam(), std::system_error);
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(lost, std::errc::too_many_files_open);
    EXPECT_EQ(unsent, std::errc::too_many_files_open);
    EXPECT_FALSE(ends.first.send("after"));
    EXPECT_TRUE(ends.second.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "after");
}

TYPED_TEST(both_pipes, no_descriptor_reaches_an_executed_program) {
    TypeParam ends;
    racekit::one_way_pipe other;
    for (int const number : {ends.first.number(), ends.second.number(), other.receiver.number(),
                             other.sender.number()})
        EXPECT_EQ(::fcntl(number, F_GETFD), FD_CLOEXEC);
    int const numbers[] = {0};
    ASSERT_FALSE(ends.first.send_with("x", 1, numbers));
    std::vector<racekit::descriptor> with;
    char got[4];
    ASSERT_TRUE(ends.second.receive_with(got, sizeof got, with));
    ASSERT_EQ(with.size(), 1U);
    EXPECT_EQ(::fcntl(with[0].number(), F_GETFD), FD_CLOEXEC);
}

}  // namespace
TEST(pipe, bytes_that_no_end_sends_are_corrupt_for_ever) {
    struct wrong {
        std::uint32_t kind;
        std::uint32_t descriptors;
        std::uint64_t size;
        char body[4];
    };
    racekit::pipe right;
    for (wrong const& each :
         {wrong{1, 0, 4, ""}, wrong{0x726b7030, 0, 5, ""}, wrong{0x726b7030, 0, 3, ""},
          wrong{0x726b7030, 1, 4, ""}, wrong{0x726b7031, 0, 4, ""}, wrong{0x726b7031, 0, 0, ""}}) {
        racekit::packet_socket_pair sockets;
        ASSERT_EQ(::send(sockets.first.number(), &each, 20, 0), 20);
        ASSERT_EQ(::send(sockets.first.number(), &each, 3, 0), 3);
        pipe_end end(std::move(sockets.second));
        char got[16];
        EXPECT_EQ(end.receive(got, sizeof got, racekit::after(30s)).error, pipe_error::corrupt);
        EXPECT_EQ(end.receive(got, sizeof got, racekit::after(30s)).error, pipe_error::corrupt);
    }
}

TEST(pipe, a_memory_file_that_its_sender_can_still_change_is_corrupt) {
    racekit::packet_socket_pair sockets;
    racekit::descriptor file(::memfd_create("test", MFD_ALLOW_SEALING));
    ASSERT_EQ(::write(file.number(), "four", 4), 4);
    racekit::pipe_detail::packet_header const head{racekit::pipe_detail::packet_header::in_file, 0,
                                                   4};
    int const numbers[] = {file.number()};
    ASSERT_FALSE(sockets.first.send({&head, sizeof head, nullptr, 0, numbers}, racekit::never));
    pipe_end end(std::move(sockets.second));
    char got[16];
    EXPECT_EQ(end.receive(got, sizeof got, racekit::after(30s)).error, pipe_error::corrupt);
}

TEST(pipe, says_what_cannot_be_done) {
    racekit::one_way_pipe ends;
    char got[4];
    EXPECT_EQ(ends.receiver.send("x"), std::errc::operation_not_permitted);
    EXPECT_EQ(ends.sender.receive(got, sizeof got).error, std::errc::operation_not_permitted);
    ends.receiver.close();
    EXPECT_EQ(ends.receiver.receive(got, sizeof got).error, std::errc::bad_file_descriptor);
    EXPECT_EQ(ends.sender.send("x"), std::errc::broken_pipe);
    pipe_end closed;
    EXPECT_EQ(closed.send("x"), std::errc::bad_file_descriptor);
    EXPECT_FALSE(closed.is_open());
}

TEST(pipe, one_way_ends_when_the_sender_is_closed) {
    racekit::one_way_pipe ends;
    process sender([&] { return ends.keep_sender().send("only") ? 1 : 0; });
    pipe_end mine = ends.keep_receiver();
    std::string got;
    EXPECT_TRUE(mine.receive(got, racekit::after(30s)));
    EXPECT_EQ(got, "only");
    EXPECT_TRUE(mine.receive(got, racekit::after(30s)).ended());
    EXPECT_TRUE(sender.join().clean());
}

TEST(pipe, threads_and_processes_that_share_an_end_mix_no_messages) {
    constexpr int senders = 4;
    constexpr int each = 300;
    racekit::one_way_pipe ends;
    auto const send_all = [&](int sender) {
        for (int count = 0; count < each; ++count) {
            // Every third one is longer than a packet.
            std::string message(count % 3 == 0 ? 150'000 : 1'000, static_cast<char>('a' + sender));
            message += std::to_string(count);
            if (ends.sender.send(message)) return 1;
        }
        return 0;
    };
    process other([&] {
        ends.receiver.close();
        std::thread second([&] { (void)send_all(1); });
        int const failed = send_all(0);
        second.join();
        return failed;
    });
    std::thread here([&] { EXPECT_EQ(send_all(2), 0); });
    std::thread there([&] { EXPECT_EQ(send_all(3), 0); });
    std::array<int, senders> next{};
    std::string got;
    for (int count = 0; count < senders * each; ++count) {
        ASSERT_TRUE(ends.receiver.receive(got, racekit::after(60s)));
        std::size_t const length = got.find_first_of("0123456789");
        ASSERT_EQ(static_cast<std::size_t>(std::count(got.begin(), got.end(), got[0])), length);
        ASSERT_EQ(std::stoi(got.substr(length)), next[static_cast<std::size_t>(got[0] - 'a')]++);
    }
    here.join();
    there.join();
    EXPECT_TRUE(other.join().clean());
}

TEST(pipe, threads_that_share_a_receiving_end_get_whole_messages_once) {
    racekit::one_way_pipe ends;
    constexpr int messages = 400;
    std::atomic<int> sum{0};
    auto const receive_all = [&] {
        char small[10];
        for (;;) {
            received const got = ends.receiver.receive(small, sizeof small, racekit::after(30s));
            if (got.error == pipe_error::too_long) {
                // Another thread may take it first.
                std::vector<char> room(got.bytes);
                received const whole = ends.receiver.receive(room.data(), room.size());
                if (whole) sum += std::stoi(std::string(room.data(), whole.bytes));
                if (whole.ended()) return;
            } else if (got) {
                sum += std::stoi(std::string(small, got.bytes));
            } else {
                return;
            }
        }
    };
    std::thread first(receive_all);
    std::thread second(receive_all);
    int expected = 0;
    for (int each = 0; each < messages; ++each) {
        std::string const number = std::to_string(each);
        ASSERT_FALSE(ends.sender.send(
            each % 2 == 0 ? number : std::string(12 - number.size(), '0') + number));
        expected += each;
    }
    ends.sender.close();
    first.join();
    second.join();
    EXPECT_EQ(sum, expected);
}

TEST(pipe, poll_does_not_wait_for_a_thread_that_receives) {
    racekit::pipe ends;
    test::watched_thread receiver([&] {
        std::string got;
        EXPECT_TRUE(ends.first.receive(got));
    });
    receiver.await_sleep();
    EXPECT_FALSE(ends.first.poll());
    EXPECT_FALSE(ends.first.poll(racekit::after(1ms)));
    ASSERT_FALSE(ends.second.send("x"));
    receiver.join();
}

TEST(pipe, a_child_receives_though_another_thread_of_its_parent_was_receiving_at_the_fork) {
    racekit::pipe ends;
    test::watched_thread receiver([&] {
        std::string got;
        (void)ends.first.receive(got);  // holds the lock of the end
    });
    receiver.await_sleep();
    process child([&] {
        std::string got;
        return ends.first.receive(got, racekit::after(30s)) && got == "for the child" ? 0 : 1;
    });
    test::await_sleep(child.id().number);
    // Whichever of the two takes the first message, the other one takes the second.
    ASSERT_FALSE(ends.second.send("for the child"));
    ASSERT_FALSE(ends.second.send("for the child"));
    receiver.join();
    EXPECT_TRUE(child.join().clean());
}
