// SPDX-License-Identifier: MIT
// Unsynchronised variables: every access is compared, by happens-before, with those before it.
#include "plain_state.hpp"

#include "early_end.hpp"
#include "framed.hpp"

#include "model/runtime/heap.hpp"

#include <cstring>

namespace racekit::model {
namespace {

[[gnu::cold]] void record_access(execution& all, object const& subject, char const* operation,
                               char const* action, word const& shown, site const& where) {
    heap::outside const out;
    std::string const value = state_of<plain_state>(subject).type->show(shown);
    bool const writes = std::strcmp(operation, "write") == 0;
    all.record_row(&subject, where, {operation, action + value, writes ? value : "", "", ""});
}

void report_race(execution& all, object& subject, bool write, site const& where, int other,
                 access const& earlier, char const* earlier_kind) {
    heap::outside const out;
    error what;
    what.kind = "data race";
    what.object = all.number(subject);
    what.places.push_back(
        {std::string(write ? "write" : "read") + " by thread " + std::to_string(all.self()),
         where.file, where.line, false});
    what.places.push_back({std::string("previous ") + earlier_kind + " by thread " +
                               std::to_string(other) + ", which nothing orders before it",
                           earlier.where.file, earlier.where.line, false});
    all.race(std::move(what));
}

/// Two accesses of which one writes race unless one happens before the other. FastTrack's rule
/// (Flanagan, Freund 2009) with the last read of each thread kept: both places are reported.
void touch(execution& all, object& subject, bool write, site const& where) {
    int const self = all.self();
    plain_state& state = state_of<plain_state>(subject);
    timestamp const* const clock = memory::clocks();
    if (state.writer >= 0 && clock[state.writer] < state.written.at) [[unlikely]]
        report_race(all, subject, write, where, state.writer, state.written, "write");
    if (!write) {
        state.read[self] = {memory::tick(), where};
        all.loops.reads(self, all.number(subject));
        return;
    }
    all.loops.stores(self, all.number(subject), {}, {});  // its bytes are compared
    ++subject.changes;
    for (int other = 0; other < all.thread_count(); ++other) {
        if (clock[other] < state.read[other].at) [[unlikely]] {
            report_race(all, subject, write, where, other, state.read[other], "read");
            break;
        }
    }
    state.written = {memory::tick(), where};
    state.writer = self;
}

/// An access that does not happen before the end of its variable is a use after free.
void check_end(execution& all, object& subject, site const& where, site const& last) {
    plain_state const& state = state_of<plain_state>(subject);
    timestamp const* const clock = memory::clocks();
    if (state.writer >= 0 && clock[state.writer] < state.written.at) [[unlikely]]
        return report_early_end(all, subject, where, last,
                                {"last written", state.writer, state.written.where, false});
    for (int other = 0; other < all.thread_count(); ++other) {
        if (clock[other] < state.read[other].at) [[unlikely]]
            return report_early_end(all, subject, where, last,
                                    {"last read", other, state.read[other].where, false});
    }
}

}  // namespace

object_kind const plain_kind{
    .name = "plain", .is_plain = true, .check_end = check_end};

handle plain_created(void const* at, value_type const& type, word, site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(plain_kind, at, where, made);
    plain_state& state = state_of<plain_state>(*made);
    state.type = &type;
    for (int thread = 0; thread < all.thread_count(); ++thread) state.read[thread].at = 0;
    state.writer = -1;
    touch(all, *made, true, where);
    return which;
}

handle plain_found(void const* at, site const& where) {
    object* made = nullptr;
    handle const which = active().objects.create(plain_kind, at, where, made);
    state_of<plain_state>(*made) = {};
    state_of<plain_state>(*made).writer = -1;
    return which;
}

void plain_step(plain_access const& what, site const& where, call_frame const* from) {
    execution& all = active();
    operation next;
    next.what = what.writes ? action::write : action::read;
    next.changes = what.writes;
    next.object = what.object.index;
    next.second = what.to_more ? every_object : what.second.index;
    next.where = where;
    if (from != nullptr && !what.writes) all.visible(next, *from);
    else all.visible(next);
    for (handle const& each : {what.object, what.second}) {
        if (each.index == no_object) continue;
        if (what.writes) {
            all.loops.stores(all.self(), each.index, {}, {});  // its bytes are compared
            ++all.objects[each.index].changes;
        } else {
            all.loops.reads(all.self(), each.index);
        }
    }
}

void plain_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

void plain_announced(handle which, void const* at, bool write, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    operation next;
    next.what = write ? action::write : action::read;
    next.changes = write;
    next.object = which.index;
    next.where = where;
    all.announce_plain(next, calling_frame());
}

void plain_read(handle which, void const* at, word shown, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    object& subject = all.objects.find(which, at, where);
    if (all.recording()) record_access(all, subject, "read", "read -> ", shown, where);
    touch(all, subject, false, where);
}

void plain_written(handle which, void const* at, word shown, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    object& subject = all.objects.find(which, at, where);
    if (all.recording()) record_access(all, subject, "write", "write ", shown, where);
    touch(all, subject, true, where);
}

void slot_is_empty(handle which, void const* at, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    object& subject = all.objects.find(which, at, where);
    heap::outside const out;
    if (all.recording())
        all.record_row(&subject, where, {"read", "take: nothing is there", "", "", ""});
    // No put happens before this take. If there is a put that races with it, the race is reported.
    touch(all, subject, true, where);
    all.broken({"uninitialised read",
                all.number(subject),
                "nothing was put there, or it was taken already",
                {{"taken by thread " + std::to_string(all.self()), where.file, where.line,
                  false}}});
}

void slot_taken(handle which, void const* at, word shown, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    object& subject = all.objects.find(which, at, where);
    if (all.recording()) record_access(all, subject, "read", "take -> ", shown, where);
    touch(all, subject, true, where);
}

}  // namespace racekit::model
