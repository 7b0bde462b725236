// SPDX-License-Identifier: MIT
// Relacy's known defects, each provoked; the comment of each test describes Relacy's own behaviour.
#include "unit/model/program.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace racekit;
using namespace racekit::model;

struct nothing {};

std::size_t resident_kilobytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    in >> total >> resident;
    return resident * 4;
}

// D1: no sized operator delete: freeing a vector or a string aborts.
TEST(model_defects, d1_every_form_of_delete_meets_its_new) {
    struct alignas(64) wide { char bytes[64]; };
    program<nothing> body;
    auto const use = [](nothing&) {
        std::vector<int> numbers(100, 1);
        std::string const text(200, 'x');
        auto const one = std::make_unique<int>(7);
        auto const aligned = std::make_unique<wide>();
        EXPECT_EQ(0U, reinterpret_cast<std::uintptr_t>(aligned.get()) % 64);
        delete[] new (std::nothrow) char[10];
    };
    body.threads = {use, use};
    EXPECT_EQ("", explore(body).kind());
}

// D2: at -O2 the mark of a destroyed object is optimised away, and its use is missed.
TEST(model_defects, d2_use_of_a_destroyed_atomic_is_seen) {
    struct shared {
        atomic<atomic<int>*> pointer{nullptr};
        shared() { pointer.store(new atomic<int>(1)); }
    };
    program<shared> body;
    body.threads = {[](shared& all) { delete all.pointer.load(); },
                     [](shared& all) { (void)all.pointer.load()->load(); }};
    explored const seen = explore(body);
    EXPECT_EQ("use after free", seen.kind());
    EXPECT_EQ("its memory has been freed", seen.found->consequence);
}

// D3: condition_variable::wait with a predicate does not compile.
TEST(model_defects, d3_wait_with_a_predicate) {
    struct shared {
        mutex gate;
        specification::condition_variable changed;
        plain<bool> ready{false};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         unique_lock held(all.gate);
                         all.changed.wait(held, [&] { return all.ready.read(); });
                     },
                     [](shared& all) {
                         unique_lock held(all.gate);
                         all.ready.write(true);
                         all.changed.notify_one();
                     }};
    EXPECT_EQ("", explore(body).kind());
}

// D4: stores to atomic<const T*> do not compile. D5: no atomic_flag, no wait and notify.
TEST(model_defects, d4_d5_what_relacy_has_no_atomics_for) {
    static int const letter = 1;
    enum class colour : std::uint8_t { red, green };
    struct pair { std::int64_t left, right; };
    struct shared {
        atomic<int const*> pointer{nullptr};
        atomic<colour> hue{colour::red};
        atomic<pair> both{pair{1, 2}};
        atomic<double> number{0.5};
        atomic_flag raised;
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.pointer.store(&letter);
                         all.hue.store(colour::green);
                         all.both.store(pair{3, 4});
                         all.number.fetch_add(0.25);
                         (void)all.raised.test_and_set();
                         all.raised.notify_one();
                     },
                     [](shared& all) {
                         all.raised.wait(false);
                         RACEKIT_CHECK_EQUAL(&letter, all.pointer.load());
                         RACEKIT_CHECK(all.hue.load() == colour::green);
                         RACEKIT_CHECK_EQUAL(4, all.both.load().right);
                         RACEKIT_CHECK_EQUAL(0.75, all.number.load());
                     }};
    EXPECT_EQ("", explore(body).kind());
}

// D5: upstream's notify lacked the fence that keeps store-then-wake ordered with sleep; here the
// comparison and the falling asleep are one step, so no wake is lost between them, in any
// execution.
TEST(model_defects, d5_no_wake_is_lost_between_comparing_and_sleeping) {
    struct shared { atomic<std::uint32_t> word{0}; };
    program<shared> body;
    body.threads = {[](shared& all) {
                         while (all.word.load(std::memory_order_relaxed) == 0)
                             (void)futex_wait(all.word, 0);
                     },
                     [](shared& all) {
                         all.word.store(1, std::memory_order_relaxed);
                         futex_wake(all.word, 1);
                     }};
    EXPECT_EQ("", explore(body).kind());
    program<shared> backwards;
    backwards.threads = {body.threads[0], [](shared& all) {
                             futex_wake(all.word, 1);
                             all.word.store(1, std::memory_order_relaxed);
                         }};
    EXPECT_EQ("lost wake-up", explore(backwards).kind());
}

// D6, D7: macros for new, delete, malloc, free, assert, errno, $ and the memory orders.
TEST(model_defects, d6_d7_no_macro_leaks) {
    struct deleted { deleted(deleted const&) = delete; };
    static_assert(!std::is_copy_constructible_v<deleted>);
    void* const memory = std::malloc(1);
    void* const more = std::realloc(memory, 2);
    EXPECT_NE(nullptr, more);
    std::free(more);
#if defined(new) || defined(delete) || defined(malloc) || defined(free) || defined(realloc) || \
    defined(memory_order_relaxed) || defined(VAR) || defined(RL_RELACY_HPP)
    FAIL() << "Relacy shows through";
#endif
}

