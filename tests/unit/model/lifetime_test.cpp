// SPDX-License-Identifier: MIT
// The making and the end of an atomic are ordered with the operations on it, or that is a finding.
#include "program.hpp"

#include "model/schedules/deviating.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;

struct node {
    atomic<int> word{7};
};

struct published {
    atomic<node*> top{nullptr};
};

/// Thread 0 makes a node and publishes it, thread 1 does something with it when it is there.
template <class Use>
program<published> publishing(std::memory_order publish, std::memory_order look, Use use) {
    program<published> body;
    body.threads = {[=](published& all) { all.top.store(new node, publish); },
                     [=](published& all) {
                         if (node* const found = all.top.load(look)) use(*found);
                     }};
    body.last = [](published& all) { delete all.top.load(); };
    return body;
}

template <class Use>
void expect_ordered(Use use) {
    auto right = publishing(release, acquire, use);
    EXPECT_EQ("", explore(right).kind());
    for (auto const& [publish, look] : {std::pair{relaxed, acquire}, std::pair{release, relaxed}}) {
        auto wrong = publishing(publish, look, use);
        explored const seen = explore(wrong);
        EXPECT_EQ("data race", seen.kind());
        ASSERT_EQ(2U, seen.found->places.size());
        EXPECT_EQ("made by thread 0, which nothing orders before it", seen.found->places[1].role);
    }
}

TEST(model_lifetime, every_operation_comes_after_the_making) {
    expect_ordered([](node& found) { (void)found.word.load(relaxed); });
    expect_ordered([](node& found) { (void)found.word.load(acquire); });
    expect_ordered([](node& found) { found.word.store(1, relaxed); });
    expect_ordered([](node& found) { (void)found.word.fetch_add(1, acq_rel); });
    expect_ordered([](node& found) {
        int expected = 7;
        (void)found.word.compare_exchange_strong(expected, 8);
    });
    expect_ordered([](node& found) {
        int expected = 1;
        (void)found.word.compare_exchange_strong(expected, 8);
    });
}

TEST(model_lifetime, fences_order_the_making_too) {
    program<published> body;
    body.threads = {[](published& all) {
                         node* const fresh = new node;
                         racekit::atomic_thread_fence(release);
                         all.top.store(fresh, relaxed);
                     },
                     [](published& all) {
                         node* const found = all.top.load(relaxed);
                         if (found == nullptr) return;
                         racekit::atomic_thread_fence(acquire);
                         (void)found->word.load(relaxed);
                     }};
    body.last = [](published& all) { delete all.top.load(); };
    EXPECT_EQ("", explore(body).kind());
}

/// A thread that acquires a later store of the constructing thread has no race with the
/// construction; a thread that could read the first value has one.
TEST(model_lifetime, an_acquired_store_comes_after_the_construction) {
    program<published> body;
    body.threads = {[](published& all) {
                         node* const fresh = new node;
                         fresh->word.store(1, release);
                         all.top.store(fresh, relaxed);
                     },
                     [](published& all) {
                         if (node* const found = all.top.load(relaxed))
                             (void)found->word.load(acquire);
                     }};
    body.last = [](published& all) { delete all.top.load(); };
    deviating newest({});
    EXPECT_EQ("", explore(body, newest).kind());
    EXPECT_EQ("data race", explore(body).kind());
}

TEST(model_lifetime, what_is_made_before_the_threads_is_known_to_all) {
    struct objects {
        node here;
        atomic<int> other{0};
    };
    program<objects> body;
    for (int thread = 0; thread < 2; ++thread) {
        body.threads.push_back([](objects& all) {
            all.here.word.store(1, relaxed);
            (void)all.other.fetch_add(1, relaxed);
        });
    }
    EXPECT_EQ("", explore(body).kind());
}

/// The last thread deletes it.
program<published> counted(std::memory_order drop) {
    program<published> body;
    for (int thread = 0; thread < 2; ++thread) {
        body.threads.push_back([drop](published& all) {
            node* const found = all.top.load(relaxed);
            if (found->word.fetch_sub(1, drop) == 1) delete found;
        });
    }
    return body;
}
struct two_hold_it : published {
    two_hold_it() {
        top.store(new node);
        top.load()->word.store(2);
    }
};

template <class Program>
program<two_hold_it> held_by_two(Program const& from) {
    program<two_hold_it> body;
    for (auto const& each : from.threads)
        body.threads.push_back([each](two_hold_it& all) { each(all); });
    return body;
}

TEST(model_lifetime, the_end_comes_after_every_operation) {
    auto right = held_by_two(counted(acq_rel));
    EXPECT_EQ("", explore(right).kind());
    for (std::memory_order const weak : {relaxed, acquire, release}) {
        auto wrong = held_by_two(counted(weak));
        exploration_config recorded;
        recorded.record = true;
        explored const seen = explore(wrong, recorded);
        EXPECT_EQ("use after free", seen.kind());
        ASSERT_EQ(2U, seen.found->places.size());
        EXPECT_EQ("destroyed by thread 1", seen.found->places[0].role);
        EXPECT_TRUE(seen.found->places[0].file.ends_with("lifetime_test.cpp"));
        EXPECT_EQ("last used by thread 0, which nothing orders before that",
                  seen.found->places[1].role);
        EXPECT_NE(0, seen.found->places[1].line);
    }
}

