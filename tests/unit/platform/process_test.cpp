// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"
#include "../support/kernel_state.hpp"

#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::process;

TEST(process, tells_how_it_ended) {
    process well([] {});
    EXPECT_TRUE(well.join().clean());
    process coded([] { return 3; });
    EXPECT_EQ(coded.join().code, 3);
    process killed([] { ::raise(SIGTERM); });
    racekit::exit_status const how = killed.join();
    EXPECT_EQ(how.signal, SIGTERM);
    EXPECT_FALSE(how.clean());
}

TEST(process, an_escaping_exception_aborts_it) {
    process child([] {
        rlimit const no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        ::close(2);
        throw std::runtime_error("on purpose");
    });
    EXPECT_EQ(child.join().signal, SIGABRT);
}

TEST(process, join_again_gives_the_same_answer) {
    process child([] { return 5; });
    EXPECT_EQ(child.join().code, 5);
    EXPECT_EQ(child.join().code, 5);
    racekit::exit_status how;
    EXPECT_TRUE(child.join_until(racekit::after(-1s), how));
    EXPECT_EQ(how.code, 5);
}

TEST(process, join_until_gives_up_at_its_deadline) {
    process child([] { ::pause(); });
    racekit::exit_status how;
    auto const began = racekit::clock::now();
    EXPECT_FALSE(child.join_until(racekit::after(30ms), how));
    EXPECT_GE(racekit::clock::now() - began, 30ms);
    child.kill();
    EXPECT_TRUE(child.join_until(racekit::after(30s), how));
    EXPECT_EQ(how.signal, SIGKILL);
    child.kill();  // the process has already ended
}

TEST(process, the_destructor_joins) {
    racekit::shared_object<racekit::atomic<int>> done(0);
    {
        process child([&] {
            ::usleep(20'000);
            done->store(1);
        });
    }
    EXPECT_EQ(done->load(), 1);
}

TEST(process, moves) {
    process first([] { return 4; });
    process second(std::move(first));
    EXPECT_EQ(second.join().code, 4);
    process third([] { return 6; });
    second = std::move(third);
    EXPECT_EQ(second.join().code, 6);
}

TEST(process, leaves_neither_descriptors_nor_children_behind) {
    auto const before = test::open_descriptors();
    for (int round = 0; round < 20; ++round) {
        process child([] {});
        if (round % 2 == 0) child.kill();
    }
    EXPECT_EQ(test::open_descriptors(), before);
    EXPECT_FALSE(test::has_children());
}

TEST(process, identity_is_that_of_the_child) {
    racekit::shared_object<racekit::process_id> seen;
    process child([&] { *seen = racekit::this_process(); });
    racekit::process_id const id = child.id();
    EXPECT_GT(id.started, 0U);
    (void)child.join();
    EXPECT_EQ(*seen, id);
    EXPECT_NE(id, racekit::this_process());
}

TEST(process, identity_is_the_start_and_nothing_that_changes) {
    racekit::process_id const before = racekit::this_process();
    std::vector<char> const much(64 << 20, 'x');
    EXPECT_EQ(racekit::this_process(), before);
    ::usleep(30'000);  // more than a clock tick
    process child([] {});
    EXPECT_GT(child.id().started, before.started);
    EXPECT_LT(child.id().started, before.started + 100'000) << "a quarter of an hour of ticks";
}

TEST(process, is_alive_until_it_ends) {
    racekit::byte_pipe hold;
    process child([&] {
        hold.writer.close();
        char letter = 0;
        (void)hold.reader.read_some(&letter, 1);
    });
    EXPECT_TRUE(racekit::is_alive(child.id()));
    EXPECT_TRUE(racekit::is_alive(racekit::this_process()));
    hold.writer.close();
    // Not waited for yet: a zombie is not alive.
    test::await_that([&] { return !racekit::is_alive(child.id()); }, "the child ends");
    (void)child.join();
    EXPECT_FALSE(racekit::is_alive(child.id()));
}

TEST(process, a_number_alone_is_nobody) {
    racekit::process_id other = racekit::this_process();
    other.started += 1;  // as if the number had been given to another one
    EXPECT_FALSE(racekit::is_alive(other));
    EXPECT_FALSE(racekit::is_alive({0, 0}));
}

TEST(process, dies_with_its_parent) {
    racekit::shared_object<racekit::process_id> grandchild;
    racekit::byte_pipe started;
    process child([&] {
        process inner([&] {
            *grandchild = racekit::this_process();
            (void)started.writer.write_some("x", 1);
            for (;;) ::pause();
        });
        (void)inner.join();
    });
    char letter = 0;
    ASSERT_EQ(started.reader.read_some(&letter, 1, racekit::after(30s)).bytes, 1U);
    ASSERT_TRUE(racekit::is_alive(*grandchild));
    child.kill();
    EXPECT_EQ(child.join().signal, SIGKILL);
    test::await_that([&] { return !racekit::is_alive(*grandchild); }, "the grandchild dies");
}

}  // namespace
