// SPDX-License-Identifier: MIT
// Byte channels: a bounded buffer, and for each end the processes that hold it open.
#include "model/core/execution.hpp"

#include "model/runtime/heap.hpp"

#include <algorithm>

namespace racekit::model {
namespace {

operation describe(action what, handle which, site const& where) {
    operation next;
    next.what = what;
    next.changes = true;
    next.object = which.index;
    next.where = where;
    return next;
}

std::string state_of(object const& subject) {
    return std::to_string(subject.bytes->size()) + "/" + std::to_string(subject.capacity) +
           " bytes";
}

}  // namespace

handle channel_created(void const* at, std::size_t capacity, std::size_t atomic_write,
                       site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(object_kind::channel, at, where, made);
    heap::outside const out;
    // Kept for the next execution.
    if (made->bytes == nullptr) made->bytes = new std::vector<unsigned char>();
    if (made->segments == nullptr) made->segments = new std::vector<segment>();
    made->bytes->clear();
    made->segments->clear();
    made->bytes->reserve(capacity);
    made->capacity = capacity;
    made->atomic_write = atomic_write;
    // What before() opens, the whole cast inherits and nobody else keeps.
    thread_set const holders = all.playing() ? 1U << all.self() : (1U << all.config().threads) - 1;
    made->reading_ends = holders;
    made->writing_ends = holders;
    return which;
}

void channel_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

moved channel_read(handle which, void const* at, void* to, std::size_t most, instant limit,
                   site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    if (all.playing()) {
        all.me().limit = limit;
        all.me().channel_amount = most;
    }
    all.visible(describe(action::channel_read, which, where));
    object& subject = all.find(which, at, where);
    if (all.playing()) all.me().limit = never;
    if ((subject.reading_ends >> all.self() & 1U) == 0 && all.playing())
        return {0, std::errc::bad_file_descriptor};
    if (subject.bytes->empty()) {
        if (subject.writing_ends == 0) {
            all.record_row(&subject, where, {"channel_read", "read -> the end", "", "", ""});
            return {};
        }
        if (all.playing()) {
            all.me().limit = limit;
            (void)all.timed_out();
            all.me().limit = never;
        }
        all.record_row(&subject, where, {"channel_read", "read times out", "", "", ""});
        return {0, std::errc::timed_out};
    }
    std::size_t const count = std::min(most, subject.bytes->size());
    std::copy_n(subject.bytes->begin(), count, static_cast<unsigned char*>(to));
    subject.bytes->erase(subject.bytes->begin(),
                         subject.bytes->begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t left = count; left > 0;) {
        segment& front = subject.segments->front();
        all.acquire(front.clock);
        std::size_t const taken = std::min(left, front.bytes);
        left -= taken;
        front.bytes -= taken;
        if (front.bytes == 0) subject.segments->erase(subject.segments->begin());
    }
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where,
                 {"channel_read", "read -> " + std::to_string(count) + " bytes", state_of(subject),
                  "", ""});
    }
    return {count, {}};
}

moved channel_write(handle which, void const* at, void const* from, std::size_t size, instant limit,
                    site const& where) {
    execution& all = active();
    object& before = all.find(which, at, where);
    if (all.playing()) {
        all.me().limit = limit;
        all.me().channel_need = size <= before.atomic_write ? size : 1;
        all.me().channel_amount = size;
    }
    all.visible(describe(action::channel_write, which, where));
    object& subject = all.find(which, at, where);
    if (all.playing()) all.me().limit = never;
    if ((subject.writing_ends >> all.self() & 1U) == 0 && all.playing())
        return {0, std::errc::bad_file_descriptor};
    if (subject.reading_ends == 0) {
        all.record_row(&subject, where,
                 {"channel_write", "write fails", "", "nobody holds the reading end", ""});
        return {0, std::errc::broken_pipe};
    }
    std::size_t const room = subject.capacity - subject.bytes->size();
    std::size_t const need = size <= subject.atomic_write ? size : 1;
    if (room < need) {
        if (all.playing()) {
            all.me().limit = limit;
            (void)all.timed_out();
            all.me().limit = never;
        }
        all.record_row(&subject, where, {"channel_write", "write times out", "", "", ""});
        return {0, std::errc::timed_out};
    }
    // A write that may be cut goes in by pieces, at each of which another one may come between.
    std::size_t count = std::min(size, room);
    if (size > subject.atomic_write && subject.atomic_write > 0)
        count = std::min(count, subject.atomic_write);
    auto const* const bytes = static_cast<unsigned char const*>(from);
    subject.bytes->insert(subject.bytes->end(), bytes, bytes + count);  // within what was reserved
    {
        heap::outside const out;
        segment& back = subject.segments->emplace_back();
        back.bytes = count;
        all.release(back.clock);
    }
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where,
                 {"channel_write", "write " + std::to_string(count) + " bytes", state_of(subject),
                  count < size ? "of " + std::to_string(size) : "", ""});
    }
    return {count, {}};
}

void channel_close(handle which, void const* at, bool writer, site const& where) {
    execution& all = active();
    (void)all.find(which, at, where);
    operation next = describe(action::channel_close, which, where);
    next.shared = writer;
    all.visible(next);
    object& subject = all.find(which, at, where);
    // Outside the cast there is no copy: before() hands all it opens on.
    if (!all.playing()) return;
    (writer ? subject.writing_ends : subject.reading_ends) &= ~(1U << all.self());
    all.record_row(&subject, where,
             {"close", writer ? "closes the writing end" : "closes the reading end", "", "", ""});
}

bool channel_is_open(handle which, bool writer) {
    execution& all = active();
    object const& subject = all.numbered(which.index);
    if (!all.playing()) return true;
    return ((writer ? subject.writing_ends : subject.reading_ends) >> all.self() & 1U) != 0;
}

}  // namespace racekit::model
