// SPDX-License-Identifier: MIT
// The search over orders, by histories written by hand.
#include "specifications.hpp"

#include "linearizability/history.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <stdexcept>

namespace {

using namespace racekit;
using namespace racekit::linearity;

constexpr auto popping = [](auto& queue) -> std::optional<int> {
    int got = 0;
    if (!queue.try_pop(got)) return std::nullopt;
    return got;
};

/// A queue of two places whose histories are written down.
class written {
public:
    explicit written(std::size_t room = 2) : whole_("queue", room) {
        push_1 = whole_.operation("push(1)", [](auto& queue) { return queue.try_push(1); });
        push_2 = whole_.operation("push(2)", [](auto& queue) { return queue.try_push(2); });
        pop = whole_.operation("pop()", popping);
    }

    /// A call that came back; `after` are the numbers of the calls that were over before it.
    template <class Result>
    void call(int thread, unsigned operation, Result result,
              std::initializer_list<int> after = {}) {
        add(thread, operation, whole_.as_subject().numbered(operation, &result), true, after);
    }
    void pending(int thread, unsigned operation, std::initializer_list<int> after = {}) {
        add(thread, operation, any_result, false, after);
    }

    [[nodiscard]] bool allowed() { return explain(whole_.as_subject(), seen).allowed; }
    [[nodiscard]] std::string text() {
        return to_text(whole_.as_subject(), seen, explain(whole_.as_subject(), seen));
    }

    unsigned push_1 = 0, push_2 = 0, pop = 0;
    history seen;

private:
    void add(int thread, unsigned operation, unsigned result, bool completed,
             std::initializer_list<int> after) {
        unsigned mask = 0;
        for (int const each : after) mask |= 1U << each;
        seen.calls.push_back({thread, operation, result, completed, mask});
    }

    linearizable<specified::try_queue, specified::try_queue> whole_;
};

using got = std::optional<int>;

TEST(linearizability_search, one_after_the_other) {
    written right;
    right.call(0, right.push_1, true);
    right.call(0, right.push_2, true, {0});
    right.call(1, right.pop, got(1), {0, 1});
    right.call(1, right.pop, got(2), {0, 1, 2});
    right.call(1, right.pop, got(), {0, 1, 2, 3});
    EXPECT_TRUE(right.allowed()) << right.text();

    written wrong;
    wrong.call(0, wrong.push_1, true);
    wrong.call(0, wrong.push_2, true, {0});
    wrong.call(1, wrong.pop, got(2), {0, 1});
    EXPECT_FALSE(wrong.allowed());
}

TEST(linearizability_search, what_overlaps_may_go_either_way) {
    written either;
    either.call(0, either.push_1, true);
    either.call(1, either.push_2, true);
    either.call(2, either.pop, got(2));
    either.call(2, either.pop, got(1), {2});
    EXPECT_TRUE(either.allowed()) << either.text();
}

TEST(linearizability_search, empty_after_a_push_unless_it_was_before) {
    written unordered;
    unordered.call(0, unordered.push_1, true);
    unordered.call(1, unordered.pop, got());
    EXPECT_TRUE(unordered.allowed());

    written ordered;
    ordered.call(0, ordered.push_1, true);
    ordered.call(1, ordered.pop, got(), {0});
    EXPECT_FALSE(ordered.allowed());
}

TEST(linearizability_search, an_element_is_got_once) {
    written twice;
    twice.call(0, twice.push_1, true);
    twice.call(1, twice.pop, got(1));
    twice.call(2, twice.pop, got(1));
    EXPECT_FALSE(twice.allowed());
}

TEST(linearizability_search, a_dead_client_may_have_done_it_or_not) {
    for (bool const done : {true, false}) {
        written pushed;
        pushed.pending(0, pushed.push_1);
        pushed.call(1, pushed.pop, done ? got(1) : got());
        EXPECT_TRUE(pushed.allowed()) << pushed.text();
    }
    written other;
    other.pending(0, other.push_1);
    other.call(1, other.pop, got(2));
    EXPECT_FALSE(other.allowed());
    written early;  // it cannot have done it before it began
    early.call(1, early.pop, got(1));
    early.pending(0, early.push_1, {0});
    EXPECT_FALSE(early.allowed());
}

TEST(linearizability_search, a_call_waits_for_ever_only_if_it_must) {
    linearizable<specified::waiting_queue, specified::waiting_queue> whole("queue", 1U);
    auto const put = whole.operation("put(1)", [](auto& queue) { return queue.put(1); });
    auto const get = whole.operation("get()", [](auto& queue) {
        int into = 0;
        return queue.get(into);
    });
    subject& what = whole.as_subject();
    queue_state const done = queue_state::done;
    history starved{{{0, get, any_result, false, 0}}, true};
    EXPECT_TRUE(explain(what, starved).allowed);
    history asleep{{{0, get, any_result, false, 0}, {1, put, what.numbered(put, &done), true, 0}},
                   true};
    explanation const why = explain(what, asleep);
    EXPECT_FALSE(why.allowed);
    EXPECT_NE(std::string::npos,
              to_text(what, asleep, why).find("then a: specified done, waits for ever"));
    history full{{{0, put, what.numbered(put, &done), true, 0}, {1, put, any_result, false, 0}},
                 true};
    EXPECT_TRUE(explain(what, full).allowed);
}

TEST(linearizability_search, a_refusal_may_be_allowed_beside_the_specified) {
    linearizable<specified::lock, specified::lock> whole("lock");
    auto const try_lock = whole.operation("try_lock()", [](auto& lock) { return lock.try_lock(); });
    bool const fails = false;
    history for_nothing{{{0, try_lock, whole.as_subject().numbered(try_lock, &fails), true, 0}},
                        false};
    EXPECT_FALSE(explain(whole.as_subject(), for_nothing).allowed);
    whole.may_also_give(try_lock, false);
    EXPECT_TRUE(explain(whole.as_subject(), for_nothing).allowed);
}

// The first order tried leads to another state with the same calls done.
TEST(linearizability_search, the_state_matters_not_only_what_was_done) {
    written other_order;
    other_order.call(0, other_order.push_1, true);
    other_order.call(1, other_order.push_2, true);
    other_order.call(2, other_order.pop, got(2), {0, 1});
    EXPECT_TRUE(other_order.allowed()) << other_order.text();
}

// Without remembering states this would take some billion steps.
TEST(linearizability_search, twelve_that_overlap_are_decided) {
    written large(12);
    for (int thread = 0; thread < 6; ++thread) large.call(thread, large.push_1, true);
    for (int thread = 6; thread < 12; ++thread)
        large.call(thread, large.pop, got(thread == 11 ? 2 : 1));
    EXPECT_FALSE(large.allowed());
}

TEST(linearizability_search, tells_how_far_it_got) {
    written wrong;
    wrong.call(0, wrong.push_1, true);
    wrong.call(1, wrong.pop, got(2), {0});
    EXPECT_EQ(
        "  a  thread 0  push(1) -> true\n"
        "  b  thread 1  pop() -> 2       after a\n"
        "  no order of these calls explains their results; the longest attempt: a\n"
        "  then b: specified 1, got 2\n",
        wrong.text());
}

TEST(linearizability_search, long_runs_are_not_for_the_model) {
    linearizable<specified::value, specified::value> check("value");
    check.operation("load()", [](auto& on) { return on.load(); });
    EXPECT_THROW((void)check.stress(), std::logic_error);
}

}  // namespace
