// SPDX-License-Identifier: MIT
#include <racekit/platform.hpp>
#include <racekit/shared/raw_value.hpp>
#include <racekit/shared/shared_atomic.hpp>
#include <racekit/shared/shared_value.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
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

TEST(shared_value, is_set_and_got_across_processes) {
    racekit::shared_object<shared_value<double>> value(1.5);
    process child([&] { value->set(value->get() + 1); });
    (void)child.join();
    EXPECT_EQ(value->get(), 2.5);
}

TEST(shared_value, loses_no_update_made_under_its_lock) {
    racekit::shared_object<shared_value<long>> value(0L);
    auto const work = [&] {
        for (int round = 0; round < 20'000; ++round) {
            auto held = value->get_lock();
            held.set(held.get() + 1);
        }
    };
    {
        process one(work);
        process other(work);
    }
    EXPECT_EQ(value->get(), 40'000);
}

using record = std::array<unsigned, 512>;

TEST(shared_value, is_whole_whoever_was_killed_setting_it) {
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
