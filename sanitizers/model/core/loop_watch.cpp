// SPDX-License-Identifier: MIT
#include "loop_watch.hpp"

#include "engine.hpp"
#include "object_table.hpp"
#include "store_choice.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/program_statics.hpp"
#include "model/runtime/thread_locals.hpp"

#include <algorithm>
#include <cstring>

namespace racekit::model {
namespace {

constexpr std::size_t most_memory = std::size_t(256) << 10;  // that is compared

std::uint64_t mixed(std::uint64_t value) {
    value *= 0x9e3779b97f4a7c15U;
    return value ^ (value >> 32);
}

std::uint64_t bit_of(std::uintptr_t caller) { return std::uint64_t(1) << (mixed(caller) & 63U); }

template <class T>
std::uint32_t count_of(memory::raw_array<T> const& list) {
    return static_cast<std::uint32_t>(list.size());
}

/// The processor waits for a whole that was written by halves just before.
void copy_halves(word& to, word const& from) {
    to.low = from.low;
    to.high = from.high;
}

/// A sum over all words: what a write adds to it does not depend on the rest of memory.
std::uint64_t sum_of(std::span<unsigned char const> bytes, std::uint64_t seed) {
    std::uint64_t sum = 0;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= bytes.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t each = 0;
        std::memcpy(&each, bytes.data() + at, sizeof each);
        sum += mixed(each ^ mixed(seed + at));
    }
    for (; at < bytes.size(); ++at) sum += mixed(bytes[at] ^ mixed(seed + at));
    return sum;
}

}  // namespace

bool known_looks::has(std::uintptr_t caller) const {
    return (filter_ & bit_of(caller)) != 0 &&
           std::find(callers_.begin(), callers_.end(), caller) != callers_.end();
}

void known_looks::add(std::uintptr_t caller) {
    if (has(caller)) return;
    filter_ |= bit_of(caller);
    callers_.push_back(caller);
}

bool known_looks::is_unlikely(std::uintptr_t caller) const {
    for (trial const& each : trials_)
        if (each.caller == caller) return each.times >= most_trials;
    return false;
}

void known_looks::is_tried(std::uintptr_t caller) {
    for (trial& each : trials_) {
        if (each.caller == caller) {
            ++each.times;
            return;
        }
    }
    trials_.push_back({caller, 1});
}

loop_watch::loop_watch(object_table& objects) : objects_(objects) { known_.forget_trials(); }

void loop_watch::prepare(bool with_statics) {
    if (with_statics && statics_ == nullptr) {
        statics_ = &program_statics();
        for (auto const& each : *statics_) statics_size_ += each.size();
    }
}

void loop_watch::begin(int threads, strategy const& how, test_body* body) {
    body_ = body;
    rule_ = how.loops();
    can_learn_ = rule_ == loop_rule::sample || how.can_start_over();
    compares_ = body != nullptr && (rule_ == loop_rule::follow || !known_.empty());
    parked_ = assumed_ = given_up_ = 0;
    last_look_ = false;
    for (int thread = 0; thread < threads; ++thread) {
        watched& my = threads_[thread];
        forget(my);
        my.unknown.clear();
        my.late.clear();
        my.held = 0;
        my.times_passed = 0;
        my.stack = nullptr;
    }
}

void loop_watch::forget(watched& my) {
    my.highest = 0;
    my.expected = 0;
    my.lost_changes = my.lost_changes || my.changes.size() != 0;
    my.looks.clear();
    my.copies.clear();
    my.reads.clear();
    my.changes.clear();
    my.snapshots = 0;
    my.is_marked = my.read_clock = my.records = false;
}

/// Nearly all looks end here: an unknown call, for the first time.
loop_watch::answer loop_watch::look(int thread, call_frame const& from, transition const& next) {
    watched& my = threads_[thread];
    if (my.stack == nullptr) return answer::go_on;
    check_memory(my);
    if (my.looks.size() == most_looks) [[unlikely]]
        forget(my);
    std::uintptr_t const caller = from.caller();
    if (caller <= my.highest) {
        if (look_record* const earlier = find(my, caller, from.begin, next))
            return came_back(thread, *earlier, from, next);
    }
    look_record& fresh = add(my, caller);
    fresh.frame = from.begin;
    fresh.object = next.object;
    fresh.what = next.what;
    fresh.held = my.held;
    fresh.repeats = fresh.restored = 0;
    fresh.writes = my.writes;
    fresh.first_change = fresh.first_read = fresh.copy_size = 0;
    if (my.records || compares_) first_look(my, fresh, from);
    return answer::go_on;
}

