// SPDX-License-Identifier: MIT
// Monitors: objects whose every operation is one step, made when the object is ready for it.
#include "framed.hpp"
#include "monitor_state.hpp"

#include "model/runtime/heap.hpp"

#include <type_traits>

namespace racekit::model {

static_assert(std::is_same_v<timestamp, decltype(vector_clock::known)::value_type>);

namespace {

bool is_ready(object const& subject, operation const&, thread_state const& self, int) {
    return self.limit != never || !subject.alive || self.monitored->ready == nullptr ||
           self.monitored->ready(self.monitored->context);
}

bool is_settled(object const& subject, operation const&, thread_state const& self, int) {
    return subject.alive && self.monitored->has_room(self.monitored->context);
}

std::string waiting(object const&, operation const& next, scheduler const& threads, int thread) {
    return "waits in " + std::string(threads[thread].monitored->name) + "() of " +
           object_word(next.object);
}

void check_end(execution& all, object& subject, site const& where, site const& last) {
    check_lifespan(all, subject, state_of<monitor_state>(subject).life, where, last);
}

char const* given_kind(object const& subject) { return state_of<monitor_state>(subject).kind; }

}  // namespace

object_kind const monitor_kind{.name = "monitor",
                               .is_ready = is_ready,
                               .is_settled = is_settled,
                               .waiting = waiting,
                               .given_kind = given_kind,
                               .check_end = check_end};

handle monitor_created(void const* at, char const* kind, void const* owner,
                       std::string (*shown_by)(void const*), site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(monitor_kind, at, where, made);
    monitor_state& monitor = state_of<monitor_state>(*made);
    monitor.kind = kind;
    monitor.owner = owner;
    monitor.shown_by = shown_by;
    begin_lifespan(all, monitor.life);
    return which;
}

void monitor_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

namespace {

void record_step(execution& all, object const& subject, char const* name, char const* how,
                 site const& where) {
    if (!all.recording()) return;
    heap::outside const out;
    all.record_row(
        &subject, where,
        {name, std::string(name) + how, state_of<monitor_state>(subject).shown(), "", ""});
}

/// A step of a rendezvous, as it was executed: in which cycle, and whether another arrival could
/// follow it there. One that throws did something else.
class executed_rendezvous {
public:
    executed_rendezvous(execution& all, monitor_operation const& what) : all_(all) {
        if (what.part == rendezvous::none || !all.running()) return;
        done_ = all.announced();
        done_.age = what.cycle(what.context);
        done_.settled = what.has_room != nullptr && what.has_room(what.context);
        all.threads.executed(done_);
    }
    void threw() {
        if (done_.part == rendezvous::none) return;
        done_.part = rendezvous::none;
        done_.age = 0;
        all_.threads.executed(done_);
    }

private:
    execution& all_;
    operation done_;
};

}  // namespace

bool monitor_step(handle which, void const* at, monitor_operation const& what, instant limit,
                  site const& where, call_frame const& from) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    operation next;
    next.what = action::monitor;
    next.changes = what.changes;
    next.object = which.index;
    next.where = where;
    next.part = what.part;
    if (what.part == rendezvous::pass) next.age = what.cycle(what.context);
    if (all.running()) {
        all.me().limit = limit;
        all.me().monitored = &what;
    }
    all.visible(next, from);
    object& subject = all.objects.find(which, at, where);
    bool const ready = what.ready == nullptr || what.ready(what.context);
    if (all.running()) {
        // With a deadline the step may come before the object is ready: then it gives up.
        if (!ready) (void)all.me().time_out();
        all.me().limit = never;
    } else if (!ready && limit == never) {
        heap::outside const out;
        std::string const name = object_word(all.number(subject));
        all.broken({"deadlock",
                    all.number(subject),
                    "after() waits in " + std::string(what.name) + "() of " + name + ", " +
                        state_of<monitor_state>(subject).shown(),
                    {{"waits here", where.file, where.line, false}}});
    }
    all.loops.reads(all.self(), all.number(subject));
    use(all, subject, state_of<monitor_state>(subject).life, what.name, where);
    if (!ready) {
        record_step(all, subject, what.name, " times out", where);
        return false;
    }
    executed_rendezvous taken(all, what);
    bool done = false;
    try {
        done = what.effect(what.context);
    } catch (...) {
        taken.threw();
        record_step(all, subject, what.name, " throws", where);
        throw;
    }
    if (done && what.changes) {
        ++subject.changes;
        all.loops.has_effect(all.self());
    }
    record_step(all, subject, what.name, done ? "" : " fails", where);
    return true;
}

bool monitor_step(handle which, void const* at, monitor_operation const& what, instant limit,
                  site const& where) {
    return monitor_step(which, at, what, limit, where, calling_frame());
}

void release(vector_clock& into) { active().release(into.known.data()); }
void acquire(vector_clock const& from) { active().acquire(from.known.data()); }

}  // namespace racekit::model
