// SPDX-License-Identifier: MIT
// Clients as a user would write them, from papers and textbooks: the right form is exhausted, and
// each broken one is found. Each is here for something that the explorer must be able to do.
#include "unit/model/program.hpp"

#include "model/runtime/crash_guard.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

/// A counter that `threads` threads increment several times, each in a critical section of `Lock`.
template <class Lock>
explored count_within(int threads, int rounds) {
    struct shared {
        Lock lock;
        plain<int> count{0};
    };
    program<shared> body;
    for (int self = 0; self < threads; ++self) {
        body.threads.push_back([self, rounds](shared& all) {
            for (int round = 0; round < rounds; ++round) {
                all.lock.lock(self);
                all.count.write(all.count.read() + 1);
                all.lock.unlock(self);
            }
        });
    }
    body.last = [=](shared& all) { RACEKIT_CHECK_EQUAL(threads * rounds, all.count.read()); };
    return explore(body);
}

// Peterson's lock by an exchange of the turn, as in Williams 2008. A second round overwrites the
// flag that was cleared with release: by C++11 that store was in the same release sequence, by
// C++20 it is not, and the turn has to be read with acquire.
template <std::memory_order look>
struct peterson_by_exchange {
    atomic<bool> wants[2]{};
    atomic<int> turn{0};

    void lock(int self) {
        wants[self].store(true, relaxed);
        turn.exchange(1 - self, acq_rel);
        while (wants[1 - self].load(acquire) && turn.load(look) == 1 - self) spin_hint();
    }
    void unlock(int self) { wants[self].store(false, release); }
};

TEST(model_clients, peterson_by_exchange_in_one_round_and_in_two) {
    EXPECT_EQ("", count_within<peterson_by_exchange<relaxed>>(2, 1).kind());
    EXPECT_EQ("data race", count_within<peterson_by_exchange<relaxed>>(2, 2).kind());
    explored const right = count_within<peterson_by_exchange<acquire>>(2, 2);
    EXPECT_EQ("", right.kind());
    EXPECT_LT(right.executions, 4000U);
}

// Anderson's array lock (1990). A ticket drawn without acquire may come round to a slot whose old
// "it is yours" can still be read.
template <std::memory_order draw>
struct array_lock {
    static constexpr unsigned slots = 2;
    atomic<bool> yours[slots]{};
    atomic<unsigned> next{0};
    std::array<unsigned, slots> mine{};

    array_lock() { yours[0].store(true, relaxed); }
    void lock(int self) {
        mine[static_cast<std::size_t>(self)] = next.fetch_add(1, draw) % slots;
        while (!yours[mine[static_cast<std::size_t>(self)]].load(acquire)) spin_hint();
    }
    void unlock(int self) {
        unsigned const slot = mine[static_cast<std::size_t>(self)];
        yours[slot].store(false, relaxed);
        yours[(slot + 1) % slots].store(true, release);
    }
};

TEST(model_clients, a_slot_of_an_array_lock_comes_round) {
    EXPECT_EQ("data race", count_within<array_lock<relaxed>>(2, 2).kind());
    EXPECT_EQ("", count_within<array_lock<acq_rel>>(2, 2).kind());
}

// Drepper's third mutex (2011). A woken thread that takes the lock as uncontended strands the
// other sleepers. A wake reads no value and a sleeper reads no other value; otherwise this would be
// a million executions.
template <bool stays_awaited>
struct futex_lock {
    atomic<std::uint32_t> word{0};

    void lock(int) {
        std::uint32_t seen = 0;
        if (word.compare_exchange_strong(seen, 1, acquire, relaxed)) return;
        if (stays_awaited) {
            if (seen != 2) seen = word.exchange(2, acquire);
            for (; seen != 0; seen = word.exchange(2, acquire)) (void)futex_wait(word, 2);
            return;
        }
        for (;;) {
            seen = 0;
            if (word.compare_exchange_strong(seen, 1, acquire, relaxed)) return;
            if (seen == 1 && !word.compare_exchange_strong(seen, 2, relaxed, relaxed)) continue;
            (void)futex_wait(word, 2);
        }
    }
    void unlock(int) {
        if (word.exchange(0, release) == 2) (void)futex_wake(word, 1);
    }
};

