// SPDX-License-Identifier: MIT
// Threads and processes that a test body starts itself, their deaths, choices and the clock.
#include "model/core/execution.hpp"

#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"

namespace racekit::model {

namespace {

operation concerning(int thread, action what, bool changes, site const& where) {
    operation next;
    next.what = what;
    next.changes = changes;
    next.object = thread_object(thread);
    next.where = where;
    return next;
}

}  // namespace

int self() { return active().running() ? active().self() : 0; }

int spawn(void (*body)(void*), void* argument, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    all.no_longer_alone();
    operation next;
    next.what = action::spawn;
    next.where = where;
    all.visible(next);
    int const parent = all.self();
    for (int number = all.config().threads; number < all.thread_count(); ++number) {
        thread_state& spare = all.threads[number];
        if (spare.exists) continue;
        spare.exists = true;
        spare.body = body;
        spare.argument = argument;
        all.begin_thread(number, parent);
        if (all.config().alone_at_first) unsupported_outcomes::note_started_thread();
        if (all.recording()) {
            heap::outside const out;
            all.record_row(nullptr, caller_of(with_call_path(where)),
                     {"spawn", "starts thread " + std::to_string(number), "", "", ""});
        }
        return number;
    }
    heap::outside const out;
    std::string const most = std::to_string(all.config().spawned);
    all.broken({"test body error",
                no_object,
                all.config().alone_at_first
                    ? "one execution starts more than " + most +
                          " threads: raise `threads` of racekit::explore_options"
                    : "the test body starts more threads than it declares: raise "
                      "`static constexpr int spawned` (now " +
                          most + ")",
                {{"started here", where.file, where.line, false}}});
}

bool join(int thread, instant limit, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    thread_state& self = all.me();
    self.joining = thread;
    self.limit = limit;
    all.visible(concerning(thread, action::join, false, where));
    self.limit = never;
    if (!all.threads[thread].finished) {
        self.limit = limit;
        (void)all.me().time_out();
        self.limit = never;
        return false;
    }
    all.acquire(all.end_of(thread));
    if (all.recording()) {
        heap::outside const out;
        all.record_row(nullptr, where,
                       {"join", "joins thread " + std::to_string(thread), "", "", ""});
    }
    return true;
}

void thread_leaked(int thread) {
    execution& all = active();
    clean_exit const exit(all);
    heap::outside const out;
    all.broken({"thread leak",
                no_object,
                "thread " + std::to_string(all.self()) + " ends the object of thread " +
                    std::to_string(thread) +
                    ", which no thread has joined or detached: std::terminate",
                {}});
}

void kill(int thread, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    all.visible(concerning(thread, action::kill, true, where));
    if (!all.threads[thread].finished) all.threads[thread].to_be_killed = true;
    if (all.recording()) {
        heap::outside const out;
        all.record_row(nullptr, where,
                       {"kill", "kills thread " + std::to_string(thread), "", "", ""});
    }
}

bool has_ended(int thread, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    all.visible(concerning(thread, action::has_ended, false, where), calling_frame());
    all.loops.reads(all.self(), thread_object(thread));
    if (!all.threads[thread].finished) return false;
    // The kernel says so only when the last store of the process is done, and after locks of its
    // own, which order it before what follows here.
    all.acquire(all.end_of(thread));
    return true;
}

bool was_killed(int thread) { return active().threads[thread].dead; }

unsigned choose(unsigned count, site const&) {
    execution& all = active();
    clean_exit const exit(all);
    return static_cast<unsigned>(all.threads.choose_among(decision::user, count));
}

void assume(bool condition, site const& where) {
    if (!condition) active().give_up(where);
}

instant now() {
    execution& all = active();
    clean_exit const exit(all);
    if (!all.running()) return {};
    all.loops.reads_clock(all.self());
    return all.me().clock;
}

void name_object(handle which, char const* name) {
    execution& all = active();
    clean_exit const exit(all);
    if (which.index != no_object) all.objects[which.index].given_name = name;
}

}  // namespace racekit::model
