// SPDX-License-Identifier: MIT
// Waiting loops of every form, each with hints and without: both mean what the program means.
#include "reads_from_classes.hpp"
#include "unit/model/program.hpp"

#include <racekit/lock/futex_mutex.hpp>
#include <racekit/lock/mutex.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

template <bool hinted>
void pause() {
    if constexpr (hinted) spin_hint();
}

/// What the exhaustive search finds in it, with hints and without: the same, in as many executions.
template <template <bool> class Maker>
explored both_ways() {
    auto with = Maker<true>::program();
    auto without = Maker<false>::program();
    explored const one = explore(with);
    explored const other = explore(without);
    EXPECT_EQ(one.kind(), other.kind());
    EXPECT_EQ(with.outcomes, without.outcomes);
    EXPECT_LT(one.executions + one.abandoned, 1'000'000U) << "not exhausted";
    return other;
}

struct words {
    atomic<int> a{0}, b{0}, c{0};
    plain<int> number{0};
    mutex gate;
};
using words_program = program<words>;

// Programs that go wrong after some failing looks -------------------------------------------------

template <bool hinted>
struct gives_up_after_two_looks {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) { all.a.store(1, release); },
                        [](words& all) {
                            for (int looks = 0; all.a.load(acquire) == 0; ++looks) {
                                RACEKIT_CHECK(looks < 2);
                                pause<hinted>();
                            }
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_loop_that_gives_up_does) {
    EXPECT_EQ("failed check", both_ways<gives_up_after_two_looks>().kind());
}

template <bool hinted>
struct impatient {
    static words_program program() {
        auto const use = [](words& all) {
            bool mine = false;
            for (int looks = 0; looks < 3 && !mine; ++looks) {
                mine = all.gate.try_lock();
                if (!mine) pause<hinted>();
            }
            all.number.write(all.number.read() + 1);
            if (mine) all.gate.unlock();
        };
        words_program body;
        body.threads = {use, use};
        return body;
    }
};
TEST(model_waiting_loops, who_goes_on_without_the_lock_races) {
    EXPECT_EQ("data race", both_ways<impatient>().kind());
}

template <bool hinted>
struct adaptive_without_notify {
    static words_program program() {
        auto const use = [](words& all) {
            for (int looks = 0;; ++looks) {
                int free = 0;
                if (all.a.compare_exchange_strong(free, 1, acquire, relaxed)) break;
                if (looks < 2) pause<hinted>();
                else all.a.wait(1, relaxed);
            }
            all.number.write(all.number.read() + 1);
            all.a.store(0, release);
        };
        words_program body;
        body.threads = {use, use};
        return body;
    }
};
TEST(model_waiting_loops, the_sleep_behind_the_spinning_is_reached) {
    EXPECT_EQ("lost wake-up", both_ways<adaptive_without_notify>().kind());
}

template <bool hinted>
struct begins_after_its_first_iteration {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
                            while (all.b.load(acquire) == 0) pause<hinted>();
                            all.c.store(1, relaxed);
                            all.a.store(1, relaxed);
                        },
                        [](words& all) {
                            for (bool begun = false;; begun = true) {
                                int const ready = all.a.load(relaxed);
                                int const value = all.c.load(relaxed);
                                if (ready == 1) {
                                    RACEKIT_CHECK(value == 1);
                                    return;
                                }
                                if (!begun) all.b.store(1, release);
                                pause<hinted>();
                            }
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_second_iteration_may_read_old_values_again) {
    EXPECT_EQ("failed check", both_ways<begins_after_its_first_iteration>().kind());
}

template <bool hinted>
struct hint_before_the_look {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
                            all.b.store(1);
                            bool goes_on = all.c.load() == 2;
                            while (!goes_on) {
                                pause<hinted>();
                                goes_on = all.a.load() == 1;
                            }
                            RACEKIT_CHECK(all.c.load() >= 1);
                        },
                        [](words& all) {
                            while (all.b.load() == 0) pause<hinted>();
                            all.a.store(1);
                            all.c.store(1);
                            all.c.store(2);
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_hint_before_the_first_look_waits_for_nothing) {
    EXPECT_EQ("failed check", both_ways<hint_before_the_look>().kind());
}

