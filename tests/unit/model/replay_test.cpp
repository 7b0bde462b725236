// SPDX-License-Identifier: MIT
// A schedule is followed exactly, or as far as it goes where the program has changed since.
#include "program.hpp"

#include "model/strategies/bounded.hpp"
#include "model/schedules/deviating.hpp"
#include "model/schedules/minimise.hpp"
#include "model/schedules/replay.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;

struct shared {
    mutex left, right;
    atomic<int> work{0};
    atomic<int> flag{0};
};

/// How a later version of the program differs.
struct edit {
    int loads_more[2] = {0, 0};  // before its first lock
    int adds[2] = {2, 2};        // of work done before
    bool other_lines = false;
    bool one_order = false;      // corrected
};

void use(shared& all, mutex& first, mutex& second, edit const& how, int self) {
    for (int turn = 0; turn < how.loads_more[self]; ++turn) (void)all.flag.load(relaxed);
    for (int turn = 0; turn < how.adds[self]; ++turn) all.work.fetch_add(1, relaxed);
    if (how.other_lines) {
        scoped_lock one(first);
        scoped_lock other(second);
    } else {
        scoped_lock one(first);
        scoped_lock other(second);
    }
}

program<shared> opposite(edit const& how = {}) {
    program<shared> body;
    body.threads = {[how](shared& all) { use(all, all.left, all.right, how, 0); },
                     [how](shared& all) {
                         if (how.one_order) use(all, all.left, all.right, how, 1);
                         else use(all, all.right, all.left, how, 1);
                     }};
    return body;
}

/// A stale read and the thread that makes it possible: it takes a data choice.
program<shared> stale(edit const& how = {}) {
    program<shared> body;
    body.threads = {[how](shared& all) {
                         for (int turn = 0; turn < how.adds[0]; ++turn)
                             all.work.fetch_add(1, relaxed);
                         all.work.store(10, relaxed);
                         all.flag.store(1, relaxed);
                     },
                     [how](shared& all) {
                         for (int turn = 0; turn < how.loads_more[1]; ++turn)
                             (void)all.left.try_lock();
                         int const flag = all.flag.load(relaxed);
                         RACEKIT_CHECK(flag == 0 || all.work.load(relaxed) == 10);
                     }};
    return body;
}

schedule found_in(program<shared> body, std::string const& kind) {
    engine explorer(body, {});
    exhaustive systematically;
    execution_record const& last =
        explorer.play(systematically, [](std::uint64_t count) { return count >= 10'000; });
    EXPECT_TRUE(last.found);
    least const few = minimised(body, {}, {last.threads, last.decisions, "", ""}, kind);
    exploration_config recorded;
    recorded.record = true;
    engine again(body, recorded);
    deviating follow(few.script.deviations);
    execution_record const& record = again.play(follow, [](std::uint64_t) { return true; });
    return parse_schedule(
        to_text(sealed(few.script.deviations, record, record.found, "a/b", variant::racy)));
}

TEST(model_replay, of_the_same_program_is_exact) {
    auto body = opposite();
    schedule const script = found_in(body, "deadlock");
    EXPECT_EQ("0@3:1", to_text(script).substr(0, to_text(script).find('~')));
    replayed const seen = replay(body, {}, script);
    EXPECT_TRUE(seen.same);
    EXPECT_TRUE(seen.again);
    EXPECT_EQ(1U, seen.executions);
    EXPECT_EQ(script.deviations, seen.deviations);
}

TEST(model_replay, every_execution_is_its_deviations) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        auto body = stale();
        exploration_config recorded;
        recorded.record = true;
        engine explorer(body, recorded);
        random_walk randomly(seed);
        noting notes(randomly);
        execution_record const first = explorer.play(notes, [](std::uint64_t) { return true; });
        schedule few;
        few.deviates = true;
        few.deviations = notes.deviations();
        deviating follow(parse_schedule(to_text(few)).deviations);
        execution_record const& again = explorer.play(follow, [](std::uint64_t) { return true; });
        EXPECT_EQ(first.fingerprint, again.fingerprint) << to_text(few);
        EXPECT_EQ(first.decisions, again.decisions) << to_text(few);
        EXPECT_EQ(few.deviations.size(), follow.followed());
    }
}

TEST(model_replay, other_lines_are_followed_as_they_stand) {
    schedule const script = found_in(opposite(), "deadlock");
    edit moved;
    moved.other_lines = true;
    auto body = opposite(moved);
    replayed const seen = replay(body, {}, script);
    EXPECT_FALSE(seen.same);
    EXPECT_TRUE(seen.again);
    EXPECT_EQ(1U, seen.executions);
    EXPECT_EQ(1U, seen.followed);
}

