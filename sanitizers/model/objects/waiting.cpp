// SPDX-License-Identifier: MIT
// Sleeping and waking: futexes and condition variables.
#include "atomic_state.hpp"
#include "framed.hpp"
#include "lock_state.hpp"
#include "sleepers.hpp"

#include "model/runtime/heap.hpp"

namespace racekit::model {

namespace {

struct condition_state {
    sleeper_list sleepers;
    lifespan life;
};

void sleeper_died(execution&, object& subject, int thread) {
    state_of<condition_state>(subject).sleepers.remove(thread);
}

/// What a thread does when it wakes up no longer concerns the condition.
void check_end(execution& all, object& subject, site const& where, site const& last) {
    check_lifespan(all, subject, state_of<condition_state>(subject).life, where, last);
}

object_kind const condition_kind{
    .name = "condition", .thread_died = sleeper_died, .check_end = check_end};

condition_state& new_condition(execution& all, void const* at, site const& where, handle& which) {
    object* made = nullptr;
    which = all.create(condition_kind, at, where, made);
    condition_state& condition = state_of<condition_state>(*made);
    condition.sleepers.clear();
    return condition;
}

/// No thread woke this one: its deadline passed, or it wakes up spuriously.
wait_result wakes_by_itself(execution& all, object& subject, instant limit, site const& where) {
    thread_state& self = all.me();
    bool const may_expire = limit != never;
    bool const may_wake = self.spurious_left > 0;
    bool expired = may_expire;
    if (may_expire && may_wake) expired = all.choose(decision::wake, 2) == 0;
    if (expired) {
        self.limit = limit;
        (void)self.time_out();
        self.limit = never;
        if (all.recording()) all.record_row(&subject, where, {"wait", "times out", "", "", ""});
        return wait_result::timed_out;
    }
    --self.spurious_left;
    if (all.recording())
        all.record_row(&subject, where, {"wait", "wakes", "", "spurious wake-up", ""});
    return wait_result::woken;
}

/// The kernel compares with the newest value, under its own lock, after a full barrier: Linux
/// counts the waiter, then reads the word (kernel/futex, "smp_mb (A)"), and code that counts its
/// waiters itself rests on it. So the compare is a relaxed load behind a seq_cst fence. Relacy's S
/// is the order of execution, which needs no fence for that.
void compare_in_the_kernel(store_history& history) {
    store_rank const newest = history.newest_rank();
    if (!memory::is_exact) return memory::model->mark_seen(*history.data, newest);
    memory::model->fence(std::memory_order_seq_cst);
    memory::model->load(*history.data, newest, std::memory_order_relaxed);
}

}  // namespace

wait_result sleep_on(execution& all, object& subject, sleeper_list& sleepers, instant limit,
                     site const& where) {
    thread_state& self = all.me();
    self.awake = false;
    self.limit = limit;
    sleepers.add(all.self());
    operation next;
    next.what = action::sleep;
    next.changes = true;
    next.object = all.number(subject);
    next.where = where;
    all.visible(next);
    self.limit = never;
    if (self.awake) {
        if (all.recording()) all.record_row(&subject, where, {"wait", "woken", "", "", ""});
        return wait_result::woken;
    }
    sleepers.remove(all.self());
    return wakes_by_itself(all, subject, limit, where);
}

int wake(execution& all, sleeper_list& sleepers, int count) {
    int woken = 0;
    while (woken < count && sleepers.count > 0) {
        int const at =
            static_cast<int>(all.choose(decision::waiter, static_cast<unsigned>(sleepers.count)));
        all.threads[sleepers.threads[at]].awake = true;
        sleepers.remove_at(at);
        ++woken;
        if (count >= most_threads && sleepers.count > 0) {
            // All are woken: in which order makes no difference, each still has to be scheduled.
            for (int each = 0; each < sleepers.count; ++each)
                all.threads[sleepers.threads[each]].awake = true;
            woken += sleepers.count;
            sleepers.clear();
        }
    }
    return woken;
}

wait_result futex_wait(handle which, void const* at, word expected, instant limit,
                       site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    operation next;
    next.what = action::futex_wait;
    next.changes = true;
    next.object = which.index;
    next.where = where;
    all.visible(next);
    object& subject = all.objects.find(which, at, where);
    atomic_state& atomic = state_of<atomic_state>(subject);
    if (subject.rewritten != 0) [[unlikely]]
        take_from_memory(all, subject);
    word const newest = atomic.history.newest();
    note_read(all, subject, atomic.history.newest_rank(), true);
    compare_in_the_kernel(atomic.history);
    if (all.config().find_weak)
        all.consistency.did(sequential_check::access::load, all.self(), which.index,
                            atomic.history.newest_rank(), memory::clocks(), where);
    if (!(newest == expected)) {
        if (all.recording()) {
            heap::outside const out;
            all.record_row(&subject, where,
                     {"wait", "futex_wait: already " + atomic.type->show(newest), "", "", ""});
        }
        return wait_result::changed;
    }
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where, {"wait", "futex_wait: sleeps", "", "", ""});
    }
    return sleep_on(all, subject, atomic.sleepers, limit, where);
}