// Correct programs --------------------------------------------------------------------------------

template <bool hinted, bool first>
words_program tickets() {
    auto const use = [](words& all) {
        int const mine = all.a.fetch_add(1, relaxed);
        for (;;) {
            if (first) pause<hinted>();
            if (all.b.load(acquire) == mine) break;
            if (!first) pause<hinted>();
        }
        all.number.write(all.number.read() + 1);
        all.b.store(all.b.load(relaxed) + 1, release);
    };
    words_program body;
    body.threads = {use, use, use};
    body.last = [](words& all) { RACEKIT_CHECK_EQUAL(3, all.number.read()); };
    return body;
}
template <bool hinted>
struct ticket_pausing_first {
    static words_program program() { return tickets<hinted, true>(); }
};
template <bool hinted>
struct ticket_pausing_last {
    static words_program program() { return tickets<hinted, false>(); }
};
TEST(model_waiting_loops, a_ticket_lock_may_pause_before_it_looks) {
    EXPECT_EQ("", both_ways<ticket_pausing_first>().kind());
    explored const last = both_ways<ticket_pausing_last>();
    EXPECT_EQ("", last.kind());
    EXPECT_LE(last.executions, 28U);  // twice as many as GenMC
    EXPECT_LE(last.abandoned, 28U);
}

template <bool hinted>
struct look_after_the_hint {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
                            (void)all.b.load();
                            do pause<hinted>();
                            while (all.a.load() != 1);
                        },
                        [](words& all) { all.a.store(1); }};
        return body;
    }
};
TEST(model_waiting_loops, a_loop_may_begin_with_the_hint) {
    EXPECT_EQ("", both_ways<look_after_the_hint>().kind());
}

template <bool hinted>
struct adding_by_exchange {
    static words_program program() {
        auto const add = [](words& all) {
            int seen = all.a.load(relaxed);
            while (!all.a.compare_exchange_weak(seen, seen + 1, relaxed, relaxed)) pause<hinted>();
        };
        words_program body;
        body.threads = {add, add, add};
        body.last = [](words& all) { RACEKIT_CHECK_EQUAL(3, all.a.load()); };
        return body;
    }
};
TEST(model_waiting_loops, a_failed_exchange_is_tried_again) {
    EXPECT_EQ("", both_ways<adding_by_exchange>().kind());
}

template <bool hinted>
struct changes_what_it_waits_for {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
            for (;;) {
                int const seen = all.a.load();
                if (seen == 2) break;
                all.a.store(seen + 1);
                pause<hinted>();
            }
        }};
        return body;
    }
};
TEST(model_waiting_loops, a_thread_may_change_what_it_waits_for) {
    EXPECT_EQ("", both_ways<changes_what_it_waits_for>().kind());
}

template <bool hinted>
struct helping {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) { all.a.store(1, release); },
                        [](words& all) {
                            for (;;) {
                                int const next = all.a.load(acquire);
                                int tail = all.b.load(acquire);
                                if (tail == next) return;
                                (void)all.b.compare_exchange_strong(tail, next, release, relaxed);
                                pause<hinted>();
                            }
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_thread_may_help_another_one) {
    EXPECT_EQ("", both_ways<helping>().kind());
}

template <bool hinted>
struct carries_what_it_saw {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
                            all.a.store(1, release);
                            all.b.store(1, release);
                        },
                        [](words& all) {
                            for (int place = 0;;) {
                                if (place == 1 && all.a.load(acquire) == 1) return;
                                place = all.b.load(acquire);
                                pause<hinted>();
                            }
                        }};
        return body;
    }
};
TEST(model_waiting_loops, an_iteration_may_carry_a_value_to_the_next) {
    EXPECT_EQ("", both_ways<carries_what_it_saw>().kind());
}

