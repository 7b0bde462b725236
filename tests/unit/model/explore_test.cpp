// SPDX-License-Identifier: MIT
// racekit::explore() in a test program of the model flavour.
#include <racekit/check.hpp>
#include <racekit/gtest_explore.hpp>
#include <racekit/platform.hpp>

#include <cstdlib>
#include <string>
#include <unistd.h>

namespace {

using namespace racekit;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

TEST(explore, exhausts_two_additions) {
    EXPECT_EXHAUSTED(racekit::explore([] {
        racekit::atomic<int> count{0};
        racekit::thread one([&] { count.fetch_add(1); });
        count.fetch_add(1);
        one.join();
        RACEKIT_CHECK(count.load() == 2);
    }));
}

TEST(explore, finds_a_lost_update) {
    EXPECT_FINDS("failed check", racekit::explore([] {
                     racekit::atomic<int> count{0};
                     racekit::thread one([&] { count.store(count.load() + 1); });
                     count.store(count.load() + 1);
                     one.join();
                     RACEKIT_CHECK(count.load() == 2);
                 }));
}

TEST(explore, finds_a_data_race) {
    EXPECT_FINDS("data race", racekit::explore([] {
                     racekit::plain<int> count{0};
                     racekit::thread one([&] { count.write(1); });
                     count.write(2);
                     one.join();
                 }));
}

// Verdicts of a whole search: what is only assumed is no part of them where it need not be
// -----------

/// A push tries again after a spurious failure, in the state in which it tried before.
TEST(explore, a_spurious_failure_is_no_waiting_loop) {
    struct node {
        atomic<node*> next{nullptr};
    };
    struct stack {
        atomic<node*> top{nullptr};
        void push(node& fresh) {
            node* seen = top.load(relaxed);
            do fresh.next.store(seen, relaxed);
            while (!top.compare_exchange_weak(seen, &fresh, release, relaxed));
        }
        bool pop() {
            node* seen = top.load(acquire);
            while (seen != nullptr &&
                   !top.compare_exchange_weak(seen, seen->next.load(relaxed), acquire, acquire)) {
            }
            return seen != nullptr;
        }
    };
    EXPECT_EXHAUSTED(explore([] {
        stack all;
        node nodes[2];
        thread other([&] { all.push(nodes[0]); });
        all.push(nodes[1]);
        other.join();
        RACEKIT_CHECK(all.pop() && all.pop());
    }));
}

/// Dekker's: a thread that waits takes back that it wants in, and then wants in again.
TEST(explore, what_is_taken_back_once_is_no_waiting_loop) {
    EXPECT_EXHAUSTED(explore([] {
        atomic<bool> wants[2]{};
        atomic<int> turn{0};
        plain<int> count{0};
        auto const add = [&](int self) {
            wants[self].store(true, release);
            racekit::atomic_thread_fence(std::memory_order_seq_cst);
            while (wants[1 - self].load(acquire)) {
                if (turn.load(acquire) == self) continue;
                wants[self].store(false, release);
                while (turn.load(acquire) != self) {
                }
                wants[self].store(true, release);
                racekit::atomic_thread_fence(std::memory_order_seq_cst);
            }
            count.write(count.read() + 1);
            turn.store(1 - self, release);
            wants[self].store(false, release);
        };
        thread one([&] { add(0); });
        add(1);
        one.join();
        RACEKIT_CHECK(count.read() == 2);
    }));
}

/// Without a preemption a writer may wait for as long as the other one holds the sequence; the
/// exhaustive search assumes nothing.
TEST(explore, what_samples_assume_leaves_nothing_out_of_an_exhaustive_search) {
    EXPECT_EXHAUSTED(explore([] {
        atomic<unsigned> sequence{0};
        atomic<int> low{0}, high{0};
        auto const write = [&](int value) {
            unsigned before = 0;
            for (;;) {
                before = sequence.load(relaxed);
                if (before % 2 == 0 &&
                    sequence.compare_exchange_strong(before, before + 1, acquire, relaxed))
                    break;
            }
            racekit::atomic_thread_fence(release);
            low.store(value, relaxed);
            high.store(value, relaxed);
            sequence.store(before + 2, release);
        };
        thread one([&] { write(1); }), two([&] { write(2); });
        unsigned const before = sequence.load(acquire);
        if (before % 2 == 0) {
            int const values[2]{low.load(relaxed), high.load(relaxed)};
            racekit::atomic_thread_fence(acquire);
            if (sequence.load(relaxed) == before) RACEKIT_CHECK(values[0] == values[1]);
        }
        one.join();
        two.join();
    }));
}

/// The helper shows a value and takes it back in each iteration: the other thread can see it.
TEST(explore, a_value_that_is_shown_in_between_is_no_deadlock) {
    explored const seen = explore([] {
        atomic<int> done{0}, shown{0};
        thread one([&] {
            while (shown.load(acquire) != 1) {
            }
            while (shown.load(acquire) != 0) {
            }
            done.store(1, release);
        });
        while (done.load(acquire) == 0) {
            shown.store(1, release);
            shown.store(0, release);
        }
        one.join();
    });
    EXPECT_EQ("", seen.found) << seen.text;
    EXPECT_NE(std::string::npos, seen.text.find("is assumed to wait")) << seen.text;
}

/// Load buffering is what C++ allows and no search of the engine covers.
TEST(explore, what_a_warning_leaves_out_is_not_exhausted) {
    explored const seen = racekit::explore([] {
        atomic<int> left{0}, right{0};
        int got[2];
        thread one([&] {
            got[0] = left.load(relaxed);
            right.store(1, relaxed);
        });
        got[1] = right.load(relaxed);
        left.store(1, relaxed);
        one.join();
        RACEKIT_CHECK(got[0] + got[1] < 2);
    });
    EXPECT_EQ(seen.found, "");
    EXPECT_NE(seen.text.find("warning: threads load before they store"), std::string::npos)
        << seen.text;
    EXPECT_FALSE(seen.exhausted) << seen.text;
}

TEST(explore, a_finding_states_the_call_that_plays_it_again) {
    explored const seen = racekit::explore([] {
        racekit::plain<int> count{0};
        thread one([&] { count.write(1); });
        count.write(2);
        one.join();
    });
    EXPECT_NE(seen.text.find("explore(body, {.schedule = \"" + seen.schedule + "\"})"),
              std::string::npos)
        << seen.text;
}

/// Each would end the test program with exit code 0 and without a verdict.
TEST(explore, a_function_that_ends_the_program_is_no_success) {
    void (*const ends[])(int) = {std::exit, std::quick_exit, std::_Exit, ::_exit};
    for (auto const end : ends) {
        explored const seen = racekit::explore([end] {
            atomic<int> count{0};
            thread one([&] {
                count.store(1);
                end(0);
            });
            one.join();
        });
        EXPECT_FALSE(seen.exhausted);
        EXPECT_NE(seen.text.find("must return"), std::string::npos) << seen.text;
    }
}

TEST(explore, too_many_threads_name_the_option_that_allows_them) {
    explore_options two_at_most;
    two_at_most.threads = 2;
    explored const seen = racekit::explore(
        [] {
            thread one([] {});
            thread two([] {});
            one.join();
            two.join();
        },
        two_at_most);
    EXPECT_NE(seen.text.find("more than 1 threads: raise `threads`"), std::string::npos)
        << seen.text;
}

}  // namespace
