// SPDX-License-Identifier: MIT
// What is ABA is called so, and what only looks like it is not.
#include "model/detector/model.hpp"

#include <racekit/scenario.hpp>
#include <racekit/verdict.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace racekit;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

template <template <class> class body, class racy>
observation seen_of(settings const& how = {}) {
    description about;
    about.model = finds;
    return model::look(
        describe<body<racy>, body<racy>>("aba", "selftest", __FILE__, about), variant::racy, how);
}

template <template <class> class body, class racy>
std::string kind_of() {
    observation const seen = seen_of<body, racy>();
    EXPECT_TRUE(seen.found) << name(seen.how) << seen.trouble;
    return seen.found ? seen.found->kind : "";
}

// What is --------------------------------------------------------------------------------------

/// A head of a list in cells that are used again and again, and whether it has a tag.
struct bare {
    static unsigned after(unsigned, unsigned index) { return index; }
};
struct tagged {
    static unsigned after(unsigned head, unsigned index) { return (head / 16 + 1) * 16 + index; }
};
constexpr unsigned none = 15;

template <class head_word>
struct stack {
    atomic<unsigned> head{0};
    atomic<unsigned> next[2] = {1U, none};
    plain<int> value[2]{};

    unsigned pop() {
        for (unsigned seen = head.load();;) {
            unsigned const cell = seen % 16;
            if (cell == none) return none;
            unsigned const rest = next[cell].load();
            if (head.compare_exchange_strong(seen, head_word::after(seen, rest))) return cell;
        }
    }
    void push(unsigned cell) {
        unsigned seen = head.load();
        do next[cell].store(seen % 16);
        while (!head.compare_exchange_strong(seen, head_word::after(seen, cell)));
    }
};

/// Two own one cell, and write into it: a data race by ABA.
template <class head_word>
struct reuses_nodes {
    static constexpr int threads = 2;
    stack<head_word> nodes;
    void thread(int self) {
        unsigned const first = nodes.pop();
        unsigned const second = nodes.pop();
        if (self == 1 && second != none) nodes.push(first);
        if (second != none) nodes.value[second].write(self);
    }
};

/// Nobody writes into it; it is the list that is wrong in the end.
template <class head_word>
struct loses_nodes {
    static constexpr int threads = 2;
    stack<head_word> nodes;
    unsigned held[2] = {none, none};
    void thread(int self) {
        if (self == 0) {
            held[0] = nodes.pop();
            return;
        }
        unsigned const first = nodes.pop();
        unsigned const second = nodes.pop();
        held[1] = second;
        if (first != none) nodes.push(first);
    }
    void after() {
        RACEKIT_CHECK(held[0] == none || held[0] != held[1]);
        unsigned const top = nodes.head.load() % 16;
        RACEKIT_CHECK(top == none || top != held[1]);
    }
};

/// Treiber's stack over nodes of a pool, by their addresses: there is nothing to tag.
template <class>
struct pool_of_nodes {
    static constexpr int threads = 3;
    struct node {
        atomic<node*> next{nullptr};
        atomic<int> owners{0};
    };
    node nodes[2];
    atomic<node*> top{nullptr};

    node* pop() {
        for (node* seen = top.load(acquire); seen != nullptr;) {
            node* const rest = seen->next.load(relaxed);
            if (!top.compare_exchange_weak(seen, rest, acquire, acquire)) continue;
            RACEKIT_CHECK_EQUAL(0, seen->owners.fetch_add(1, relaxed));
            return seen;
        }
        return nullptr;
    }
    void push(node* mine) {
        mine->owners.fetch_sub(1, relaxed);
        node* seen = top.load(relaxed);
        do mine->next.store(seen, relaxed);
        while (!top.compare_exchange_weak(seen, mine, release, relaxed));
    }
    void before() {
        for (node& each : nodes) {
            each.owners.store(1);
            push(&each);
        }
    }
    void thread(int self) {
        node* const first = pop();
        if (self == 2) return;
        node* const second = self == 1 ? pop() : nullptr;
        if (self == 1 && second != nullptr) push(first);
        if (self == 0) (void)pop();
    }
};

