// SPDX-License-Identifier: MIT
// The specification of a lock, which mutex, shared_mutex and their process-shared forms are here.
#include "framed.hpp"
#include "lock_state.hpp"

#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"

namespace racekit::model {
namespace {

[[noreturn, gnu::cold]] void misused(execution& all, object& subject, std::string what,
                                     site const& where) {
    heap::outside const out;
    all.broken({"lock misuse",
                all.number(subject),
                std::move(what),
                {{"by thread " + std::to_string(all.self()), where.file, where.line, false}}});
}

std::string state_word(object const& subject) {
    lock_state const& lock = state_of<lock_state>(subject);
    if (lock.owner >= 0) return "held by " + std::to_string(lock.owner);
    if (lock.readers != 0) {
        std::string text = "read by";
        for (int thread = 0; thread < most_threads; ++thread) {
            if ((lock.readers >> thread & 1U) != 0) text += " " + std::to_string(thread);
        }
        return text;
    }
    return "free";
}

[[noreturn, gnu::cold]] void never_given_up(execution& all, object& subject, site const& where) {
    heap::outside const out;
    std::string const state = state_word(subject);
    all.broken({"deadlock",
                all.number(subject),
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

[[gnu::cold]] void record_taken(execution& all, object const& subject, bool shared, char const* how,
                                site const& where) {
    heap::outside const out;
    all.record_row(&subject, where,
                   {"lock", shared ? std::string(how) + "_shared" : how, state_word(subject),
                    state_of<lock_state>(subject).owner_died ? "its last owner died" : "", ""});
}

[[gnu::cold]] void record_given_up(execution& all, object const& subject, bool shared,
                                   site const& where) {
    heap::outside const out;
    all.record_row(&subject, where,
                   {"unlock", shared ? "unlock_shared" : "unlock", state_word(subject), "", ""});
}

lock_result taken(execution& all, object& subject, bool shared, char const* how,
                  site const& where) {
    lock_state& lock = state_of<lock_state>(subject);
    if (lock.unrecoverable) return lock_result::not_recoverable;
    int const self = all.self();
    ++subject.changes;
    all.loops.took(self);
    if (shared) {
        lock.readers |= bit(self);
    } else {
        lock.owner = self;
    }
    all.acquire(lock.handed_on);
    use(all, subject, lock.life, how, where);
    if (all.recording()) record_taken(all, subject, shared, how, where);
    return lock.owner_died ? lock_result::owner_died : lock_result::acquired;
}

bool is_ready(object const& subject, operation const& next, thread_state const& self, int) {
    lock_state const& lock = state_of<lock_state>(subject);
    // With a deadline it may give up at any time.
    return self.limit != never || lock.unrecoverable || lock.is_available(next.shared);
}

std::string waiting(object const& subject, operation const& next, scheduler const& threads,
                    int thread) {
    lock_state const& lock = state_of<lock_state>(subject);
    std::string text = "waits for " + object_word(next.object);
    if (lock.owner == thread) return text + ", which it holds itself";
    if (lock.owner < 0) return text + ", which has readers";
    text += ", held by thread " + std::to_string(lock.owner);
    if (threads[lock.owner].dead) text += ", which died";
    else if (threads[lock.owner].finished) text += ", which has finished";
    return text;
}

/// The kernel releases a robust mutex of a process that died; all that the process did comes before
/// the kernel's mark on the word.
void thread_died(execution& all, object& subject, int thread) {
    lock_state& lock = state_of<lock_state>(subject);
    if (lock.owner != thread || lock.kind != lock_kind::robust_mutex) return;
    lock.owner = -1;
    ++subject.changes;
    lock.owner_died = true;
    all.release(lock.handed_on);
}

/// Its memory ends, with or without its destructor.
void check_end(execution& all, object& subject, site const& where, site const& last) {
    lock_state const& lock = state_of<lock_state>(subject);
    if (!lock.is_available(false))
        misused(all, subject, "destroyed while " + state_word(subject), where);
    check_lifespan(all, subject, lock.life, where, last);
}

/// Of a guard of std the brace that ends it, which names no object.
site unlock_place(site const& given) {
    site where = user_place(given);
    if (where.line != given.line || where.file != given.file) where.column = 0;
    return where;
}

}  // namespace

object_kind const lock_object{
    .name = "lock", .is_ready = is_ready, .waiting = waiting, .thread_died = thread_died,
    .check_end = check_end};

namespace {

lock_state& new_lock(execution& all, void const* at, lock_kind kind, site const& where,
                     handle& which) {
    object* made = nullptr;
    which = all.create(lock_object, at, where, made);
    lock_state& lock = state_of<lock_state>(*made);
    lock.kind = kind;
    lock.owner = -1;
    lock.owner_died = false;
    lock.unrecoverable = false;
    lock.readers = 0;
    for (timestamp& each : lock.handed_on) each = 0;
    return lock;
}

}  // namespace

handle lock_created(void const* at, lock_kind kind, site const& where) {
    execution& all = creating(where);
    handle which;
    begin_lifespan(all, new_lock(all, at, kind, where, which).life);
    return which;
}

handle lock_found(void const* at, lock_kind kind, site const& where) {
    handle which;
    found_lifespan(active(), new_lock(active(), at, kind, where, which).life);
    return which;
}

void lock_destroyed(handle which, void const* at, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    if (all.running()) {
        object& subject = all.objects.find(which, at, where);
        lock_state const& lock = state_of<lock_state>(subject);
        if (!lock.is_available(false))
            misused(all, subject, "destroyed while " + state_word(subject), where);
    }
    all.destroy(which, at, where);
}

lock_result lock(handle which, void const* at, bool shared, instant limit, site const& given,
                 call_frame const& from) {
    execution& all = active();
    clean_exit const exit(all);
    site of_user;
    site const& where = all.recording() ? (of_user = user_place(given)) : given;
    (void)all.objects.find(which, at, where);
    if (all.running()) all.me().limit = limit;
    all.visible(where, describe(action::lock, which, shared, where), from);
    object& subject = all.objects.find(which, at, where);
    lock_state const& state = state_of<lock_state>(subject);
    if (all.running()) {
        // With a deadline the step may come while the lock is taken: then, and only then, it gives
        // up.
        bool const gives_up = !state.unrecoverable && !state.is_available(shared);
        if (gives_up) {
            (void)all.me().time_out();
            all.me().limit = never;
            all.loops.reads(all.self(), all.number(subject));
            use(all, subject, state_of<lock_state>(subject).life, "lock", where);
            if (all.recording())
                all.record_row(&subject, where, {"lock", "lock times out", "", "", ""});
            return lock_result::not_acquired;
        }
        all.me().limit = never;
    } else if (!state.is_available(shared)) {
        never_given_up(all, subject, where);
    }
    return taken(all, subject, shared, "lock", where);
}

lock_result lock(handle which, void const* at, bool shared, instant limit, site const& given) {
    return lock(which, at, shared, limit, given, calling_frame());
}

lock_result try_lock(handle which, void const* at, bool shared, site const& given,
                     call_frame const& from) {
    execution& all = active();
    clean_exit const exit(all);
    site of_user;
    site const& where = all.recording() ? (of_user = user_place(given)) : given;
    (void)all.objects.find(which, at, where);
    all.visible(where, describe(action::try_lock, which, shared, where), from);
    object& subject = all.objects.find(which, at, where);
    if (!state_of<lock_state>(subject).is_available(shared)) {
        all.loops.reads(all.self(), all.number(subject));
        use(all, subject, state_of<lock_state>(subject).life, "try_lock", where);
        if (all.recording())
            all.record_row(&subject, where, {"try_lock", "try_lock fails", "", "", ""});
        return lock_result::not_acquired;
    }
    return taken(all, subject, shared, "try_lock", where);
}

lock_result try_lock(handle which, void const* at, bool shared, site const& given) {
    return try_lock(which, at, shared, given, calling_frame());
}

void unlock(handle which, void const* at, bool shared, site const& given) {
    execution& all = active();
    clean_exit const exit(all);
    site of_user;
    site const& where = all.recording() ? (of_user = unlock_place(given)) : given;
    (void)all.objects.find(which, at, where);
    all.visible(where, describe(action::unlock, which, shared, where));
    object& subject = all.objects.find(which, at, where);
    int const self = all.self();
    lock_state& lock = state_of<lock_state>(subject);
    bool const holds = shared ? (lock.readers >> self & 1U) != 0 : lock.owner == self;
    if (!holds && all.running()) {
        misused(all, subject,
                "thread " + std::to_string(self) + " unlocks it, but it is " + state_word(subject),
                where);
    }
    if (shared) {
        lock.readers &= ~bit(self);
    } else {
        lock.owner = -1;
        if (lock.owner_died) lock.unrecoverable = true;  // released without being made consistent
    }
    ++subject.changes;
    all.loops.released(self);
    use(all, subject, lock.life, "unlock", where);
    all.release(lock.handed_on);
    if (all.recording()) record_given_up(all, subject, shared, where);
}

void lock_consistent(handle which, void const* at, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    all.visible(where, describe(action::consistent, which, false, where));
    object& subject = all.objects.find(which, at, where);
    lock_state& lock = state_of<lock_state>(subject);
    if (lock.owner != all.self() && all.running())
        misused(all, subject, "marked consistent by a thread that does not hold it", where);
    lock.owner_died = false;
    all.record_row(&subject, where, {"mark_consistent", "marks it consistent", "", "", ""});
}

}  // namespace racekit::model
