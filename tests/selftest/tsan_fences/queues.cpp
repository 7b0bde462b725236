// SPDX-License-Identifier: MIT
// Queues and stacks whose indices are relaxed and whose elements are plain.
#include "cases.hpp"

namespace fences {
namespace {

/// A ring of one place for one producer and one consumer; which of the four fences is missing
/// differs.
struct ring {
    racekit::plain<int> place{0};
    racekit::atomic<int> written{0}, taken{0};

    void produce(bool fence_before_write, bool fence_before_publishing) {
        for (int at = 0; at < 2; ++at) {
            await_relaxed(taken, at);
            if (fence_before_write) fence(acquire);
            place.write(at + 1);  // <- race
            if (fence_before_publishing) fence(release);
            written.store(at + 1, relaxed);
        }
    }
    void consume(bool fence_before_read, bool fence_before_return) {
        for (int at = 0; at < 2; ++at) {
            (void)await(written, [at](int it) { return it > at; }, relaxed);
            if (fence_before_read) fence(acquire);
            (void)place.read();  // <- race
            if (fence_before_return) fence(release);
            taken.store(at + 1, relaxed);
        }
    }
};

template <class variant>
struct ring_published_too_weakly : ring {
    static constexpr int threads = 2;
    void thread(int self) { self == 0 ? produce(true, variant::correct) : consume(true, true); }
};
RACEKIT_FENCE_CASE(ring_published_too_weakly);

template <class variant>
struct ring_consumed_too_weakly : ring {
    static constexpr int threads = 2;
    void thread(int self) { self == 0 ? produce(true, true) : consume(variant::correct, true); }
};
RACEKIT_FENCE_CASE(ring_consumed_too_weakly);

template <class variant>
struct ring_given_back_too_weakly : ring {
    static constexpr int threads = 2;
    void thread(int self) { self == 0 ? produce(true, true) : consume(true, variant::correct); }
};
RACEKIT_FENCE_CASE(ring_given_back_too_weakly);

template <class variant>
struct ring_reused_too_weakly : ring {
    static constexpr int threads = 2;
    void thread(int self) { self == 0 ? produce(variant::correct, true) : consume(true, true); }
};
RACEKIT_FENCE_CASE(ring_reused_too_weakly);

/// A queue whose places themselves say whether they are full.
template <class variant>
struct full_and_empty_places {
    static constexpr int threads = 2;
    racekit::plain<int> payload{0};
    racekit::atomic<racekit::plain<int>*> places[2] = {nullptr, nullptr};
    void thread(int self) {
        if (self == 0) {
            payload.write(9);  // <- race
            fence_if_correct<variant>(release);
            places[0].store(&payload, relaxed);
            return;
        }
        auto* const found =
            await(places[0], [](racekit::plain<int>* it) { return it != nullptr; }, relaxed);
        fence(acquire);
        RACEKIT_CHECK_EQUAL(9, found->read());  // <- race
        places[0].store(nullptr, relaxed);
    }
};
RACEKIT_FENCE_CASE(full_and_empty_places);

/// Bounded, for many producers and consumers: each place counts its turns.
template <class variant>
struct counted_places {
    static constexpr int threads = 3;
    struct place {
        racekit::atomic<unsigned> turn{0};
        racekit::plain<int> element{0};
    };
    place places[1];
    racekit::atomic<unsigned> tail{0};
    void put(int value) {
        unsigned const at = tail.fetch_add(1, relaxed);
        await_relaxed(places[0].turn, 2 * at);
        fence(acquire);
        places[0].element.write(value);  // <- race
        fence_if_correct<variant>(release);
        places[0].turn.store(2 * at + 1, relaxed);
    }
    int take(unsigned at) {
        await_relaxed(places[0].turn, 2 * at + 1);
        fence(acquire);
        int const value = places[0].element.read();  // <- race
        fence(release);
        places[0].turn.store(2 * at + 2, relaxed);
        return value;
    }
    void thread(int self) {
        if (self < 2) {
            put(self + 1);
        } else {
            RACEKIT_CHECK_EQUAL(3, take(0) + take(1));
        }
    }
};
RACEKIT_FENCE_CASE(counted_places);

/// A work-stealing deque: the owner works at the bottom, a thief at the top.
template <class variant>
struct work_stealing {
    static constexpr int threads = 2;
    racekit::atomic<int> top{0}, bottom{0};
    racekit::atomic<racekit::plain<int>*> slots[2] = {nullptr, nullptr};
    racekit::plain<int> tasks[2] = {0, 0};

