// SPDX-License-Identifier: MIT
// What a lock is: the specification that mutex, shared_mutex and their process-shared forms stand
// for.
#include "model/core/execution.hpp"

#include "model/runtime/heap.hpp"

namespace racekit::model {
namespace {

[[noreturn, gnu::cold]] void misused(execution& all, object& subject, std::string what,
                                     site const& where) {
    heap::outside const out;
    all.broken({"lock misuse", all.number(subject), std::move(what),
                {{"by thread " + std::to_string(all.self()), where.file, where.line, false}}});
}

std::string state_of(object const& subject) {
    if (subject.owner >= 0) return "held by " + std::to_string(subject.owner);
    if (subject.readers != 0) {
        std::string text = "read by";
        for (int thread = 0; thread < most_threads; ++thread) {
            if ((subject.readers >> thread & 1U) != 0) text += " " + std::to_string(thread);
        }
        return text;
    }
    return "free";
}

[[noreturn, gnu::cold]] void never_given_up(execution& all, object& subject, site const& where) {
    heap::outside const out;
    std::string const state = state_of(subject);
    all.broken({"deadlock", all.number(subject),
                "after() waits for " + object_word(all.number(subject)) + ", still " + state,
                {{"waits here", where.file, where.line, false}}});
}

auto describe(action what, handle which, bool shared, site const& where) {
    return [=, &where](operation& next) {
        next.become(what, which.index, where);
        next.changes = true;
        next.shared = shared;
    };
}

bool available(object const& subject, bool shared) {
    return subject.owner < 0 && (shared || subject.readers == 0);
}

[[gnu::cold]] void record_taken(execution& all, object const& subject, bool shared, char const* how,
                              site const& where) {
    heap::outside const out;
    all.record_row(&subject, where,
             {"lock", shared ? std::string(how) + "_shared" : how, state_of(subject),
              subject.owner_died ? "its last owner died" : "", ""});
}

[[gnu::cold]] void record_given_up(execution& all, object const& subject, bool shared,
                                 site const& where) {
    heap::outside const out;
    all.record_row(&subject, where,
             {"unlock", shared ? "unlock_shared" : "unlock", state_of(subject), "", ""});
}

lock_result taken(execution& all, object& subject, bool shared, char const* how,
                  site const& where) {
    if (subject.unrecoverable) return lock_result::not_recoverable;
    int const self = all.self();
    all.note_look(subject);
    if (subject.readers == 0) all.changes_state(subject);
    if (shared) {
        subject.readers |= 1U << self;
    } else {
        subject.owner = self;
    }
    all.acquire(subject.handed_on);
    if (all.recording()) record_taken(all, subject, shared, how, where);
    return subject.owner_died ? lock_result::owner_died : lock_result::acquired;
}

}  // namespace

handle lock_created(void const* at, lock_kind kind, site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(object_kind::lock, at, where, made);
    made->lock = kind;
    made->owner = -1;
    made->owner_died = false;
    made->unrecoverable = false;
    made->readers = 0;
    for (timestamp& each : made->handed_on) each = 0;
    return which;
}

void lock_destroyed(handle which, void const* at, site const& where) {
    execution& all = active();
    if (all.playing()) {
        object& subject = all.find(which, at, where);
        if (subject.owner >= 0 || subject.readers != 0)
            misused(all, subject, "destroyed while " + state_of(subject), where);
    }
    all.destroy(which, at, where);
}

lock_result lock(handle which, void const* at, bool shared, instant limit, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    if (all.playing()) all.me().limit = limit;
    all.visible(where, describe(action::lock, which, shared, where));
    object& subject = all.find(which, at, where);
    if (all.playing()) {
        // With a deadline the step may come while the lock is taken: then, and only then, it gives
        // up.
        bool const gives_up = !subject.unrecoverable && !available(subject, shared);
        if (gives_up) {
            (void)all.timed_out();
            all.me().limit = never;
            all.note_look(subject);
            if (all.recording())
                all.record_row(&subject, where, {"lock", "lock times out", "", "", ""});
            return lock_result::not_acquired;
        }
        all.me().limit = never;
    } else if (!available(subject, shared)) {
        never_given_up(all, subject, where);
    }
    return taken(all, subject, shared, "lock", where);
}

lock_result try_lock(handle which, void const* at, bool shared, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    all.visible(where, describe(action::try_lock, which, shared, where));
    object& subject = all.find(which, at, where);
    if (!available(subject, shared)) {
        all.note_look(subject);
        if (all.recording())
            all.record_row(&subject, where, {"try_lock", "try_lock fails", "", "", ""});
        return lock_result::not_acquired;
    }
    return taken(all, subject, shared, "try_lock", where);
}

void unlock(handle which, void const* at, bool shared, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    all.visible(where, describe(action::unlock, which, shared, where));
    object& subject = all.find(which, at, where);
    int const self = all.self();
    bool const holds = shared ? (subject.readers >> self & 1U) != 0 : subject.owner == self;
    if (!holds && all.playing()) {
        misused(all, subject,
                "thread " + std::to_string(self) + " unlocks it, but it is " + state_of(subject),
                where);
    }
    if (shared) {
        subject.readers &= ~(1U << self);
    } else {
        subject.owner = -1;
        if (subject.owner_died)
            subject.unrecoverable = true;  // given up without being made consistent
    }
    if (subject.readers == 0) all.changes_state(subject);
    all.release(subject.handed_on);
    if (all.recording()) record_given_up(all, subject, shared, where);
}

void lock_consistent(handle which, void const* at, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    all.visible(where, describe(action::consistent, which, false, where));
    object& subject = all.find(which, at, where);
    if (subject.owner != all.self() && all.playing())
        misused(all, subject, "marked consistent by a thread that does not hold it", where);
    subject.owner_died = false;
    all.record_row(&subject, where, {"mark_consistent", "marks it consistent", "", "", ""});
}

}  // namespace racekit::model