/// Its effects are no reason to let it go on: it would make them until the execution is cut off.
loop_watch::answer loop_watch::look_late(int thread, call_frame const& from,
                                         transition const& next) {
    answer const what = look(thread, from, next);
    watched& my = threads_[thread];
    if (what != answer::go_on || my.stack == nullptr) return what;
    std::uintptr_t const caller = from.caller();
    for (std::size_t at = 0; at < my.late.size(); ++at) {
        late_look& each = my.late[at];
        if (each.caller != caller || each.frame != from.begin || each.object != next.object)
            continue;
        if (++each.times < most_late) return answer::go_on;
        each.times = 0;
        look_record* const now = find(my, caller, from.begin, next);
        if (now == nullptr) return answer::go_on;
        while (&my.looks.back() != now) my.looks.drop_back();  // it is what the thread waits for
        now->first_read = count_of(my.reads);
        park(thread, *now, true);
        return answer::assume;
    }
    if (my.late.size() < most_looks) my.late.push_back({caller, from.begin, next.object, 1});
    return answer::go_on;
}

void loop_watch::first_look(watched& my, look_record& fresh, call_frame const& from) {
    fresh.first_change = count_of(my.changes);
    fresh.first_read = count_of(my.reads);
    my.records = my.records || knows(fresh.caller);
    copy(my, fresh, from);
}

/// The thread has looked from the same place at the same object before.
loop_watch::answer loop_watch::came_back(int thread, look_record& earlier, call_frame const& from,
                                         transition const& next) {
    watched& my = threads_[thread];
    std::uintptr_t const caller = earlier.caller;
    if (!my.records) {  // what it changed since is not known: the first iteration begins here
        my.records = true;
        if (can_learn_) (void)left_memory_alone(my, caller, 0);
        ++earlier.repeats;
        earlier.held = my.held;
        return answer::go_on;
    }
    bool const is_pure = earlier.first_change == my.changes.size() && earlier.writes == my.writes;
    if (!undone(my, earlier.first_change)) {
        earlier.repeats = earlier.restored = 0;
        renew(my, earlier, from);
        return answer::go_on;
    }
    if (is_same(my, earlier, from)) {
        if (my.read_clock && my.times_passed < most_times) {
            ++my.times_passed;
            forget(my);
            return answer::time_passes;
        }
        if (!is_pure && ++earlier.restored < most_restored) {
            renew(my, earlier, from);
            return answer::go_on;
        }
        park(thread, earlier, !is_pure);
        return is_pure ? answer::wait : answer::assume;
    }
    if (can_learn_ && !knows(caller) && left_memory_alone(my, caller, earlier.repeats)) {
        heap::outside const out;
        learned_.push_back(caller);
        if (rule_ == loop_rule::search) return answer::start_over;
    }
    earlier.restored = 0;
    if (++earlier.repeats >= most_unequal && next.what != action::spin &&
        (!last_look_ || ++my.looks_alone >= most_alone)) {
        copy(my, earlier, from);
        park(thread, earlier, true);
        return answer::assume;
    }
    renew(my, earlier, from);
    return answer::go_on;
}

/// An earlier look from the same place at the same object, or null. A loop makes its looks in the
/// order in which it made them before.
loop_watch::look_record* loop_watch::find(watched& my, std::uintptr_t caller,
                                          unsigned char const* frame, transition const& next) {
    std::size_t at = my.expected < my.looks.size() ? my.expected : 0;
    for (std::size_t left = my.looks.size(); left > 0; --left) {
        look_record& each = my.looks[at];
        if (++at == my.looks.size()) at = 0;
        if (each.caller != caller || each.frame != frame || each.object != next.object ||
            each.what != next.what)
            continue;
        my.expected = at;
        return &each;
    }
    return nullptr;
}

loop_watch::look_record& loop_watch::add(watched& my, std::uintptr_t caller) {
    look_record& fresh = *my.looks.grow(1);
    fresh.caller = caller;
    my.highest = std::max(my.highest, caller);
    return fresh;
}

/// Whether the thread changed no memory since the last look from there that came back, of a call
/// that is not known to look again: a loop that stores something else in each iteration is no
/// reason to compare all states. One that came back many times in this execution is tried, however
/// often it came back once or twice in others.
bool loop_watch::left_memory_alone(watched& my, std::uintptr_t caller, unsigned repeats) {
    constexpr unsigned many = 8;
    if (known_.is_unlikely(caller) && repeats < many) return false;
    heap::outside const out;
    for (returned& each : my.unknown) {
        if (each.caller != caller) continue;
        bool const same = each.memory == my.memory;
        if (!same) known_.is_tried(caller);
        each.memory = my.memory;
        return same;
    }
    known_.is_tried(caller);
    my.unknown.push_back({caller, my.memory});
    return false;
}

