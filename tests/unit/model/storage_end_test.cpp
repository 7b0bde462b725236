// SPDX-License-Identifier: MIT
// Storage that ends with or without a destructor: an access that does not happen before the end is
// a use after free, in any order of the steps and under every strategy.
#include "program.hpp"

#include "model/strategies/pct.hpp"
#include "model/strategies/random.hpp"

#include <racekit/gtest_explore.hpp>
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/event.hpp>
#include <racekit/lock/guard.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/lock/shared_mutex.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace {

using namespace racekit;
using namespace racekit::model;

struct record {
    atomic<int> count{7};
    plain<int> value{1};
};

struct shared_record {
    record* one = nullptr;
    atomic<int> done{0};
};

/// How the storage of a record begins and ends.
struct lifetime {
    char const* name;
    record* (*begin)();
    void (*end)(record* one);
};

alignas(record) unsigned char arena[sizeof(record)];

constexpr std::array lifetimes{
    lifetime{"free", [] { return ::new (std::malloc(sizeof(record))) record; },
             [](record* one) { std::free(one); }},
    lifetime{"calloc and free", [] { return ::new (std::calloc(1, sizeof(record))) record; },
             [](record* one) { std::free(one); }},
    lifetime{"realloc", [] { return ::new (std::malloc(sizeof(record))) record; },
             [](record* one) { std::free(std::realloc(one, 2 * sizeof(record))); }},
    lifetime{"operator delete", [] { return ::new (::operator new(sizeof(record))) record; },
             [](record* one) { ::operator delete(one); }},
    lifetime{"delete", [] { return new record; }, [](record* one) { delete one; }},
    lifetime{"unique_ptr", [] { return std::make_unique<record>().release(); },
             [](record* one) { std::unique_ptr<record>(one).reset(); }},
    lifetime{"placement new", [] { return ::new (arena) record; },
             [](record* one) { ::new (one) record; }},
};

using access_function = void (*)(record& one);
constexpr std::array<std::pair<char const*, access_function>, 5> accesses{{
    {"load", [](record& one) { (void)one.count.load(std::memory_order_relaxed); }},
    {"store", [](record& one) { one.count.store(1); }},
    {"add", [](record& one) { (void)one.count.fetch_add(1); }},
    {"read", [](record& one) { (void)one.value.read(); }},
    {"write", [](record& one) { one.value.write(2); }},
}};

/// `user` accesses the record and the other thread ends its storage, ordered by `done` or not.
program<shared_record> sharing(lifetime const& how, access_function access, bool ordered,
                               int user) {
    program<shared_record> body;
    std::function<void(shared_record&)> const use = [=](shared_record& all) {
        access(*all.one);
        if (ordered) all.done.store(1, std::memory_order_release);
    };
    std::function<void(shared_record&)> const end = [=, &how](shared_record& all) {
        if (ordered) (void)await(all.done, [](int it) { return it == 1; });
        how.end(all.one);
    };
    body.threads = {[=, &how](shared_record& all) {
        all.one = how.begin();
        thread other([&] { user == 1 ? use(all) : end(all); });
        user == 1 ? end(all) : use(all);
        other.join();
    }};
    return body;
}

