// SPDX-License-Identifier: MIT
// The progress of every primitive, in one place: the operation, what it promises, in how many steps
// of its own steps it finishes when all others have stopped, and the test body that checks it.
#include "progress_declarations.hpp"

#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/barrier.hpp>
#include <racekit/lock/bounded_semaphore.hpp>
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/event.hpp>
#include <racekit/lock/event_count.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/futex_mutex.hpp>
#include <racekit/lock/hazard_pointer.hpp>
#include <racekit/lock/latch.hpp>
#include <racekit/lock/mcs_lock.hpp>
#include <racekit/lock/once.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/futex_robust_mutex.hpp>
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/lock/robust_recursive_mutex.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/lock/seqlock.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/platform.hpp>
#include <racekit/queue/bounded_stack.hpp>
#include <racekit/queue/monitor_queue.hpp>
#include <racekit/queue/mpmc_queue.hpp>
#include <racekit/queue/mpsc_queue.hpp>
#include <racekit/queue/parking_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/queue/ticket_ring.hpp>
#include <racekit/queue/treiber_stack.hpp>
#include <racekit/lock/wait_queue.hpp>
#include <racekit/queue/work_deque.hpp>
#include <racekit/shared/anonymous_semaphore.hpp>
#include <racekit/shared/copied_value.hpp>
#include <racekit/shared/participant_table.hpp>
#include <racekit/shared/raw_value.hpp>
#include <racekit/shared/robust_barrier.hpp>
#include <racekit/shared/robust_condition.hpp>
#include <racekit/shared/robust_event.hpp>
#include <racekit/shared/robust_semaphore.hpp>
#include <racekit/shared/shared_array.hpp>
#include <racekit/shared/shared_queue.hpp>
#include <racekit/shared/shared_atomic.hpp>
#include <racekit/shared/shared_value.hpp>
#include <racekit/shared/untrusted_ring.hpp>
#include <racekit/task/call_inbox.hpp>
#include <racekit/task/loop_core.hpp>

#include <memory>
#include <vector>

namespace racekit::declared {
namespace {

using enum progress_guarantee;
using list = std::vector<declaration>;
using std::chrono::seconds;

constexpr auto lock_once = [](auto& gate) {
    gate.lock();
    gate.unlock();
};
constexpr auto read_once = [](auto& gate) {
    gate.lock_shared();
    gate.unlock_shared();
};
constexpr auto try_once = [](auto& gate) {
    if (gate.try_lock()) gate.unlock();
};
constexpr auto try_to_read_once = [](auto& gate) {
    if (gate.try_lock_shared()) gate.unlock_shared();
};
constexpr auto push_one = [](auto& queue) { (void)queue.try_push(1); };
constexpr auto pop_one = [](auto& queue) {
    int got = 0;
    (void)queue.try_pop(got);
};
constexpr auto set_one = [](auto& event) { event.set(); };
constexpr auto pulse = [](auto& event) {
    event.set();
    event.clear();
};

struct waiting_on_a_condition {
    mutex gate;
    futex_condition_variable changed;
    plain<bool> so{false};

    void wait() {
        unique_lock hold(gate);
        changed.wait(hold, [this] { return so.read(); });
    }
    void wait_a_while() {
        unique_lock hold(gate);
        (void)changed.wait_until(hold, after(seconds(1)));
    }
    void make_it_so() {
        scoped_lock hold(gate);
        so.write(true);
    }
};

struct counted {
    event_count changed;
    atomic<bool> so{false};

    void wait() {
        changed.await([this] { return so.load(); });
    }
    void wait_a_while() { (void)changed.wait_for(changed.prepare(), seconds(1)); }
};

struct thing : hazard_object {};
struct guarded_pointer {
    hazard_domain in_use{1};
    atomic<thing*> newest{new thing};
    hazard_pointer<thing> ready{in_use};
    std::vector<std::unique_ptr<hazard_pointer<thing>>> kept;  // by thread

