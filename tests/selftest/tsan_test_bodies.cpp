// SPDX-License-Identifier: MIT
// Test bodies with every kind of error that the tsan detector distinguishes, and some that cheat.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/semaphore.hpp>
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

// An outer lock keeps the two orders apart; without it they may deadlock.
template <bool outer>
struct both_orders {
    racekit::mutex outermost, first, second;
    racekit::atomic<bool> over{false};
    void act(int self) {
        std::unique_lock hold(outermost, std::defer_lock);
        if (outer) hold.lock();
        // In turn, so that nothing deadlocks: the order alone is the finding.
        if (self == 1 && !outer) (void)racekit::await(over, [](bool is) { return is; });
        racekit::scoped_lock one(self == 0 ? first : second);  // <- race
        racekit::scoped_lock two(self == 0 ? second : first);  // <- race
        over.store(true);
    }
};
template <class Variant>
struct outer_lock : two_threads<Variant> {};
RACEKIT_SCENARIO(outer_lock, both_orders<false>, both_orders<true>, .stress = racekit::blind,
                 .tsan = finds("lock-order inversion"), .model = racekit::blind);

// One thread that takes two locks in both orders cannot deadlock with itself.
struct alone_in_both_orders {
    racekit::mutex first, second;
    void act(int self) {
        if (self != 0) return;
        {
            racekit::scoped_lock one(first);
            racekit::scoped_lock two(second);
        }
        racekit::scoped_lock two(second);
        racekit::scoped_lock one(first);
    }
};
template <class Variant>
struct alone : two_threads<Variant> {};
RACEKIT_SCENARIO(alone, nothing, alone_in_both_orders, .stress = racekit::blind,
                 .tsan = racekit::blind, .model = racekit::blind);

// A thread_local object adds to the sum in its destructor, after the thread's function.
template <bool with_lock>
struct adds_at_its_end {
    racekit::plain<int> sum{0};
    racekit::mutex gate;
    struct remainder {
        adds_at_its_end* to = nullptr;
        ~remainder() {
            if (to == nullptr) return;
            std::unique_lock hold(to->gate, std::defer_lock);
            if (with_lock) hold.lock();
            to->sum.write(to->sum.read() + 1);  // <- race
        }
    };
    void act(int) {
        thread_local remainder mine;
        mine.to = this;
    }
};
template <class Variant>
struct thread_local_end : two_threads<Variant> {
    void after() {
        if constexpr (requires { this->shared.sum.read(); })
            RACEKIT_CHECK_EQUAL(2, this->shared.sum.read());
    }
};
RACEKIT_SCENARIO(thread_local_end, adds_at_its_end<false>, adds_at_its_end<true>,
                 .stress = racekit::blind, .tsan = finds("data race"), .model = racekit::blind);

template <bool joined_first>
struct started_thread_adds {
    racekit::plain<int> sum{0};
    struct remainder {
        started_thread_adds* to = nullptr;
        ~remainder() {
            if (to != nullptr) to->sum.write(to->sum.read() + 1);  // <- race
        }
    };
    void act(int self) {
        if (self != 0) return;
        racekit::thread other([this] {
            thread_local remainder mine;
            mine.to = this;
        });
        if (joined_first) other.join();
        sum.write(sum.read() + 1);  // <- race
        if (!joined_first) other.join();
    }
};
template <class Variant>
struct started_thread_local_end : two_threads<Variant> {};
RACEKIT_SCENARIO(started_thread_local_end, started_thread_adds<false>, started_thread_adds<true>,
                 .stress = racekit::blind, .tsan = finds("data race"), .model = racekit::blind);

// The permit always comes; only a deadline of an hour that passes before it leads to the race.
template <bool asks>
struct gives_up_too_early {
    racekit::semaphore ready{0};
    racekit::plain<int> item{0};
    void act(int self) {
        if (self == 1) {
            item.write(1);  // <- race
            ready.release();
            return;
        }
        bool const in_time = ready.try_acquire_for(std::chrono::hours(1));
        if (in_time || !asks) (void)item.read();  // <- race
    }
};
template <class Variant>
struct times_out : two_threads<Variant> {};
RACEKIT_SCENARIO(times_out, gives_up_too_early<false>, gives_up_too_early<true>,
                 .stress = racekit::blind, .tsan = finds("data race"), .model = racekit::blind);

// The clock of the kit is the schedule's: what follows a deadline may rely on it.
struct reads_the_clock {
    racekit::semaphore never_released{0};
    void act(int self) {
        auto const limit = racekit::after(std::chrono::minutes(1));
        if (self == 0) {
            RACEKIT_CHECK(!never_released.try_acquire_until(limit));
        } else {
            while (racekit::clock::now() < limit) {
            }
        }
        RACEKIT_CHECK(racekit::clock::now() >= limit);
    }
};
template <class Variant>
struct clock_agrees : two_threads<Variant> {};
RACEKIT_SCENARIO(clock_agrees, nothing, reads_the_clock, .stress = racekit::blind,
                 .tsan = racekit::blind, .model = racekit::blind);

// A child process whose body starts a thread ends as it says.
struct child_starts_a_thread {
    racekit::atomic<int> count{0};
    void act(int self) {
        if (self != 0) return;
        racekit::process child([this] {
            racekit::thread other([this] { count.fetch_add(1); });
            other.join();
            return count.load() + 2;
        });
        RACEKIT_CHECK_EQUAL(3, child.join().code);
    }
};
template <class Variant>
struct child_with_threads : two_threads<Variant> {};
RACEKIT_SCENARIO(child_with_threads, nothing, child_starts_a_thread, .stress = racekit::blind,
                 .tsan = racekit::blind, .model = racekit::blind);

struct exchanges_without_effect {
    racekit::atomic<bool> flag{false};
    void act(int self) {
        while (self == 1 && !flag.exchange(false)) racekit::spin_hint();
    }
};
template <class Variant>
struct vain_exchange : two_threads<Variant> {};
RACEKIT_SCENARIO(vain_exchange, nothing, exchanges_without_effect, .stress = racekit::blind,
                 .tsan = racekit::blind, .model = racekit::blind);

// The destructor sets the virtual table pointer back while another thread calls through it.
struct called_while_destroyed {
    struct base {
        racekit::semaphore finished{0};
        virtual void act() {}
        virtual ~base() { finished.acquire(); }
    };
    struct derived : base {
        void act() override {}
        ~derived() override {}
    };
    base* const shared = new derived;
    void act(int self) {
        if (self == 0) {
            shared->act();  // <- race
            shared->finished.release();
        } else {
            delete shared;  // <- race
        }
    }
};
template <class Variant>
struct virtual_call : two_threads<Variant> {};
RACEKIT_SCENARIO(virtual_call, called_while_destroyed, nothing, .stress = racekit::blind,
                 .tsan = finds("data race"), .model = racekit::blind);

}  // namespace