/// Another iteration begins, in the state that is now.
void loop_watch::renew(watched& my, look_record& earlier, call_frame const& from) {
    copy(my, earlier, from);
    earlier.held = my.held;
    earlier.first_read = count_of(my.reads);
    earlier.first_change = count_of(my.changes);
}

void loop_watch::note_store(int thread, std::uint32_t number, word const& before,
                            word const& after) {
    watched& my = threads_[thread];
    if (my.looks.size() == 0 || my.changes.size() == most_changes) return has_effect(thread);
    if (last_look_) altered_ |= bit(thread);
    change_record& made = *my.changes.grow(1);
    made.object = number;
    copy_halves(made.before, before);
    copy_halves(made.after, after);
}

bool loop_watch::undone(watched const& my, std::size_t first_change) {
    for (std::size_t at = first_change; at < my.changes.size(); ++at) {
        change_record const& first = my.changes[at];
        bool seen_before = false;
        for (std::size_t other = first_change; other < at; ++other)
            seen_before = seen_before || my.changes[other].object == first.object;
        if (seen_before) continue;
        word last = first.after;
        for (std::size_t other = at + 1; other < my.changes.size(); ++other)
            if (my.changes[other].object == first.object) last = my.changes[other].after;
        if (!(last == first.before)) return false;
    }
    return true;
}

void loop_watch::note_read(watched& my, std::uint32_t number, bool newest, word const& value) {
    if (my.reads.size() == most_reads) return forget(my);
    read_record& made = *my.reads.grow(1);
    made.object = number;
    made.change = objects_[number].changes;
    made.newest = newest;
    copy_halves(made.value, value);
}

/// A look that found the thread with a lock that it does not hold now says nothing about a later
/// one: another thread may have come between.
void loop_watch::released(int thread) {
    watched& my = threads_[thread];
    --my.held;
    for (std::size_t at = 0; at < my.looks.size(); ++at) {
        look_record& each = my.looks[at];
        if (each.held > my.held) each.frame = nullptr;  // no later look is like it
    }
}

void loop_watch::park(int thread, look_record& earlier, bool assumed) {
    watched& my = threads_[thread];
    parked_ |= bit(thread);
    if (assumed) assumed_ |= bit(thread);
    if (!my.lost_changes && undone(my, 0) && my.memory == my.memory_when_let_go)
        altered_ &= ~bit(thread);
    my.parked_at = static_cast<std::uint32_t>(&earlier - my.looks.data());
}

bool loop_watch::saw_newest(int thread) const {
    watched const& my = threads_[thread];
    for (std::size_t at = my.looks[my.parked_at].first_read; at < my.reads.size(); ++at) {
        read_record const& each = my.reads[at];
        object const& seen = objects_[each.object];
        if (!each.newest) return false;
        bool const has_stores = seen.alive && seen.kind->has_stores;
        if (has_stores ? !(state_of<store_history>(seen).newest() == each.value)
                       : each.change != seen.changes)
            return false;
    }
    return true;
}

bool loop_watch::may_see_in_between() const {
    for (thread_set left = parked_; left != 0; left &= left - 1) {
        watched const& reader = threads_[first_of(left)];
        if (reader.changes.size() != 0) continue;
        for (std::size_t at = reader.looks[reader.parked_at].first_read; at < reader.reads.size();
             ++at) {
            for (thread_set others = parked_ & ~bit(first_of(left)); others != 0;
                 others &= others - 1) {
                auto const& changes = threads_[first_of(others)].changes;
                for (std::size_t each = 0; each < changes.size(); ++each)
                    if (changes[each].object == reader.reads[at].object) return true;
            }
        }
    }
    return false;
}

/// A thread that is only assumed to wait, or that no search blocks, could read what is outdated for
/// ever.
void loop_watch::reads_newer(int thread) {
    watched& my = threads_[thread];
    for (std::size_t at = my.looks[my.parked_at].first_read; at < my.reads.size(); ++at) {
        object& seen = objects_[my.reads[at].object];
        if (!seen.alive || !seen.kind->has_stores) continue;
        auto& history = state_of<store_history>(seen);
        if (history.changed_at > history.read_at[thread]) history.read_newer(thread);
    }
}