TEST(model_clients, a_futex_lock_remembers_who_else_sleeps) {
    EXPECT_EQ("lost wake-up", count_within<futex_lock<false>>(3, 1).kind());
    explored const right = count_within<futex_lock<true>>(3, 1);
    EXPECT_EQ("", right.kind());
    EXPECT_LT(right.executions, 200'000U);
}

// The deque of Chase and Lev that grows, with the orders and fences of Le, Pop, Cohen and Zappa
// Nardelli 2013. A thief may still be in the array that the owner has left.
struct deque_ways {
    bool take_fence = true;
    bool steal_fence = true;
    bool keeps_old = true;
};

template <deque_ways ways>
struct growing_deque {
    struct array {
        explicit array(long length) : size(length), cells(new atomic<int>[std::size_t(length)]) {}
        long size;
        std::unique_ptr<atomic<int>[]> cells;
        atomic<int>& at(long index) { return cells[std::size_t(index % size)]; }
    };
    atomic<long> top{0}, bottom{0};
    std::vector<std::unique_ptr<array>> all;
    atomic<array*> now{nullptr};

    growing_deque() { now.store(grown(1), relaxed); }
    array* grown(long size) { return all.emplace_back(std::make_unique<array>(size)).get(); }

    void push(int task) {
        long const end = bottom.load(relaxed);
        long const begin = top.load(acquire);
        array* tasks = now.load(relaxed);
        if (end - begin > tasks->size - 1) {
            array* const larger = grown(2 * tasks->size);
            for (long at = begin; at < end; ++at)
                larger->at(at).store(tasks->at(at).load(relaxed), relaxed);
            now.store(larger, release);
            if (!ways.keeps_old) all.erase(all.end() - 2);
            tasks = larger;
        }
        tasks->at(end).store(task, relaxed);
        racekit::atomic_thread_fence(release);
        bottom.store(end + 1, relaxed);
    }
    int take() {
        long const last = bottom.load(relaxed) - 1;
        array* const tasks = now.load(relaxed);
        bottom.store(last, relaxed);
        if (ways.take_fence) racekit::atomic_thread_fence(seq_cst);
        long first = top.load(relaxed);
        int task = first <= last ? tasks->at(last).load(relaxed) : 0;
        if (first < last) return task;
        if (first == last && !top.compare_exchange_strong(first, first + 1, seq_cst, relaxed))
            task = 0;
        bottom.store(last + 1, relaxed);
        return task;
    }
    int steal() {
        long first = top.load(acquire);
        if (ways.steal_fence) racekit::atomic_thread_fence(seq_cst);
        if (first >= bottom.load(acquire)) return 0;
        int const task = now.load(acquire)->at(first).load(relaxed);
        return top.compare_exchange_strong(first, first + 1, seq_cst, relaxed) ? task : 0;
    }
};

template <deque_ways ways>
explored tasks_done_once() {
    struct shared {
        growing_deque<ways> tasks;
        std::array<int, 4> done{};
        void note(int task) { ++done[std::size_t(task)]; }
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         all.tasks.push(1);
                         all.tasks.push(2);
                         int const first = all.tasks.take();
                         int const second = all.tasks.take();
                         all.note(first);
                         all.note(second);
                     },
                     [](shared& all) {
                         int const first = all.tasks.steal();
                         int const second = all.tasks.steal();
                         all.note(first);
                         all.note(second);
                     }};
    body.last = [](shared& all) {
        for (int left = all.tasks.take(); left != 0; left = all.tasks.take()) all.note(left);
        for (std::size_t task : {1U, 2U}) RACEKIT_CHECK_EQUAL(1, all.done[task]);
    };
    crash_guard const watching;
    return explore(body);
}

