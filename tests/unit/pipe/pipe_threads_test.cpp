// SPDX-License-Identifier: MIT
// Every kind of pipe between the threads of one process, which ThreadSanitizer sees: what a message
// announces is ordered by it.
#include <racekit/pipe/framed_stream.hpp>
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace {

struct framed_pipe {
    framed_pipe() : framed_pipe(racekit::socket_pair()) {}
    explicit framed_pipe(racekit::socket_pair ends)
        : first(std::move(ends.first)), second(std::move(ends.second)) {}
    racekit::framed_stream<racekit::byte_socket> first;
    racekit::framed_stream<racekit::byte_socket> second;
};

template <class Pipe>
struct pipe_threads : testing::Test {};
using kinds = testing::Types<racekit::pipe, racekit::ring_pipe, framed_pipe>;
TYPED_TEST_SUITE(pipe_threads, kinds);

TYPED_TEST(pipe_threads, a_message_orders_what_was_written_before_it) {
    constexpr std::size_t messages = 300;
    TypeParam ends;
    std::vector<int> data(messages);  // not atomic: the messages order the accesses
    std::thread writer([&] {
        for (std::size_t each = 0; each < messages; ++each) {
            data[each] = static_cast<int>(each) + 1;
            EXPECT_FALSE(ends.first.send(std::to_string(each)));
        }
        ends.first.close();
    });
    std::string got;
    std::size_t count = 0;
    while (ends.second.receive(got)) {
        EXPECT_EQ(std::stoul(got), count);
        EXPECT_EQ(data[count], static_cast<int>(count) + 1);
        ++count;
    }
    EXPECT_EQ(count, messages);
    writer.join();
}

TYPED_TEST(pipe_threads, many_senders_and_receivers_share_the_ends) {
    constexpr int each = 200;
    TypeParam ends;
    racekit::atomic<long> sum{0};
    auto const send_all = [&](int first) {
        for (int number = first; number < first + each; ++number)
            EXPECT_FALSE(ends.first.send(std::string(static_cast<std::size_t>(number), 'x')));
    };
    auto const receive_all = [&] {
        std::string got;
        for (;;) {
            auto const came = ends.second.receive(got);
            if (!came) break;
            sum.fetch_add(static_cast<long>(got.size()));
        }
    };
    std::thread one_receiver(receive_all);
    std::thread other_receiver(receive_all);
    std::thread one(send_all, 0);
    std::thread other(send_all, each);
    one.join();
    other.join();
    ends.first.close();
    one_receiver.join();
    other_receiver.join();
    EXPECT_EQ(sum.load(), 2L * each * (2L * each - 1) / 2);
}

TYPED_TEST(pipe_threads, questions_and_answers) {
    TypeParam ends;
    std::thread answers([&] {
        std::string question;
        while (ends.second.receive(question)) EXPECT_FALSE(ends.second.send(question + "!"));
    });
    std::string answer;
    for (int round = 0; round < 100; ++round) {
        ASSERT_FALSE(ends.first.send(std::to_string(round)));
        ASSERT_TRUE(ends.first.receive(answer));
        ASSERT_EQ(answer, std::to_string(round) + "!");
    }
    ends.first.close();
    answers.join();
}

}  // namespace