int futex_wake(handle which, void const* at, int count, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    operation next;
    next.what = action::futex_wake;
    next.changes = true;
    next.object = which.index;
    next.where = where;
    all.visible(next);
    object& subject = all.objects.find(which, at, where);
    int const woken = wake(all, state_of<atomic_state>(subject).sleepers, count);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where,
                 {"notify", "futex_wake: wakes " + std::to_string(woken), "", "", ""});
    }
    return woken;
}

handle condition_created(void const* at, site const& where) {
    execution& all = creating(where);
    handle which;
    begin_lifespan(all, new_condition(all, at, where, which).life);
    return which;
}

handle condition_found(void const* at, site const& where) {
    handle which;
    found_lifespan(active(), new_condition(active(), at, where, which).life);
    return which;
}

void condition_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

bool condition_wait(handle which, void const* at, handle mutex, void const* mutex_at, instant limit,
                    site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    operation next;
    next.what = action::condition_wait;
    next.changes = true;
    next.object = which.index;
    next.second = mutex.index;
    next.where = where;
    all.visible(next);
    object& subject = all.objects.find(which, at, where);
    object& lock = all.objects.find(mutex, mutex_at, where);
    int const self = all.self();
    lock_state& held = state_of<lock_state>(lock);
    if (held.owner != self) {
        heap::outside const out;
        all.broken(
            {"lock misuse",
             all.number(lock),
             "thread " + std::to_string(self) + " waits on a condition without holding the lock",
             {{"wait", where.file, where.line, false}}});
    }
    use(all, subject, state_of<condition_state>(subject).life, "wait", where);
    use(all, lock, held.life, "wait", where);
    held.owner = -1;
    ++lock.changes;
    all.loops.released(self);
    all.release(held.handed_on);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&lock, where, {"unlock", "gives up for the wait", "free", "", ""});
    }
    wait_result const how =
        sleep_on(all, subject, state_of<condition_state>(subject).sleepers, limit, where);
    (void)model::lock(mutex, mutex_at, false, never, where);
    return how != wait_result::timed_out;
}

void condition_notify(handle which, void const* at, bool every, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    operation next;
    next.what = action::notify;
    next.changes = true;
    next.object = which.index;
    next.where = where;
    all.visible(next);
    object& subject = all.objects.find(which, at, where);
    condition_state& condition = state_of<condition_state>(subject);
    use(all, subject, condition.life, every ? "notify_all" : "notify_one", where);
    int const woken = wake(all, condition.sleepers, every ? most_threads : 1);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(
            &subject, where,
            {"notify",
             std::string(every ? "notify_all" : "notify_one") + ": wakes " + std::to_string(woken),
             "", woken == 0 ? "no thread waits: the notification is lost" : "", ""});
    }
}

}  // namespace racekit::model