TEST(model_clients, a_deque_that_grows_keeps_its_fences_and_its_old_arrays) {
    EXPECT_EQ("", tasks_done_once<deque_ways{}>().kind());
    EXPECT_EQ("failed check", tasks_done_once<deque_ways{.take_fence = false}>().kind());
    EXPECT_EQ("failed check", tasks_done_once<deque_ways{.steal_fence = false}>().kind());
    EXPECT_EQ("use after free", tasks_done_once<deque_ways{.keeps_old = false}>().kind());
}

// Fraser's epochs (2004). A thread that pins anew with a relaxed store hides, by C++20, that its
// earlier section ended: a load of the new pin does not synchronise with it.
template <std::memory_order pin>
explored read_twice_under_epochs() {
    struct node { plain<int> value{7}; };
    struct shared {
        atomic<unsigned> epoch{0};
        atomic<unsigned> pinned[2]{};  // 1 + twice the epoch, 0: not
        atomic<node*> current{new node};

        ~shared() { delete current.load(relaxed); }
        void enter(int self) {
            pinned[self].store(2 * epoch.load(relaxed) + 1, pin);
            racekit::atomic_thread_fence(seq_cst);
        }
        void leave(int self) { pinned[self].store(0, release); }
        bool advance() {
            unsigned now = epoch.load(relaxed);
            racekit::atomic_thread_fence(seq_cst);
            for (auto& each : pinned) {
                unsigned const seen = each.load(relaxed);
                if (seen != 0 && seen / 2 != now) return false;
            }
            racekit::atomic_thread_fence(acquire);
            return epoch.compare_exchange_strong(now, now + 1, release, relaxed);
        }
    };
    program<shared> body;
    body.threads = {[](shared& all) {
                         for (int round = 0; round < 2; ++round) {
                             all.enter(0);
                             RACEKIT_CHECK_EQUAL(7, all.current.load(acquire)->value.read());
                             all.leave(0);
                         }
                     },
                     [](shared& all) {
                         node* const gone = all.current.exchange(new node, acq_rel);
                         while (!all.advance()) spin_hint();
                         while (!all.advance()) spin_hint();
                         delete gone;
                     }};
    return explore(body);
}

TEST(model_clients, a_pin_shows_that_the_section_before_it_has_ended) {
    EXPECT_EQ("use after free", read_twice_under_epochs<relaxed>().kind());
    EXPECT_EQ("", read_twice_under_epochs<release>().kind());
}

// Two meet in one slot and exchange what they brought. The offer lies on the stack of the first.
template <bool looks_again>
explored exchange_by_a_slot() {
    struct offer {
        int brought;
        atomic<int> given{0};
    };
    struct shared {
        atomic<offer*> slot{nullptr};
        int got[2]{};

        int exchange(int value) {
            offer mine{value};
            offer* seen = nullptr;
            if (slot.compare_exchange_strong(seen, &mine, acq_rel, acquire)) {
                seen = &mine;
                if (slot.compare_exchange_strong(seen, nullptr, acq_rel, acquire)) return 0;
                if (!looks_again) return 0;
                return await(mine.given, [](int given) { return given != 0; });
            }
            int const theirs = seen->brought;
            if (!slot.compare_exchange_strong(seen, nullptr, acq_rel, acquire)) return 0;
            seen->given.store(value, release);
            return theirs;
        }
    };
    program<shared> body;
    for (int self : {0, 1})
        body.threads.push_back([self](shared& all) { all.got[self] = all.exchange(self + 1); });
    body.last = [](shared& all) { RACEKIT_CHECK_EQUAL(all.got[0] == 0, all.got[1] == 0); };
    return explore(body);
}

TEST(model_clients, an_offer_on_the_stack_is_waited_for) {
    EXPECT_NE("", exchange_by_a_slot<false>().kind());
    EXPECT_EQ("", exchange_by_a_slot<true>().kind());
}

}  // namespace