template <bool hinted>
struct jobs_and_answers {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
                            for (int job = 1; job <= 2; ++job) {
                                all.a.store(job, release);
                                while (all.b.load(acquire) != job) pause<hinted>();
                            }
                        },
                        [](words& all) {
                            for (int done = 0; done < 2;) {
                                int const job = all.a.load(acquire);
                                if (job != done) all.b.store(done = job, release);
                                pause<hinted>();
                            }
                        }};
        return body;
    }
};
TEST(model_waiting_loops, two_threads_may_wait_for_each_other_by_turns) {
    EXPECT_EQ("", both_ways<jobs_and_answers>().kind());
}

template <bool hinted>
struct both_locks_or_none {
    static words_program program() {
        words_program body;
        auto const use = [](words& all, bool turned) {
            for (;;) {
                if (!turned) all.gate.lock();
                else while (all.a.exchange(1, acquire) == 1) pause<hinted>();
                bool const other = turned ? all.gate.try_lock()
                                          : all.a.exchange(1, acquire) == 0;
                if (other) break;
                if (!turned) all.gate.unlock();
                else all.a.store(0, release);
                pause<hinted>();
            }
            all.number.write(all.number.read() + 1);
            all.a.store(0, release);
            all.gate.unlock();
        };
        body.threads = {[use](words& all) { use(all, false); },
                        [use](words& all) { use(all, true); }};
        body.last = [](words& all) { RACEKIT_CHECK_EQUAL(2, all.number.read()); };
        return body;
    }
};
TEST(model_waiting_loops, a_thread_may_back_off_from_a_lock) {
    EXPECT_EQ("", both_ways<both_locks_or_none>().kind());
}

// Hangs -------------------------------------------------------------------------------------------

template <bool hinted>
struct lock_never_given_back {
    static words_program program() {
        auto const take = [](words& all) {
            while (all.a.exchange(1, acquire) == 1) pause<hinted>();
        };
        words_program body;
        body.threads = {take, take};
        return body;
    }
};
TEST(model_waiting_loops, a_lock_that_is_never_released_is_a_deadlock) {
    explored const seen = both_ways<lock_never_given_back>();
    ASSERT_EQ("deadlock", seen.kind());
    EXPECT_NE(std::string::npos, seen.found->consequence.find("to change"));
}

template <bool hinted>
struct waits_by_turns_for_ever {
    static words_program program() {
        auto const wait = [](words& all) {
            while (all.a.load() + all.b.load() < 2) pause<hinted>();
        };
        words_program body;
        body.threads = {wait, wait, [](words& all) { all.a.store(1); }};
        return body;
    }
};
TEST(model_waiting_loops, waiting_for_what_nobody_does_is_a_deadlock) {
    EXPECT_EQ("deadlock", both_ways<waits_by_turns_for_ever>().kind());
}

// Cost --------------------------------------------------------------------------------------------

template <bool hinted>
struct counter_of_ten {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
                            for (int step = 1; step <= 10; ++step) all.a.store(step, release);
                        },
                        [](words& all) {
                            while (all.a.load(acquire) < 10) pause<hinted>();
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_waiter_costs_an_execution_for_each_value) {
    explored const seen = both_ways<counter_of_ten>();
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(1U, seen.executions);
    EXPECT_EQ(10U, seen.abandoned);
}

template <bool hinted>
struct counting_while_it_waits {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) { all.a.store(1, release); },
                        [](words& all) {
                            int looks = 0;
                            while (all.a.load(acquire) == 0) {
                                ++looks;
                                pause<hinted>();
                            }
                            all.number.write(looks);
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_loop_that_counts_is_assumed_to_wait_in_the_end) {
    explored const seen = both_ways<counting_while_it_waits>();
    EXPECT_EQ("", seen.kind());
    EXPECT_GE(seen.executions, 40U);
    EXPECT_LT(seen.executions, 100U);
}

template <bool hinted>
struct storing_while_it_waits {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) { all.a.store(1, release); },
                        [](words& all) {
                            while (all.a.load(acquire) == 0) {
                                all.b.store(1, relaxed);
                                pause<hinted>();
                            }
                        },
                        [](words& all) { (void)all.b.load(relaxed); }};
        return body;
    }
};
TEST(model_waiting_loops, a_loop_that_stores_the_same_again_is_assumed_to_wait) {
    explored const seen = both_ways<storing_while_it_waits>();
    EXPECT_EQ("", seen.kind());
    EXPECT_LT(seen.executions, 100U);
}