model::explored explore_with(program<shared_record>& body, int strategy, bool plain_visible) {
    exploration_config config;
    config.spawned = 1;
    config.plain_visible = plain_visible;
    if (strategy == 0) return explore(body, config);
    random_walk walk(1);
    pct priorities(1, 2);
    return strategy == 1 ? explore(body, walk, config, 2'000)
                         : explore(body, priorities, config, 2'000);
}

TEST(storage_end, an_unordered_access_is_a_use_after_free) {
    for (lifetime const& how : lifetimes) {
        for (auto const& [word, access] : accesses) {
            for (int const user : {0, 1}) {
                for (int strategy = 0; strategy < 3; ++strategy) {
                    for (bool const plain_visible : {false, true}) {
                        SCOPED_TRACE(std::string(how.name) + ", " + word + " by thread " +
                                     std::to_string(user) + ", strategy " +
                                     std::to_string(strategy));
                        auto body = sharing(how, access, false, user);
                        std::string const kind =
                            explore_with(body, strategy, plain_visible).kind();
                        // What stands there anew is not the record that the other thread means.
                        bool const reused = std::string(how.name) == "placement new";
                        EXPECT_TRUE(kind == "use after free" || (reused && kind == "data race"))
                            << kind;
                    }
                }
            }
        }
    }
}

TEST(storage_end, an_ordered_access_is_clean) {
    for (lifetime const& how : lifetimes) {
        for (auto const& [word, access] : accesses) {
            for (int const user : {0, 1}) {
                SCOPED_TRACE(std::string(how.name) + ", " + word);
                auto body = sharing(how, access, true, user);
                EXPECT_EQ("", explore_with(body, 0, false).kind());
            }
        }
    }
}

TEST(storage_end, freeing_twice_is_a_double_free) {
    program<shared_record> body;
    body.threads = {[](shared_record&) {
        record* const one = ::new (std::malloc(sizeof(record))) record;
        std::free(one);
        std::free(one);
    }};
    EXPECT_EQ("double free", explore(body).kind());
}

/// One thread uses an object and then sets a flag; another one waits for the flag, then deletes it.
template <class Object>
racekit::explored used_then_deleted(void (*use)(Object&), std::memory_order how_flagged) {
    return explore([=] {
        auto* const object = new Object;
        atomic<int> done{0};
        thread user([&] {
            use(*object);
            done.store(1, how_flagged);
        });
        while (done.load(std::memory_order_acquire) == 0) {
        }
        delete object;
        user.join();
    });
}

/// One thread makes an object and publishes it, another one uses it.
template <class Object>
racekit::explored made_then_used(void (*use)(Object&), std::memory_order how_published) {
    return explore([=] {
        atomic<int> before{0};
        atomic<Object*> published{nullptr};
        thread maker([&] {
            before.store(1, std::memory_order_release);
            published.store(new Object, how_published);
        });
        while (before.load(std::memory_order_acquire) == 0) {
        }
        if (Object* const there = published.load(std::memory_order_acquire)) use(*there);
        maker.join();
        delete published.load();
    });
}

template <class Object>
void expect_ordered_life(void (*use)(Object&)) {
    EXPECT_FINDS("use after free", used_then_deleted(use, std::memory_order_relaxed));
    EXPECT_EXHAUSTED(used_then_deleted(use, std::memory_order_release));
    EXPECT_FINDS("data race", made_then_used(use, std::memory_order_relaxed));
    EXPECT_EXHAUSTED(made_then_used(use, std::memory_order_release));
}

TEST(storage_end, locks_live_by_happens_before) {
    expect_ordered_life<mutex>([](mutex& gate) { lock_guard<mutex> const hold(gate); });
    expect_ordered_life<mutex>([](mutex& gate) {
        if (gate.try_lock()) gate.unlock();
    });
    expect_ordered_life<shared_mutex>([](shared_mutex& gate) {
        gate.lock_shared();
        gate.unlock_shared();
    });
}

TEST(storage_end, conditions_and_monitors_live_by_happens_before) {
    expect_ordered_life<condition_variable>([](condition_variable& it) { it.notify_all(); });
    struct one_place : semaphore {
        one_place() : semaphore(1) {}
    };
    expect_ordered_life<one_place>([](one_place& it) { it.release(); });
    expect_ordered_life<event>([](event& it) { it.set(); });
}

/// The thread that takes the lock last may delete it: the other one has unlocked it before.
TEST(storage_end, a_lock_may_go_with_what_it_guards) {
    struct guarded {
        mutex gate;
        plain<int> users{2};
    };
    EXPECT_EXHAUSTED(explore([] {
        auto* const all = new guarded;
        auto const leave = [=] {
            all->gate.lock();
            int const left = all->users.read() - 1;
            all->users.write(left);
            all->gate.unlock();
            if (left == 0) delete all;
        };
        thread one(leave), two(leave);
        one.join();
        two.join();
    }));
}

/// A thread that was woken uses the condition no more.
TEST(storage_end, a_condition_may_go_once_all_are_notified) {
    struct box {
        mutex gate;
        condition_variable changed;
        bool full = false;
    };
    EXPECT_EXHAUSTED(explore([] {
        auto* const mail = new box;
        auto* const gate = &mail->gate;
        thread sender([=] {
            lock_guard<mutex> const hold(*gate);
            mail->full = true;
            mail->changed.notify_one();
        });
        {
            unique_lock<mutex> hold(*gate);
            while (!mail->full) mail->changed.wait(hold);
        }
        delete mail;
        sender.join();
    }));
}

}  // namespace
