// SPDX-License-Identifier: MIT
// Programs that are executed, and how processes end.
#include "../support/descriptors.hpp"

#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/pipe/wait.hpp>
#include <racekit/process/process.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::command;
using racekit::exit_status;
using racekit::process;

/// What a program writes to its descriptor 1.
std::string output_of(command what, exit_status& how) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    racekit::descriptor const reader(ends[0]);
    racekit::descriptor writer(ends[1]);
    what.descriptors.emplace_back(writer.number(), 1);
    process child(what);
    writer.close();
    std::string text;
    std::array<char, 256> part{};
    for (::ssize_t got = 0; (got = ::read(reader.number(), part.data(), part.size())) > 0;)
        text.append(part.data(), static_cast<std::size_t>(got));
    how = child.join();
    return text;
}

TEST(process, executes_a_program_and_says_how_it_ended) {
    exit_status how;
    EXPECT_EQ(output_of({{"echo", "a", "b c"}}, how), "a b c\n");
    EXPECT_TRUE(how.clean());
    EXPECT_EQ(process(command{{"sh", "-c", "exit 7"}}).join(), (exit_status{7, 0}));
    exit_status const killed = process(command{{"sh", "-c", "kill -9 $$"}}).join();
    EXPECT_EQ(killed, (exit_status{0, SIGKILL}));
    EXPECT_EQ(killed.text(), "was killed by signal 9 (Killed)");
    EXPECT_EQ((exit_status{7, 0}).text(), "exited with code 7");
}

TEST(process, a_program_that_cannot_be_executed_is_an_error_here) {
    auto const before = test::open_descriptors();
    EXPECT_THROW(process(command{{"/no/such/program"}}), std::system_error);
    EXPECT_THROW(process(command{{}}), std::system_error);
    EXPECT_THROW(process(command{{"true"}, {}, std::nullopt, "/no/such/directory"}),
                 std::system_error);
    EXPECT_THROW(process(command{{"true"}, {{987, 0}}}), std::system_error);
    EXPECT_FALSE(test::has_children());
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(process, a_program_gets_the_descriptors_that_are_named_and_no_other) {
    int leaky[2];
    ASSERT_EQ(::pipe(leaky), 0);  // without O_CLOEXEC, as other code may do it
    racekit::pipe ends;
    exit_status how;
    command what{{"sh", "-c", "cd /proc/self/fd; for each in *; do echo $each; done"}};
    what.descriptors = {{ends.second.number(), 5}};
    // The shell opens one to read the directory.
    std::string const seen = output_of(what, how);
    EXPECT_TRUE(seen == "0\n1\n2\n3\n5\n" || seen == "0\n1\n2\n5\n" || seen == "0\n1\n2\n4\n5\n" ||
                seen == "0\n1\n2\n5\n6\n")
        << seen;
    ::close(leaky[0]);
    ::close(leaky[1]);
}

TEST(process, no_descriptor_leaks_while_other_threads_open_and_close_pipes) {
    std::atomic<bool> done{false};
    std::thread opens([&] {
        while (!done) {
            racekit::pipe ends;
            racekit::byte_pipe bytes;
            racekit::ring_pipe ring(racekit::ring_options{.capacity = 4096});
            int const numbers[] = {ends.first.number()};
            (void)ends.first.send_with(std::string(200'000, 'x').data(), 200'000, numbers);
        }
    });
    int leaked = 0;
    for (int round = 0; round < 150; ++round) {
        // Exits with 1 if anything but 0, 1, 2 and the folder that is read is open.
        exit_status const how =
            process(command{{"sh", "-c", "set -- /proc/self/fd/*; [ $# -le 4 ]"}}).join();
        leaked += how.clean() ? 0 : 1;
    }
    done = true;
    opens.join();
    EXPECT_EQ(leaked, 0);
}

TEST(process, descriptors_may_change_places) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    racekit::descriptor const reader(ends[0]);
    racekit::descriptor const writer(ends[1]);
    racekit::descriptor const devnull(::open("/dev/null", O_RDWR | O_CLOEXEC));
    // The number of each is the place of the other.
    int const one_place = devnull.number();
    int const other_place = writer.number();
    command what{{"sh", "-c",
                  "echo first >&" + std::to_string(one_place) + "; echo second >&" +
                      std::to_string(other_place)}};
    what.descriptors = {{other_place, one_place}, {one_place, other_place}};
    EXPECT_TRUE(process(what).join().clean());
    char got[16] = {};
    EXPECT_EQ(::read(reader.number(), got, sizeof got), 6);
    EXPECT_EQ(std::string(got), "first\n");
}

TEST(process, a_program_gets_its_environment_and_directory) {
    exit_status how;
    command what{{"sh", "-c", "echo $NAME; pwd"}};
    what.environment = {{"NAME=value", "PATH=/usr/bin:/bin"}};
    what.directory = "/usr";
    EXPECT_EQ(output_of(what, how), "value\n/usr\n");
}

TEST(process, a_program_begins_with_the_signals_of_a_fresh_process) {
    ::signal(SIGUSR1, [](int) {});
    exit_status how;
    EXPECT_EQ(output_of({{"sh", "-c", "kill -USR1 $$; echo survived"}}, how), "");
    EXPECT_EQ(how.signal, SIGUSR1);
    ::signal(SIGUSR1, SIG_DFL);
}

TEST(process, is_started_while_other_threads_work) {
    std::atomic<bool> done{false};
    std::thread busy([&] {
        while (!done) std::vector<int>(1000).swap(*std::make_unique<std::vector<int>>());
    });
    for (int round = 0; round < 50; ++round) ASSERT_TRUE(process(command{{"true"}}).join().clean());
    done = true;
    busy.join();
}

TEST(process, a_program_dies_with_the_thread_that_started_it_if_it_is_to) {
    for (bool const dies : {true, false}) {
        racekit::one_way_pipe alive;
        std::optional<process> child;
        std::thread([&] {
            command what{{"sleep", "600"}, {{alive.sender.number(), 9}}};
            what.die_with_parent = dies;
            child.emplace(what);
        }).join();
        alive.sender.close();
        exit_status how;
        EXPECT_EQ(child->join_for(dies ? 60s : 100ms, how), dies);
        EXPECT_EQ(alive.receiver.poll(racekit::after(dies ? 60s : 1ms)), dies);
        child->kill();
    }
}

TEST(process, join_has_a_deadline_and_a_signal_hits_nobody_else) {
    process child([] { ::usleep(60'000'000); });
    exit_status how;
    EXPECT_TRUE(child.is_running());
    EXPECT_FALSE(child.join_for(10ms, how));
    EXPECT_FALSE(child.join_for(-1s, how));
    child.terminate();
    ASSERT_TRUE(child.join_for(30s, how));
    EXPECT_EQ(how, (exit_status{0, SIGTERM}));
    EXPECT_FALSE(child.is_running());
    EXPECT_EQ(child.number(), -1);
    child.kill();
    EXPECT_EQ(child.join(), how);
}

TEST(process, a_guard_knows_the_process_that_made_it) {
    racekit::fork_guard guard;
    EXPECT_TRUE(guard.holds());
    process child([&] {
        racekit::fork_guard mine;
        try {
            guard.check("the thing");
        } catch (racekit::used_after_fork const& used) {
            std::string const text = used.what();
            return mine.holds() && text.find("the thing was made before") == 0 ? 0 : 1;
        }
        return 2;
    });
    EXPECT_TRUE(child.join().clean());
    EXPECT_TRUE(process(command{{"true"}}).join().clean());
    EXPECT_TRUE(guard.holds()) << "a program that is executed is no fork";
}

}  // namespace
