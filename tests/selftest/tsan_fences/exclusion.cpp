// SPDX-License-Identifier: MIT
// Mutual exclusion built from relaxed operations and fences.
#include "cases.hpp"

#include <algorithm>

namespace fences {
namespace {

struct counter {
    racekit::plain<int> count{0};
    void add() {
        count.write(count.read() + 1);  // <- race
    }
};

template <class variant>
struct spin_lock : counter {
    static constexpr int threads = 2;
    racekit::atomic<int> taken{0};
    void thread(int) {
        while (taken.exchange(1, relaxed) != 0) racekit::spin_hint();
        fence(acquire);
        add();
        fence_if_correct<variant>(release);
        taken.store(0, relaxed);
    }
};
RACEKIT_FENCE_CASE(spin_lock);

template <class variant>
struct test_and_test_and_set : counter {
    static constexpr int threads = 2;
    racekit::atomic<int> taken{0};
    void thread(int) {
        for (;;) {
            await_relaxed(taken, 0);
            int free = 0;
            if (taken.compare_exchange_weak(free, 1, relaxed)) break;
        }
        fence_if_correct<variant>(acquire);
        add();
        taken.store(0, release);
    }
};
RACEKIT_FENCE_CASE(test_and_test_and_set);

template <class variant>
struct ticket_lock : counter {
    static constexpr int threads = 3;
    racekit::atomic<int> next{0}, serving{0};
    void thread(int) {
        int const mine = next.fetch_add(1, relaxed);
        await_relaxed(serving, mine);
        fence(acquire);
        add();
        fence_if_correct<variant>(release);
        serving.store(mine + 1, relaxed);
    }
};
RACEKIT_FENCE_CASE(ticket_lock);

/// Peterson's algorithm, two turns each: the exchange orders the two flags, and both ways in (the
/// other's flag is down, the other came later) are taken.
template <class variant>
struct peterson : counter {
    static constexpr int threads = 2;
    racekit::atomic<int> wants[2] = {0, 0};
    racekit::atomic<int> last{0};
    void thread(int self) {
        for (int turn = 0; turn < 2; ++turn) {
            wants[self].store(1, relaxed);
            last.exchange(self, acq_rel);
            while (wants[1 - self].load(relaxed) == 1 && last.load(relaxed) == self)
                racekit::spin_hint();
            fence(acquire);
            add();
            fence_if_correct<variant>(release);
            wants[self].store(0, relaxed);
        }
    }
};
RACEKIT_FENCE_CASE(peterson);

/// Dekker's algorithm: a thread without the turn steps back.
template <class variant>
struct dekker : counter {
    static constexpr int threads = 2;
    racekit::atomic<int> wants[2] = {0, 0};
    racekit::atomic<int> turn{0};
    void thread(int self) {
        wants[self].store(1, relaxed);
        fence(seq_cst);
        while (wants[1 - self].load(relaxed) == 1) {
            if (turn.load(relaxed) != self) {
                wants[self].store(0, relaxed);
                await_relaxed(turn, self);
                wants[self].store(1, relaxed);
                fence(seq_cst);
            } else {
                racekit::spin_hint();
            }
        }
        fence_if_correct<variant>(acquire);
        add();
        turn.store(1 - self, relaxed);
        fence(release);
        wants[self].store(0, relaxed);
    }
};
RACEKIT_FENCE_CASE(dekker);

/// Each raises a flag, and enters only if the other's is down; both may stay out.
template <class variant>
struct enters_or_leaves : counter {
    static constexpr int threads = 2;
    racekit::atomic<int> flags[2] = {0, 0};
    void thread(int self) {
        flags[self].store(1, relaxed);
        fence(seq_cst);
        if (flags[1 - self].load(relaxed) == 0) {
            fence(acquire);
            add();
        }
        fence_if_correct<variant>(release);
        flags[self].store(0, relaxed);
    }
};
RACEKIT_FENCE_CASE(enters_or_leaves);

/// Lamport's bakery for three.
template <class variant>
struct bakery : counter {
    static constexpr int threads = 3;
    racekit::atomic<int> choosing[3] = {0, 0, 0};
    racekit::atomic<int> number[3] = {0, 0, 0};
    void thread(int self) {
        choosing[self].store(1, relaxed);
        fence(seq_cst);
        int highest = 0;
        for (auto const& each : number) highest = std::max(highest, each.load(relaxed));
        number[self].store(highest + 1, relaxed);
        fence(release);
        choosing[self].store(0, relaxed);
        fence(seq_cst);
        for (int other = 0; other < 3; ++other) {
            if (other == self) continue;
            await_relaxed(choosing[other], 0);
            fence(seq_cst);
            int const mine = highest + 1;
            (void)await(
                number[other],
                [=](int it) { return it == 0 || it > mine || (it == mine && other > self); },
                relaxed);
        }
        fence(acquire);
        add();
        fence_if_correct<variant>(release);
        number[self].store(0, relaxed);
    }
};
RACEKIT_FENCE_CASE(bakery);

/// Readers and a writer share a count; a reader's leaving must be over before the next write.
template <class variant>
struct readers_and_writer {
    static constexpr int threads = 3;
    racekit::atomic<int> state{0};  // -1: a writer, else the number of readers
    racekit::plain<int> value{0};
    void thread(int self) {
        if (self == 0) {
            for (int none = 0; !state.compare_exchange_strong(none, -1, relaxed); none = 0)
                racekit::spin_hint();
            fence(acquire);
            value.write(1);  // <- race
            fence(release);
            state.store(0, relaxed);
            return;
        }
        int seen = state.load(relaxed);
        while (seen < 0 || !state.compare_exchange_strong(seen, seen + 1, relaxed)) {
            racekit::spin_hint();
            seen = state.load(relaxed);
        }
        fence(acquire);
        (void)value.read();  // <- race
        fence_if_correct<variant>(release);
        state.fetch_sub(1, relaxed);
    }
};
RACEKIT_FENCE_CASE(readers_and_writer);

/// The queue lock of Mellor-Crummey and Scott: each waits at a node of its own.
template <class variant>
struct mcs : counter {
    static constexpr int threads = 2;
    struct node {
        racekit::atomic<node*> next{nullptr};
        racekit::atomic<int> waits{0};
    };
    node nodes[2];
    racekit::atomic<node*> tail{nullptr};
    void thread(int self) {
        node& mine = nodes[self];
        mine.waits.store(1, relaxed);
        if (node* const before = tail.exchange(&mine, acq_rel); before != nullptr) {
            before->next.store(&mine, release);
            await_relaxed(mine.waits, 0);
            fence_if_correct<variant>(acquire);
        }
        add();
        node* last = &mine;
        if (tail.compare_exchange_strong(last, nullptr, release, relaxed)) return;
        node* const after = await(mine.next, [](node* it) { return it != nullptr; }, acquire);
        fence(release);
        after->waits.store(0, relaxed);
    }
};
RACEKIT_FENCE_CASE(mcs);

/// The queue lock of Craig, Landin and Hagersten: each waits at its predecessor's node.
template <class variant>
struct clh : counter {
    static constexpr int threads = 3;
    racekit::atomic<int> busy[4] = {0, 0, 0, 0};
    racekit::atomic<int> tail{3};
    void thread(int self) {
        busy[self].store(1, relaxed);
        int const before = tail.exchange(self, acq_rel);
        await_relaxed(busy[before], 0);
        fence(acquire);
        add();
        fence_if_correct<variant>(release);
        busy[self].store(0, relaxed);
    }
};
RACEKIT_FENCE_CASE(clh);

/// A sequence counter guards an index; what the index names is plain.
template <class variant>
struct sequence_counter {
    static constexpr int threads = 2;
    racekit::atomic<unsigned> sequence{0};
    racekit::atomic<int> newest{0};
    racekit::plain<int> copies[2] = {0, 0};
    void thread(int self) {
        if (self == 0) {
            copies[1].write(5);  // <- race
            sequence.store(1, relaxed);
            fence(release);
            newest.store(1, relaxed);
            sequence.store(2, release);
            return;
        }
        unsigned const before = sequence.load(relaxed);
        int const at = newest.load(relaxed);
        fence_if_correct<variant>(acquire);
        if (before % 2 != 0 || sequence.load(relaxed) != before) return;
        (void)copies[at].read();  // <- race
    }
};
RACEKIT_FENCE_CASE(sequence_counter);

/// A barrier whose sense turns: arrivals publish, and the turn publishes all of them.
template <class variant>
struct turning_barrier {
    static constexpr int threads = 3;
    racekit::atomic<int> missing{3};
    racekit::atomic<int> sense{0};
    racekit::plain<int> parts[3] = {0, 0, 0};
    void thread(int self) {
        parts[self].write(self + 1);  // <- race
        fence_if_correct<variant>(release);
        if (missing.fetch_sub(1, relaxed) == 1) {
            fence(acq_rel);
            sense.store(1, relaxed);
        } else {
            await_relaxed(sense, 1);
            fence(acquire);
        }
        RACEKIT_CHECK_EQUAL(6, parts[0].read() + parts[1].read() + parts[2].read());  // <- race
    }
};
RACEKIT_FENCE_CASE(turning_barrier);

}  // namespace
}  // namespace fences
