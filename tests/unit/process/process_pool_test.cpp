// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"
#include "../support/kernel_state.hpp"

#include <racekit/pipe/pipe.hpp>
#include <racekit/process/process_pool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <numeric>
#include <optional>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::pool_options;
using racekit::process_pool;

int twice(int number) { return 2 * number; }

std::vector<int> numbers(int count) {
    std::vector<int> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

TEST(process_pool, map_keeps_the_order_for_every_chunk) {
    process_pool pool({.workers = 3});
    for (std::size_t const chunk : {0U, 1U, 7U, 1000U, 5000U}) {
        std::vector<int> const got = pool.map(twice, numbers(1000), chunk);
        ASSERT_EQ(got.size(), 1000U);
        for (int each = 0; each < 1000; ++each)
            ASSERT_EQ(got[static_cast<std::size_t>(each)], 2 * each);
    }
    EXPECT_TRUE(pool.map(twice, std::vector<int>()).empty());
}

TEST(process_pool, runs_in_other_processes) {
    process_pool pool({.workers = 2});
    auto const where = pool.map([](int) { return ::getpid(); }, numbers(8), 1);
    std::set<::pid_t> const all(where.begin(), where.end());
    EXPECT_EQ(all.size(), 2U);
    EXPECT_FALSE(all.contains(::getpid()));
}

TEST(process_pool, passes_values_of_many_kinds) {
    process_pool pool({.workers = 2});
    std::vector<std::string> const words{"", "a", std::string(300'000, 'x')};
    EXPECT_EQ(pool.map([](std::string word) { return word + "!"; }, words, 1),
              (std::vector<std::string>{"!", "a!", words[2] + "!"}));
    EXPECT_EQ(pool.apply(
                  [](std::vector<int> all, double by) {
                      std::vector<double> scaled;
                      for (int const each : all) scaled.push_back(by * each);
                      return scaled;
                  },
                  std::vector<int>{1, 2}, 0.5),
              (std::vector<double>{0.5, 1.0}));
    std::vector<std::tuple<std::string, int>> const pairs{{"a", 3}, {"b", 2}};
    EXPECT_EQ(pool.starmap(
                  [](std::string word, int count) {
                      std::string all;
                      while (count-- > 0) all += word;
                      return all;
                  },
                  pairs),
              (std::vector<std::string>{"aaa", "bb"}));
    EXPECT_EQ(pool.apply([](std::optional<std::pair<int, bool>> given) { return given; },
                         std::optional<std::pair<int, bool>>({4, true})),
              (std::optional<std::pair<int, bool>>({4, true})));
    int captured = 4;
    ++captured;
    EXPECT_EQ(pool.apply([captured](int number) { return number + captured; }, 1), 6);
    EXPECT_EQ(pool.map([](int number) { return number % 2 == 0; }, numbers(3)),
              (std::vector<bool>{true, false, true}));
    pool.apply([](int) {}, 1);
    pool.map([](int) {}, numbers(10));
}

TEST(process_pool, the_first_task_that_throws_is_the_error_and_all_run) {
    process_pool pool({.workers = 2});
    racekit::shared_object<std::atomic<int>> ran;
    std::atomic<int>* const count = &*ran;
    process_pool counting({.workers = 2});  // forked after the counter was made
    try {
        (void)counting.map(
            [count](int number) {
                ++*count;
                if (number == 30 || number == 70) throw std::runtime_error(std::to_string(number));
                return number;
            },
            numbers(100), 10);
        FAIL() << "it must throw";
    } catch (racekit::task_failed const& failed) {
        EXPECT_EQ(failed.index(), 30U);
        EXPECT_NE(std::string(failed.what()).find("threw: 30"), std::string::npos);
    }
    EXPECT_EQ(count->load(), 100);
    EXPECT_THROW(pool.apply([](int) -> int { throw 7; }, 1), racekit::task_failed);
    EXPECT_EQ(pool.apply(twice, 2), 4);
}

TEST(process_pool, a_worker_that_dies_is_an_error_and_not_a_hang) {
    process_pool pool({.workers = 2});
    for (int const signal : {SIGKILL, SIGSEGV, SIGTERM}) {
        try {
            (void)pool.map(
                [signal](int number) {
                    if (number == 55) ::kill(::getpid(), signal);
                    return number;
                },
                numbers(100), 10);
            FAIL() << "it must throw";
        } catch (racekit::worker_died const& died) {
            EXPECT_EQ(died.how().signal, signal);
            EXPECT_EQ(died.index(), 55U);
        }
    }
    EXPECT_THROW(pool.apply([](int code) { ::_exit(code); }, 3), racekit::worker_died);
    EXPECT_EQ(pool.map(twice, numbers(10)).back(), 18);
}

TEST(process_pool, a_death_in_a_task_fails_no_other_chunk) {
    process_pool pool({.workers = 1, .ahead = 4});
    auto dies = pool.async([](int) { ::usleep(20'000), ::kill(::getpid(), SIGKILL); }, 1);
    auto lives = pool.async(twice, 21);
    auto also = pool.async(twice, 22);
    EXPECT_EQ(lives.get(), 42);
    EXPECT_EQ(also.get(), 44);
    EXPECT_THROW(dies.get(), racekit::worker_died);
}

TEST(process_pool, retries_what_a_worker_died_in) {
    racekit::shared_object<std::atomic<int>> tries;
    std::atomic<int>* const count = &*tries;
    process_pool pool({.workers = 2, .retries = 2});
    EXPECT_EQ(pool.apply(
                  [count](int number) {
                      if (++*count < 3) ::kill(::getpid(), SIGKILL);
                      return number;
                  },
                  9),
              9);
    EXPECT_EQ(count->load(), 3);
    *count = -10;
    EXPECT_THROW(pool.apply(
                     [count](int) {
                         ++*count;
                         ::kill(::getpid(), SIGKILL);
                     },
                     9),
                 racekit::worker_died);
    EXPECT_EQ(count->load(), -7);
}

TEST(process_pool, survives_workers_that_are_killed_from_outside_again_and_again) {
    racekit::shared_object<std::atomic<int>> tasks;
    std::atomic<int>* const ran = &*tasks;
    process_pool pool({.workers = 2, .retries = 1000});
    std::atomic<bool> done{false};
    // The processes of the pool are the only children of this process.
    std::thread killer([&] {
        std::uint64_t random = 1;
        while (!done) {
            // Some chunks are done between two deaths: a pool whose workers die without doing
            // anything gives up.
            for (int const before = *ran; *ran < before + 20 && !done;) ::usleep(100);
            random = random * 6364136223846793005U + 1442695040888963407U;
            ::usleep(static_cast<useconds_t>(random >> 52));
            std::string const path = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
            if (FILE* const file = std::fopen(path.c_str(), "r")) {
                int number = 0;
                if (std::fscanf(file, "%d", &number) == 1) ::kill(number, SIGKILL);
                std::fclose(file);
            }
        }
    });
    for (int round = 0; round < 20; ++round) {
        auto const got = pool.map([ran](int number) { return ++*ran, ::usleep(50), 2 * number; },
                                  numbers(200), 5);
        for (int each = 0; each < 200; ++each)
            ASSERT_EQ(got[static_cast<std::size_t>(each)], 2 * each);
    }
    done = true;
    killer.join();
}

TEST(process_pool, replaces_workers_after_so_many_tasks) {
    process_pool pool({.workers = 1, .tasks_per_worker = 3});
    auto const where = pool.map([](int) { return ::getpid(); }, numbers(10), 1);
    EXPECT_EQ(std::set<::pid_t>(where.begin(), where.end()).size(), 4U);
    EXPECT_EQ(where[0], where[2]);
    EXPECT_NE(where[2], where[3]);
}

TEST(process_pool, runs_the_initializer_in_each_worker) {
    static int prepared = 0;
    process_pool pool({.workers = 2, .initializer = [] { prepared = 7; }});
    EXPECT_EQ(pool.map([](int) { return prepared; }, numbers(4), 1), std::vector<int>(4, 7));
    EXPECT_EQ(prepared, 0);
}

TEST(process_pool, an_initializer_that_fails_breaks_the_pool_with_its_words) {
    process_pool pool({.workers = 2, .initializer = [] { throw std::runtime_error("no disk"); }});
    try {
        (void)pool.map(twice, numbers(10));
        FAIL() << "it must throw";
    } catch (racekit::pool_broken const& broken) {
        EXPECT_NE(std::string(broken.what()).find("no disk"), std::string::npos);
    }
    EXPECT_THROW(pool.apply(twice, 1), racekit::pool_broken);
    process_pool dying({.workers = 2, .initializer = [] { ::_exit(3); }});
    EXPECT_THROW((void)dying.map(twice, numbers(10)), racekit::pool_broken);
}

TEST(process_pool, async_results_come_in_any_order_and_in_time) {
    racekit::shared_object<std::atomic<int>> shared;
    std::atomic<int>* const gate = &*shared;
    process_pool pool({.workers = 2});
    auto slow = pool.async(
        [gate](int number) {
            while (*gate == 0) ::usleep(1'000);
            return number;
        },
        1);
    auto quick = pool.async(twice, 2);
    EXPECT_EQ(quick.get(), 4);
    EXPECT_FALSE(slow.ready());
    EXPECT_FALSE(slow.wait_for(1ms));
    EXPECT_THROW(slow.get(racekit::after(1ms)), racekit::result_timed_out);
    *gate = 1;
    EXPECT_EQ(slow.get(), 1);
    auto many = pool.map_async(twice, numbers(100));
    EXPECT_EQ(many.get().back(), 198);
}

TEST(process_pool, many_threads_wait_at_the_same_time) {
    process_pool pool({.workers = 2});
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int round = 0; round < 50; ++round) {
                auto const got = pool.map(twice, numbers(20 + thread), 3);
                right += got.back() == 2 * (19 + thread) ? 1 : 0;
            }
        });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(right, 200);
}

TEST(process_pool, imap_reads_its_input_as_results_are_taken) {
    process_pool pool({.workers = 2, .ahead = 2});
    int read = 0;
    auto const counted =
        numbers(100) | std::views::transform([&](int number) { return ++read, number; });
    auto stream = pool.imap(twice, counted);
    EXPECT_EQ(stream.next(), 0);
    EXPECT_LE(read, 6);
    int next = 1;
    for (int const got : stream) EXPECT_EQ(got, 2 * next++);
    EXPECT_EQ(next, 100);
    EXPECT_EQ(stream.next(), std::nullopt);
}

TEST(process_pool, imap_unordered_gives_what_is_done_first) {
    racekit::shared_object<std::atomic<int>> shared;
    std::atomic<int>* const gate = &*shared;
    process_pool pool({.workers = 2, .ahead = 1});
    auto stream = pool.imap_unordered(
        [gate](int number) {
            while (number == 0 && *gate == 0) ::usleep(1'000);
            return number;
        },
        std::vector<int>{0, 1, 2});
    EXPECT_EQ(stream.next(), 1);
    EXPECT_EQ(stream.next(), 2);
    *gate = 1;
    EXPECT_EQ(stream.next(), 0);
    EXPECT_EQ(stream.next(), std::nullopt);
    EXPECT_THROW(for (int const got : pool.imap(
                          [](int number) -> int {
                              if (number == 2) throw std::runtime_error("two");
                              return number;
                          },
                          numbers(4))) EXPECT_LT(got, 2),
                 racekit::task_failed);
}

TEST(process_pool, both_ways_full_is_no_deadlock) {
    process_pool pool({.workers = 2, .ahead = 8});
    std::vector<std::string> const large(64, std::string(100'000, 'x'));
    auto const got = pool.map([](std::string const& each) { return each + each; }, large, 1);
    ASSERT_EQ(got.size(), 64U);
    EXPECT_EQ(got.back().size(), 200'000U);
}

TEST(process_pool, close_join_and_terminate) {
    process_pool pool({.workers = 2});
    auto later = pool.map_async([](int) { return ::usleep(1'000), 1; }, numbers(20), 1);
    pool.close();
    EXPECT_THROW(pool.async(twice, 1), racekit::pool_closed);
    EXPECT_TRUE(pool.join());
    EXPECT_FALSE(test::has_children());
    EXPECT_EQ(later.get().size(), 20U);

    process_pool other({.workers = 2});
    auto never_done = other.async([](int) { ::usleep(60'000'000); }, 1);
    EXPECT_FALSE(other.join(racekit::after(10ms)));
    other.terminate();
    EXPECT_THROW(never_done.get(), racekit::pool_closed);
    EXPECT_FALSE(test::has_children());
}

TEST(process_pool, a_result_outlives_its_pool_as_an_error) {
    auto const before = test::open_descriptors();
    {
        auto late = [] {
            process_pool pool({.workers = 1});
            return pool.async([](int) { ::usleep(60'000'000); }, 1);
        }();
        EXPECT_THROW(late.get(), racekit::pool_closed);
    }
    EXPECT_FALSE(test::has_children());
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(process_pool, says_so_when_a_child_uses_it) {
    process_pool pool({.workers = 1});
    racekit::process child([&] {
        try {
            (void)pool.apply(twice, 1);
        } catch (racekit::used_after_fork const&) {
            return 0;
        }
        return 1;
    });
    EXPECT_TRUE(child.join().clean());
    EXPECT_EQ(pool.apply(twice, 4), 8);
}

/// The state letter of a process; 'X': there is none.
char state_of(::pid_t number) { return racekit::process_detail::look_up(number).state; }

TEST(process_pool, its_workers_die_with_the_process_that_made_it_and_not_with_the_thread) {
    racekit::one_way_pipe names;
    racekit::process maker([&] {
        std::optional<process_pool> pool;
        std::thread([&] { pool.emplace(pool_options{.workers = 2}); }).join();
        auto const where =
            pool->map([](int) { return ::usleep(5'000), ::getpid(); }, numbers(8), 1);
        std::set<::pid_t> const all(where.begin(), where.end());
        auto busy = pool->async([](int) { ::usleep(60'000'000); }, 1);
        for (::pid_t const each : all) (void)names.sender.send(std::to_string(each));
        ::usleep(60'000'000);
    });
    std::string word;
    std::vector<::pid_t> workers;
    for (int each = 0; each < 2; ++each) {
        ASSERT_TRUE(names.receiver.receive(word, racekit::after(30s)));
        workers.push_back(std::stoi(word));
    }
    maker.kill();
    (void)maker.join();
    for (::pid_t const each : workers) {
        auto const has_ended = [&] {
            return std::string("RSD").find(state_of(each)) == std::string::npos;
        };
        test::await_that(has_ended, "a worker dies");
    }
}

}  // namespace
