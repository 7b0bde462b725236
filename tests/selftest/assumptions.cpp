// SPDX-License-Identifier: MIT
// Test bodies that choose values, end executions, or have many threads: what each detector says of
// them stands in assumptions_test.py.
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include <mutex>

namespace {

struct racy {
    static constexpr bool is_wrong = true;
};
struct fixed {
    static constexpr bool is_wrong = false;
};

/// Goes wrong for one of three values.
template <class how>
struct chooses {
    static constexpr int threads = 2;
    racekit::atomic<int> sum{0};
    void thread(int) { sum.fetch_add(static_cast<int>(racekit::choose(3))); }
    void after() { RACEKIT_CHECK(!how::is_wrong || sum.load() != 4); }
};

/// What goes wrong is left out, unless it goes wrong before.
template <class how>
struct assumes_after_the_threads {
    static constexpr int threads = 2;
    racekit::atomic<int> value{0};
    void thread(int self) { value.store(self); }
    void after() {
        if (how::is_wrong) RACEKIT_CHECK(value.load() == 1);
        racekit::assume(value.load() == 1);
        RACEKIT_CHECK(value.load() == 1);
    }
};

/// A part of the instances is not run at all.
template <class how>
struct assumes_before_the_threads {
    static constexpr int threads = 2;
    unsigned size = 0;
    racekit::atomic<int> value{0};
    void before() {
        size = racekit::choose(2);
        racekit::assume(size == 1);
    }
    void thread(int) {
        RACEKIT_CHECK(size == 1);
        value.fetch_add(1);
    }
    void after() { RACEKIT_CHECK(!how::is_wrong || value.load() == 1); }
};

/// The other thread waits for one that stopped: that is no deadlock.
template <class how>
struct stops_a_thread {
    static constexpr int threads = 2;
    racekit::atomic<int> ready{0};
    racekit::plain<int> value{0};
    void thread(int self) {
        if (self == 0) {
            racekit::assume(racekit::choose(2) == 1);
            if (!how::is_wrong) value.write(1);
            ready.store(1);
            if (how::is_wrong) value.write(1);
        } else {
            racekit::await(ready, [](int seen) { return seen == 1; });
            RACEKIT_CHECK_EQUAL(1, value.read());
        }
    }
};

/// Nothing is left to judge: that is no proof.
template <class how>
struct assumes_the_impossible {
    static constexpr int threads = 2;
    racekit::atomic<int> value{0};
    void thread(int) {
        value.fetch_add(1);
        racekit::assume(value.load() > 2);
    }
    void after() { RACEKIT_CHECK(false); }
};

template <class how>
struct chooses_from_nothing {
    static constexpr int threads = 1;
    racekit::atomic<int> value{0};
    void thread(int) { value.store(static_cast<int>(racekit::choose(how::is_wrong ? 0 : 1))); }
};

/// More threads than any exhaustive search can order: samples find what two of them do.
template <class how, int count>
struct crowd {
    static constexpr int threads = count;
    racekit::atomic<int> sum{0};
    racekit::plain<int> last{0};
    racekit::mutex gate;
    void thread(int self) {
        sum.fetch_add(1);
        if (how::is_wrong && self == count - 1) {
            last.write(self);
        } else {
            std::lock_guard const hold(gate);
            last.write(self);
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(count, sum.load()); }
};
template <class how>
struct twenty_threads : crowd<how, 20> {};
template <class how>
struct hundred_threads : crowd<how, 100> {};

}  // namespace

#define MAY_FIND(body)                                                                          \
    RACEKIT_SCENARIO(body, racy, fixed, .stress = racekit::may_find, .tsan = racekit::may_find, \
                     .model = racekit::may_find)

MAY_FIND(chooses);
MAY_FIND(assumes_after_the_threads);
MAY_FIND(assumes_before_the_threads);
MAY_FIND(stops_a_thread);
MAY_FIND(assumes_the_impossible);
MAY_FIND(chooses_from_nothing);
MAY_FIND(twenty_threads);
RACEKIT_SCENARIO(hundred_threads, racy, fixed, .stress = racekit::may_find,
                 .tsan = racekit::may_find,
                 .model = racekit::absent("the model runs up to 64 threads"));
