// SPDX-License-Identifier: MIT
// The stress detector fails when it must, and only then; an instance that hangs is not destroyed.
#include "stress/stress.hpp"

#include <racekit/scenario.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace racekit;

struct racy {
    std::atomic<int> count{0};
    void add() {
        int const seen = count.load();
        for (int turn = 0; turn < 200; ++turn) __asm__ volatile("");
        count.store(seen + 1);
    }
};
struct fixed {
    std::atomic<int> count{0};
    void add() { count.fetch_add(1); }
};

template <class counter>
struct counting {
    static constexpr int threads = 2;
    counter shared;
    void thread(int) { shared.add(); }
    void after() { RACEKIT_CHECK_EQUAL(2, shared.count.load()); }
};

template <class>
struct throwing {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 1) throw std::runtime_error("a tile came off");
    }
};

template <template <class> class body, class Racy = racy, class Fixed = fixed>
scenario scenario_of() {
    description about;
    about.stress = finds;
    return describe<body<Racy>, body<Fixed>>("body", "selftest", __FILE__, about);
}

judgement judged(scenario const& what, variant which, settings how = {}) {
    return judge(which, what.about.stress, stress::look(what, which, how)).what;
}

TEST(stress_look, keeps_a_promise_that_is_true) {
    auto const what = scenario_of<counting>();
    EXPECT_EQ(judged(what, variant::racy), judgement::kept);
    EXPECT_EQ(judged(what, variant::fixed), judgement::kept);
}

TEST(stress_look, is_red_when_the_fixed_variant_is_broken) {
    EXPECT_EQ(judged(scenario_of<counting, racy, racy>(), variant::fixed), judgement::broken);
}

TEST(stress_look, is_red_when_the_racy_variant_is_corrected) {
    settings few;
    few.executions = 500;
    EXPECT_EQ(judged(scenario_of<counting, fixed, fixed>(), variant::racy, few), judgement::broken);
}

TEST(stress_look, is_red_when_it_did_not_run) {
    settings no_time;
    no_time.seconds = 1e-9;
    EXPECT_EQ(judged(scenario_of<counting>(), variant::fixed, no_time), judgement::broken);
}

TEST(stress_look, tells_an_exception_that_escapes) {
    auto const seen = stress::look(scenario_of<throwing>(), variant::racy, {});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ(seen.found->kind, "uncaught exception");
    EXPECT_NE(seen.found->consequence.find("a tile came off"), std::string::npos);
}

template <class>
struct crashing {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 1) std::abort();
    }
};

TEST(stress_look, outlives_a_crash) {
    auto const seen = stress::look(scenario_of<crashing>(), variant::racy, {});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ(seen.found->kind, "crash");
    EXPECT_EQ(seen.found->consequence, "died of Aborted");
    EXPECT_EQ(seen.far.count, 1U);
}

template <class>
struct spinning {
    static constexpr int threads = 2;
    racekit::atomic<bool> never_set{false};
    void thread(int self) {
        if (self == 1) (void)racekit::await(never_set, [](bool it) { return it; });
    }
};

TEST(stress_look, tells_a_loop_without_end_from_a_late_one) {
    auto const seen = stress::look(scenario_of<spinning>(), variant::racy, {});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ(seen.found->kind, "hang");
}

std::atomic<bool> curtain{false};
std::atomic<long long*> on_stage{nullptr};
constexpr long long untouched = 0x5afe'5afe'5afe;

template <class>
struct hanging {
    static constexpr int threads = 2;
    long long mark = untouched;
    void thread(int self) {
        if (self == 0) return;
        on_stage.store(&mark);
        while (!curtain.load()) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
};

TEST(stress_look, leaves_the_stage_to_threads_that_hang_on_it) {
    auto const seen = stress::look(scenario_of<hanging>(), variant::racy, {});
    ASSERT_TRUE(seen.found);
    EXPECT_EQ(seen.found->kind, "hang");
    std::vector<std::unique_ptr<unsigned char[]>> others;  // would get it, were it freed
    for (std::size_t size = 32; size <= 512; size += 16) {
        for (int each = 0; each < 64; ++each) {
            others.emplace_back(new unsigned char[size]);
            std::memset(others.back().get(), 0xee, size);
        }
    }
    EXPECT_EQ(*on_stage.load(), untouched);
    curtain.store(true);
}

}  // namespace