/// No order of the steps shows this one: the flag is set only when the load is done.
TEST(model_lifetime, a_flag_that_is_too_weak_orders_no_end) {
    struct objects : published {
        atomic<bool> done{false};
        objects() { top.store(new node); }
    };
    auto const handing_over = [](std::memory_order set, std::memory_order look) {
        program<objects> body;
        body.threads = {[=](objects& all) {
                             (void)all.top.load(relaxed)->word.load(relaxed);
                             all.done.store(true, set);
                         },
                         [=](objects& all) {
                             (void)await(all.done, [](bool done) { return done; }, look);
                             delete all.top.load(relaxed);
                         }};
        return body;
    };
    auto right = handing_over(release, acquire);
    EXPECT_EQ("", explore(right).kind());
    auto early = handing_over(relaxed, acquire);
    EXPECT_EQ("use after free", explore(early).kind());
    auto late = handing_over(release, relaxed);
    EXPECT_EQ("use after free", explore(late).kind());
}

TEST(model_lifetime, who_destroys_it_must_know_of_its_making) {
    program<published> body;
    body.threads = {[](published& all) { all.top.store(new node, relaxed); },
                     [](published& all) { delete all.top.exchange(nullptr, acquire); }};
    body.last = [](published& all) { delete all.top.load(); };
    explored const seen = explore(body);
    EXPECT_EQ("use after free", seen.kind());
    ASSERT_EQ(2U, seen.found->places.size());
    EXPECT_EQ("constructed by thread 0, which nothing orders before that",
              seen.found->places[1].role);
}

/// One place, made anew by each thread that holds the lock.
TEST(model_lifetime, memory_that_is_used_again_holds_another_atomic) {
    struct objects {
        mutex gate;
        std::optional<node> place;
    };
    program<objects> body;
    for (int thread = 0; thread < 2; ++thread) {
        body.threads.push_back([](objects& all) {
            scoped_lock hold(all.gate);
            all.place.emplace();
            (void)all.place->word.fetch_add(1, relaxed);
        });
    }
    EXPECT_EQ("", explore(body).kind());
}

TEST(model_lifetime, what_was_not_put_is_not_taken) {
    struct objects {
        slot<int> place;
        atomic<bool> full{false};
    };
    auto const handing_over = [](bool looks, bool again) {
        program<objects> body;
        body.threads = {[](objects& all) {
                             all.place.put(5);
                             all.full.store(true, release);
                         },
                         [=](objects& all) {
                             if (looks && !all.full.load(acquire)) return;
                             RACEKIT_CHECK_EQUAL(5, all.place.take());
                             if (again) all.place.drop();
                         }};
        return body;
    };
    auto right = handing_over(true, false);
    EXPECT_EQ("", explore(right).kind());
    auto twice = handing_over(true, true);
    EXPECT_EQ("uninitialised read", explore(twice).kind());
    auto blindly = handing_over(false, false);
    exhaustive systematically;
    exploration_config past;
    past.past_findings = past.past_races = past.plain_visible = true;
    past.threads = 2;
    engine explorer(blindly, past);
    (void)explorer.play(systematically, [](std::uint64_t) { return false; });
    EXPECT_EQ((std::set<std::string>{"data race", "uninitialised read"}), explorer.kinds());
}

struct throws_once {
    bool* armed;
    throws_once& operator=(throws_once&& other) {
        if (std::exchange(*other.armed, false)) throw 1;
        armed = other.armed;
        return *this;
    }
    explicit throws_once(bool* shared) : armed(shared) {}
    throws_once(throws_once&&) = default;
};

TEST(model_lifetime, what_could_not_be_taken_is_still_there) {
    struct objects {
        bool armed = true;
        slot<throws_once> place;
    };
    program<objects> body;
    body.threads = {[](objects& all) {
        all.place.put(throws_once(&all.armed));
        throws_once into(&all.armed);
        int thrown = 0;
        try {
            all.place.take_into(into);
        } catch (int what) {
            thrown = what;
        }
        RACEKIT_CHECK_EQUAL(1, thrown);
        all.place.take_into(into);
    }};
    EXPECT_EQ("", explore(body).kind());
}

/// As for any race, the search can go past it to see what it leads to.
TEST(model_lifetime, a_race_with_the_making_or_the_end_can_be_played_past) {
    exploration_config further;
    further.past_races = further.only_consequences = true;
    auto made = publishing(relaxed, relaxed, [](node& found) { (void)found.word.load(relaxed); });
    EXPECT_EQ("", explore(made, further).kind());
    auto ended = held_by_two(counted(relaxed));
    EXPECT_EQ("", explore(ended, further).kind());
}

}  // namespace
