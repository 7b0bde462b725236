// SPDX-License-Identifier: MIT
// The mechanisms of public bug reports, with and without fences, a few lines each. The model finds
// each racy variant and exhausts each fixed one. Where the mistake needs a stale value, a spurious
// failure or luck, ThreadSanitizer judges only the fixed variant. public_reports.py has the table
// of kinds and names.
#include "cases.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/semaphore.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>

namespace fences {
namespace {

constexpr auto out_of_reach = racekit::may_find;

/// An exchange of one variable does not keep the look at another one behind it.
template <class variant>
struct exchange_taken_for_a_fence {
    static constexpr int threads = 2;
    racekit::atomic<int> held{1}, sleeping{0};
    racekit::atomic<std::uint32_t> calls{0};
    void thread(int self) {
        if (self == 0) {
            held.exchange(0, acq_rel);
            fence_if_correct<variant>(seq_cst);
            if (sleeping.load(relaxed) == 0) return;
            calls.fetch_add(1);
            racekit::futex_wake(calls);
            return;
        }
        std::uint32_t const heard = calls.load();
        sleeping.store(1, relaxed);
        fence(seq_cst);
        while (held.load(relaxed) != 0 && calls.load() == heard)
            (void)racekit::futex_wait(calls, heard);
    }
};
RACEKIT_FENCE_CASE_THAT(exchange_taken_for_a_fence, out_of_reach);

/// A parked thread that times out removes its entry, which an unparker may just have taken.
template <class variant>
struct removed_by_two {
    static constexpr int threads = 2;
    struct entry {
        racekit::semaphore signal{0};
        racekit::plain<bool> claimed{false};
    };
    racekit::mutex lock;
    racekit::plain<entry*> parked{nullptr};
    void thread(int self) {
        if (self == 0) {
            entry mine;
            lock.lock();
            parked.write(&mine);
            lock.unlock();
            if (mine.signal.try_acquire_for(std::chrono::microseconds(100))) return;
            lock.lock();
            bool const signalled = mine.claimed.read();
            parked.write(nullptr);
            lock.unlock();
            if (variant::correct && signalled) mine.signal.acquire();
            return;
        }  // <- race
        lock.lock();
        entry* const other = parked.read();
        if (other != nullptr) other->claimed.write(true);
        parked.write(nullptr);
        lock.unlock();
        if (other != nullptr) other->signal.release();  // <- race
    }
};
RACEKIT_FENCE_CASE_THAT(removed_by_two, out_of_reach);

/// A callback drops the last reference to what the loop over the callbacks lives in.
template <class variant>
struct freed_by_its_callback {
    static constexpr int threads = 2;
    struct state {
        racekit::atomic<int> owners{variant::correct ? 3 : 2};
        racekit::plain<int> pending{1};
        void drop() {
            if (owners.fetch_sub(1, acq_rel) == 1) delete this;  // <- race
        }
    };
    state* const shared = new state;
    void thread(int self) {
        if (self == 0) {
            for (int left; (left = shared->pending.read()) != 0;) {  // <- race
                shared->pending.write(left - 1);
                shared->drop();
            }
            if (variant::correct) shared->drop();
        } else {
            shared->drop();
        }
    }
};
RACEKIT_FENCE_CASE_THAT(freed_by_its_callback, racekit::finds);

/// A head that moves on with acquire alone hands on nothing of what its mover has seen.
template <class variant>
struct head_moved_without_release {
    static constexpr int threads = 3;
    struct node {
        racekit::plain<int> value{0};
        racekit::atomic<node*> next{nullptr};
    };
    node first, second;
    racekit::atomic<node*> head{&first};
    void thread(int self) {
        if (self == 0) {
            second.value.write(3);  // <- race
            first.next.store(&second, release);
            return;
        }
        node* at = head.load(acquire);
        if (at == &second) {
            (void)at->value.read();  // <- race
        } else if (node* const after = at->next.load(acquire); after != nullptr) {
            (void)head.compare_exchange_strong(at, after, variant::correct ? acq_rel : acquire,
                                               relaxed);
        }
    }
};
RACEKIT_FENCE_CASE(head_moved_without_release);

/// Room computed from two indices, of which one may be an old value.
template <class variant>
struct room_that_wraps {
    static constexpr int threads = 3;
    racekit::atomic<unsigned> begun{0}, over{0}, whole{0};
    racekit::plain<unsigned> only_place{0};
    void put() {
        unsigned at = begun.load(relaxed);
        unsigned const used = at - over.load(acquire);
        bool const room = variant::correct ? used == 0 : 1U - used != 0;
        if (!room || !begun.compare_exchange_strong(at, at + 1, relaxed)) return;
        only_place.write(at);  // <- race
        whole.store(at + 1, release);
    }
    void thread(int self) {
        if (self < 2) put();
        if (self == 0) put();
        if (self == 2 && whole.load(acquire) == 1) {
            (void)only_place.read();  // <- race
            over.store(1, release);
        }
    }
};
RACEKIT_FENCE_CASE_THAT(room_that_wraps, out_of_reach);

/// Waiting for a callback to be over with a relaxed wait learns nothing of what it did.
template <class variant>
struct callback_awaited_relaxed {
    static constexpr int threads = 2;
    racekit::plain<int> result{0};
    racekit::atomic<int> running{1};
    void thread(int self) {
        if (self == 0) {
            result.write(1);  // <- race
            running.store(0, if_correct<variant>(release));
            running.notify_all();
        } else {
            running.wait(1, if_correct<variant>(acquire));
            RACEKIT_CHECK_EQUAL(1, result.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(callback_awaited_relaxed);

/// A wait that is over takes the caller's lock back before it lets its own go.
template <class variant>
struct locks_taken_back_in_the_wrong_order {
    static constexpr int threads = 2;
    racekit::mutex callers, own;
    void thread(int) {
        callers.lock();
        own.lock();
        callers.unlock();
        if (variant::correct) own.unlock();
        callers.lock();  // <- race
        if (!variant::correct) own.unlock();
        callers.unlock();
    }
};
RACEKIT_FENCE_CASE_THAT(locks_taken_back_in_the_wrong_order, racekit::finds("deadlock"));

/// Store buffering: acquire and release fences do not keep a load behind a store.
template <class variant>
struct flags_with_weak_fences {
    static constexpr int threads = 2;
    racekit::atomic<int> up[2] = {0, 0};
    racekit::plain<int> inside{0};
    void thread(int self) {
        for (int turn = 0; turn < 2; ++turn) {
            up[self].store(1, relaxed);
            fence(variant::correct ? seq_cst : acq_rel);
            if (up[1 - self].load(acquire) == 0) inside.write(self);  // <- race
            up[self].store(0, release);
        }
    }
};
RACEKIT_FENCE_CASE_THAT(flags_with_weak_fences, out_of_reach);

/// A handle that is marked first and asked for its loop's bell afterwards may be freed in between.
template <class variant>
struct marked_before_it_was_read {
    static constexpr int threads = 2;
    struct handle {
        racekit::atomic<int> marked{0};
        racekit::plain<int> bell{4};
    };
    handle* const shared = new handle;
    void thread(int self) {
        if (self == 1) {
            (void)await(shared->marked, is_set, acquire);
            delete shared;  // <- race
            return;
        }
        if (variant::correct) (void)shared->bell.read();
        shared->marked.store(1, release);
        if (!variant::correct) (void)shared->bell.read();  // <- race
    }
};
RACEKIT_FENCE_CASE_THAT(marked_before_it_was_read, racekit::finds);

/// The construction of an object throws; a waiting thread must be notified.
template <class variant>
struct making_that_throws {
    static constexpr int threads = 2;
    racekit::atomic<std::uint32_t> state{0};
    racekit::atomic<int> attempts{0};
    void thread(int) {
        for (;;) {
            std::uint32_t seen = 0;
            if (state.compare_exchange_strong(seen, 1)) break;
            if (seen == 2) return;
            (void)racekit::futex_wait(state, 1);
        }
        try {
            if (attempts.fetch_add(1) == 0) throw std::runtime_error("not yet");
            state.store(2);
        } catch (std::runtime_error const&) {
            if (!variant::correct) return;
            state.store(0);
        }
        racekit::futex_wake(state);
    }
};
RACEKIT_FENCE_CASE_THAT(making_that_throws, racekit::finds("deadlock"));

/// A put that is half done hides the next one: a permit alone does not say that the link is there.
template <class variant>
struct permit_before_the_link {
    static constexpr int threads = 3;
    struct node {
        racekit::atomic<node*> next{nullptr};
    };
    node dummy, mine[2];
    racekit::atomic<node*> last{&dummy};
    racekit::semaphore permits{0};
    int found = 0;
    void thread(int self) {
        if (self < 2) {
            last.exchange(&mine[self], acq_rel)->next.store(&mine[self], release);
            permits.release();
            return;
        }
        node* at = &dummy;
        for (int turn = 0; turn < 2; ++turn) {
            permits.acquire();
            node* next = at->next.load(acquire);
            if (variant::correct && next == nullptr)
                next = await(at->next, [](node* it) { return it != nullptr; }, acquire);
            if (next == nullptr) continue;
            at = next;
            ++found;
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(2, found); }
};
RACEKIT_FENCE_CASE_THAT(permit_before_the_link, racekit::finds("failed check"));

/// Each of two owners lets go with release; the last one needs a fence before it frees.
template <class variant>
struct last_owner_fences {
    static constexpr int threads = 2;
    struct block {
        racekit::atomic<int> owners{2};
        racekit::plain<int> halves[2] = {0, 0};
    };
    block* const shared = new block;
    void thread(int self) {
        shared->halves[self].write(1);                          // <- race
        if (shared->owners.fetch_sub(1, release) != 1) return;  // <- race
        fence_if_correct<variant>(acquire);
        delete shared;  // <- race
    }
};
RACEKIT_FENCE_CASE(last_owner_fences);

/// The address of an object of atomics, handed over relaxed: its making is not before its use.
template <class variant>
struct made_after_it_was_found {
    static constexpr int threads = 2;
    struct node {
        racekit::atomic<int> state{0};
    };
    racekit::atomic<node*> where{nullptr};
    void thread(int self) {
        if (self == 0) {
            auto* const fresh = new node;  // <- race
            fresh->state.store(1, release);
            where.store(fresh, if_correct<variant>(release));
        } else if (node* const found = where.load(if_correct<variant>(acquire)); found != nullptr) {
            (void)found->state.load(acquire);  // <- race
        }
    }
    void after() { delete where.load(); }
};
RACEKIT_FENCE_CASE(made_after_it_was_found);

/// Two that wait on an atomic with relaxed order; the fences carry the rest.
template <class variant>
struct woken_with_relaxed_order {
    static constexpr int threads = 3;
    racekit::plain<int> news{0};
    racekit::atomic<int> told{0};
    void thread(int self) {
        if (self == 0) {
            news.write(1);  // <- race
            fence_if_correct<variant>(release);
            told.store(1, relaxed);
            told.notify_all();
        } else {
            told.wait(0, relaxed);
            fence(acquire);
            RACEKIT_CHECK_EQUAL(1, news.read());  // <- race
        }
    }
};
RACEKIT_FENCE_CASE(woken_with_relaxed_order);

/// A ring's index published behind an acquire fence.
template <class variant>
struct acquire_fence_publishes {
    static constexpr int threads = 2;
    racekit::plain<int> cell{0};
    racekit::atomic<unsigned> filled{0}, emptied{0};
    void thread(int self) {
        if (self == 0) {
            fence(acquire);
            cell.write(1);  // <- race
            fence(variant::correct ? release : acquire);
            filled.store(1, relaxed);
        } else if (filled.load(relaxed) == 1) {
            fence(acquire);
            (void)cell.read();  // <- race
            fence(release);
            emptied.store(1, relaxed);
        }
    }
};
RACEKIT_FENCE_CASE(acquire_fence_publishes);

/// The fence stands before the load that it should make an acquire of.
template <class variant>
struct fenced_before_the_load {
    static constexpr int threads = 2;
    racekit::plain<int> data{0};
    racekit::atomic<int> ready{0};
    void thread(int self) {
        if (self == 0) {
            data.write(1);  // <- race
            ready.store(1);
            return;
        }
        if (!variant::correct) fence(seq_cst);
        int const seen = ready.load(relaxed);
        if (variant::correct) fence(acquire);
        if (seen == 1) RACEKIT_CHECK_EQUAL(1, data.read());  // <- race
    }
};
RACEKIT_FENCE_CASE(fenced_before_the_load);

/// The notifying thread destroys a condition: only after all waiters have been notified.
template <class variant>
struct condition_destroyed {
    static constexpr int threads = 2;
    racekit::mutex lock;
    std::unique_ptr<racekit::condition_variable> changed{new racekit::condition_variable};
    racekit::plain<bool> over{false};
    void thread(int self) {
        racekit::unique_lock hold(lock);
        if (self == 0) {
            while (!over.read()) changed->wait(hold);
            return;
        }
        over.write(true);
        if (variant::correct) changed->notify_all();
        hold.unlock();
        if (variant::correct) changed.reset();
    }
};
RACEKIT_FENCE_CASE_THAT(condition_destroyed, out_of_reach);

/// A reader that unlocks relaxed: the next writer does not know that its reading is over.
template <class variant>
struct reader_unlocks_relaxed {
    static constexpr int threads = 2;
    racekit::atomic<unsigned> bit{0};
    racekit::plain<int> value{0};
    void thread(int self) {
        while ((bit.fetch_or(1, acquire) & 1) != 0) racekit::spin_hint();
        if (self == 0) {
            (void)value.read();  // <- race
            bit.fetch_and(~1u, if_correct<variant>(release));
        } else {
            value.write(1);  // <- race
            bit.fetch_and(~1u, release);
        }
    }
};
RACEKIT_FENCE_CASE(reader_unlocks_relaxed);

/// The last owner finds by a load that it is alone, and spares itself the subtraction.
template <class variant>
struct alone_by_a_load {
    static constexpr int threads = 2;
    struct block {
        racekit::atomic<int> others{1};
        racekit::plain<int> used{0};
    };
    block* const shared = new block;
    void let_go() {
        if (shared->others.load(if_correct<variant>(acquire)) == 0)  // <- race
            delete shared;                                           // <- race
        else if (shared->others.fetch_sub(1, acq_rel) == 0)          // <- race
            delete shared;                                           // <- race
    }
    void thread(int) {
        (void)shared->used.read();  // <- race
        let_go();
    }
};
RACEKIT_FENCE_CASE(alone_by_a_load);

/// A cheap look whether a bell rings already may see an old value.
template <class variant>
struct rung_unless_it_rings {
    static constexpr int threads = 2;
    racekit::atomic<int> news{0}, rings{1};
    bool rung = false;
    int heard = 0;
    void thread(int self) {
        if (self == 0) {
            news.store(1, release);
            if (!variant::correct && rings.load(relaxed) == 1) return;
            rung = rings.exchange(1, acq_rel) == 0;
        } else {
            rings.exchange(0, acq_rel);
            heard = news.load(acquire);
        }
    }
    void after() { RACEKIT_CHECK(rung || heard == 1); }
};
RACEKIT_FENCE_CASE_THAT(rung_unless_it_rings, out_of_reach);

/// A weak exchange tried once may fail although the value is as expected.
template <class variant>
struct tried_once {
    static constexpr int threads = 2;
    racekit::atomic<int> owners{2}, registered{1};
    void thread(int) {
        if (owners.fetch_sub(1, acq_rel) != 1) return;
        int one = 1;
        bool const taken = variant::correct ? registered.compare_exchange_strong(one, 0)
                                            : registered.compare_exchange_weak(one, 0);
        RACEKIT_CHECK(taken);
    }
};
RACEKIT_FENCE_CASE_THAT(tried_once, out_of_reach);

/// Storage that is given back without a destructor, under a thread that still uses it.
template <class variant, class Object, void (*give_back)(void*)>
struct given_back {
    static constexpr int threads = 2;
    Object* const shared;
    racekit::atomic<int> over{0};
    explicit given_back(void* place) : shared(::new (place) Object) {}
    void thread(int self) {
        if (self == 1) {
            (void)await(over, is_set, acquire);
            give_back(shared);  // <- race
            return;
        }
        if (!variant::correct) over.store(1, release);
        if constexpr (requires { shared->store(1); }) {
            shared->store(1);  // <- race
        } else {
            shared->write(1);  // <- race
        }
        if (variant::correct) over.store(1, release);
    }
};

template <class variant>
struct deleted_without_destructor
    : given_back<variant, racekit::atomic<int>, ::operator delete> {
    deleted_without_destructor()
        : given_back<variant, racekit::atomic<int>, ::operator delete>(
              ::operator new(sizeof(racekit::atomic<int>))) {}
};
RACEKIT_FENCE_CASE_THAT(deleted_without_destructor, racekit::finds);

template <class variant>
struct freed_without_destructor : given_back<variant, racekit::plain<int>, std::free> {
    freed_without_destructor()
        : given_back<variant, racekit::plain<int>, std::free>(
              std::malloc(sizeof(racekit::plain<int>))) {}
};
RACEKIT_FENCE_CASE_THAT(freed_without_destructor, racekit::finds);

/// Counted by C code: the subtraction's order decides whether freeing is safe.
template <class variant>
struct counted_and_freed {
    static constexpr int threads = 2;
    struct block {
        racekit::atomic<int> owners{2};
        racekit::plain<int> value{0};
    };
    block* const shared = ::new (std::malloc(sizeof(block))) block;
    void thread(int self) {
        if (self == 0) shared->value.write(1);                                       // <- race
        if (shared->owners.fetch_sub(1, if_correct<variant>(acq_rel)) == 1)          // <- race
            std::free(shared);                                                       // <- race
    }
};
RACEKIT_FENCE_CASE_THAT(counted_and_freed, racekit::finds);

/// Nobody answers: with a deadline the wait gives up, without one it never ends.
template <class variant>
struct nobody_answers {
    static constexpr int threads = 2;
    racekit::atomic<int> answer{0}, given_up{0};
    void thread(int self) {
        if (self == 1) {
            (void)await(given_up, is_set, acquire);
            return;
        }
        int got = 0;
        auto const limit =
            variant::correct ? racekit::after(std::chrono::milliseconds(1)) : racekit::never;
        if (!racekit::await_until(answer, is_set, limit, got)) given_up.store(1);
    }
};
RACEKIT_FENCE_CASE_THAT(nobody_answers, racekit::finds("deadlock"));

/// A loop whose exchange never succeeds.
template <class variant>
struct exchanged_without_success {
    static constexpr int threads = 2;
    racekit::atomic<int> set{0};
    void thread(int self) {
        if (self == 1) {
            while (set.exchange(0) == 0) racekit::spin_hint();
        } else if (variant::correct) {
            set.store(1);
        }
    }
};
RACEKIT_FENCE_CASE_THAT(exchanged_without_success, racekit::finds("hang"));

/// A condition for any lock, over a lock of one's own and std's guard, and a deadline that passes.
struct own_lock {
    racekit::atomic<int> taken{0};
    void lock() {
        while (!try_lock()) racekit::spin_hint();
    }
    bool try_lock() { return taken.exchange(1, acquire) == 0; }
    void unlock() { taken.store(0, release); }
};
template <class variant>
struct deadline_over_ones_own_lock {
    static constexpr int threads = 2;
    own_lock mine;
    racekit::futex_condition_variable changed;
    racekit::plain<int> item{0};
    int got = 0;
    void thread(int self) {
        std::unique_lock hold(mine);
        if (self == 1) {
            item.write(1);
            changed.notify_one();
            return;
        }
        if (item.read() == 0) {
            (void)changed.wait_for(hold, std::chrono::microseconds(20));
            if (!variant::correct) return;
        }
        got = item.read();
    }
    void after() {
        if (!variant::correct) RACEKIT_CHECK_EQUAL(item.read(), got);
    }
};
RACEKIT_FENCE_CASE_THAT(deadline_over_ones_own_lock, out_of_reach);

/// Two children share the pipe that each is woken by: one reads what was meant for the other.
template <class variant>
struct woken_by_the_pipe_of_another {
    static constexpr int processes = 2;
    racekit::byte_pipe pipes[2];
    void process(int self) {
        racekit::byte_pipe& own = pipes[variant::correct ? self : 0];
        char const sent = self == 0 ? 'a' : 'b';
        (void)own.writer.write_some(&sent, 1);
        char received = 0;
        (void)own.reader.read_some(&received, 1);
        RACEKIT_CHECK_EQUAL(sent, received);
    }
};
RACEKIT_SCENARIO(woken_by_the_pipe_of_another, racy, fixed, .tsan = racekit::may_find,
                 .model = racekit::finds, .process = racekit::may_find);

/// A notifier that waits until a waiter has taken the notification: the waiter may have died.
template <class variant>
struct waits_for_a_dead_waiter {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    racekit::atomic<int> waiting{0}, message{0};
    void process(int self) {
        if (self == 0) {
            waiting.store(1);
            (void)await(message, is_set, acquire);
            message.store(0);
            return;
        }
        bool const anybody = waiting.load() == 1;
        message.store(1);
        if (anybody && !variant::correct)
            (void)await(message, [](int it) { return it == 0; }, acquire);
    }
};
RACEKIT_SCENARIO(waits_for_a_dead_waiter, racy, fixed, .tsan = racekit::absent("kills nobody"),
                 .model = racekit::finds, .process = racekit::may_find);

/// A hazard pointer published with release: the second look at the head may come before it.
template <class variant>
struct guarded_too_weakly {
    static constexpr int threads = 2;
    struct node {
        racekit::plain<int> value{1};
    };
    racekit::atomic<node*> head{new node}, guard{nullptr};
    node* kept = nullptr;
    void thread(int self) {
        if (self == 1) {
            node* const removed = head.exchange(nullptr, acq_rel);
            fence(seq_cst);
            if (guard.load(acquire) == removed) kept = removed;
            else delete removed;  // <- race
            return;
        }
        node* const at = head.load(acquire);
        guard.store(at, release);
        fence_if_correct<variant>(seq_cst);
        if (at != nullptr && head.load(acquire) == at) (void)at->value.read();  // <- race
        guard.store(nullptr, release);
    }
    void after() { delete kept; }
};
RACEKIT_FENCE_CASE_THAT(guarded_too_weakly, out_of_reach);

/// A thief that reads the element only when it has claimed it: the owner may have used the place
/// again.
template <class variant>
struct read_after_the_claim {
    static constexpr int threads = 2;
    racekit::atomic<int> top{0}, bottom{0}, only_place{0};
    int stolen = 0;
    void thread(int self) {
        if (self == 0) {
            for (int each = 1; each <= 2; ++each) {
                if (top.load(acquire) != each - 1) return;
                only_place.store(each, relaxed);
                bottom.store(each, release);
            }
            return;
        }
        int first = top.load(acquire);
        if (bottom.load(acquire) <= first) return;
        int const early = only_place.load(relaxed);
        if (!top.compare_exchange_strong(first, first + 1, seq_cst, relaxed)) return;
        stolen = variant::correct ? early : only_place.load(relaxed);
        RACEKIT_CHECK_EQUAL(first + 1, stolen);
    }
};
RACEKIT_FENCE_CASE_THAT(read_after_the_claim, out_of_reach);

/// A subtraction returns the value before it: compared as if it were the one after it.
template <class variant>
struct compared_with_the_value_before {
    static constexpr int threads = 2;
    racekit::atomic<std::uint32_t> readers{1};
    void thread(int self) {
        if (self == 0) {
            if (readers.fetch_sub(1, acq_rel) == (variant::correct ? 1U : 0U))
                racekit::futex_wake(readers);
            return;
        }
        for (std::uint32_t left; (left = readers.load(acquire)) != 0;)
            (void)racekit::futex_wait(readers, left);
    }
};
RACEKIT_FENCE_CASE_THAT(compared_with_the_value_before, racekit::finds("deadlock"));

}  // namespace
}  // namespace fences
