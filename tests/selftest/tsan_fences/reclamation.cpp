// SPDX-License-Identifier: MIT
// When may an object be freed: everything that anybody did with it must happen before.
#include "cases.hpp"

namespace fences {
namespace {

struct object {
    racekit::plain<int> value{1};
};

/// The count outlives the object: the fence publishes what stands before it, which the subtraction
/// itself does not, so freeing the count as well would race with it.
template <class variant>
struct counted_with_a_release_fence {
    static constexpr int threads = 3;
    racekit::atomic<int> references{3};
    object* const shared = new object;
    void thread(int) {
        (void)shared->value.read();  // <- race
        fence_if_correct<variant>(release);
        if (references.fetch_sub(1, relaxed) != 1) return;
        fence(acquire);
        delete shared;  // <- race
    }
};
RACEKIT_FENCE_CASE(counted_with_a_release_fence);

template <class variant>
struct counted_with_an_acquire_fence {
    static constexpr int threads = 3;
    struct counted : object {
        racekit::atomic<int> references{3};
    };
    counted* const shared = new counted;
    void thread(int self) {
        if (self == 0) shared->value.write(2);  // <- race
        if (shared->references.fetch_sub(1, release) != 1) return;
        fence_if_correct<variant>(acquire);
        delete shared;  // <- race
    }
};
RACEKIT_FENCE_CASE(counted_with_an_acquire_fence);

/// A hazard pointer: the reader announces, looks again, and withdraws behind a release fence.
template <class variant>
struct hazard_pointer {
    static constexpr int threads = 2;
    racekit::atomic<object*> current{new object};
    racekit::atomic<object*> hazard{nullptr};
    void thread(int self) {
        if (self == 0) {
            object* const mine = current.load(relaxed);
            if (mine == nullptr) return;
            hazard.store(mine, relaxed);
            fence(seq_cst);
            if (current.load(acquire) == mine) (void)mine->value.read();  // <- race
            fence_if_correct<variant>(release);
            hazard.store(nullptr, relaxed);
            return;
        }
        object* const old = current.exchange(nullptr, acq_rel);
        fence(seq_cst);
        (void)await(hazard, [old](object* it) { return it != old; }, relaxed);
        fence(acquire);
        delete old;  // <- race
    }
};
RACEKIT_FENCE_CASE(hazard_pointer);

/// As above; here the freeing thread lacks the fence behind its scan.
template <class variant>
struct hazard_scan {
    static constexpr int threads = 2;
    racekit::atomic<object*> current{new object};
    racekit::atomic<object*> hazard{nullptr};
    void thread(int self) {
        if (self == 0) {
            object* const mine = current.load(relaxed);
            if (mine == nullptr) return;
            hazard.store(mine, relaxed);
            fence(seq_cst);
            if (current.load(acquire) == mine) (void)mine->value.read();  // <- race
            hazard.store(nullptr, release);
            return;
        }
        object* const old = current.exchange(nullptr, acq_rel);
        fence(seq_cst);
        (void)await(hazard, [old](object* it) { return it != old; }, relaxed);
        fence_if_correct<variant>(acquire);
        delete old;  // <- race
    }
};
RACEKIT_FENCE_CASE(hazard_scan);

/// Read, copy, update: readers pass through a quiescent state, after which old data may go.
template <class variant>
struct quiescent_states {
    static constexpr int threads = 2;
    racekit::atomic<object*> current{new object};
    racekit::atomic<int> quiescent{0};
    object* next = new object;
    void thread(int self) {
        if (self == 0) {
            (void)current.load(acquire)->value.read();  // <- race
            fence_if_correct<variant>(release);
            quiescent.store(1, relaxed);
            return;
        }
        object* const old = current.exchange(next, acq_rel);
        await_relaxed(quiescent, 1);
        fence(acquire);
        delete old;  // <- race
    }
    void after() { delete next; }
};
RACEKIT_FENCE_CASE(quiescent_states);

/// Epochs: a reader is pinned while its epoch stands; a seq_cst fence orders pin and look.
template <class variant>
struct epochs {
    static constexpr int threads = 2;
    racekit::atomic<object*> current{new object};
    racekit::atomic<int> pinned{0};
    void thread(int self) {
        if (self == 0) {
            pinned.store(1, relaxed);
            fence(seq_cst);
            object* const mine = current.load(acquire);
            if (mine != nullptr) (void)mine->value.read();  // <- race
            fence(release);
            pinned.store(0, relaxed);
            return;
        }
        object* const old = current.exchange(nullptr, acq_rel);
        fence(seq_cst);
        await_relaxed(pinned, 0);
        fence_if_correct<variant>(acquire);
        delete old;  // <- race
    }
};
RACEKIT_FENCE_CASE(epochs);

/// Two copies: the writer changes the one that nobody reads, then turns the readers over.
template <class variant>
struct left_and_right {
    static constexpr int threads = 2;
    racekit::plain<int> copies[2] = {0, 0};
    racekit::atomic<int> side{0};
    racekit::atomic<int> readers{0};
    void thread(int self) {
        if (self == 0) {
            readers.fetch_add(1, relaxed);
            fence(seq_cst);
            int const at = side.load(acquire);
            (void)copies[at].read();  // <- race
            fence_if_correct<variant>(release);
            readers.fetch_sub(1, relaxed);
            return;
        }
        copies[1].write(1);
        side.store(1, release);
        fence(seq_cst);
        await_relaxed(readers, 0);
        fence(acquire);
        copies[0].write(1);  // <- race
    }
};
RACEKIT_FENCE_CASE(left_and_right);

/// The last of two workers takes the result of the other one.
template <class variant>
struct last_worker_collects {
    static constexpr int threads = 2;
    racekit::plain<int> results[2] = {0, 0};
    racekit::atomic<int> running{2};
    void thread(int self) {
        results[self].write(self + 1);  // <- race
        fence(release);
        if (running.fetch_sub(1, relaxed) != 1) return;
        fence_if_correct<variant>(acquire);
        RACEKIT_CHECK_EQUAL(3, results[0].read() + results[1].read());  // <- race
    }
};
RACEKIT_FENCE_CASE(last_worker_collects);

}  // namespace
}  // namespace fences