/// Of its looks, that one alone is left: the next iteration begins there.
void loop_watch::let_go_on(int thread) {
    if ((assumed_ >> thread & 1U) != 0 || rule_ != loop_rule::search) reads_newer(thread);
    parked_ &= ~bit(thread);
    assumed_ &= ~bit(thread);
    watched& my = threads_[thread];
    look_record only = my.looks[my.parked_at];
    std::memmove(my.copies.data(), my.copies.data() + only.copy, only.copy_size);
    forget(my);
    my.copies.resize(only.copy_size);
    only.copy = only.first_read = only.first_change = 0;
    my.records = true;
    only.repeats = 0;
    only.memory = my.memory;
    only.writes = my.writes;
    my.memory_when_let_go = my.memory;
    my.lost_changes = false;
    my.snapshots = 1;
    add(my, only.caller) = only;
}

std::uint32_t loop_watch::awaited(int thread) const {
    watched const& my = threads_[thread];
    std::size_t const first = my.looks[my.parked_at].first_read;
    if (first < my.reads.size()) return my.reads[first].object;
    for (std::size_t at = my.looks.size(); at > 0; --at) {
        if (my.looks[at - 1].object != no_object) return my.looks[at - 1].object;
    }
    return no_object;
}

void loop_watch::look_once_more(thread_set who) {
    last_look_ = true;
    altered_ = 0;
    for (thread_set left = who; left != 0; left &= left - 1) {
        threads_[first_of(left)].looks_alone = 0;
        let_go(first_of(left));
    }
}

bool loop_watch::use_learned() {
    if (learned_.empty()) return false;
    for (std::uintptr_t const each : learned_) known_.add(each);
    learned_.clear();
    return true;
}

/// Deeper than the operations of the engine reach, with what they write down in a trace.
[[gnu::noinline]] void loop_watch::erase_stack() const {
    constexpr std::size_t depth = 8192;
    unsigned char below[depth];
    std::memset(below, 0, depth);
    asm volatile("" : : "r"(below) : "memory");
}

// The state of a thread ---------------------------------------------------------------------------

void loop_watch::copy(watched& my, look_record& into, call_frame const& from) {
    if (!knows(into.caller)) return;
    heap::outside const out;
    auto const size = static_cast<std::size_t>(my.stack - from.begin);
    if (into.copy_size != size) {
        if (into.copy_size == 0) ++my.snapshots;
        into.copy = static_cast<std::uint32_t>(my.copies.size());
        into.copy_size = static_cast<std::uint32_t>(size);
        my.copies.resize(into.copy + size);
    }
    std::memcpy(my.copies.data() + into.copy, from.begin, size);
    into.memory = my.memory;
    into.writes = my.writes;
}

bool loop_watch::is_same(watched const& my, look_record const& earlier,
                         call_frame const& from) const {
    return earlier.copy_size != 0 && earlier.memory == my.memory && earlier.held == my.held &&
           std::memcmp(my.copies.data() + earlier.copy, from.begin, earlier.copy_size) == 0;
}

/// False: there is too much of it.
bool loop_watch::sum_of_memory(std::uint64_t& sum) const {
    std::span<unsigned char const> const parts[] = {body_->storage(), heap::used_bytes(),
                                                    thread_locals::own_bytes()};
    std::size_t size = statics_size_;
    for (auto const& each : parts) size += each.size();
    for (auto const& each : heap::blocks_of_c()) size += each.size();
    if (size > most_memory) return false;
    sum = 0;
    std::uint64_t seed = 0;
    for (auto const& each : parts) sum += sum_of(each, seed += std::uint64_t(1) << 40);
    for (auto const& each : heap::blocks_of_c())
        sum += sum_of(each, seed += std::uint64_t(1) << 40);
    if (statics_ != nullptr)
        for (auto const& each : *statics_) sum += sum_of(each, seed += std::uint64_t(1) << 40);
    return true;
}

void loop_watch::mark_memory(watched& my) {
    my.is_marked = sum_of_memory(my.mark);
    if (!my.is_marked) wrote(my, 1);
}

void loop_watch::compare_memory(watched& my) {
    std::uint64_t now = 0;
    if (!sum_of_memory(now)) wrote(my, 1);
    else if (now != my.mark) wrote(my, now - my.mark);
    my.is_marked = false;
}

void loop_watch::wrote(watched& my, std::uint64_t difference) {
    ++my.writes;
    my.memory += difference;
    if (last_look_) altered_ |= bit(static_cast<int>(&my - threads_.data()));
}

}  // namespace racekit::model