TEST(model_replay, an_operation_more_elsewhere_moves_nothing) {
    schedule const script = found_in(opposite(), "deadlock");
    edit more;
    more.loads_more[1] = 1;
    auto body = opposite(more);
    replayed const seen = replay(body, {}, script);
    EXPECT_FALSE(seen.same);
    EXPECT_TRUE(seen.again);
    EXPECT_EQ(1U, seen.executions);

    // Here thread 0 goes first, and thread 1 reads something old in a step of its own.
    schedule const old = found_in(stale(), "failed check");
    ASSERT_EQ("1@2=1", to_text(old).substr(0, to_text(old).find('~')));
    for (int const adds : {0, 1, 3, 8}) {
        edit other;
        other.adds[0] = adds;
        auto changed = stale(other);
        replayed const again = replay(changed, {}, old);
        EXPECT_FALSE(again.same);
        EXPECT_TRUE(again.again) << adds;
        EXPECT_EQ(1U, again.executions) << adds << ": counted in steps of thread 1, not overall";
    }
}

TEST(model_replay, what_an_edit_moved_is_found_near_it) {
    schedule const script = found_in(opposite(), "deadlock");
    for (auto const& [loads, adds, moved] :
         {std::tuple{1, 2, 1U}, {0, 1, 1U}, {2, 2, 2U}, {0, 0, 2U}, {3, 2, 3U}}) {
        edit other;
        for (int self = 0; self < 2; ++self) {
            other.loads_more[self] = loads;
            other.adds[self] = adds;
        }
        auto body = opposite(other);
        replayed const seen = replay(body, {}, script);
        EXPECT_FALSE(seen.same);
        EXPECT_TRUE(seen.again) << loads << " loads, " << adds << " adds";
        EXPECT_EQ(moved, seen.moved);
        EXPECT_GT(seen.executions, 1U);
        EXPECT_LE(seen.executions, 13U);
        deviating follow(seen.deviations);
        EXPECT_EQ("deadlock", explore(body, follow).kind());
    }
}

TEST(model_replay, decisions_move_with_their_thread) {
    schedule const script = found_in(stale(), "failed check");
    ASSERT_NE(std::string::npos, to_text(script).find('=')) << to_text(script);
    for (int const more : {0, 1, 2}) {
        for (int const adds : {1, 2, 3}) {
            edit other;
            other.loads_more[1] = more;
            other.adds[0] = adds;
            auto body = stale(other);
            replayed const seen = replay(body, {}, script);
            EXPECT_TRUE(seen.again) << to_text(script) << ", " << more << ", " << adds;
            EXPECT_LE(seen.executions, 200U);
        }
    }
}

TEST(model_replay, a_whole_list_of_steps_is_followed_near_too) {
    schedule script = found_in(opposite(), "deadlock");
    script.deviates = false;
    script.threads = {0, 0, 0, 1, 1, 1};
    auto same = opposite();
    EXPECT_TRUE(replay(same, {}, script).same);
    edit other;
    other.loads_more[0] = other.loads_more[1] = 1;
    auto body = opposite(other);
    replayed const seen = replay(body, {}, script);
    EXPECT_FALSE(seen.same);
    EXPECT_TRUE(seen.again);
}

TEST(model_replay, gives_up_on_what_was_corrected) {
    schedule const script = found_in(opposite(), "deadlock");
    edit corrected;
    corrected.one_order = true;
    auto body = opposite(corrected);
    replayed const seen = replay(body, {}, script);
    EXPECT_FALSE(seen.same);
    EXPECT_FALSE(seen.again);
    EXPECT_GT(seen.executions, 1U);
    replayed const exact = replay(body, {}, script, false);
    EXPECT_FALSE(exact.same);
    EXPECT_EQ(1U, exact.executions);
}

TEST(model_replay, what_cannot_be_followed_is_skipped) {
    schedule script = found_in(opposite(), "deadlock");
    script.deviations.push_back({1, 40, deviation::next_thread, 0});
    auto body = opposite();
    replayed const seen = replay(body, {}, script);
    EXPECT_TRUE(seen.again);
    EXPECT_EQ(2U, seen.wanted);
    EXPECT_EQ(1U, seen.followed);
}

TEST(model_replay, who_cannot_go_is_not_chosen_nor_what_is_no_choice) {
    auto locks = opposite();
    deviating nobody_there({{deviation::nobody, 0, deviation::next_thread, 6}});
    (void)explore(locks, nobody_there);
    EXPECT_EQ(0U, nobody_there.followed());

    schedule script = found_in(stale(), "failed check");
    auto const older = std::find_if(script.deviations.begin(), script.deviations.end(),
                                    [](deviation const& each) { return each.decision >= 0; });
    ASSERT_NE(script.deviations.end(), older);
    older->choice = 35;
    auto loads = stale();
    deviating no_such_store(script.deviations);
    (void)explore(loads, no_such_store);
    EXPECT_EQ(script.deviations.size() - 1, no_such_store.followed());
}

}  // namespace