TEST(model_aba, of_weakly_ordered_nodes_of_a_pool_is_found) {
    EXPECT_EQ("ABA", (kind_of<pool_of_nodes, void>()));
}

TEST(model_aba, of_a_stack_of_reused_nodes_is_found_and_reported) {
    observation const seen = seen_of<loses_nodes, bare>();
    ASSERT_TRUE(seen.found);
    EXPECT_EQ("ABA", seen.found->kind);
    EXPECT_EQ("head", seen.found->subject);
    std::string const& text = seen.found->consequence;
    EXPECT_NE(std::string::npos, text.find("0 again in step ")) << text;
    EXPECT_NE(std::string::npos, text.find(", after ")) << text;
    EXPECT_NE(std::string::npos, text.find("cannot tell")) << text;
    EXPECT_NE(std::string::npos, text.find("; top == none ||")) << text;
    ASSERT_LE(3U, seen.found->places.size());
    EXPECT_EQ("compare_exchange by thread 0", seen.found->places[0].role);
    EXPECT_EQ("changed by thread 1", seen.found->places[1].role);
    EXPECT_EQ("changed back by thread 1", seen.found->places[2].role);
}

TEST(model_aba, that_ends_in_a_data_race_is_one_too) {
    EXPECT_EQ("ABA", (kind_of<reuses_nodes, bare>()));
}

TEST(model_aba, is_gone_with_a_tag) {
    EXPECT_FALSE((seen_of<loses_nodes, tagged>()).found);
    EXPECT_FALSE((seen_of<reuses_nodes, tagged>()).found);
}

TEST(model_aba, is_in_the_seal_and_replays) {
    settings again;
    again.schedule = seen_of<loses_nodes, bare>().found->schedule;
    EXPECT_NE(std::string::npos, again.schedule.find(".aba.failed_check")) << again.schedule;
    again.exact = true;
    observation const replayed = seen_of<loses_nodes, bare>(again);
    ASSERT_TRUE(replayed.found);
    EXPECT_EQ("ABA", replayed.found->kind);
    EXPECT_EQ(again.schedule, replayed.found->schedule);
    EXPECT_TRUE(replayed.warnings.empty());
}

TEST(model_aba, that_does_not_come_up_in_the_corrected_program_is_reported_so) {
    settings again;
    again.schedule = seen_of<loses_nodes, bare>().found->schedule;
    observation const replayed = seen_of<loses_nodes, tagged>(again);
    EXPECT_EQ(observation::state::inconclusive, replayed.how);
    EXPECT_NE(std::string::npos, replayed.trouble.find("the ABA did not come up again"))
        << replayed.trouble;
}

// What is not: something comes back in the execution that fails, and it fails for another reason --

struct orders {
    std::memory_order look = acquire;
    std::memory_order take = acquire;
    std::memory_order give = release;
    bool once = false;  // try_lock instead of lock
};

/// A lock that looks before it takes: what it saw free may have been taken and freed since.
template <class how>
struct under_a_lock {
    static constexpr int threads = 2;
    static constexpr orders order = how::order;
    atomic<int> word{0};
    plain<int> counter{0};

    bool take() {
        for (;;) {
            int seen = word.load(order.look);
            if (seen == 0 && word.compare_exchange_strong(seen, 1, order.take, relaxed))
                return true;
            if (order.once) return false;
            if (seen != 0) spin_hint();
        }
    }
    void thread(int) {
        if (!take()) return;
        counter.write(counter.read() + 1);
        word.store(0, order.give);
    }
};
/// A thread that loads after the other one has finished acquires what it needs: only a reused value
/// makes it race. A tag would hide that; the memory order is the mistake.
struct takes_relaxed {
    static constexpr orders order{.take = relaxed};
};
struct gives_relaxed {
    static constexpr orders order{.give = relaxed};
};
struct tries_and_gives_relaxed {
    static constexpr orders order{.give = relaxed, .once = true};
};
struct tries_and_takes_relaxed {
    static constexpr orders order{.take = relaxed, .once = true};
};

