// SPDX-License-Identifier: MIT
// Threads and processes that a story starts itself, their deaths, choices and the clock.
#include "model/core/execution.hpp"

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

void execution::begin_thread(int number, int parent) {
    unstarted_ |= 1U << number;
    unfinished_ |= 1U << number;
    release(spans_[number].began_with);
    for (std::uint32_t index = first_object; index < object_count_; ++index) {
        object& each = objects_[index];
        if (!each.alive || each.kind != object_kind::channel) continue;
        if ((each.reading_ends >> parent & 1U) != 0) each.reading_ends |= 1U << number;
        if ((each.writing_ends >> parent & 1U) != 0) each.writing_ends |= 1U << number;
    }
}

int self() { return active().playing() ? active().self() : 0; }

int spawn(void (*body)(void*), void* argument, site const& where) {
    execution& all = active();
    operation next;
    next.what = action::spawn;
    next.where = where;
    all.visible(next);
    int const parent = all.self();
    for (int number = all.config().threads; number < all.thread_count(); ++number) {
        thread_state& spare = all.thread(number);
        if (spare.exists) continue;
        spare.exists = true;
        spare.body = body;
        spare.argument = argument;
        all.begin_thread(number, parent);
        if (all.recording()) {
            heap::outside const out;
            all.record_row(nullptr, where,
                     {"spawn", "starts thread " + std::to_string(number), "", "", ""});
        }
        return number;
    }
    heap::outside const out;
    all.broken(
        {"story error",
         no_object,
         "the story starts more threads than it says: raise `static constexpr int spawned` (now " +
             std::to_string(all.config().spawned) + ")",
         {{"started here", where.file, where.line, false}}});
}

bool join(int thread, instant limit, site const& where) {
    execution& all = active();
    thread_state& self = all.me();
    self.joining = thread;
    self.limit = limit;
    all.visible(concerning(thread, action::join, false, where));
    self.limit = never;
    if (!all.thread(thread).finished) {
        self.limit = limit;
        (void)all.timed_out();
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
    heap::outside const out;
    all.broken({"thread leak",
                no_object,
                "thread " + std::to_string(all.self()) + " ends the object of thread " +
                    std::to_string(thread) +
                    ", which nobody has joined or detached: std::terminate",
                {}});
}

void kill(int thread, site const& where) {
    execution& all = active();
    all.visible(concerning(thread, action::kill, true, where));
    if (!all.thread(thread).finished) all.thread(thread).to_be_killed = true;
    if (all.recording()) {
        heap::outside const out;
        all.record_row(nullptr, where,
                       {"kill", "kills thread " + std::to_string(thread), "", "", ""});
    }
}

bool has_ended(int thread, site const& where) {
    execution& all = active();
    all.visible(concerning(thread, action::has_ended, false, where));
    return all.thread(thread).finished;
}

bool was_killed(int thread) { return active().thread(thread).dead; }

unsigned choose(unsigned count, site const&) { return active().choose(decision::user, count); }

instant now() {
    execution& all = active();
    return all.playing() ? all.me().clock : instant{};
}

void name_object(handle which, char const* name) {
    execution& all = active();
    if (which.index != no_object) all.numbered(which.index).given_name = name;
}

}  // namespace racekit::model
