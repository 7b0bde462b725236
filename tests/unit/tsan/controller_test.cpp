// SPDX-License-Identifier: MIT
// The controlled schedule: deterministic by seed, invisible to TSan, never stuck.
#include "tsan/controlled_threads.hpp"
#include "tsan/known_race.hpp"
#include "tsan/report_board.hpp"

#include <racekit/gtest_tsan.hpp>
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <functional>
#include <mutex>
#include <set>

namespace racekit::tsan {
namespace {

using namespace std::chrono_literals;
using ending = controller::ending;

class function_body : public test_instance {
public:
    explicit function_body(std::function<void(int)> act) : act_(std::move(act)) {}
    void before() override {}
    void act(int self) override { act_(self); }
    void after() override {}
    std::string outcome() override { return ""; }

private:
    std::function<void(int)> act_;
};

/// A pool that is never destroyed if its round did not finish.
struct test_threads {
    explicit test_threads(int count) : pool(new controlled_threads(count)) {}
    ~test_threads() {
        if (last == ending::finished) delete pool;
    }
    ending run(std::uint64_t seed, std::function<void(int)> act,
               std::chrono::nanoseconds time_limit = 10s) {
        // Never destroyed if the round hangs: its threads stay in it.
        auto* const instance = new function_body(std::move(act));
        last = pool->run(*instance, seed, time_limit);
        if (last == ending::finished) delete instance;
        return last;
    }
    controlled_threads* pool;
    ending last = ending::finished;
};

std::string sequence(controller const& schedule) {
    std::string text;
    for (event const& one : schedule.events())
        text += std::to_string(one.thread) + ":" + std::to_string(one.where.line) + "=" +
                std::to_string(one.value.bits) + " ";
    return text;
}

struct busy_instance {
    racekit::mutex gate;
    racekit::plain<int> guarded{0};
    racekit::atomic<int> count{0};

    void act(int self) {
        for (int rounds = 0; rounds < 4; ++rounds) {
            racekit::scoped_lock hold(gate);
            guarded.write(guarded.read() + self);
            count.fetch_add(1);
        }
    }
};

std::string sequence_of_run(test_threads& by, std::uint64_t seed) {
    busy_instance instance;
    EXPECT_EQ(by.run(seed, [&](int self) { instance.act(self); }), ending::finished);
    EXPECT_EQ(instance.count.load(), 12);
    return sequence(by.pool->schedule());
}

TEST(controller, same_seed_same_sequence) {
    test_threads one(3), other(3);
    for (std::uint64_t seed = 1; seed <= 50; ++seed)
        EXPECT_EQ(sequence_of_run(one, seed), sequence_of_run(other, seed));
}

TEST(controller, other_seeds_other_sequences) {
    test_threads threads(3);
    std::set<std::string> all;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) all.insert(sequence_of_run(threads, seed));
    EXPECT_GT(all.size(), 95U);
}

TEST(controller, hand_over_is_invisible) {
    // The two writes always come one after the other, with a hand-over of the turn in between. If
    // TSan saw it, it would order them, like the visible hand-over of the second test body.
    test_threads threads(2);
    plain<int> unguarded{0};
    EXPECT_TSAN_REPORT("data-race", {
        EXPECT_EQ(threads.run(1, [&](int) { unguarded.write(1); }), ending::finished);
    });
    std::atomic<int> turn{0};
    EXPECT_NO_TSAN_REPORT({
        EXPECT_EQ(threads.run(1,
                              [&](int self) {
                                  while (turn.load(std::memory_order_acquire) != self) spin_hint();
                                  unguarded.write(1);
                                  turn.store(self + 1, std::memory_order_release);
                              }),
                  ending::finished);
    });
}

TEST(controller, hand_over_is_invisible_in_every_round) {
    test_threads threads(2);
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        plain<int> unguarded{0};
        EXPECT_TSAN_REPORT("data-race", {
            EXPECT_EQ(threads.run(seed, [&](int) { unguarded.write(1); }), ending::finished);
        });
    }
}