// D9, D10: 64 KiB stacks without a guard page: a large local corrupts the heap.
TEST(model_defects, d10_a_large_local_fits) {
    program<nothing> body;
    auto const use = [](nothing&) {
        std::array<char volatile, 150 * 1024> local;
        local[0] = 1;
        local[local.size() - 1] = 1;
    };
    body.threads = {use, use};
    EXPECT_EQ("", explore(body).kind());
}

// D11: exception state shared by fibers: `throw;` rethrows the other thread's exception.
TEST(model_defects, d11_a_rethrow_finds_its_own_exception) {
    struct shared { atomic<int> turns{0}; };
    program<shared> body;
    auto const use = [](shared& all, int self) {
        try {
            try {
                throw self;
            } catch (int) {
                all.turns.fetch_add(1);  // the other thread may throw and catch in here
                all.turns.fetch_add(1);
                throw;
            }
        } catch (int mine) {
            RACEKIT_CHECK_EQUAL(self, mine);
        }
    };
    body.threads = {[use](shared& all) { use(all, 1); }, [use](shared& all) { use(all, 2); }};
    explored const seen = explore(body);
    EXPECT_EQ("", seen.kind());
    EXPECT_GT(seen.executions, 5U);
}

// D12: handing it a std::ostringstream frees twice. D13, and 128 KB of stacks leaked by every call.
TEST(model_defects, d12_d13_a_thousand_runs_leak_nothing) {
    program<nothing> body;
    body.threads = {[](nothing&) {}, [](nothing&) {}};
    for (int warm = 0; warm < 50; ++warm) (void)explore(body);
    std::size_t const before = resident_kilobytes();
    for (int again = 0; again < 1000; ++again) (void)explore(body);
    EXPECT_LT(resident_kilobytes(), before + 2000);
}

// D14: its generator reaches 131,072 schedules of two threads at most, of 2.7 M here it met 9,172.
TEST(model_defects, d14_random_schedules_do_not_repeat_themselves) {
    struct shared { atomic<int> number{0}; };
    program<shared> body;
    std::set<std::uint64_t> orders;
    std::uint64_t order = 1;
    auto const use = [&order](shared& all, unsigned self) {
        for (int turn = 0; turn < 12; ++turn) {
            all.number.fetch_add(1, std::memory_order_relaxed);
            order = order * 2 + self;
        }
    };
    body.threads = {[use](shared& all) { use(all, 0); }, [use](shared& all) { use(all, 1); }};
    body.outcome = [&](shared&) {
        orders.insert(std::exchange(order, 1));
        return std::string();
    };
    random_walk randomly(1);
    (void)explore(body, randomly, {}, 50'000);
    EXPECT_GT(orders.size(), 40'000U);
}

// D14: its history of three stores lets a load reach back two; its full search one.
TEST(model_defects, d14_a_load_reaches_back_over_the_whole_window) {
    struct shared {
        atomic<int> number{0};
        plain<int> seen{0};
    };
    program<shared> body;
    body.threads = {
        [](shared& all) {
            for (int value = 1; value <= 7; ++value)
                all.number.store(value, std::memory_order_relaxed);
        },
        [](shared& all) { all.seen.write(all.number.load(std::memory_order_relaxed)); }};
    body.outcome = [](shared& all) { return std::to_string(all.seen.read()); };
    EXPECT_EQ("", explore(body).kind());
    EXPECT_EQ((std::set<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"}), body.outcomes);
}

// Relacy follows C++11 here: a relaxed store continues the release sequence of its own thread. In
// C++20 it ends it (P0982), so this reader races.
TEST(model_defects, a_relaxed_store_ends_the_release_sequence) {
    struct shared {
        plain<int> letter{0};
        atomic<int> flag{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.letter.write(42);
                         all.flag.store(1, std::memory_order_release);
                         all.flag.store(2, std::memory_order_relaxed);
                     },
                     [](shared& all) {
                         if (all.flag.load(std::memory_order_acquire) == 2) (void)all.letter.read();
                     }};
    EXPECT_EQ("data race", explore(body).kind());
}

// Relacy makes each seq_cst fence happen before the next one. In C++20 the fences alone synchronise
// nothing: the first execution, in which they come in the order of the accesses, races too.
TEST(model_defects, seq_cst_fences_alone_do_not_synchronise) {
    struct shared {
        plain<int> letter{0};
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.letter.write(42);
                         racekit::atomic_thread_fence(std::memory_order_seq_cst);
                     },
                     [](shared& all) {
                         racekit::atomic_thread_fence(std::memory_order_seq_cst);
                         (void)all.letter.read();
                     }};
    explored const seen = explore(body);
    EXPECT_EQ("data race", seen.kind());
    EXPECT_EQ(1U, seen.executions);
}

}  // namespace