    ~guarded_pointer() { delete newest.load(); }
    void replace() { in_use.retire(newest.exchange(new thing)); }
    void take_guard() { kept.push_back(std::make_unique<hazard_pointer<thing>>(in_use)); }
    void protect() { (void)ready.protect(newest); }
    void try_to_protect() {
        thing* seen = nullptr;
        (void)ready.try_protect(seen, newest);
    }
};

/// Done before anybody comes.
struct long_done {
    once whole;
    long_done() {
        whole.call([] {});
    }
};

auto const try_robust_once = [](auto& gate) {
    lock_state state{};
    if (gate.try_lock(state)) gate.unlock();
};

using readers_and_writer = basic_futex_shared_mutex<futex_shared_mutex_orders, 2>;
using own_levels = basic_recursive_mutex<recursive_mutex_orders, futex_mutex>;

using small_ring = untrusted_ring<4, 1>;

auto const take_and_give = [](auto& permits) {
    permits.acquire();
    permits.release();
};

struct robustly_so {
    robust_mutex gate;
    robust_condition changed;
    bool is_so = false;  // under the lock

    void wait() {
        (void)gate.lock();
        changed.wait(gate, [] {}, [this] { return is_so; });
        gate.unlock();
    }
    void make_it_so() {
        (void)gate.lock();
        is_so = true;
        gate.unlock();
        changed.notify_one();
    }
};

struct room {
    wait_queue inside;
    atomic<bool> so{false};