TEST(known_race, is_heard_if_the_hand_over_is_invisible_and_only_then) {
    (void)reports_during([] {
        EXPECT_TRUE(reports_known_race());
        EXPECT_FALSE(reports_known_race(true));
        EXPECT_TRUE(reports_known_race());
    });
}

TEST(controller, rounds_are_ordered_to_TSan) {
    test_threads threads(2);
    EXPECT_NO_TSAN_REPORT({
        int only_in_turn = 0;
        for (std::uint64_t round = 0; round < 4; ++round) {
            ++only_in_turn;
            EXPECT_EQ(threads.run(round,
                                  [&](int self) {
                                      if (self == static_cast<int>(round % 2)) ++only_in_turn;
                                  }),
                      ending::finished);
        }
        EXPECT_EQ(only_in_turn, 8);
    });
}

TEST(controller, tells_a_deadlock) {
    bool met = false;
    for (std::uint64_t seed = 1; seed <= 100 && !met; ++seed) {
        auto* const gates = new racekit::mutex[2];
        test_threads threads(2);
        // In a run without the deadlock TSan may report that it is possible.
        (void)reports_during([&] {
            met = threads.run(seed, [=](int self) {
                racekit::scoped_lock one(gates[self]);
                racekit::scoped_lock two(gates[1 - self]);
            }) == ending::deadlock;
        });
        if (!met) continue;
        auto const waiting = threads.pool->schedule().unfinished();
        ASSERT_EQ(waiting.size(), 2U);
        for (auto const& one : waiting) {
            EXPECT_TRUE(one.waiting);
            EXPECT_EQ(one.lock, &gates[1 - one.thread]);
            EXPECT_EQ(one.holder, 1 - one.thread);
        }
    }
    EXPECT_TRUE(met);
}

TEST(controller, a_lock_taken_twice_is_a_deadlock_at_once) {
    auto* const gate = new racekit::mutex;
    test_threads threads(1);
    EXPECT_EQ(threads.run(1,
                          [=](int) {
                              gate->lock();
                              gate->lock();
                          }),
              ending::deadlock);
}

TEST(controller, await_sleeps_until_somebody_writes) {
    test_threads threads(2);
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        racekit::atomic<int> flag{0};
        int message = 0;
        EXPECT_NO_TSAN_REPORT({
            EXPECT_EQ(threads.run(seed,
                                  [&](int self) {
                                      if (self == 0) {
                                          message = 1;
                                          flag.store(1, std::memory_order_release);
                                      } else {
                                          (void)racekit::await(flag, [](int v) { return v == 1; });
                                          EXPECT_EQ(message, 1);
                                      }
                                  }),
                      ending::finished);
        });
    }
}

TEST(controller, nobody_left_to_write_is_a_deadlock) {
    auto* const flag = new racekit::atomic<int>{0};
    test_threads threads(2);
    EXPECT_EQ(threads.run(1,
                          [=](int self) {
                              if (self == 1)
                                  (void)racekit::await(*flag, [](int value) { return value == 1; });
                          }),
              ending::deadlock);
}

TEST(controller, spinning_lets_the_others_go_first) {
    test_threads threads(2);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        racekit::atomic<bool> ready{false};
        EXPECT_EQ(threads.run(seed,
                              [&](int self) {
                                  if (self == 0) ready.store(true);
                                  while (!ready.load()) racekit::spin_hint();
                              }),
                  ending::finished);
        EXPECT_LT(threads.pool->schedule().points(), 20U);
    }
}

TEST(controller, spinning_without_effect_ends_the_round) {
    auto* const ready = new racekit::atomic<bool>{false};
    test_threads threads(2);
    EXPECT_EQ(threads.run(1,
                          [=](int) {
                              while (!ready->load()) racekit::spin_hint();
                          }),
              ending::livelock);
}

