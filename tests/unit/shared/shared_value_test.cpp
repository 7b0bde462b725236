// SPDX-License-Identifier: MIT
#include "../support/both_ways.hpp"

#include <racekit/platform.hpp>
#include <racekit/shared/raw_value.hpp>
#include <racekit/shared/shared_array.hpp>
#include <racekit/shared/shared_atomic.hpp>
#include <racekit/shared/shared_value.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <unistd.h>

namespace {

using racekit::process;
using racekit::shared_value;

TEST(raw_value, is_seen_by_a_process_started_later) {
    racekit::shared_object<racekit::raw_value<int>> value(5);
    process child([&] { return value->get(); });
    EXPECT_EQ(child.join().code, 5);
    value->set(6);
    EXPECT_EQ(value->get(), 6);
}

template <class Way>
class shared_values : public testing::Test {};
TYPED_TEST_SUITE(shared_values, test::both_ways);

TYPED_TEST(shared_values, small_ones_lose_no_update) {
    test::shared_test<shared_value<long>> value(0L);
    auto const work = [&] {
        for (int round = 0; round < 20'000; ++round) {
            *value += 2;
            value->fetch_sub(1);
            value->update([](long& number) { number += 3; });
        }
    };
    {
        TypeParam one(work);
        TypeParam other(work);
    }
    EXPECT_EQ(value->get(), 2 * 20'000 * 4);
}

using record = std::array<unsigned, 512>;

TYPED_TEST(shared_values, large_ones_are_whole_and_lose_no_update) {
    test::shared_test<shared_value<record>> value(record{});
    auto const work = [&] {
        for (int round = 0; round < 2'000; ++round) {
            value->update([](record& all) {
                for (unsigned& each : all) ++each;
            });
            record const got = value->get();
            value.check(std::ranges::count(got, got[0]) == std::ssize(got));
        }
    };
    {
        TypeParam one(work);
        TypeParam other(work);
    }
    EXPECT_EQ(value->get()[7], 4'000U);
}

TYPED_TEST(shared_values, are_held_between_get_and_set) {
    test::shared_test<shared_value<std::array<long, 3>>> value(std::array<long, 3>{});
    auto const work = [&] {
        for (int round = 0; round < 5'000; ++round) {
            auto held = value->get_lock();
            auto next = held.get();
            ++next[2];
            held.set(next);
        }
    };
    {
        TypeParam one(work);
        TypeParam other(work);
    }
    EXPECT_EQ(value->get()[2], 10'000);
}

TYPED_TEST(shared_values, a_reader_ends_although_a_writer_never_stops) {
    struct both {
        shared_value<record> value{record{}};
        racekit::atomic<bool> over{false};
    };
    test::shared_test<both> shared;
    TypeParam writer([&] {
        for (unsigned number = 1; !shared->over.load(); ++number) {
            record all;
            all.fill(number);
            shared->value.set(all);
        }
    });
    for (int round = 0; round < 3'000; ++round) {
        record const got = shared->value.get();
        ASSERT_EQ(std::ranges::count(got, got[0]), std::ssize(got));
    }
    shared->over.store(true);
}

TEST(shared_value, is_set_and_got_across_processes) {
    racekit::shared_object<shared_value<double>> value(1.5);
    process child([&] { value->set(value->get() + 1); });
    (void)child.join();
    EXPECT_EQ(value->get(), 2.5);
    EXPECT_EQ(value->exchange(4), 2.5);
    double expected = 3;
    EXPECT_FALSE(value->compare_exchange(expected, 5));
    EXPECT_EQ(expected, 4);
    EXPECT_TRUE(value->compare_exchange(expected, 5));
}

TEST(shared_value, is_whole_at_any_death_of_its_writer) {
    racekit::shared_object<shared_value<record>> value(record{});
    for (int round = 0; round < 100; ++round) {
        process writer([&] {
            for (unsigned number = 1;; ++number) {
                record all;
                all.fill(number);
                value->set(all);
            }
        });
        ::usleep(static_cast<useconds_t>(200 + 17 * round));
        writer.kill();
        (void)writer.join();
        record const got = value->get();
        ASSERT_EQ(std::ranges::count(got, got[0]), std::ssize(got)) << "round " << round;
    }
}

TEST(shared_value, stays_as_it_was_if_an_update_throws) {
    racekit::shared_object<shared_value<record>> value(record{});
    auto const fail = [](record& all) {
        all.fill(9);
        throw std::runtime_error("no");
    };
    EXPECT_THROW(value->update(fail), std::runtime_error);
    EXPECT_EQ(value->get()[0], 0U);
    value->set(value->get());
}

TYPED_TEST(shared_values, arrays_keep_their_sum) {
    test::shared_test<racekit::shared_array<int, 16>> all(10);
    auto const work = [&] {
        for (int round = 0; round < 3'000; ++round) {
            auto const from = static_cast<std::size_t>(round % 16);
            all->update([=](auto& values) {
                values[from] -= 3;
                values[(from + 5) % 16] += 3;
            });
            auto const seen = all->read_all();
            all.check(std::accumulate(seen.begin(), seen.end(), 0) == 160);
        }
    };
    {
        TypeParam one(work);
        TypeParam other(work);
    }
}

TEST(shared_array, has_elements_that_are_set_one_by_one) {
    racekit::shared_object<racekit::shared_array<long, 4>> all;
    all->set(2, 7);
    EXPECT_EQ(all->fetch_add(2, 3), 7);
    EXPECT_EQ(all->get(2), 10);
    EXPECT_EQ(all->get(3), 0);
    EXPECT_THROW((void)all->get(4), std::out_of_range);
    EXPECT_THROW(all->set(4, 1), std::out_of_range);
    auto const fail = [](auto& values) {
        values[0] = 1;
        throw std::runtime_error("no");
    };
    EXPECT_THROW(all->update(fail), std::runtime_error);
    EXPECT_EQ(all->get(0), 0);
}

TEST(shared_atomic, counts_across_processes) {
    racekit::shared_object<racekit::shared_atomic<int>> count(0);
    auto const work = [&] {
        for (int round = 0; round < 50'000; ++round) count->fetch_add(1, std::memory_order_relaxed);
    };
    {
        process one(work);
        process other(work);
    }
    EXPECT_EQ(count->load(), 100'000);
}

struct twelve_bytes {
    int three[3];
};
struct not_only_bytes {
    not_only_bytes(not_only_bytes const&) {}
};
static_assert(racekit::address_free<int> && racekit::address_free<double> &&
              racekit::address_free<std::uint64_t>);
static_assert(!racekit::address_free<twelve_bytes> && !racekit::address_free<not_only_bytes>);

}  // namespace