// Between two looks at `a` the lock is free: the other thread needs it, and what is behind it.
template <bool hinted>
struct letting_another_in {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
                            all.gate.lock();
                            all.b.store(1, relaxed);
                            while (all.a.load(relaxed) == 0) {
                                all.gate.unlock();
                                pause<hinted>();
                                all.gate.lock();
                            }
                            all.gate.unlock();
                        },
                        [](words& all) {
                            for (bool seen = false; !seen; pause<hinted>()) {
                                std::lock_guard const hold(all.gate);
                                seen = all.b.load(relaxed) == 1;
                                if (seen) all.a.store(1, relaxed);
                            }
                        }};
        body.outcome = [](words& all) { return std::to_string(all.a.load()); };
        return body;
    }
};
TEST(model_waiting_loops, a_lock_that_is_free_in_between_lets_another_thread_in) {
    explored const seen = both_ways<letting_another_in>();
    EXPECT_EQ("", seen.kind());
    EXPECT_GE(seen.executions, 1U);
}

template <bool hinted>
struct barrier_of_three {
    static words_program program() {
        auto const arrive_twice = [](words& all) {
            for (int round = 1; round <= 2; ++round) {
                if (all.a.fetch_add(1, std::memory_order_acq_rel) + 1 == 3 * round)
                    all.b.store(round, release);
                else
                    while (all.b.load(acquire) < round) pause<hinted>();
            }
        };
        words_program body;
        body.threads = {arrive_twice, arrive_twice, arrive_twice};
        return body;
    }
};
TEST(model_waiting_loops, a_spinning_barrier_costs_little) {
    explored const seen = both_ways<barrier_of_three>();
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(36U, seen.executions);  // the orders of three arrivals, twice
    EXPECT_LE(seen.executions + seen.abandoned, 250U);
}

template <bool hinted>
struct test_and_test_and_set {
    static words_program program() {
        auto const use = [](words& all) {
            for (;;) {
                while (all.a.load(relaxed) != 0) pause<hinted>();
                if (all.a.exchange(1, acquire) == 0) break;
            }
            all.number.write(all.number.read() + 1);
            all.a.store(0, release);
        };
        words_program body;
        body.threads = {use, use, use};
        body.last = [](words& all) { RACEKIT_CHECK_EQUAL(3, all.number.read()); };
        return body;
    }
};
TEST(model_waiting_loops, a_lock_that_looks_before_it_tries_costs_little) {
    explored const seen = both_ways<test_and_test_and_set>();
    EXPECT_EQ("", seen.kind());
    EXPECT_LE(seen.executions + seen.abandoned, 192U);  // twice as many as GenMC
}