TEST(controller, a_deadline_passes_when_nobody_can_go_on) {
    test_threads threads(2);
    racekit::atomic<std::uint32_t> word{0};
    EXPECT_EQ(threads.run(1,
                          [&](int) {
                              EXPECT_EQ(racekit::futex_wait_until(word, 0, racekit::after(5ms)),
                                        racekit::futex_result::timed_out);
                          }),
              ending::finished);
}

TEST(controller, a_condition_variable_works) {
    test_threads threads(3);
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        racekit::mutex gate;
        racekit::condition_variable changed;
        racekit::plain<int> items{0};
        EXPECT_NO_TSAN_REPORT({
            EXPECT_EQ(threads.run(seed,
                                  [&](int self) {
                                      racekit::unique_lock held(gate);
                                      if (self == 0) {
                                          items.write(2);
                                          changed.notify_all();
                                          return;
                                      }
                                      changed.wait(held, [&] { return items.read() > 0; });
                                      items.write(items.read() - 1);
                                  }),
                      ending::finished);
            EXPECT_EQ(items.read(), 0);
        });
    }
}

TEST(controller, atomic_wait_is_notified) {
    test_threads threads(3);
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        racekit::atomic<int> state{0};
        EXPECT_EQ(threads.run(seed,
                              [&](int self) {
                                  if (self > 0) return state.wait(0);
                                  state.store(1);
                                  state.notify_all();
                              }),
                  ending::finished);
    }
}

TEST(controller, threads_of_a_test_body_are_under_it_too) {
    auto const play_once = [] {
        test_threads threads(2);
        racekit::atomic<int> sum{0};
        EXPECT_EQ(threads.run(7,
                              [&](int self) {
                                  racekit::thread helper([&] { sum += 10; });
                                  sum += self;
                                  helper.join();
                              }),
                  ending::finished);
        EXPECT_EQ(sum.load(), 21);
        return sequence(threads.pool->schedule());
    };
    std::string const first = play_once();
    EXPECT_NE(first.find("2:"), std::string::npos);
    EXPECT_EQ(first, play_once());
}

TEST(controller, a_foreign_lock_does_not_stop_the_others) {
    test_threads threads(2);
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        std::mutex foreign;
        racekit::plain<int> guarded{0};
        EXPECT_NO_TSAN_REPORT({
            EXPECT_EQ(threads.run(seed,
                                  [&](int) {
                                      std::lock_guard hold(foreign);
                                      guarded.write(guarded.read() + 1);
                                  }),
                      ending::finished);
            EXPECT_EQ(guarded.read(), 2);
        });
    }
}

TEST(controller, a_reader_in_the_kernel_does_not_stop_the_writer) {
    test_threads threads(2);
    racekit::byte_pipe pipe;
    char got = 0;
    EXPECT_NO_TSAN_REPORT({
        EXPECT_EQ(threads.run(1,
                              [&](int self) {
                                  if (self == 0) {
                                      (void)pipe.reader.read_some(&got, 1);
                                  } else {
                                      (void)pipe.writer.write_some("x", 1);
                                  }
                              }),
                  ending::finished);
    });
    EXPECT_EQ(got, 'x');
}

TEST(controller, an_exception_is_reported) {
    test_threads threads(2);
    EXPECT_EQ(threads.run(1,
                          [](int self) {
                              if (self == 1) throw std::runtime_error("no");
                          }),
              ending::finished);
    EXPECT_EQ(threads.pool->uncaught(), "std::runtime_error: no");
}

// The last one: its thread goes on to run.
TEST(controller, a_thread_that_reaches_no_schedule_point_is_a_hang) {
    test_threads threads(2);
    EXPECT_EQ(threads.run(
                  1,
                  [](int self) {
                      int volatile always = 1;
                      while (self == 0 && always == 1) {
                      }
                  },
                  300ms),
              ending::hang);
    auto const left = threads.pool->schedule().unfinished();
    ASSERT_FALSE(left.empty());
    EXPECT_FALSE(left[0].asleep);
    // The loop would hold up the end of this program.
}

}  // namespace
}  // namespace racekit::tsan
