// SPDX-License-Identifier: MIT
#include "spin_loops.hpp"

#include "object_table.hpp"

#include <algorithm>

namespace racekit::model {
namespace {

/// A waiting iteration waits for a lock to be free: that somebody has taken it helps nobody.
std::uint32_t version(object const& subject) {
    return subject.kind->is_lock ? subject.changes.changed_at & ~1U : subject.changes.changed_at;
}

bool is_as_after(object const& subject, std::uint32_t change) {
    if (subject.kind->is_lock) return (subject.changes.changed_at - change) % 2 == 0;
    return subject.kind->is_as_after != nullptr && subject.kind->is_as_after(subject, change);
}

std::uint32_t last_seen(change_record const& changes, int thread) {
    return std::max(changes.read_at[thread], changes.settled[thread]);
}

}  // namespace

void change_record::clear() {
    changed_at = 0;
    changed_by = -1;
    for (int thread = 0; thread < most_threads; ++thread)
        read_at[thread] = read_in[thread] = settled[thread] = 0;
}

void spin_loops::begin(int threads) {
    unsettled_ = 0;
    for (int thread = 0; thread < threads; ++thread) {
        loop& each = loops_[thread];
        each.iteration = 1;
        each.saw_change = each.has_changed = false;
        each.count = 0;
    }
}

/// As reads(). There is nothing stale about it.
void spin_loops::looks(object& subject, int thread) {
    loop& self = loops_[thread];
    change_record& changes = subject.changes;
    std::uint32_t const before = changes.read_at[thread];
    changes.read_at[thread] = changes.changed_at;
    if (changes.read_in[thread] == self.iteration) {
        if (before != changes.changed_at) self.saw_change = true;
        return;
    }
    changes.read_in[thread] = self.iteration;
    self.add(objects_.number(subject));
}

void spin_loops::places(change_record& changes, int thread, std::uint32_t store,
                        std::uint32_t changed_at) {
    note_change(changes, thread);
    auto const move = [store](std::uint32_t& each) { each += each >= store; };
    for (std::uint32_t& each : changes.read_at) move(each);
    for (std::uint32_t& each : changes.settled) move(each);
    move(changes.unchanged_at);
    changes.changed_at = changed_at;
    changes.read_at[thread] = std::max(changes.read_at[thread], store);
}

void spin_loops::changes_state(object& subject, int thread) {
    note_change(subject.changes, thread);
    subject.changes.read_at[thread] = ++subject.changes.changed_at;
}

bool spin_loops::may_begin(int thread) const {
    loop const& self = loops_[thread];
    if (self.saw_change) return true;
    for (int at = 0; at < self.count; ++at) {
        object const& seen = objects_[self.reads[at]];
        if (!seen.alive || version(seen) > last_seen(seen.changes, thread)) return true;
    }
    return self.count == 0 || self.count == loop::most_reads;
}

/// Of an iteration that left everything as it was, a lock taken and released say, the others that
/// wait learn nothing: two that look by turns would otherwise wake each other for ever.
void spin_loops::settle(int thread, thread_set unfinished, operation const* next) {
    loop const& self = loops_[thread];
    if (self.has_changed) return;
    auto const each_changed = [&](auto visit) {
        for (int at = 0; at < self.count; ++at) {
            object& seen = objects_[self.reads[at]];
            if (seen.alive && seen.changes.changed_by == thread &&
                seen.changes.changed_in == self.iteration)
                visit(seen);
        }
    };
    bool in_vain = true;
    each_changed([&](object const& seen) {
        in_vain = in_vain && is_as_after(seen, seen.changes.unchanged_at);
    });
    if (!in_vain) return;
    each_changed([&](object& seen) {
        for (thread_set left = unfinished & ~(1U << thread); left != 0; left &= left - 1) {
            int const other = __builtin_ctz(left);
            std::uint32_t const last = last_seen(seen.changes, other);
            if (next[other].what == action::spin && last >= seen.changes.unchanged_at &&
                is_as_after(seen, last))
                seen.changes.settled[other] = seen.changes.changed_at;
        }
    });
}

/// What a lock guards need not be visible here, so that an iteration may have changed something
/// after all: a thread that was left out looks once more.
bool spin_loops::unsettle(thread_set unfinished, operation const* next) {
    constexpr int most = 16;
    bool any = false;
    for (thread_set left = unfinished; left != 0 && unsettled_ < most; left &= left - 1) {
        int const thread = __builtin_ctz(left);
        if (next[thread].what != action::spin) continue;
        loop const& self = loops_[thread];
        for (int at = 0; at < self.count; ++at) {
            object& seen = objects_[self.reads[at]];
            if (!seen.kind->is_lock || seen.changes.settled[thread] <= seen.changes.read_at[thread])
                continue;
            seen.changes.settled[thread] = 0;
            any = true;
        }
    }
    if (any) ++unsettled_;
    return any;
}

operation spin_loops::end_iteration(int thread, thread_set unfinished, operation const* next) {
    settle(thread, unfinished, next);
    loop const& self = loops_[thread];
    operation end;
    end.what = action::spin;
    // Looked at twice and changed in between: another iteration sees other things, there is nothing
    // to wait for, and the step touches nothing.
    if (!self.saw_change) {
        end.object = self.count > 0 ? self.reads[0] : no_object;
        end.second = self.count > 1 ? self.reads[1] : no_object;
        if (self.count > 2) end.second = every_object;
    }
    return end;
}

void spin_loops::begin_iteration(int thread) {
    loop& self = loops_[thread];
    for (int at = 0; at < self.count && !self.saw_change; ++at) {
        object& seen = objects_[self.reads[at]];
        if (seen.alive && seen.kind->read_newer != nullptr) seen.kind->read_newer(seen, thread);
    }
    self.count = 0;
    self.saw_change = self.has_changed = false;
    ++self.iteration;
}

}  // namespace racekit::model
