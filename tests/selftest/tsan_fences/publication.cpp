// SPDX-License-Identifier: MIT
// Publication: one thread writes, sets a flag, and another thread that sees the flag reads.
#include "cases.hpp"

namespace fences {
namespace {

/// The shape that most cases share: what is published, and the flag that says so.
struct message {
    racekit::plain<int> data{0};
    racekit::atomic<int> flag{0};
};

template <class variant>
struct two_fences : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence_if_correct<variant>(release);
            flag.store(1, relaxed);
        } else if (flag.load(relaxed) == 1) {
            fence(acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(two_fences);

template <class variant>
struct no_acquire_fence : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence(release);
            flag.store(1, relaxed);
        } else if (flag.load(relaxed) == 1) {
            fence_if_correct<variant>(acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(no_acquire_fence);

template <class variant>
struct fence_to_acquire_load : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            if (variant::correct) fence(release);
            flag.store(1, relaxed);
            if (!variant::correct) fence(release);  // too late for the store
        } else if (flag.load(acquire) == 1) {
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(fence_to_acquire_load);

template <class variant>
struct release_store_to_fence : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            flag.store(1, release);
            return;
        }
        if (!variant::correct) fence(acquire);  // too early for the load
        bool const seen = flag.load(relaxed) == 1;
        if (variant::correct) fence(acquire);
        if (seen) RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
    }
};
RACEKIT_FENCE_CASE(release_store_to_fence);

template <class variant>
struct seq_cst_fences : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence(variant::correct ? seq_cst : acquire);
            flag.store(1, relaxed);
        } else if (flag.load(relaxed) == 1) {
            fence(seq_cst);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(seq_cst_fences);

template <class variant>
struct release_fence_where_acquire_belongs : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            flag.store(1, seq_cst);
        } else if (flag.load(relaxed) == 1) {
            fence(variant::correct ? acq_rel : release);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(release_fence_where_acquire_belongs);

/// A release fence publishes what stands before it, and no more.
template <class variant>
struct written_after_the_fence : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            if (variant::correct) data.write(1);
            fence(release);
            if (!variant::correct) data.write(1);  // <- race
            flag.store(1, relaxed);
        } else if (flag.load(acquire) == 1) {
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(written_after_the_fence);

/// One release fence serves all relaxed stores that follow it.
template <class variant>
struct one_fence_two_flags {
    static constexpr int threads = 3;
    racekit::plain<int> data{0};
    racekit::atomic<int> flags[2] = {0, 0};
    void thread(int self) {
        if (self == 0) {
            flags[1].store(variant::correct ? 0 : 1, relaxed);
            data.write(1);  // <- race
            fence(release);
            flags[0].store(1, relaxed);
            if (variant::correct) flags[1].store(1, relaxed);
        } else if (flags[self - 1].load(acquire) == 1) {
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(one_fence_two_flags);

/// One acquire fence serves all relaxed loads before it, and none after it.
template <class variant>
struct two_loads_one_fence {
    static constexpr int threads = 3;
    racekit::plain<int> data[2] = {0, 0};
    racekit::atomic<int> flags[2] = {0, 0};
    void thread(int self) {
        if (self < 2) {
            data[self].write(1);  // <- race
            flags[self].store(1, release);
            return;
        }
        int seen[2] = {flags[0].load(relaxed), 0};
        if (variant::correct) seen[1] = flags[1].load(relaxed);
        fence(acquire);
        if (!variant::correct) seen[1] = flags[1].load(relaxed);
        for (int at = 0; at < 2; ++at) {
            if (seen[at] == 1) RACEKIT_CHECK_EQUAL(1, data[at].read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(two_loads_one_fence);

/// An acquire fence between two messages does not vouch for the second.
template <class variant>
struct fence_of_the_first_message : message {
    static constexpr int threads = 2;
    racekit::plain<int> more{0};
    void thread(int self) {
        if (self == 0) {
            data.write(1);
            flag.store(1, release);
            more.write(1);  // <- race
            flag.store(2, release);
            return;
        }
        (void)await(flag, is_set, relaxed);
        fence(acquire);
        RACEKIT_CHECK_EQUAL(1, data.read());
        await_relaxed(flag, 2);
        fence_if_correct<variant>(acquire);
        RACEKIT_CHECK_EQUAL(1, more.read());  // <- race
    }
};
RACEKIT_FENCE_CASE(fence_of_the_first_message);

/// The value that was read decides, not the one that stands there when the fence is reached.
template <class variant>
struct older_value_was_read : message {
    static constexpr int threads = 2;
    racekit::plain<int> more{0};
    racekit::atomic<int> taken{0}, over{0};
    void thread(int self) {
        if (self == 0) {
            data.write(1);
            flag.store(1, release);
            await_relaxed(taken, 1);
            more.write(1);  // <- race
            flag.store(2, release);
            over.store(1, relaxed);
            return;
        }
        await_relaxed(flag, 1);
        taken.store(1, relaxed);
        await_relaxed(over, 1);
        if (variant::correct) await_relaxed(flag, 2);
        fence(acquire);
        RACEKIT_CHECK_EQUAL(1, data.read());
        (void)more.read();  // <- race
    }
};
RACEKIT_FENCE_CASE(older_value_was_read);

template <class variant>
struct published_pointer {
    static constexpr int threads = 2;
    racekit::atomic<racekit::plain<int>*> where{nullptr};
    racekit::plain<int> object{0};
    void thread(int self) {
        if (self == 0) {
            object.write(7);  // <- race
            fence_if_correct<variant>(release);
            where.store(&object, relaxed);
        } else if (racekit::plain<int>* const at = where.load(relaxed); at != nullptr) {
            fence(acquire);
            RACEKIT_CHECK_EQUAL(7, at->read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(published_pointer);

template <class variant>
struct awaited_with_relaxed_loads : message {
    static constexpr int threads = 2;
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence(release);
            flag.store(1, relaxed);
        } else {
            (void)await(flag, is_set, relaxed);
            fence_if_correct<variant>(acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(awaited_with_relaxed_loads);

/// Happens-before is transitive only if the thread in between synchronises on both sides.
template <class variant>
struct through_a_third_thread {
    static constexpr int threads = 3;
    racekit::plain<int> data{0};
    racekit::atomic<int> first{0}, second{0};
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            fence(release);
            first.store(1, relaxed);
        } else if (self == 1) {
            await_relaxed(first, 1);
            fence_if_correct<variant>(acquire);
            fence(release);
            second.store(1, relaxed);
        } else {
            await_relaxed(second, 1);
            fence(acquire);
            RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(through_a_third_thread);

/// A table is made by the first thread that needs it; the others find it by a relaxed load.
template <class variant>
struct double_checked {
    static constexpr int threads = 2;
    racekit::plain<int> table{0};
    racekit::atomic<racekit::plain<int>*> made{nullptr};
    racekit::atomic<int> busy{0};
    int use() {
        racekit::plain<int>* at = made.load(relaxed);
        fence_if_correct<variant>(acquire);
        if (at != nullptr) return at->read();  // <- race
        while (busy.exchange(1, acquire) != 0) racekit::spin_hint();
        at = made.load(relaxed);
        if (at == nullptr) {
            table.write(5);  // <- race
            at = &table;
            fence(release);
            made.store(at, relaxed);
        }
        busy.store(0, release);
        return at->read();
    }
    void thread(int) { RACEKIT_CHECK_EQUAL(5, use()); }
};
RACEKIT_FENCE_CASE(double_checked);

}  // namespace
}  // namespace fences
