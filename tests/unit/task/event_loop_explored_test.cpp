// SPDX-License-Identifier: MIT
// event_loop under the model: every order of the calls, stops and closes of several threads.
#include "../model/program.hpp"

#include <racekit/task/event_loop.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>

namespace {

using namespace racekit;
using namespace racekit::model;

task_reporter const before = send_task_reports(nullptr);  // a report in every execution

struct one_loop {
    event_loop loop;
    plain<int> made{0};  // by the thread that runs the loop
    std::string order;   // of that thread, too

    void post(char letter) {
        loop.call_soon_threadsafe([this, letter] {
            made.write(made.read() + 1);
            order += letter;
        });
    }
};

/// Explores it all; nothing may be found.
template <class State>
std::set<std::string> outcomes_of(program<State>& body, std::uint64_t least) {
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_LE(least, seen.executions);
    EXPECT_GT(1'000'000U, seen.executions) << "not exhausted";
    return body.outcomes;
}

TEST(explored_loop, makes_every_call_in_the_order_of_its_thread) {
    program<one_loop> body;
    body.threads = {[](one_loop& all) { all.loop.run_forever(); },
                    [](one_loop& all) {
                        all.post('a');
                        all.post('b');
                        all.loop.stop();
                    }};
    body.outcome = [](one_loop& all) { return all.order; };
    EXPECT_EQ((std::set<std::string>{"ab"}), outcomes_of(body, 2));
}

TEST(explored_loop, two_threads_hand_over_in_any_order) {
    program<one_loop> body;
    body.threads = {[](one_loop& all) { all.loop.run_forever(); },
                    [](one_loop& all) { all.post('a'); },
                    [](one_loop& all) {
                        all.post('b');
                        all.loop.stop();
                    }};
    body.last = [](one_loop& all) {
        all.loop.stop();
        all.loop.run_forever();  // what came after the stop was kept
    };
    body.outcome = [](one_loop& all) { return all.order; };
    EXPECT_EQ((std::set<std::string>{"ab", "ba"}), outcomes_of(body, 4));
}

TEST(explored_loop, a_stop_before_or_within_the_run_ends_it) {
    program<one_loop> body;
    auto const stop = [](one_loop& all) { all.loop.stop(); };
    body.threads = {[](one_loop& all) { all.loop.run_forever(); }, stop, stop};
    (void)outcomes_of(body, 3);
}

TEST(explored_loop, a_call_is_made_or_left_or_refused) {
    struct closing : one_loop {
        loop_leftovers left;
        int refused = 0;
    };
    program<closing> body;
    body.threads = {[](closing& all) {
                        all.loop.stop();
                        all.loop.run_forever();
                        all.left = all.loop.close();
                    },
                    [](closing& all) {
                        try {
                            all.post('a');
                        } catch (loop_closed const&) {
                            ++all.refused;
                        }
                    }};
    body.last = [](closing& all) {
        RACEKIT_CHECK_EQUAL(1U, unsigned(all.made.read() + all.refused) + all.left.calls);
    };
    body.outcome = [](closing& all) {
        return all.refused != 0 ? "refused" : all.left.none() ? "made" : "left";
    };
    EXPECT_EQ((std::set<std::string>{"made", "left", "refused"}), outcomes_of(body, 3));
}

TEST(explored_loop, another_thread_gives_a_result) {
    struct waiting {
        event_loop loop;
        future_source<int> source{loop};

        static task<int> wait_for(future<int> of) { co_return co_await of + 1; }
    };
    program<waiting> body;
    body.threads = {
        [](waiting& all) {
            auto whole = waiting::wait_for(all.source.future());
            RACEKIT_CHECK_EQUAL(8, all.loop.run_until_complete(std::move(whole)));
        },
        [](waiting& all) { all.loop.call_soon_threadsafe([&all] { all.source.set_value(7); }); }};
    (void)outcomes_of(body, 2);
}

TEST(explored_loop, a_timer_wakes_it_and_so_does_a_call) {
    program<one_loop> body;
    body.threads = {[](one_loop& all) {
                        all.loop.call_later(std::chrono::seconds(1), [&all] { all.loop.stop(); });
                        all.loop.run_forever();
                    },
                    [](one_loop& all) { all.post('a'); }};
    body.outcome = [](one_loop& all) { return all.order; };
    EXPECT_EQ((std::set<std::string>{"", "a"}), outcomes_of(body, 2));
}

// The thread that runs the loop destroys it while the other one may not have returned yet.
TEST(explored_loop, is_not_touched_after_its_last_call) {
    struct owned {
        std::unique_ptr<event_loop> loop = std::make_unique<event_loop>();
        event_loop& same = *loop;
    };
    program<owned> body;
    body.threads = {[](owned& all) {
                        all.loop->run_forever();
                        all.loop.reset();
                    },
                    [](owned& all) { all.same.stop(); }};
    (void)outcomes_of(body, 2);
}

TEST(explored_loop, call_soon_of_another_thread_is_a_race) {
    program<one_loop> body;
    body.threads = {[](one_loop& all) {
                        all.loop.stop();
                        all.loop.run_forever();
                    },
                    [](one_loop& all) { all.loop.call_soon([] {}); }};
    EXPECT_EQ("data race", explore(body).kind());
}

TEST(explored_loop, a_loop_that_nothing_wakes_is_a_deadlock) {
    program<one_loop> body;
    body.threads = {[](one_loop& all) { all.loop.run_forever(); },
                    [](one_loop& all) { all.post('a'); }};
    EXPECT_NE("", explore(body).kind());
}

}  // namespace
