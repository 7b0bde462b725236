// SPDX-License-Identifier: MIT
// Test bodies with every kind of error that the tsan detector distinguishes, and some that cheat.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include <mutex>
#include <stdexcept>
#include <unistd.h>

namespace {

using racekit::finds;

template <class Variant>
struct two_threads {
    static constexpr int threads = 2;
    Variant shared;
    void thread(int self) { shared.act(self); }
};

struct nothing {
    void act(int) {}
};

struct marked_race {
    racekit::plain<int> number{0};
    void act(int) {
        number.write(number.read() + 1);  // <- race
    }
};

struct locked {
    racekit::mutex gate;
    racekit::plain<int> number{0};
    void act(int) {
        racekit::scoped_lock hold(gate);
        number.write(number.read() + 1);
    }
};

struct unmarked_race {
    racekit::plain<int> number{0};
    void act(int) { number.write(number.read() + 1); }
};

template <class Variant>
struct kept : two_threads<Variant> {};
RACEKIT_SCENARIO(kept, marked_race, locked, .stress = racekit::blind, .tsan = finds("data race"),
                 .model = racekit::blind);

template <class Variant>
struct fixed_is_broken : two_threads<Variant> {};
RACEKIT_SCENARIO(fixed_is_broken, marked_race, unmarked_race, .stress = racekit::blind,
                 .tsan = finds("data race"), .model = racekit::blind);

template <class Variant>
struct racy_is_corrected : two_threads<Variant> {};
RACEKIT_SCENARIO(racy_is_corrected, locked, locked, .stress = racekit::blind,
                 .tsan = finds("data race"), .model = racekit::blind);

template <class Variant>
struct no_mark : two_threads<Variant> {};
RACEKIT_SCENARIO(no_mark, unmarked_race, nothing, .stress = racekit::blind,
                 .tsan = finds("data race"), .model = racekit::blind);

template <class Variant>
struct no_mark_no_word : two_threads<Variant> {};
RACEKIT_SCENARIO(no_mark_no_word, unmarked_race, nothing, .stress = racekit::blind, .tsan = finds,
                 .model = racekit::blind);

template <class Variant>
struct promised_blind : two_threads<Variant> {};
RACEKIT_SCENARIO(promised_blind, marked_race, nothing, .stress = racekit::blind,
                 .tsan = racekit::blind, .model = racekit::blind);

struct opposite_order {
    racekit::mutex gates[2];
    void act(int self) {
        racekit::scoped_lock mine(gates[self]);
        racekit::scoped_lock other(gates[1 - self]);  // <- race
    }
};
template <class Variant>
struct deadlock : two_threads<Variant> {};
RACEKIT_SCENARIO(deadlock, opposite_order, nothing, .stress = racekit::blind,
                 .tsan = finds("deadlock"), .model = racekit::blind);

// The two orders never meet, so nothing ever waits; TSan sees that they might have.
struct orders_in_turn {
    racekit::mutex first, second;
    racekit::atomic<bool> over{false};
    void act(int self) {
        if (self == 0) {
            racekit::scoped_lock one(first);
            racekit::scoped_lock two(second);  // <- race
        } else {
            (void)racekit::await(over, [](bool is) { return is; });
            racekit::scoped_lock two(second);
            racekit::scoped_lock one(first);  // <- race
        }
        over.store(true);
    }
};
template <class Variant>
struct inversion : two_threads<Variant> {};
RACEKIT_SCENARIO(inversion, orders_in_turn, nothing, .stress = racekit::blind,
                 .tsan = finds("lock-order inversion"), .model = racekit::blind);

struct spinner {
    racekit::atomic<bool> never_set{false};
    void act(int) {
        while (!never_set.load()) racekit::spin_hint();
    }
};
template <class Variant>
struct livelock : two_threads<Variant> {};
RACEKIT_SCENARIO(livelock, nothing, spinner, .stress = racekit::blind, .tsan = racekit::blind,
                 .model = racekit::blind);

struct runner_without_end {
    int volatile always = 1;
    void act(int self) {
        while (self == 0 && always == 1) {
        }
    }
};
template <class Variant>
struct endless : two_threads<Variant> {};
RACEKIT_SCENARIO(endless, nothing, runner_without_end, .stress = racekit::blind,
                 .tsan = racekit::blind, .model = racekit::blind);

struct thrower {
    void act(int self) {
        if (self == 1) throw std::runtime_error("thrown on purpose");
    }
};
template <class Variant>
struct throws : two_threads<Variant> {};
RACEKIT_SCENARIO(throws, thrower, nothing, .stress = racekit::blind,
                 .tsan = finds("uncaught exception"), .model = racekit::blind);

struct split {
    racekit::atomic<int> number{0};
    void act(int) { number.store(number.load() + 1); }
};
template <class Variant>
struct check_fails : two_threads<Variant> {
    void after() {
        if constexpr (requires { this->shared.number.load(); })
            RACEKIT_CHECK_EQUAL(2, this->shared.number.load());
    }
};
RACEKIT_SCENARIO(check_fails, split, nothing, .stress = racekit::blind,
                 .tsan = finds("failed check"),
                 .model = racekit::blind);

struct forgets_a_thread {
    void act(int self) {
        if (self == 0) racekit::thread forgotten([] {});
    }
};
template <class Variant>
struct leak : two_threads<Variant> {};
RACEKIT_SCENARIO(leak, forgets_a_thread, nothing, .stress = racekit::blind,
                 .tsan = finds("thread leak"), .model = racekit::blind);

struct unlocks_too_often {
    racekit::mutex gate;
    void act(int self) {
        if (self == 0) gate.unlock();  // <- race
    }
};
template <class Variant>
struct misuse : two_threads<Variant> {};
RACEKIT_SCENARIO(misuse, unlocks_too_often, nothing, .stress = racekit::blind,
                 .tsan = finds("mutex misuse"), .model = racekit::blind);

struct reads_freed {
    int* volatile number = new int(1);
    void act(int self) {
        if (self != 0) return;
        int* const freed = number;
        delete freed;
        *freed = 2;  // <- race
    }
};
template <class Variant>
struct freed : two_threads<Variant> {};
RACEKIT_SCENARIO(freed, reads_freed, nothing, .stress = racekit::blind,
                 .tsan = finds("use after free"), .model = racekit::blind);

struct weak_orders : racekit::futex_mutex_orders {
    static constexpr auto leave = std::memory_order_relaxed;
};
struct under_a_weak_lock {
    racekit::basic_futex_mutex<weak_orders> gate;
    racekit::plain<int> number{0};
    void act(int) {
        std::scoped_lock hold(gate);
        number.write(number.read() + 1);  // <- race
    }
};
template <class Variant>
struct weak_lock : two_threads<Variant> {};
RACEKIT_SCENARIO(weak_lock, under_a_weak_lock, locked, .stress = racekit::blind,
                 .tsan = finds("data race"), .model = racekit::blind);

struct foreign_deadlock {
    std::mutex gates[2];
    racekit::atomic<int> holding{0};
    void act(int self) {
        std::lock_guard mine(gates[self]);
        ++holding;
        (void)racekit::await(holding, [](int count) { return count == 2; });
        std::lock_guard other(gates[1 - self]);
    }
};
template <class Variant>
struct outside : two_threads<Variant> {};
RACEKIT_SCENARIO(outside, nothing, foreign_deadlock, .stress = racekit::blind,
                 .tsan = racekit::blind, .model = racekit::blind);

struct plain_count {
    racekit::plain<int> number{0};
    void act() {
        for (int turn = 0; turn < 100; ++turn) number.write(number.read() + 1);
    }
};
struct atomic_count {
    racekit::atomic<int> number{0};
    void act() {
        for (int turn = 0; turn < 100; ++turn) ++number;
    }
};
template <class Variant>
struct across_processes {
    static constexpr int processes = 2;
    Variant shared;
    void process(int) { shared.act(); }
};
RACEKIT_SCENARIO(across_processes, plain_count, atomic_count, .tsan = racekit::blind,
                 .model = racekit::blind, .process = racekit::blind);

// Within one of the processes, though, TSan sees as ever.
struct races_inside {
    racekit::plain<int> number{0};
    void act() {
        racekit::thread other([this] {
            number.write(1);  // <- race
        });
        number.write(2);  // <- race
        other.join();
    }
};
template <class Variant>
struct inside_a_process : across_processes<Variant> {};
RACEKIT_SCENARIO(inside_a_process, races_inside, atomic_count, .tsan = finds("data race"),
                 .model = racekit::blind, .process = racekit::blind);

}  // namespace