TEST(model_aba, is_not_what_a_wrong_order_of_a_lock_is) {
    EXPECT_EQ("data race", (kind_of<under_a_lock, takes_relaxed>()));
    EXPECT_EQ("data race", (kind_of<under_a_lock, gives_relaxed>()));
    EXPECT_EQ("data race", (kind_of<under_a_lock, tries_and_gives_relaxed>()));
    EXPECT_EQ("data race", (kind_of<under_a_lock, tries_and_takes_relaxed>()));
}

/// One permit, and one that gives it back twice.
template <class>
struct too_many_permits {
    static constexpr int threads = 3;
    atomic<int> permits{1};
    atomic<int> inside{0};

    void acquire_one() {
        for (int seen = permits.load();;) {
            if (seen == 0) {
                spin_hint();
                seen = permits.load();
            } else if (permits.compare_exchange_strong(seen, seen - 1)) {
                return;
            }
        }
    }
    void thread(int self) {
        acquire_one();
        RACEKIT_CHECK_EQUAL(0, inside.fetch_add(1));
        inside.fetch_sub(1);
        permits.fetch_add(self == 0 ? 2 : 1);
    }
};

TEST(model_aba, is_not_a_semaphore_with_a_permit_too_many) {
    EXPECT_EQ("failed check", (kind_of<too_many_permits, void>()));
}

/// A ticket that wraps by design: two tickets, and one thread is served out of order.
template <class>
struct out_of_turn {
    static constexpr int threads = 2;
    atomic<unsigned> next{0};
    atomic<unsigned> served{0};
    atomic<int> inside{0};

    unsigned draw() {
        unsigned seen = next.load();
        while (!next.compare_exchange_strong(seen, (seen + 1) % 2)) {
        }
        return seen;
    }
    void thread(int) {
        for (int turn = 0; turn < 2; ++turn) {
            unsigned const ticket = draw();
            (void)await(served, [=](unsigned now) { return now == ticket; });
            RACEKIT_CHECK_EQUAL(0, inside.fetch_add(1));
            served.store((ticket + 1) % 2);  // too early
            inside.fetch_sub(1);
        }
    }
};

TEST(model_aba, is_not_a_ticket_that_wraps) {
    EXPECT_EQ("failed check", (kind_of<out_of_turn, void>()));
}

/// Thread 0 looks, waits until the word has changed and is back, and takes it: something comes back
/// in every execution. Once, then with a tag it never succeeds, and whether what follows is right
/// is not known; or again and again, then it succeeds with a tag too, and what follows is wrong.
template <class persistent>
struct back_in_any_case {
    static constexpr int threads = 2;
    atomic<int> word{0};
    atomic<int> looked{0};
    atomic<int> done{0};
    void thread(int self) {
        auto const is_set = [](int now) { return now != 0; };
        if (self == 0) {
            int seen = word.load();
            looked.store(1);
            (void)await(done, is_set);
            bool taken = word.compare_exchange_strong(seen, 5);
            while (persistent::again && !taken) taken = word.compare_exchange_strong(seen, 5);
            RACEKIT_CHECK(!taken);
        } else {
            (void)await(looked, is_set);
            word.store(1);
            word.store(0);
            done.store(1);
        }
    }
};
struct once {
    static constexpr bool again = false;
};
struct until_it_succeeds {
    static constexpr bool again = true;
};

TEST(model_aba, is_not_what_goes_wrong_with_a_tag_as_well) {
    EXPECT_EQ("failed check", (kind_of<back_in_any_case, until_it_succeeds>()));
}

TEST(model_aba, is_not_claimed_where_nothing_behind_it_was_put_to_the_test) {
    EXPECT_EQ("failed check", (kind_of<back_in_any_case, once>()));
}

/// An ABA and a second mistake: the tag alone does not correct it.
template <class>
struct two_mistakes {
    static constexpr int threads = 2;
    stack<bare> nodes;
    plain<int> counter{0};
    unsigned held[2] = {none, none};
    void thread(int self) {
        unsigned const first = nodes.pop();
        unsigned const second = nodes.pop();
        held[self] = second;
        counter.write(self);
        if (self == 1 && second != none) nodes.push(first);
    }
};

TEST(model_aba, is_not_claimed_of_a_program_with_a_mistake_besides) {
    EXPECT_EQ("data race", (kind_of<two_mistakes, void>()));
}

}  // namespace