TEST(model_waiting_loops, three_increments_under_a_futex_mutex_cost_little) {
    struct shared {
        futex_mutex gate;
        plain<int> number{0};
    };
    auto const add = [](shared& all) {
        all.gate.lock();
        all.number.write(all.number.read() + 1);
        all.gate.unlock();
    };
    program<shared> body;
    body.threads = {add, add, add};
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_LE(seen.executions + seen.abandoned, 365'490U);  // twice as many as GenMC
}

/// Michael, Scott (PODC 1996), with nodes that are never reused.
struct linked_queue {
    struct node {
        atomic<node*> next{nullptr};
        plain<int> value{0};
    };
    node pool[3];
    atomic<node*> head{&pool[0]};
    atomic<node*> tail{&pool[0]};

    void put(int number) {
        node* const fresh = &pool[number];
        fresh->value.write(number);
        for (;;) {
            node* last = tail.load(acquire);
            node* next = last->next.load(acquire);
            if (last != tail.load(acquire)) continue;
            if (next != nullptr) {
                (void)tail.compare_exchange_strong(last, next, release, relaxed);
            } else if (last->next.compare_exchange_strong(next, fresh, release, relaxed)) {
                (void)tail.compare_exchange_strong(last, fresh, release, relaxed);
                return;
            }
        }
    }
    int take() {
        for (;;) {
            node* first = head.load(acquire);
            node* last = tail.load(acquire);
            node* const next = first->next.load(acquire);
            if (first != head.load(acquire)) continue;
            if (first == last) {
                if (next == nullptr) return 0;
                (void)tail.compare_exchange_strong(last, next, release, relaxed);
            } else {
                int const value = next->value.read();
                if (head.compare_exchange_strong(first, next, release, relaxed)) return value;
            }
        }
    }
};
TEST(model_waiting_loops, a_linked_queue_costs_an_execution_for_what_is_read) {
    program<linked_queue> body;
    auto const take = [](linked_queue& all) { (void)all.take(); };
    body.threads = {[](linked_queue& all) { all.put(1); }, [](linked_queue& all) { all.put(2); },
                    take, take};
    exhaustive systematically;
    reads_from_classes classes(systematically);
    explored const seen = explore(body, classes);
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(classes.count(), seen.executions);
    EXPECT_LE(seen.executions + seen.abandoned, 2 * classes.count());
}

// Loops that change what they change back ---------------------------------------------------------

// The plain write is no look and no end of the loop: but the byte that it writes is a change.
template <bool hinted>
struct counting_in_a_plain_variable {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) { all.a.store(1, release); },
                        [](words& all) {
                            for (all.number.write(0); all.a.load(acquire) == 0;
                                 all.number.write(all.number.read() + 1)) {
                                RACEKIT_CHECK(all.number.read() < 3);
                                pause<hinted>();
                            }
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_count_in_a_plain_variable_is_no_repetition) {
    EXPECT_EQ("failed check", both_ways<counting_in_a_plain_variable>().kind());
}

int looks_of_the_program = 0;

template <bool hinted>
struct counting_in_a_static {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) { all.a.store(1, release); },
                        [](words& all) {
                            static int looks_here;
                            looks_here = looks_of_the_program = 0;
                            while (all.a.load(acquire) == 0) {
                                RACEKIT_CHECK(++looks_here + ++looks_of_the_program < 20);
                                pause<hinted>();
                            }
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_count_in_a_static_variable_is_no_repetition) {
    EXPECT_EQ("failed check", both_ways<counting_in_a_static>().kind());
}

template <bool hinted>
struct counting_in_memory_of_c {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) { all.a.store(1, release); },
                        [](words& all) {
                            auto* const looks =
                                static_cast<int volatile*>(std::calloc(1, sizeof(int)));
                            while (all.a.load(acquire) == 0) {
                                *looks = *looks + 1;
                                RACEKIT_CHECK(*looks < 20);
                                pause<hinted>();
                            }
                            std::free(const_cast<int*>(looks));
                        }};
        return body;
    }
};
TEST(model_waiting_loops, a_count_in_memory_of_malloc_is_no_repetition) {
    EXPECT_EQ("failed check", both_ways<counting_in_memory_of_c>().kind());
}

// So many changes in one iteration that not all are kept: the thread has an effect.
template <bool hinted>
struct many_changes_in_an_iteration {
    static words_program program() {
        words_program body;
        body.threads = {[](words& all) {
            for (int phase = 1; all.c.load(acquire) == 0; ++phase) {
                for (int step = 0; step < 70; ++step) all.a.store(phase * 100 + step, relaxed);
                all.b.store(phase, release);
                if (phase == 3) all.c.store(1, release);
                pause<hinted>();
            }
        }};
        return body;
    }
};
TEST(model_waiting_loops, many_changes_are_no_repetition) {
    EXPECT_EQ("", both_ways<many_changes_in_an_iteration>().kind());
}

// The sampling strategies wait with a thread until something changes.
TEST(model_waiting_loops, random_schedules_come_to_an_end) {
    auto body = jobs_and_answers<false>::program();
    random_walk steps(7);
    explored const seen = explore(body, steps, {}, 500);
    EXPECT_EQ("", seen.kind());
    EXPECT_EQ(500U, seen.executions);
}

}  // namespace
