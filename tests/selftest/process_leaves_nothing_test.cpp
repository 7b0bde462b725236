// SPDX-License-Identifier: MIT
// A round of the process detector leaves no process and no descriptor behind.
#include "harness/failed_checks.hpp"
#include "harness/test_processes.hpp"
#include "harness/stepping.hpp"
#include "process/process.hpp"
#include "../unit/support/descriptors.hpp"

#include <racekit/scenario.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <unistd.h>

namespace {

using namespace racekit;

template <template <int> class body>
scenario scenario_of() {
    description about;
    about.process = finds;
    return describe<body<0>, body<1>>("body", "selftest", __FILE__, about);
}

template <int>
struct opens {
    static constexpr int processes = 2;
    byte_pipe pipe;
    std::optional<socket_pair> line;
    void before() { line.emplace(); }
    void process(int self) {
        // The end comes only if the parent does not keep the write end.
        if (self == 0) {
            pipe.writer.close();
            char letter = 0;
            RACEKIT_CHECK(pipe.reader.read_some(&letter, 1).ended());
        } else {
            pipe.writer.close();
        }
    }
    void after() {
        RACEKIT_CHECK(!pipe.reader.is_open() && !pipe.writer.is_open());
        RACEKIT_CHECK(!line->first.is_open() && !line->second.is_open());
    }
};

TEST(test_processes, the_processes_alone_keep_what_before_opened) {
    auto const before = test::open_descriptors();
    settings how;
    how.executions = 20;
    EXPECT_EQ(processes::look(scenario_of<opens>(), variant::fixed, how).how,
              observation::state::clean);
    EXPECT_EQ(test::open_descriptors(), before);
}

/// The orphan writes its pid here.
process_id* orphan = nullptr;

template <int>
struct leaves_an_orphan {
    static constexpr int processes = 1;
    static constexpr int spawned = 1;
    void process(int) {
        if (::fork() == 0) {
            *orphan = this_process();
            for (;;) ::pause();
        }
        while (orphan->number == 0) ::usleep(100);
    }
};

TEST(test_processes, what_a_member_left_behind_is_killed_and_reaped) {
    shared_object<process_id> identity;
    orphan = &*identity;
    settings how;
    how.executions = 1;
    EXPECT_EQ(processes::look(scenario_of<leaves_an_orphan>(), variant::fixed, how).how,
              observation::state::clean);
    ASSERT_NE(identity->number, 0);
    EXPECT_FALSE(is_alive(*identity));
    EXPECT_FALSE(test::has_children());
}

template <int>
struct sleeps_for_ever {
    static constexpr int processes = 3;
    void process(int) { ::pause(); }
};

TEST(test_processes, a_hang_is_cleared_away) {
    auto const before = test::open_descriptors();
    observation const hang = processes::look(scenario_of<sleeps_for_ever>(), variant::fixed, {});
    ASSERT_TRUE(hang.found);
    EXPECT_EQ(hang.found->kind, "hang");
    EXPECT_FALSE(test::has_children());
    EXPECT_EQ(test::open_descriptors(), before);
}

template <int>
struct four_stores {
    static constexpr int processes = 1;
    static constexpr int mortal = 0;
    atomic<int> at{0};
    void process(int) {
        for (int one = 1; one <= 4; ++one) at.store(one, std::memory_order_relaxed);
    }
    int outcome() { return at.load(); }
};

TEST(test_processes, a_member_can_be_killed_between_any_two_stores) {
    if (!stepping::is_possible) GTEST_SKIP() << "no single steps on this processor";
    failed_checks::open_board();
    auto const what = scenario_of<four_stores>();
    instance_memory memory(what.fixed, instance_memory::sharing::shared_mapping);
    test_processes pool(1, 1);
    auto const run = [&](std::uint64_t step) {
        (void)memory.build();
        kill_plan victim;
        victim.how = kill_plan::by::step;
        victim.step = step;
        process_end const how = pool.run(memory, {}, victim).at(0);
        std::string const reached = memory.built().at(0)->outcome();
        memory.tear_down();
        return std::pair(how, reached);
    };
    auto const [alive, all] = run(stepping::never);
    ASSERT_EQ(alive.how, process_end::kind::finished);
    ASSERT_EQ(all, "4");
    ASSERT_GT(alive.steps, 4U);
    ASSERT_LT(alive.steps, 500U);
    std::set<std::string> reached;
    for (std::uint64_t step = 1; step <= alive.steps; ++step) {
        auto const [how, stores] = run(step);
        ASSERT_EQ(how.how, process_end::kind::killed) << "step " << step << " of " << alive.steps;
        reached.insert(stores);
    }
    EXPECT_EQ(reached, (std::set<std::string>{"0", "1", "2", "3", "4"}));
}

}  // namespace
