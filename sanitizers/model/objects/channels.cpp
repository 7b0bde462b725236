// SPDX-License-Identifier: MIT
// Byte channels: a bounded buffer, and for each end the processes that hold it open.
#include "channel_state.hpp"

#include "model/runtime/heap.hpp"

#include <algorithm>
#include <memory>

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

std::string state_word(channel_state const& channel) {
    return std::to_string(channel.size()) + "/" + std::to_string(channel.capacity) + " bytes";
}

/// A transfer of `count` bytes may stop after one; so, in several, anywhere.
std::size_t perhaps_torn(execution& all, std::size_t count) {
    bool const may_be = all.config().torn_io && all.running() && count > 1;
    return may_be && all.choose(decision::user, 2) == 1 ? 1 : count;
}

/// What a read asks for that only looks: everything matters to it.
constexpr std::size_t looks = SIZE_MAX;

/// Buffers that no channel uses: they keep their memory for the next execution.
std::vector<std::unique_ptr<channel_buffer>> unused_buffers;

channel_buffer* take_buffer(std::size_t capacity) {
    heap::outside const out;
    if (unused_buffers.empty()) unused_buffers.push_back(std::make_unique<channel_buffer>());
    channel_buffer* const buffer = unused_buffers.back().release();
    unused_buffers.pop_back();
    buffer->bytes.clear();
    buffer->segments.clear();
    buffer->bytes.reserve(capacity);
    return buffer;
}

void released(object& subject) {
    heap::outside const out;
    unused_buffers.emplace_back(state_of<channel_state>(subject).buffer);
}

/// Whether a writing end was lost that the reader has not heard of.
bool has_loss(channel_state const& channel) {
    return (channel.known_writers & ~channel.writing_ends) != 0;
}

bool is_ready(object const& subject, operation const& next, thread_state const& self, int) {
    channel_state const& channel = state_of<channel_state>(subject);
    if (self.limit != never) return true;
    if (self.channel_or_loss && has_loss(channel)) return true;
    return next.what == action::channel_read
               ? channel.size() > 0 || channel.writing_ends == 0
               : channel.reading_ends == 0 || channel.room() >= self.channel_need;
}

bool is_settled(object const& subject, operation const& next, thread_state const& self,
                int thread) {
    channel_state const& channel = state_of<channel_state>(subject);
    switch (next.what) {
        case action::channel_read:
            return channel.packets ? channel.size() > 0 && self.channel_amount != looks
                                   : channel.size() >= self.channel_amount;
        case action::channel_write: return channel.room() >= self.channel_amount;
        default:
            return ((next.shared ? channel.writing_ends : channel.reading_ends) & ~bit(thread)) !=
                   0;
    }
}

bool whole_write(channel_state const& channel, std::size_t size) {
    return channel.packets || size <= channel.atomic_write;
}

std::string waiting(object const&, operation const& next, scheduler const&, int) {
    return (next.what == action::channel_read ? "waits for bytes or the end of "
                                              : "waits for room in ") +
           object_word(next.object);
}

void thread_started(object& subject, int thread, int parent) {
    channel_state& channel = state_of<channel_state>(subject);
    for (thread_set* const ends : {&channel.reading_ends, &channel.writing_ends}) {
        if ((*ends >> parent & 1U) != 0) *ends |= bit(thread);
    }
    channel.known_writers |= channel.writing_ends;
}

void thread_died(execution&, object& subject, int thread) {
    channel_state& channel = state_of<channel_state>(subject);
    channel.reading_ends &= ~bit(thread);
    channel.writing_ends &= ~bit(thread);
}

}  // namespace

object_kind const channel_kind{.name = "channel",
                               .is_ready = is_ready,
                               .is_settled = is_settled,
                               .waiting = waiting,
                               .thread_started = thread_started,
                               .thread_died = thread_died,
                               .released = released};

handle channel_created(void const* at, std::size_t capacity, std::size_t atomic_write, bool packets,
                       site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(channel_kind, at, where, made);
    // All threads inherit what before() opens; no other process keeps it open.
    thread_set const holders =
        all.running() ? bit(all.self()) : first_threads(all.config().threads);
    state_of<channel_state>(*made) = {
        take_buffer(capacity), capacity, atomic_write, packets, holders, holders, holders};
    return which;
}

void channel_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

namespace {

moved read(handle which, void const* at, void* to, std::size_t most, instant limit, bool or_loss,
           site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    if (all.running()) {
        all.me().limit = limit;
        all.me().channel_amount = most;
        all.me().channel_or_loss = or_loss;
    }
    all.visible(describe(action::channel_read, which, where));
    object& subject = all.objects.find(which, at, where);
    channel_state& channel = state_of<channel_state>(subject);
    if (all.running()) {
        all.me().limit = never;
        all.me().channel_or_loss = false;
    }
    if ((channel.reading_ends >> all.self() & 1U) == 0 && all.running())
        return {0, std::errc::bad_file_descriptor};
    if (channel.size() == 0) {
        if (channel.writing_ends == 0) {
            all.record_row(&subject, where, {"channel_read", "read -> the end", "", "", ""});
            return {};
        }
        if (or_loss && has_loss(channel)) {
            channel.known_writers = channel.writing_ends;
            all.record_row(&subject, where, {"channel_read", "a writer is gone", "", "", ""});
            return {0, std::errc::connection_aborted};
        }
        if (all.running()) {
            all.me().limit = limit;
            (void)all.me().time_out();
            all.me().limit = never;
        }
        all.record_row(&subject, where, {"channel_read", "read times out", "", "", ""});
        return {0, std::errc::timed_out};
    }
    std::size_t const there =
        channel.packets ? channel.buffer->segments.front().bytes : channel.buffer->bytes.size();
    std::size_t const whole = std::min(most, there);
    std::size_t const count = channel.packets ? whole : perhaps_torn(all, whole);
    std::copy_n(channel.buffer->bytes.begin(), count, static_cast<unsigned char*>(to));
    std::size_t const gone = channel.packets ? there : count;  // the rest of a packet is lost
    channel.buffer->bytes.erase(channel.buffer->bytes.begin(),
                                channel.buffer->bytes.begin() + static_cast<std::ptrdiff_t>(gone));
    for (std::size_t left = gone; left > 0;) {
        segment& front = channel.buffer->segments.front();
        all.acquire(front.clock);
        std::size_t const taken = std::min(left, front.bytes);
        left -= taken;
        front.bytes -= taken;
        if (front.bytes == 0) channel.buffer->segments.erase(channel.buffer->segments.begin());
    }
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where,
                       {"channel_read", "read -> " + std::to_string(count) + " bytes",
                        state_word(channel), "", ""});
    }
    return {count, {}};
}

}  // namespace

