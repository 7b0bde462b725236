// SPDX-License-Identifier: MIT
// Release sequences: which stores may stand between a release and the load that acquires it.
#include "cases.hpp"

namespace fences {
namespace {

struct relayed {
    racekit::plain<int> data{0};
    racekit::atomic<int> flag{0};
};

template <class variant>
struct published_by_an_rmw : relayed {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence_if_correct<variant>(release);
            flag.fetch_or(1, relaxed);
        } else if (flag.load(relaxed) == 1) {
            fence(acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(published_by_an_rmw);

/// A relaxed read-modify-write continues the sequence; a load and a store do not.
template <class variant>
struct continued_by_an_rmw : relayed {
    static constexpr int threads = 3;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            flag.store(1, release);
        } else if (self == 1) {
            await_relaxed(flag, 1);
            if (variant::correct) {
                flag.fetch_add(1, relaxed);
            } else {
                flag.store(flag.load(relaxed) + 1, relaxed);
            }
        } else {
            (void)await(flag, [](int it) { return it == 2; }, acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(continued_by_an_rmw);

template <class variant>
struct fence_heads_a_sequence : relayed {
    static constexpr int threads = 3;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence_if_correct<variant>(release);
            flag.store(1, relaxed);
        } else if (self == 1) {
            int one = 1;
            (void)flag.compare_exchange_strong(one, 2, relaxed);
        } else if (flag.load(relaxed) == 2) {
            fence(acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(fence_heads_a_sequence);

/// Since C++20 a later store of the same thread no longer continues its own sequence.
template <class variant>
struct own_store_ends_it : relayed {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            flag.store(1, release);
            fence_if_correct<variant>(release);
            flag.store(2, relaxed);
        } else {
            (void)await(flag, [](int it) { return it == 2; }, acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(own_store_ends_it);

template <class variant>
struct other_store_ends_it : relayed {
    static constexpr int threads = 3;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            flag.store(1, release);
        } else if (self == 1) {
            (void)await(flag, is_set, acquire);
            flag.store(2, if_correct<variant>(release));
        } else {
            (void)await(flag, [](int it) { return it == 2; }, acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(other_store_ends_it);

/// Two heads: each arrival publishes by its own fence, and the last value carries both.
template <class variant>
struct all_arrivals_are_heads {
    static constexpr int threads = 3;
    racekit::plain<int> parts[2] = {0, 0};
    racekit::atomic<int> arrived{0};
    void thread(int self) {
        if (self < 2) {
            parts[self].write(1);  // <- race
            if (variant::correct || self == 0) fence(release);
            arrived.fetch_add(1, relaxed);
        } else {
            await_relaxed(arrived, 2);
            fence(acquire);
            RACEKIT_CHECK_EQUAL(2, parts[0].read() + parts[1].read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(all_arrivals_are_heads);

/// A failed exchange has read a value: a fence makes an acquire of it.
template <class variant>
struct failed_exchange_reads : relayed {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            flag.store(1, release);
            return;
        }
        int nothing = 0;
        if (flag.compare_exchange_strong(nothing, 3, relaxed, relaxed)) return;
        fence_if_correct<variant>(acquire);
        RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
    }
};
RACEKIT_FENCE_CASE(failed_exchange_reads);

/// A release-only read-modify-write does not acquire what it reads.
template <class variant>
struct release_rmw_reads_nothing : relayed {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            flag.store(1, release);
        } else if (flag.fetch_add(4, release) == 1) {
            fence_if_correct<variant>(acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(release_rmw_reads_nothing);

/// An acquire-only read-modify-write publishes nothing of its own.
template <class variant>
struct acquire_rmw_publishes_nothing : relayed {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence_if_correct<variant>(release);
            flag.exchange(1, acquire);
        } else if (flag.load(acquire) == 1) {
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(acquire_rmw_publishes_nothing);

/// The fence of an earlier publication does not order what was written since.
template <class variant>
struct second_needs_its_own_fence : relayed {
    static constexpr int threads = 2;
    racekit::plain<int> more{0};
    void thread(int self) {
        if (self == 0) {
            data.write(1);
            fence(release);
            flag.store(1, relaxed);
            more.write(1);  // <- race
            fence_if_correct<variant>(release);
            flag.store(2, relaxed);
            return;
        }
        (void)await(flag, [](int it) { return it == 2; }, acquire);
        RACEKIT_CHECK_EQUAL(1, data.read());
        RACEKIT_CHECK_EQUAL(1, more.read());  // <- race
    }
};
RACEKIT_FENCE_CASE(second_needs_its_own_fence);

}  // namespace
}  // namespace fences
