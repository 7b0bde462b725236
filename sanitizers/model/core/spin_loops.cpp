// SPDX-License-Identifier: MIT
// Loops that wait. A turn is what a thread does between two calls of spin_hint(): it looks at
// things, and comes to nothing. Another turn that sees the same would end the same, so it is not
// begun before another thread has changed something that this turn looked at: spinning neither has
// executions without end nor hides a deadlock.
#include "execution.hpp"

#include <algorithm>

namespace racekit::model {
namespace {

/// Of a lock, to be free is what a turn waits for: that somebody has taken it helps nobody.
std::uint32_t version(object const& subject) {
    return subject.kind == object_kind::lock ? subject.changed_at & ~1U : subject.changed_at;
}

/// Whether it is now as it was after that change.
bool is_as_at(object const& subject, std::uint32_t change) {
    if (subject.kind == object_kind::lock) return (subject.changed_at - change) % 2 == 0;
    if (subject.kind != object_kind::atomic || subject.stores - change >= memory::window)
        return false;
    return subject.values[change % memory::window] ==
           subject.values[subject.stores % memory::window];
}

}  // namespace

void execution::note_read(object& subject, std::uint32_t store) {
    int const reader = self_;
    thread_state& self = threads_[reader];
    std::uint32_t const before = subject.read_at[reader];
    if (store > before) subject.read_at[reader] = store;
    if (subject.read_in[reader] != self.iteration) {
        subject.read_in[reader] = self.iteration;
        if (self.read_count < thread_state::most_reads)
            self.reads[self.read_count++] = number(subject);
    } else if (store > before) {
        self.saw_change = self.saw_change || subject.stores - before >= memory::window ||
                          !(subject.values[store % memory::window] ==
                            subject.values[before % memory::window]);
    }
}

/// As note_read, of a lock or monitor. There is nothing stale about it.
void execution::note_look(object& subject) {
    thread_state& self = threads_[self_];
    std::uint32_t const before = subject.read_at[self_];
    subject.read_at[self_] = subject.changed_at;
    if (subject.read_in[self_] == self.iteration) {
        if (before != subject.changed_at) self.saw_change = true;
        return;
    }
    subject.read_in[self_] = self.iteration;
    if (self.read_count < thread_state::most_reads)
        self.reads[self.read_count++] = number(subject);
}

/// To be called before changed_at grows.
void execution::note_change(object& subject) {
    thread_state& self = threads_[self_];
    if (subject.read_in[self_] != self.iteration)
        self.has_changed = true;  // the turn's end misses it
    if (subject.changed_by == self_ && subject.changed_in == self.iteration) return;
    subject.changed_by = self_;
    subject.changed_in = self.iteration;
    subject.unchanged_at = subject.changed_at;
}

void execution::changes_state(object& subject) {
    note_change(subject);
    subject.read_at[self_] = ++subject.changed_at;
    if (subject.kind == object_kind::monitor) threads_[self_].has_changed = true;
}

bool execution::iteration_may_begin(int thread) const {
    thread_state const& self = threads_[thread];
    if (self.saw_change) return true;
    for (int at = 0; at < self.read_count; ++at) {
        object const& seen = objects_[self.reads[at]];
        std::uint32_t const last = std::max(seen.read_at[thread], seen.settled[thread]);
        if (!seen.alive || version(seen) > last) return true;
    }
    return self.read_count == 0 || self.read_count == thread_state::most_reads;
}

/// Of a turn that left everything as it was, a lock taken and given up say, the others that wait
/// learn nothing: two that look by turns would otherwise wake each other for ever.
void execution::settle() {
    thread_state const& self = threads_[self_];
    if (self.has_changed) return;
    auto const each_changed = [&](auto visit) {
        for (int at = 0; at < self.read_count; ++at) {
            object& seen = objects_[self.reads[at]];
            if (seen.alive && seen.changed_by == self_ && seen.changed_in == self.iteration)
                visit(seen);
        }
    };
    bool in_vain = true;
    each_changed([&](object const& seen) {
        in_vain = in_vain && is_as_at(seen, seen.unchanged_at);
    });
    if (!in_vain) return;
    each_changed([&](object& seen) {
        for (thread_set left = unfinished_ & ~(1U << self_); left != 0; left &= left - 1) {
            int const other = __builtin_ctz(left);
            std::uint32_t const last = std::max(seen.read_at[other], seen.settled[other]);
            if (next_[other].what == action::spin && last >= seen.unchanged_at &&
                is_as_at(seen, last))
                seen.settled[other] = seen.changed_at;
        }
    });
}

/// Nobody can go on. What a lock guards need not be visible here, so that a turn may have changed
/// something after all: whoever was not told looks once more.
bool execution::unsettle() {
    constexpr int most = 16;
    bool any = false;
    for (thread_set left = unfinished_; left != 0 && unsettled_ < most; left &= left - 1) {
        int const thread = __builtin_ctz(left);
        if (next_[thread].what != action::spin) continue;
        thread_state const& self = threads_[thread];
        for (int at = 0; at < self.read_count; ++at) {
            object& seen = objects_[self.reads[at]];
            if (seen.kind != object_kind::lock || seen.settled[thread] <= seen.read_at[thread])
                continue;
            seen.settled[thread] = 0;
            any = true;
        }
    }
    if (any) ++unsettled_;
    return any;
}

void execution::next_iteration(site const& where) {
    if (!playing()) return;
    thread_state& self = me();
    settle();
    operation next;
    next.what = action::spin;
    next.where = where;
    // Looked at twice and changed in between: another turn sees other things, there is nothing to
    // wait for, and the step touches nothing.
    if (!self.saw_change) {
        next.object = self.read_count > 0 ? self.reads[0] : no_object;
        next.second = self.read_count > 1 ? self.reads[1] : no_object;
        if (self.read_count > 2) next.second = every_object;
    }
    visible(next);
    for (int at = 0; at < self.read_count && !self.saw_change; ++at) {
        object& seen = objects_[self.reads[at]];
        if (seen.alive && seen.kind == object_kind::atomic &&
            seen.changed_at > seen.read_at[self_])
            seen.must_pass[self_] = seen.read_at[self_] + 1;
    }
    self.read_count = 0;
    self.saw_change = self.has_changed = false;
    ++self.iteration;
}

}  // namespace racekit::model
