// SPDX-License-Identifier: MIT
// Unsynchronised variables: every access is compared, by happens-before, with those before it.
#include "model/core/execution.hpp"

#include "model/runtime/heap.hpp"

#include <cstring>

namespace racekit::model {
namespace {

[[gnu::cold]] void record_access(execution& all, object const& subject, char const* operation,
                               char const* action, word const& shown, site const& where) {
    heap::outside const out;
    std::string const value = subject.type->show(shown);
    bool const writes = std::strcmp(operation, "write") == 0;
    all.record_row(&subject, where, {operation, action + value, writes ? value : "", "", ""});
}

}  // namespace

void execution::race_between(object& subject, bool write, site const& where, int other,
                             access const& earlier, char const* earlier_kind) {
    heap::outside const out;
    error what;
    what.kind = "data race";
    what.object = number(subject);
    what.places.push_back(
        {std::string(write ? "write" : "read") + " by thread " + std::to_string(self_),
         where.file, where.line, false});
    what.places.push_back({std::string("previous ") + earlier_kind + " by thread " +
                               std::to_string(other) + ", which nothing orders before it",
                           earlier.where.file, earlier.where.line, false});
    race(std::move(what));
}

/// Two accesses of which one writes race unless one happens before the other. FastTrack's rule
/// (Flanagan, Freund 2009) with the last read of each thread kept, so that both places can be told.
void execution::touch_plain(object& subject, bool write, site const& where) {
    int const self = self_;
    timestamp const* const known = memory::clocks();
    if (subject.writer >= 0 && known[subject.writer] < subject.written.at)
        race_between(subject, write, where, subject.writer, subject.written, "write");
    if (write) {
        threads_[self].has_changed = true;
        for (int other = 0; other < thread_count(); ++other) {
            if (known[other] < subject.read[other].at) {
                race_between(subject, write, where, other, subject.read[other], "read");
                break;
            }
        }
        subject.written = {memory::tick(), where};
        subject.writer = self;
    } else {
        subject.read[self] = {memory::tick(), where};
    }
}

handle plain_created(void const* at, value_type const& type, word value, site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(object_kind::plain, at, where, made);
    made->type = &type;
    made->shown = value;
    for (int thread = 0; thread < all.thread_count(); ++thread) made->read[thread].at = 0;
    made->writer = -1;
    all.touch_plain(*made, true, where);
    return which;
}

void plain_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

void plain_announced(handle which, void const* at, bool write, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    operation next;
    next.what = write ? action::write : action::read;
    next.changes = write;
    next.object = which.index;
    next.where = where;
    all.announce_plain(next);
}

void plain_read(handle which, void const* at, word shown, site const& where) {
    execution& all = active();
    object& subject = all.find(which, at, where);
    if (all.recording()) record_access(all, subject, "read", "read -> ", shown, where);
    all.touch_plain(subject, false, where);
}

void plain_written(handle which, void const* at, word shown, site const& where) {
    execution& all = active();
    object& subject = all.find(which, at, where);
    subject.shown = shown;
    if (all.recording()) record_access(all, subject, "write", "write ", shown, where);
    all.touch_plain(subject, true, where);
}

void slot_is_empty(handle which, void const* at, site const& where) {
    execution& all = active();
    object& subject = all.find(which, at, where);
    heap::outside const out;
    if (all.recording())
        all.record_row(&subject, where, {"read", "take: nothing is there", "", "", ""});
    // What it would read was put there by nobody it knows of: if that is a race, it is told first.
    all.touch_plain(subject, true, where);
    all.broken({"uninitialised read",
                all.number(subject),
                "nothing was put there, or it was taken already",
                {{"taken by thread " + std::to_string(all.self()), where.file, where.line,
                  false}}});
}

void slot_taken(handle which, void const* at, word shown, site const& where) {
    execution& all = active();
    object& subject = all.find(which, at, where);
    if (all.recording()) record_access(all, subject, "read", "take -> ", shown, where);
    all.touch_plain(subject, true, where);
}

}  // namespace racekit::model