    bool wait_until(deadline limit) {
        return inside.wait_until(limit, [this] { return so.load(); });
    }
};

}  // namespace

list of_locks() {
    return {
        together<futex_mutex>("lock/futex_mutex", "lock, unlock", lock_once, lock_once),
        alone<futex_mutex>("lock/futex_mutex", "try_lock, unlock", wait_free, 3, try_once,
                           lock_once),
        together<spin_lock>("lock/spin_lock", "lock, unlock", lock_once, lock_once),
        alone<spin_lock>("lock/spin_lock", "try_lock, unlock", wait_free, 3, try_once, lock_once),
        together<ticket_lock>("lock/ticket_lock", "lock, unlock", lock_once, lock_once),
        alone<ticket_lock>("lock/ticket_lock", "try_lock, unlock", wait_free, 4, try_once,
                           lock_once),
        together<mcs_lock>("lock/mcs_lock", "lock, unlock",
                           [](auto& gate) { mcs_guard hold(gate); },
                           [](auto& gate) { mcs_guard hold(gate); }),
        alone<mcs_lock>("lock/mcs_lock", "try_lock", wait_free, 8,
                        [](auto& gate) {
                            mcs_lock::queue_node mine;
                            if (gate.try_lock(mine)) gate.unlock(mine);
                        },
                        [](auto& gate) {
                            mcs_lock::queue_node mine;
                            if (gate.try_lock(mine)) gate.unlock(mine);
                        }),
        together<fifo_mutex>("lock/fifo_mutex", "lock, unlock", lock_once, lock_once),
        alone<fifo_mutex>("lock/fifo_mutex", "try_lock", wait_free, 2, try_once, try_once),
        together<own_levels>("lock/recursive_mutex", "lock, unlock", lock_once, lock_once),
        alone<own_levels>("lock/recursive_mutex", "try_lock, further levels", wait_free, 16,
                          [](auto& gate) {
                              if (!gate.try_lock()) return;
                              gate.lock();
                              gate.unlock();
                              gate.unlock();
                          },
                          lock_once),
        together<readers_and_writer>("lock/shared_mutex", "lock, lock_shared", lock_once,
                                     read_once),
        alone<readers_and_writer>("lock/shared_mutex", "try_lock", wait_free, 8, try_once,
                                  try_to_read_once),
        alone<readers_and_writer>("lock/shared_mutex", "try_lock_shared", wait_free, 4,
                                  try_to_read_once, lock_once),
        together<process_mutex>("lock/process_mutex", "lock, unlock", lock_once, lock_once),
        alone<process_mutex>("lock/process_mutex", "try_lock", wait_free, 2, try_once, lock_once),
        together<futex_robust_mutex>("lock/futex_robust_mutex", "lock, unlock",
                                     [](auto& gate) { robust_lock hold(gate, [] {}); },
                                     [](auto& gate) { robust_lock hold(gate, [] {}); }),
        together<robust_recursive_mutex>("lock/robust_recursive_mutex", "lock, unlock",
                                         [](auto& gate) { robust_lock hold(gate, [] {}); },
                                         [](auto& gate) { robust_lock hold(gate, [] {}); }),
        alone<futex_robust_mutex>("lock/futex_robust_mutex", "try_lock, unlock", wait_free, 8,
                                  try_robust_once, try_robust_once),
        alone<robust_recursive_mutex>("lock/robust_recursive_mutex", "try_lock, further levels",
                                      wait_free, 8,
                                      [](auto& gate) {
                                          lock_state state{};
                                          if (!gate.try_lock(state)) return;
                                          (void)gate.lock();
                                          gate.unlock();
                                          gate.unlock();
                                      },
                                      try_robust_once),
        together<robust_mutex>("lock/robust_mutex", "lock, unlock",
                               [](auto& gate) { robust_lock hold(gate, [] {}); },
                               [](auto& gate) { robust_lock hold(gate, [] {}); }),
        together<seqlock<int>>("lock/seqlock", "store, load",
                               [](auto& value) { value.store(1); },
                               [](auto& value) { (void)value.load(); }),
        alone<seqlock<int>>("lock/seqlock", "try_store", wait_free, 4,
                            [](auto& value) { (void)value.try_store(1); },
                            [](auto& value) { value.store(2); }),
        alone<seqlock<int>>("lock/seqlock", "try_load", wait_free, 3,
                            [](auto& value) {
                                int copy = 0;
                                (void)value.try_load(copy);
                            },
                            [](auto& value) { value.store(2); }),
    };
}

list of_waiting() {
    return {
        together<futex_semaphore>("lock/semaphore", "acquire",
                                  [](auto& tickets) { tickets.acquire(); },
                                  [](auto& tickets) { tickets.release(); }),
        alone<made<futex_semaphore, 1>>("lock/semaphore", "try_acquire", lock_free, 2,
                                        [](auto& tickets) { (void)tickets.try_acquire(); },
                                        [](auto& tickets) { tickets.release(); }),
        alone<futex_semaphore>("lock/semaphore", "release", wait_free, 3,
                               [](auto& tickets) { tickets.release(); },
                               [](auto& tickets) { (void)tickets.try_acquire_for(seconds(1)); }),
        together<made<basic_bounded_semaphore<>, 1>>("lock/bounded_semaphore", "acquire, release",
                                                     [](auto& seats) {
                                                         seats.acquire();
                                                         seats.release();
                                                     },
                                                     [](auto& seats) {
                                                         seats.acquire();
                                                         seats.release();
                                                     }),
        alone<made<basic_bounded_semaphore<>, 2>>(
            "lock/bounded_semaphore", "try_acquire, release", lock_free, 4,
            [](auto& seats) {
                if (seats.try_acquire()) seats.release();
            },
            [](auto& seats) {
                if (seats.try_acquire()) seats.release();
            }),
        together<futex_event>("lock/event", "wait", [](auto& event) { event.wait(); }, set_one),
        alone<futex_event>("lock/event", "set", lock_free, 3, set_one, pulse),
        alone<futex_event>("lock/event", "clear, is_set", wait_free, 2,
                           [](auto& event) {
                               event.clear();
                               (void)event.is_set();
                           },
                           pulse),
        together<basic_auto_reset_event<>>("lock/auto_reset_event", "wait",
                                           [](auto& event) { event.wait(); }, set_one),
        alone<basic_auto_reset_event<>>("lock/auto_reset_event", "set", lock_free, 4, set_one,
                                        pulse),
        alone<basic_auto_reset_event<>>("lock/auto_reset_event", "try_wait, clear", lock_free, 4,
                                        [](auto& event) {
                                            (void)event.try_wait();
                                            event.clear();
                                        },
                                        pulse),
        together<made<futex_latch, 1>>("lock/latch", "wait", [](auto& gate) { gate.wait(); },
                                       [](auto& gate) { gate.count_down(); }),
        alone<made<futex_latch, 4>>("lock/latch", "count_down", lock_free, 3,
                                    [](auto& gate) { gate.count_down(); },
                                    [](auto& gate) { gate.count_down(); }),
        alone<made<futex_latch, 4>>("lock/latch", "try_wait", wait_free, 1,
                                    [](auto& gate) { (void)gate.try_wait(); },
                                    [](auto& gate) { gate.count_down(); }),
        together<made<futex_barrier, std::size_t(2)>>("lock/barrier", "wait",
                                                      [](auto& meeting) { meeting.wait(); },
                                                      [](auto& meeting) { meeting.wait(); }),
        alone<made<futex_barrier, std::size_t(2)>>("lock/barrier", "abort, reset, the looks",
                                                   lock_free, 9,
                                                   [](auto& meeting) {
                                                       meeting.abort();
                                                       meeting.reset();
                                                       (void)meeting.waiting();
                                                       (void)meeting.is_broken();
                                                   },
                                                   [](auto& meeting) {
                                                       meeting.abort();
                                                       meeting.reset();
                                                   }),
        together<waiting_on_a_condition>("lock/condition_variable", "wait",
                                         [](auto& all) { all.wait(); },
                                         [](auto& all) {
                                             all.make_it_so();
                                             all.changed.notify_one();
                                         }),
        alone<waiting_on_a_condition>("lock/condition_variable", "notify_one", lock_free, 4,
                                      [](auto& all) { all.changed.notify_one(); },
                                      [](auto& all) { all.wait_a_while(); }),
        alone<waiting_on_a_condition>("lock/condition_variable", "notify_all", wait_free, 4,
                                      [](auto& all) { all.changed.notify_all(); },
                                      [](auto& all) { all.wait_a_while(); }),
        together<counted>("lock/event_count", "wait", [](auto& all) { all.wait(); },
                          [](auto& all) {
                              all.so.store(true);
                              all.changed.notify_one();
                          }),
        alone<counted>("lock/event_count", "notify_one, notify_all", wait_free, 6,
                       [](auto& all) {
                           all.changed.notify_one();
                           all.changed.notify_all();
                       },
                       [](auto& all) { all.wait_a_while(); }),
        alone<counted>("lock/event_count", "prepare, cancel", wait_free, 3,
                       [](auto& all) {
                           (void)all.changed.prepare();
                           all.changed.cancel();
                       },
                       [](auto& all) { all.changed.notify_one(); }),
        together<once>("lock/once", "call, the first", [](auto& whole) { whole.call([] {}); },
                       [](auto& whole) { whole.call([] {}); }),
        alone<long_done>("lock/once", "call, when it is done", wait_free, 1,
                         [](auto& all) { all.whole.call([] {}); },
                         [](auto& all) { all.whole.call([] {}); }),
        alone<guarded_pointer>("lock/hazard_pointer", "taking and leaving a guard", lock_free, 9,
                               [](auto& all) { hazard_pointer<thing> guard(all.in_use); },
                               [](auto& all) { all.take_guard(); }),
        alone<guarded_pointer>("lock/hazard_pointer", "protect", lock_free, 5,
                               [](auto& all) { all.protect(); }, [](auto& all) { all.replace(); }),
        alone<guarded_pointer>("lock/hazard_pointer", "try_protect", wait_free, 2,
                               [](auto& all) { all.try_to_protect(); },
                               [](auto& all) { all.replace(); }),
        alone<guarded_pointer>("lock/hazard_pointer", "retire, reclaim", lock_free, 16,
                               [](auto& all) { all.replace(); }, [](auto& all) { all.replace(); }),
    };
}

struct one_pushed : treiber_stack<int> {
    one_pushed() { push(1); }
};

list of_queues() {
    using stack = made<bounded_stack<int>, std::size_t(4)>;
    using ring = made<ticket_ring<int>, std::size_t(1)>;
    using tickets = made<mpmc_queue<int>, std::size_t(1)>;
    using guarded = made<monitor_queue<int>, std::size_t(1)>;
    using parking = made<parking_queue<int>, std::size_t(1)>;
    using deque = made<work_deque<int>, std::size_t(4)>;
    constexpr auto steal_one = [](auto& tasks) {
        int got = 0;
        (void)tasks.try_steal(got);
    };
    constexpr auto push_endless = [](auto& stack) { stack.push(1); };
    constexpr auto put_one = [](auto& queue) { (void)queue.put(1); };
    constexpr auto get_one = [](auto& queue) {
        int got = 0;
        (void)queue.get(got);
    };
    constexpr auto ring_put = [](auto& queue) { (void)queue.put(1, site::here()); };
    constexpr auto ring_get = [](auto& queue) {
        int got = 0;
        (void)queue.get(got, site::here());
    };
    return {
        alone<made<spsc_queue<int>, std::size_t(1)>>("queue/spsc_queue", "try_push", wait_free, 3,
                                                     push_one, pop_one),
        alone<made<spsc_queue<int>, std::size_t(1)>>("queue/spsc_queue", "try_pop", wait_free, 4,
                                                     pop_one, push_one),
        alone<tickets>("queue/mpmc_queue", "try_push", deadlock_free, 0, push_one, pop_one,
                       push_one),
        alone<tickets>("queue/mpmc_queue", "try_pop", deadlock_free, 0, pop_one, push_one),
        alone<ring>("queue/ticket_ring", "put", deadlock_free, 0, ring_put, ring_get, ring_put),
        alone<ring>("queue/ticket_ring", "get", deadlock_free, 0, ring_get, ring_put),
        alone<mpsc_queue<int>>("queue/mpsc_queue", "push", wait_free, 2,
                               [](auto& queue) { queue.push(1); },
                               [](auto& queue) { queue.push(2); }, pop_one),
        alone<mpsc_queue<int>>("queue/mpsc_queue", "try_pop", wait_free, 3, pop_one,
                               [](auto& queue) { queue.push(2); }),
        together<guarded>("queue/monitor_queue", "put, get", put_one, get_one),
        alone<guarded>("queue/monitor_queue", "try_put, try_get", deadlock_free, 0,
                       [](auto& queue) {
                           int got = 0;
                           (void)queue.try_put(1);
                           (void)queue.try_get(got);
                       },
                       [](auto& queue) { (void)queue.try_put(2); }),
        together<parking>("queue/parking_queue", "put, get", put_one, get_one),
        alone<parking>("queue/parking_queue", "try_put", deadlock_free, 0,
                       [](auto& queue) { (void)queue.try_put(1); },
                       [](auto& queue) {
                           int got = 0;
                           (void)queue.try_put(2);
                           (void)queue.try_get(got);
                       }),
        alone<parking>("queue/parking_queue", "task_done", lock_free, 8,
                       [](auto& queue) {
                           try {
                               queue.task_done();
                           } catch (task_done_too_often const&) {
                           }
                       },
                       put_one),
        alone<stack>("queue/bounded_stack", "try_push", lock_free, 7, push_one, push_one),
        alone<stack>("queue/bounded_stack", "try_pop", lock_free, 7, pop_one,
                     [](auto& all) {
                         (void)all.try_push(1);
                         int got = 0;
                         (void)all.try_pop(got);
                     }),
        alone<treiber_stack<int>>("queue/treiber_stack", "push", lock_free, 6, push_endless,
                                  push_endless),
        alone<one_pushed>("queue/treiber_stack", "try_pop", lock_free, 24, pop_one, push_endless),
        alone<deque>("queue/work_deque", "push", wait_free, 5, [](auto& tasks) { tasks.push(1); },
                     steal_one),
        alone<deque>("queue/work_deque", "try_pop", wait_free, 12,
                     [](auto& tasks) {
                         tasks.push(1);
                         int got = 0;
                         (void)tasks.try_pop(got);
                     },
                     steal_one),
        alone<deque>("queue/work_deque", "try_steal", wait_free, 5, steal_one,
                     [](auto& tasks) {
                         tasks.push(1);
                         int got = 0;
                         (void)tasks.try_pop(got);
                     }),
        together<room>("lock/wait_queue", "wait_until",
                       [](auto& all) { (void)all.wait_until(never); },
                       [](auto& all) {
                           all.so.store(true);
                           all.inside.wake(1);
                       }),
        alone<room>("lock/wait_queue", "wake", lock_free, 5,
                    [](auto& all) { all.inside.wake(1); },
                    [](auto& all) { (void)all.wait_until(after(seconds(1))); }),
        alone<room>("lock/wait_queue", "wake_all", wait_free, 4,
                    [](auto& all) { all.inside.wake_all(); },
                    [](auto& all) { (void)all.wait_until(after(seconds(1))); }),
    };
}

list of_tasks() {
    constexpr auto take = [](auto& inbox, deadline limit) {
        std::vector<callback> calls;
        inbox.take(calls, limit);
    };
    return {
        together<call_inbox>(
            "task/call_inbox", "post, take, close", [](auto& inbox) { inbox.post([] {}); },
            [take](auto& inbox) {
                take(inbox, never);
                (void)inbox.close();
            }),
        alone<call_inbox>("task/call_inbox", "take of nothing", wait_free, 1,
                          [take](auto& inbox) { take(inbox, deadline::min()); }),
        together<loop_core>(
            "task/loop_core", "run_forever, stop", [](auto& loop) { loop.run_forever(); },
            [](auto& loop) { loop.stop(); }),
    };
}

list of_shared_values() {
    return {
        alone<shared_atomic<int>>("shared/shared_atomic", "load, store", wait_free, 2,
                                  [](auto& value) { value.store(value.load() + 1); },
                                  [](auto& value) { value.store(2); }),
        alone<raw_value<int>>("shared/raw_value", "get, set", wait_free, 0,
                              [](auto& value) { value.set(value.get() + 1); }),
        alone<atomic_value<int>>("shared/shared_value", "get, set, fetch_add", wait_free, 3,
                                 [](auto& value) {
                                     value.set(value.get());
                                     value.fetch_add(1);
                                 },
                                 [](auto& value) { value.set(2); }),
        alone<atomic_value<int>>("shared/shared_value", "update", lock_free, 6,
                                 [](auto& value) { value.update([](int& held) { ++held; }); },
                                 [](auto& value) { value.fetch_add(1); }),
        together<copied_value<int, 2>>("shared/copied_value", "get, set",
                                       [](auto& value) { value.set(1); },
                                       [](auto& value) { value.set(value.get()); }),
        alone<shared_array<int, 2>>("shared/shared_array", "get", wait_free, 1,
                                    [](auto& all) { (void)all.get(1); },
                                    [](auto& all) { all.set(1, 2); }),
        together<shared_array<int, 2>>("shared/shared_array", "set, fetch_add, update",
                                       [](auto& all) { all.set(0, 1); },
                                       [](auto& all) { (void)all.fetch_add(0, 1); }),
        alone<participant_table<2>>("shared/participant_table", "enter, find", wait_free, 12,
                                    [](auto& table) {
                                        (void)table.enter([](std::size_t) {});
                                        (void)table.find();
                                    }),
        together<shared_queue<int, 1, shared_queue_orders, 2>>(
            "shared/shared_queue", "push, pop", [](auto& queue) { (void)queue.push(1); },
            [](auto& queue) {
                int got = 0;
                (void)queue.pop(got);
            }),
        together<made<basic_robust_semaphore<2>, 1>>("shared/robust_semaphore", "acquire, release",
                                                     take_and_give, take_and_give),
        together<anonymous_semaphore>("shared/anonymous_semaphore", "acquire",
                                      [](auto& turn) { turn.acquire(); },
                                      [](auto& turn) { turn.release(); }),
        alone<anonymous_semaphore>("shared/anonymous_semaphore", "release, try_acquire", lock_free,
                                   6,
                                   [](auto& turn) {
                                       turn.release();
                                       (void)turn.try_acquire();
                                   },
                                   [](auto& turn) { turn.release(); }),
        together<robust_event>("shared/robust_event", "wait", [](auto& gate) { gate.wait(); },
                               [](auto& gate) { gate.set(); }),
        alone<robust_event>("shared/robust_event", "set, clear, is_set", lock_free, 6,
                            [](auto& gate) {
                                gate.set();
                                gate.clear();
                                (void)gate.is_set();
                            },
                            [](auto& gate) {
                                gate.set();
                                gate.clear();
                            }),
        together<robustly_so>("shared/robust_condition", "wait", [](auto& all) { all.wait(); },
                              [](auto& all) { all.make_it_so(); }),
        alone<robustly_so>("shared/robust_condition", "notify_one, notify_all", wait_free, 4,
                           [](auto& all) {
                               all.changed.notify_one();
                               all.changed.notify_all();
                           },
                           [](auto& all) { all.changed.notify_all(); }),
        alone<small_ring>("shared/untrusted_ring", "try_send, try_receive", wait_free, 40,
                          [](auto& ring) {
                              untrusted_sender<small_ring> out(ring);
                              untrusted_receiver<small_ring> in(ring);
                              char letter = 'x';
                              std::size_t size = 0;
                              (void)out.try_send(&letter, 1);
                              (void)in.try_receive(&letter, 1, size);
                          }),
        together<small_ring>("shared/untrusted_ring", "send_until, receive_until",
                             [](auto& ring) {
                                 (void)untrusted_sender<small_ring>(ring).send_until("x", 1, never);
                             },
                             [](auto& ring) {
                                 char letter = 0;
                                 std::size_t size = 0;
                                 (void)untrusted_receiver<small_ring>(ring).receive_until(
                                     &letter, 1, size, never);
                             }),
        together<robust_barrier<2>>("shared/robust_barrier", "wait",
                                    [](auto& meeting) { (void)meeting.wait(); },
                                    [](auto& meeting) { (void)meeting.wait(); }),
    };
}

}  // namespace racekit::declared
