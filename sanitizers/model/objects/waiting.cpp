// SPDX-License-Identifier: MIT
// Sleeping and waking: futexes and condition variables.
#include "model/core/execution.hpp"

#include "model/runtime/heap.hpp"

namespace racekit::model {

/// Whether a wait with a deadline ends by it, where it could also go on.
bool execution::timed_out() {
    thread_state& self = me();
    if (self.limit == never) return false;
    if (self.limit > self.clock) self.clock = self.limit;
    return true;
}

wait_result execution::sleep_on(object& subject, instant limit, site const& where) {
    thread_state& self = me();
    self.awake = false;
    self.limit = limit;
    subject.sleepers[subject.sleeping++] = self_;
    operation next;
    next.what = action::sleep;
    next.changes = true;
    next.object = number(subject);
    next.where = where;
    visible(next);
    self.limit = never;
    if (self.awake) {
        if (recording()) record_row(&subject, where, {"wait", "woken", "", "", ""});
        return wait_result::woken;
    }
    for (int at = 0; at < subject.sleeping; ++at) {
        if (subject.sleepers[at] != self_) continue;
        for (int later = at + 1; later < subject.sleeping; ++later)
            subject.sleepers[later - 1] = subject.sleepers[later];
        --subject.sleeping;
        break;
    }
    // Nobody woke it: its deadline passed, or it wakes for no reason.
    bool const may_expire = limit != never;
    bool const may_wake = self.spurious_left > 0;
    bool expired = may_expire;
    if (may_expire && may_wake) expired = choose(decision::wake, 2) == 0;
    if (expired) {
        self.limit = limit;
        (void)timed_out();
        self.limit = never;
        if (recording()) record_row(&subject, where, {"wait", "times out", "", "", ""});
        return wait_result::timed_out;
    }
    --self.spurious_left;
    if (recording())
        record_row(&subject, where, {"wait", "wakes", "", "for no reason, as it may", ""});
    return wait_result::woken;
}

int execution::wake(object& subject, int count) {
    int woken = 0;
    while (woken < count && subject.sleeping > 0) {
        int const at =
            static_cast<int>(choose(decision::waiter, static_cast<unsigned>(subject.sleeping)));
        threads_[subject.sleepers[at]].awake = true;
        for (int later = at + 1; later < subject.sleeping; ++later)
            subject.sleepers[later - 1] = subject.sleepers[later];
        --subject.sleeping;
        ++woken;
        if (count >= most_threads && subject.sleeping > 0) {
            // All are woken: in which order makes no difference, each still has to be scheduled.
            for (int each = 0; each < subject.sleeping; ++each)
                threads_[subject.sleepers[each]].awake = true;
            woken += subject.sleeping;
            subject.sleeping = 0;
        }
    }
    return woken;
}

wait_result futex_wait(handle which, void const* at, word expected, instant limit,
                       site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    operation next;
    next.what = action::futex_wait;
    next.changes = true;
    next.object = which.index;
    next.where = where;
    all.visible(next);
    object& subject = all.find(which, at, where);
    // The kernel compares with the newest value, under its own lock; it orders nothing for the
    // caller but that, by coherence, the same thread reads nothing older afterwards.
    word const newest = subject.values[subject.stores % memory::window];
    all.note_read(subject, subject.stores);
    subject.must_pass[all.self()] = subject.stores;
    if (!(newest == expected)) {
        if (all.recording()) {
            heap::outside const out;
            all.record_row(&subject, where,
                     {"wait", "futex_wait: already " + subject.type->show(newest), "", "", ""});
        }
        return wait_result::changed;
    }
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where, {"wait", "futex_wait: sleeps", "", "", ""});
    }
    return all.sleep_on(subject, limit, where);
}

int futex_wake(handle which, void const* at, int count, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    operation next;
    next.what = action::futex_wake;
    next.changes = true;
    next.object = which.index;
    next.where = where;
    all.visible(next);
    object& subject = all.find(which, at, where);
    int const woken = all.wake(subject, count);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where,
                 {"notify", "futex_wake: wakes " + std::to_string(woken), "", "", ""});
    }
    return woken;
}

handle condition_created(void const* at, site const& where) {
    object* made = nullptr;
    return creating(where).create(object_kind::condition, at, where, made);
}

void condition_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

bool condition_wait(handle which, void const* at, handle mutex, void const* mutex_at, instant limit,
                    site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    operation next;
    next.what = action::condition_wait;
    next.changes = true;
    next.object = which.index;
    next.second = mutex.index;
    next.where = where;
    all.visible(next);
    object& subject = all.find(which, at, where);
    object& lock = all.find(mutex, mutex_at, where);
    int const self = all.self();
    if (lock.owner != self) {
        heap::outside const out;
        all.broken(
            {"lock misuse",
             all.number(lock),
             "thread " + std::to_string(self) + " waits on a condition without holding the lock",
             {{"wait", where.file, where.line, false}}});
    }
    lock.owner = -1;
    all.changes_state(lock);
    all.release(lock.handed_on);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&lock, where, {"unlock", "gives up for the wait", "free", "", ""});
    }
    wait_result const how = all.sleep_on(subject, limit, where);
    (void)model::lock(mutex, mutex_at, false, never, where);
    return how != wait_result::timed_out;
}

void condition_notify(handle which, void const* at, bool every, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    operation next;
    next.what = action::notify;
    next.changes = true;
    next.object = which.index;
    next.where = where;
    all.visible(next);
    object& subject = all.find(which, at, where);
    int const woken = all.wake(subject, every ? most_threads : 1);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(
            &subject, where,
            {"notify",
             std::string(every ? "notify_all" : "notify_one") + ": wakes " + std::to_string(woken),
             "", woken == 0 ? "nobody waits: the notification is lost" : "", ""});
    }
}

}  // namespace racekit::model