moved channel_read(handle which, void const* at, void* to, std::size_t most, instant limit,
                   site const& where) {
    return read(which, at, to, most, limit, false, where);
}

moved channel_read_or_loss(handle which, void const* at, void* to, std::size_t most, instant limit,
                           site const& where) {
    return read(which, at, to, most, limit, true, where);
}

moved channel_write(handle which, void const* at, void const* from, std::size_t size, instant limit,
                    site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    object& before = all.objects.find(which, at, where);
    if (channel_state const& channel = state_of<channel_state>(before);
        channel.packets && size > channel.capacity)
        return {0, std::errc::message_size};
    if (all.running()) {
        all.me().limit = limit;
        all.me().channel_need = whole_write(state_of<channel_state>(before), size) ? size : 1;
        all.me().channel_amount = size;
    }
    all.visible(describe(action::channel_write, which, where));
    object& subject = all.objects.find(which, at, where);
    channel_state& channel = state_of<channel_state>(subject);
    if (all.running()) all.me().limit = never;
    if ((channel.writing_ends >> all.self() & 1U) == 0 && all.running())
        return {0, std::errc::bad_file_descriptor};
    if (channel.reading_ends == 0) {
        all.record_row(&subject, where,
                       {"channel_write", "write fails", "", "nobody holds the reading end", ""});
        return {0, std::errc::broken_pipe};
    }
    std::size_t const room = channel.capacity - channel.buffer->bytes.size();
    std::size_t const need = whole_write(channel, size) ? size : 1;
    if (room < need) {
        if (all.running()) {
            all.me().limit = limit;
            (void)all.me().time_out();
            all.me().limit = never;
        }
        all.record_row(&subject, where, {"channel_write", "write times out", "", "", ""});
        return {0, std::errc::timed_out};
    }
    // A write that may be cut goes in by pieces, at each of which another one may come between.
    std::size_t count = std::min(size, room);
    if (!whole_write(channel, size) && channel.atomic_write > 0)
        count = std::min(count, channel.atomic_write);
    if (!whole_write(channel, size)) count = perhaps_torn(all, count);
    auto const* const bytes = static_cast<unsigned char const*>(from);
    channel.buffer->bytes.insert(channel.buffer->bytes.end(), bytes,
                                 bytes + count);  // within what was reserved
    {
        heap::outside const out;
        segment& back = channel.buffer->segments.emplace_back();
        back.bytes = count;
        all.release(back.clock);
    }
    if (all.recording()) {
        heap::outside const out;
        all.record_row(&subject, where,
                       {"channel_write", "write " + std::to_string(count) + " bytes",
                        state_word(channel), count < size ? "of " + std::to_string(size) : "", ""});
    }
    return {count, {}};
}

bool channel_interrupted(site const& where) {
    execution& all = active();
    if (!all.config().torn_io || !all.running() || all.me().spurious_left == 0) return false;
    if (all.choose(decision::user, 2) == 0) return false;
    --all.me().spurious_left;
    all.record_row(nullptr, where, {"channel_interrupted", "a signal interrupts", "", "", ""});
    return true;
}

channel_view channel_look(handle which, void const* at, site const& where) {
    execution& all = active();
    (void)all.objects.find(which, at, where);
    if (all.running()) {
        all.me().limit = instant::min();  // it never waits
        all.me().channel_amount = looks;
    }
    all.visible(describe(action::channel_read, which, where));
    object& subject = all.objects.find(which, at, where);
    channel_state const& channel = state_of<channel_state>(subject);
    if (all.running()) all.me().limit = never;
    all.record_row(&subject, where, {"channel_read", "look", "", "", ""});
    return {channel.size(), channel.size() == 0 && channel.writing_ends == 0};
}

void channel_close(handle which, void const* at, bool writer, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    (void)all.objects.find(which, at, where);
    operation next = describe(action::channel_close, which, where);
    next.shared = writer;
    all.visible(next);
    object& subject = all.objects.find(which, at, where);
    channel_state& channel = state_of<channel_state>(subject);
    // Outside the processes there is no copy: they inherit all that before() opens.
    if (!all.running()) return;
    (writer ? channel.writing_ends : channel.reading_ends) &= ~bit(all.self());
    all.record_row(
        &subject, where,
        {"close", writer ? "closes the writing end" : "closes the reading end", "", "", ""});
}

bool channel_is_open(handle which, bool writer) {
    execution& all = active();
    clean_exit const exit(all);
    channel_state const& channel = state_of<channel_state>(all.objects[which.index]);
    if (!all.running()) return true;
    return ((writer ? channel.writing_ends : channel.reading_ends) >> all.self() & 1U) != 0;
}

}  // namespace racekit::model