    void push(int at) {
        tasks[at].write(at + 1);  // <- race
        slots[at].store(&tasks[at], relaxed);
        fence_if_correct<variant>(release);
        bottom.store(at + 1, relaxed);
    }
    void pop() {
        int const b = bottom.load(relaxed) - 1;
        bottom.store(b, relaxed);
        fence(seq_cst);
        int t = top.load(relaxed);
        if (t > b) {
            bottom.store(b + 1, relaxed);
            return;
        }
        auto* const found = slots[b].load(relaxed);
        if (t == b) {
            bool const won = top.compare_exchange_strong(t, t + 1, seq_cst, relaxed);
            bottom.store(b + 1, relaxed);
            if (!won) return;
        }
        found->write(0);
    }
    void steal() {
        int t = top.load(acquire);
        fence(seq_cst);
        int const b = bottom.load(acquire);
        if (t >= b) return;
        auto* const found = slots[t].load(relaxed);
        if (!top.compare_exchange_strong(t, t + 1, seq_cst, relaxed)) return;
        found->write(0);  // <- race
    }
    void thread(int self) {
        if (self == 0) {
            push(0);
            push(1);
            pop();
        } else {
            steal();
        }
    }
};
RACEKIT_FENCE_CASE(work_stealing);

/// A linked queue: the link is what publishes the node.
template <class variant>
struct linked_queue {
    static constexpr int threads = 3;
    struct node {
        racekit::atomic<node*> next{nullptr};
        racekit::plain<int> value{0};
    };
    node dummy, mine[2];
    racekit::atomic<node*> last{&dummy};
    void thread(int self) {
        if (self < 2) {
            mine[self].value.write(self + 1);  // <- race
            fence_if_correct<variant>(release);
            node* const before = last.exchange(&mine[self], relaxed);
            before->next.store(&mine[self], relaxed);
            return;
        }
        node* at = &dummy;
        int sum = 0;
        for (int turn = 0; turn < 2; ++turn) {
            at = await(at->next, [](node* it) { return it != nullptr; }, relaxed);
            fence(acquire);
            sum += at->value.read();  // <- race
        }
        RACEKIT_CHECK_EQUAL(3, sum);
    }
};
RACEKIT_FENCE_CASE(linked_queue);

/// A stack: pushes are relaxed exchanges behind a release fence, so they continue each other.
template <class variant>
struct stack_taken_at_once {
    static constexpr int threads = 3;
    struct node {
        racekit::plain<node*> below{nullptr};
        racekit::plain<int> value{0};
    };
    node mine[2];
    racekit::atomic<node*> top{nullptr};
    void thread(int self) {
        if (self < 2) {
            mine[self].value.write(1);  // <- race
            node* seen = top.load(relaxed);
            do {
                mine[self].below.write(seen);
                fence_if_correct<variant>(release);
            } while (!top.compare_exchange_weak(seen, &mine[self], relaxed));
            return;
        }
        node* at = top.exchange(nullptr, relaxed);
        fence(acquire);
        while (at != nullptr) {
            RACEKIT_CHECK_EQUAL(1, at->value.read());  // <- race
            at = at->below.read();                     // <- race
        }
    }
};
RACEKIT_FENCE_CASE(stack_taken_at_once);

/// Three buffers: each side swaps its own with the one in the middle.
template <class variant>
struct triple_buffer {
    static constexpr int threads = 2;
    racekit::plain<int> buffers[3] = {0, 0, 0};
    racekit::atomic<int> middle{1};
    void thread(int self) {
        int mine = self == 0 ? 0 : 2;
        for (int turn = 0; turn < 2; ++turn) {
            if (self == 0) {
                buffers[mine].write(turn + 1);  // <- race
                fence_if_correct<variant>(release);
            } else {
                fence(release);
            }
            mine = middle.exchange(mine, relaxed);
            fence(acquire);
            if (self == 1) (void)buffers[mine].read();  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(triple_buffer);

}  // namespace
}  // namespace fences
