// SPDX-License-Identifier: MIT
// ring_pipe: a pipe through shared memory, for speed; the interface is that of pipe.
//
//     racekit::ring_pipe ends;                       // both ways; before the fork
//     racekit::process child([&] { auto mine = ends.keep_second(); ... });
//     auto mine = ends.keep_first();
//
// Wire:      two rings of bytes in a sealed memory file (ring_lane), and a packet socket beside
//            them, which tells each end that the other one has gone, carries descriptors, and wakes
//            a wait() over many ends. A message longer than a quarter of the ring travels in
//            several frames.
// Progress:  send() and receive() are wait-free while there is room and input, but for the lock of
//            the end; else they spin for some 20 us, then sleep, until a deadline.
// Invariant: a frame is in the ring whole or not at all. Threads that share an end take turns by
//            its locks. An end belongs to one process at a time: the first that uses it, until it
//            has closed it, died or called hand_on(); for another one it is
//            device_or_resource_busy.
// Ordering:  everything before a send() happens before the return of the receive() that gets the
//            message. Messages arrive in the order sent.
// Death:     as for pipe: what the other end sent is received first, then end_of_file, or reset if
//            it left without taking all that was sent to it. A process that dies in the middle of a
//            message of several frames leaves it truncated. A sleeper notices a death within
//            50 ms, another receive() at its next sleep. A receiver publishes what it has taken
//            only every quarter of the ring and before it waits. If it dies before, a process that
//            goes on with its end receives those messages again: number them if that matters.
//            A message of several frames that it had taken in part is truncated for that process.
// Errors:    see pipe_error. Indices and sizes that no peer writes are corrupt: nothing outside the
//            ring is touched, whatever the peer writes into it.
// Fork:      an end is an object of one process: do not place it in memory that processes share.
//            After a fork both processes hold both ends: keep_first() and keep_second() close one.
#pragma once

#include <racekit/lock/mutex.hpp>
#include <racekit/pipe/pipe_error.hpp>
#include <racekit/pipe/ring_lane.hpp>
#include <racekit/pipe/ring_owner.hpp>
#include <racekit/platform.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace racekit {

struct ring_options {
    /// Bytes of each of the two rings, rounded up to a power of two. A message longer than a
    /// quarter of it travels in several frames.
    std::size_t capacity = 1024 * 1024;
    /// How long a side spins before it sleeps.
    backoff spending = {};
    /// How long a sleeper does without a look at its peer; duration::max() is for the model only.
    duration recheck = ring_recheck;
};

namespace pipe_detail {

/// The memory of a ring_pipe: mapped once in each process, used by both ends.
struct ring_memory {
    struct sides {
        ring_words lanes[2];
        ring_owner owners[2];
    };

    explicit ring_memory(std::size_t bytes)
        : capacity(bytes),
          memory(2 * bytes),
          bytes_of{{memory.data(), bytes},
                   {static_cast<std::byte*>(memory.data()) + bytes, bytes}} {}

    std::size_t capacity;
    shared_memory memory;
    shared_object<sides> words;
    plain_bytes bytes_of[2];
};

}  // namespace pipe_detail

/// One end. Any thread of the process may use it; moving and closing it exclude every other use.
template <class Mutex = mutex, class orders = ring_lane_orders>
class basic_ring_end {
public:
    /// A closed end.
    basic_ring_end() = default;
    basic_ring_end(basic_ring_end&&) noexcept = default;
    basic_ring_end& operator=(basic_ring_end&& other) noexcept {
        if (this != &other) {
            close();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~basic_ring_end() { close(); }

    /// Sends a message, waiting for room until `limit`. Errors: timed_out, broken_pipe,
    /// bad_file_descriptor, device_or_resource_busy. A message of one frame is sent whole or not;
    /// of a longer one a deadline may leave a part, which the receiver reports as truncated.
    [[nodiscard, gnu::always_inline]] std::error_code send(void const* message, std::size_t size,
                                                           deadline limit = never,
                                                           site where = site::here()) {
        return send_bytes(message, size, limit, where);
    }
    [[nodiscard]] std::error_code send(std::string_view message, deadline limit = never,
                                       site where = site::here()) {
        return send_bytes(message.data(), message.size(), limit, where);
    }
    /// As pipe_end::send_with, for a message of at most a quarter of the ring (message_size): the
    /// message and its descriptors are sent both or neither.
    [[nodiscard]] std::error_code send_with(void const* message, std::size_t size,
                                            std::span<int const> descriptors,
                                            deadline limit = never, site where = site::here()) {
        if (descriptors.empty()) return send(message, size, limit, where);
        if (!state_) return std::make_error_code(std::errc::bad_file_descriptor);
        std::unique_lock hold(locks().sending, std::defer_lock);
        if (!lock_until(hold, limit)) return std::make_error_code(std::errc::timed_out);
        if (std::error_code const no = no_sending()) return no;
        if (size > state_->out.longest_frame())
            return std::make_error_code(std::errc::message_size);
        if (std::error_code const no = room_for(size, limit, where)) return no;
        std::uint64_t const position = state_->out.position();
        if (auto const error = state_->socket.send(
                {&position, sizeof position, nullptr, 0, descriptors}, limit, where))
            return error;
        state_->out.put(message, size,
                        ring_frame::first | ring_frame::last | ring_frame::with_descriptors, size,
                        bell(where), where);
        return {};
    }

    /// As pipe_end::receive.
    [[gnu::always_inline]] received receive(void* to, std::size_t most, deadline limit = never,
                                            site where = site::here()) {
        return receive_into(to, most, nullptr, limit, where);
    }
    received receive_with(void* to, std::size_t most, std::vector<descriptor>& with,
                          deadline limit = never, site where = site::here()) {
        return receive_into(to, most, &with, limit, where);
    }
    received receive(std::string& into, deadline limit = never, site where = site::here()) {
        return pipe_detail::receive_any(
            into, [&](void* to, std::size_t most) { return receive(to, most, limit, where); });
    }

    /// Whether the next message (its first frame, if it is long) or an error is there, waiting for
    /// that until `limit`.
    [[nodiscard]] bool poll(deadline limit = deadline::min(), site where = site::here()) {
        if (!state_) return true;
        std::scoped_lock hold(locks().receiving);
        if (own_receiving()) return true;
        ring_wait now = state_->in.look();
        if (now == ring_wait::timed_out && limit > clock::now()) now = wait_for_input(limit, where);
        return now != ring_wait::timed_out || has_ended(where);
    }

    /// Whether a frame is there. No system call: for a loop that looks at many ends.
    [[nodiscard]] bool has_input() {
        if (!state_) return true;
        std::unique_lock hold(locks().receiving, std::try_to_lock);
        return hold.owns_lock() && (own_receiving() || state_->in.look() != ring_wait::timed_out);
    }
    /// The longest message that goes in one frame.
    [[nodiscard]] std::size_t longest_frame() const { return state_->out.longest_frame(); }

    /// Nothing more will be sent from this end.
    void finish(site where = site::here()) {
        if (!state_) return;
        std::scoped_lock hold(locks().sending);
        if (own_sending()) return;
        state_->has_finished = true;
        state_->out.finish(bell(where));
    }
    /// Closes this process's copy. If this process used the end or kept it, the other end sees that
    /// at once.
    void close(site where = site::here()) {
        if (!state_) return;
        if (state_->sends_in == fork_generation() || state_->receives_in == fork_generation()) {
            state_->in.publish(bell(where));
            state_->in.refuse();
            state_->out.finish(bell(where));
            mine().leave();
        }
        state_->socket.close(where);
        state_.reset();
    }
    /// Another process may use this end now; its copy must be open there. What was received in part
    /// is lost. Errors: as send.
    std::error_code hand_on(site where = site::here()) {
        if (!state_) return std::make_error_code(std::errc::bad_file_descriptor);
        std::scoped_lock hold(locks().sending, locks().receiving);
        if (std::error_code const no = own_receiving()) return no;
        state_->in.publish(bell(where));
        state_->sends_in = state_->receives_in = nobody;
        mine().leave();
        return {};
    }

    [[nodiscard]] bool is_open() const { return state_ != nullptr; }
    /// For wait(): readable after arm() as soon as there is something to receive.
    [[nodiscard]] int number() const { return state_ ? state_->socket.number() : -1; }
    /// From here to disarm() the other end makes number() readable with its next message. Returns
    /// whether something is there already.
    [[nodiscard]] bool arm(site where = site::here()) {
        if (!state_) return true;
        std::scoped_lock hold(locks().receiving);
        if (own_receiving()) return true;
        silence(where);
        return state_->in.arm() != ring_wait::timed_out || has_ended(where);
    }
    void disarm(site where = site::here()) {
        if (!state_) return;
        std::scoped_lock hold(locks().receiving);
        if (own_receiving()) return;
        state_->in.disarm();
        silence(where);
    }

private:
    template <class, class>
    friend struct basic_ring_pipe;

    static constexpr std::uint64_t nobody = UINT64_MAX;
    static constexpr std::size_t skipped = SIZE_MAX;  // of partial_size: the rest is of no use

    struct end_locks {
        Mutex sending;
        Mutex receiving;
    };

    struct state {
        state(std::shared_ptr<pipe_detail::ring_memory> of, packet_socket life, int which,
              ring_options const& how)
            : memory(std::move(of)),
              socket(std::move(life)),
              side(which),
              spending(how.spending),
              out(memory->words->lanes[which], memory->bytes_of[which], memory->capacity,
                  how.recheck),
              in(memory->words->lanes[1 - which], memory->bytes_of[1 - which], memory->capacity,
                 how.recheck) {}

        std::shared_ptr<pipe_detail::ring_memory> memory;
        packet_socket socket;
        int side;
        backoff spending;
        per_process<end_locks> locks;
        // The fork_generation() of the process that owns the end and has set up this side of it,
        // each under its lock.
        std::uint64_t sends_in = nobody;
        std::uint64_t receives_in = nobody;
        ring_sender<orders> out;
        ring_receiver<orders> in;

        bool has_finished = false;  // under `sending`

        // Under `receiving`: a message of several frames of which some have come.
        std::vector<std::byte> partial;
        std::size_t partial_size = 0;
        bool follows_another = false;  // that may have died in the middle of a message
        bool is_corrupt = false;
        bool was_reset = false;
        struct passed_descriptors {
            std::uint64_t position;  // of the frame that they belong to
            std::vector<descriptor> all;
        };
        std::deque<passed_descriptors> passed;
    };

    basic_ring_end(std::shared_ptr<pipe_detail::ring_memory> memory, packet_socket socket, int side,
                   ring_options const& how)
        : state_(std::make_unique<state>(std::move(memory), std::move(socket), side, how)) {}

    [[nodiscard]] ring_owner& mine() const { return state_->memory->words->owners[state_->side]; }
    auto bell(site where) {
        return [this, where] {
            unsigned char const ring = 1;
            (void)state_->socket.send({&ring, 1}, deadline::min(), where);
        };
    }
    auto gone(site where) {
        return [this, where] { return state_->socket.peer_is_gone(where); };
    }

    [[nodiscard]] end_locks& locks() { return state_->locks.get(); }

    /// Makes this process the owner of the end, unless another one is. Under the lock of that side.
    [[nodiscard, gnu::always_inline]] std::error_code own_sending() {
        if (state_->sends_in == fork_generation()) [[likely]]
            return {};
        if (!mine().claim()) return std::make_error_code(std::errc::device_or_resource_busy);
        state_->out.begin();
        state_->sends_in = fork_generation();
        return {};
    }
    [[nodiscard, gnu::always_inline]] std::error_code own_receiving() {
        if (state_->receives_in == fork_generation()) [[likely]]
            return {};
        if (!mine().claim()) return std::make_error_code(std::errc::device_or_resource_busy);
        state_->in.begin();
        state_->receives_in = fork_generation();
        state_->follows_another = true;
        return {};
    }
    /// As own_sending() and own_receiving(), for an end that no thread uses yet.
    void keep() {
        if (!state_) return;
        std::scoped_lock hold(locks().sending, locks().receiving);
        (void)own_sending();
        (void)own_receiving();
    }

    static std::error_code error_of(ring_wait what) {
        switch (what) {
            case ring_wait::ended: return std::make_error_code(std::errc::broken_pipe);
            case ring_wait::timed_out: return std::make_error_code(std::errc::timed_out);
            case ring_wait::corrupt: return pipe_error::corrupt;
            case ring_wait::ready: break;
        }
        return {};
    }

    template <class Lock>
    static bool lock_until(Lock& hold, deadline limit) {
        if (hold.try_lock()) [[likely]]
            return true;
        if (limit != never) return hold.try_lock_until(limit);
        hold.lock();
        return true;
    }

    [[gnu::always_inline]] std::error_code send_bytes(void const* message, std::size_t size,
                                                      deadline limit, site where) {
        if (!state_) [[unlikely]]
            return std::make_error_code(std::errc::bad_file_descriptor);
        std::unique_lock hold(locks().sending, std::defer_lock);
        if (!lock_until(hold, limit)) return std::make_error_code(std::errc::timed_out);
        if (std::error_code const no = no_sending()) [[unlikely]]
            return no;
        ring_sender<orders>& out = state_->out;
        if (size > out.longest_frame()) return send_in_parts(message, size, limit, where);
        if (std::error_code const no = room_for(size, limit, where)) [[unlikely]]
            return no;
        out.put(message, size, ring_frame::first | ring_frame::last, size, bell(where), where);
        return {};
    }
    [[gnu::always_inline]] std::error_code no_sending() {
        if (std::error_code const no = own_sending()) [[unlikely]]
            return no;
        if (state_->out.is_refused() || state_->has_finished) [[unlikely]]
            return std::make_error_code(state_->has_finished ? std::errc::operation_not_permitted
                                                             : std::errc::broken_pipe);
        return {};
    }
    [[gnu::always_inline]] std::error_code room_for(std::size_t size, deadline limit, site where) {
        return error_of(state_->out.wait_for_room(size, limit, state_->spending, gone(where)));
    }

    std::error_code send_in_parts(void const* message, std::size_t size, deadline limit,
                                  site where) {
        ring_sender<orders>& out = state_->out;
        for (std::size_t done = 0; done < size;) {
            std::size_t const part = std::min(out.longest_frame(), size - done);
            if (std::error_code const no = room_for(part, limit, where)) return no;
            std::uint32_t const place =
                (done == 0 ? ring_frame::first : 0) | (done + part == size ? ring_frame::last : 0);
            out.put(static_cast<std::byte const*>(message) + done, part, place, size, bell(where),
                    where);
            done += part;
        }
        return {};
    }

    ring_wait wait_for_input(deadline limit, site where) {
        return state_->in.wait_for_input(limit, state_->spending, gone(where), bell(where));
    }
    [[nodiscard]] bool has_ended(site where) {
        return state_->in.is_finished() || state_->socket.peer_is_gone(where);
    }

    [[gnu::always_inline]] received receive_into(void* to, std::size_t most,
                                                 std::vector<descriptor>* with, deadline limit,
                                                 site where) {
        if (!state_) [[unlikely]]
            return {0, std::make_error_code(std::errc::bad_file_descriptor)};
        std::unique_lock hold(locks().receiving, std::defer_lock);
        if (!lock_until(hold, limit)) return {0, std::make_error_code(std::errc::timed_out)};
        if (std::error_code const no = own_receiving()) [[unlikely]]
            return {0, no};
        ring_frame frame;
        std::uint64_t whole = 0;
        if (std::error_code const no = next_frame(frame, whole, limit, where)) return {0, no};
        constexpr std::uint32_t simple = ring_frame::first | ring_frame::last;
        if (frame.flags != simple || state_->partial_size > 0 || with != nullptr) [[unlikely]]
            return receive_parts(frame, whole, to, most, with, limit, where);
        if (frame.bytes > most) return {frame.bytes, pipe_error::too_long};
        state_->in.take(frame, to, bell(where), where);
        return {frame.bytes, {}};
    }

    [[gnu::always_inline]] std::error_code next_frame(ring_frame& frame, std::uint64_t& whole,
                                                      deadline limit, site where) {
        if (state_->is_corrupt) [[unlikely]]
            return pipe_error::corrupt;
        ring_wait const there = wait_for_input(limit, where);
        if (there == ring_wait::ready && state_->in.read_header(frame, whole, where)) [[likely]]
            return {};
        if (there == ring_wait::timed_out) return std::make_error_code(std::errc::timed_out);
        if (there == ring_wait::ended) return end_of(where);
        state_->is_corrupt = true;
        return pipe_error::corrupt;
    }
    std::error_code end_of(site where) {
        if (state_->socket.peer_is_gone(where)) state_->out.give_up();
        if (std::exchange(state_->partial_size, 0) > 0) {
            state_->partial.clear();
            return pipe_error::truncated;
        }
        // What it did not take before it left, it never will.
        return state_->out.all_taken() ? pipe_error::end_of_file : pipe_error::reset;
    }

    /// A message of several frames, one with descriptors, or one that cuts another short.
    received receive_parts(ring_frame frame, std::uint64_t whole, void* to, std::size_t most,
                           std::vector<descriptor>* with, deadline limit, site where) {
        std::vector<std::byte>& partial = state_->partial;
        bool const is_first = (frame.flags & ring_frame::first) != 0;
        if (is_first && state_->partial_size > 0) {
            state_->partial_size = 0;
            partial.clear();
            return {0, pipe_error::truncated};  // this frame is for the next call
        }
        if (!is_first && state_->partial_size == 0 && state_->follows_another)
            state_->partial_size = skipped;
        if (state_->partial_size == skipped) return skip_rest(frame, whole, limit, where);
        state_->follows_another = false;
        if (is_first) state_->partial_size = 0;
        std::size_t const size = is_first ? whole : state_->partial_size;
        if (size > most) return {size, pipe_error::too_long};
        std::size_t done = partial.size();
        if (done > 0) std::memcpy(to, partial.data(), done);
        bool const has_descriptors = (frame.flags & ring_frame::with_descriptors) != 0;
        std::uint64_t const position = state_->in.position();
        for (bool first = is_first;;) {
            if (frame.bytes > size - done || (!first && (frame.flags & ring_frame::first) != 0))
                return cut_short(frame);
            state_->in.take(frame, static_cast<std::byte*>(to) + done, bell(where), where);
            done += frame.bytes;
            if ((frame.flags & ring_frame::last) != 0) break;
            first = false;
            state_->partial_size = size;
            if (std::error_code const no = next_frame(frame, whole, limit, where)) {
                auto const* const start = static_cast<std::byte const*>(to);
                if (no == std::errc::timed_out) partial.assign(start, start + done);
                return {0, no};
            }
        }
        partial.clear();
        state_->partial_size = 0;
        if (done != size) return corrupt();
        if (has_descriptors) return with_descriptors(size, position, with, where);
        if (with != nullptr) with->clear();
        return {size, {}};
    }
    /// Takes what is left of a message that the owner before had begun to take.
    received skip_rest(ring_frame frame, std::uint64_t whole, deadline limit, site where) {
        std::vector<std::byte> nowhere(state_->memory->capacity / 4);
        while ((frame.flags & ring_frame::first) == 0) {
            state_->in.take(frame, nowhere.data(), bell(where), where);
            if ((frame.flags & ring_frame::last) != 0) break;
            if (std::error_code const no = next_frame(frame, whole, limit, where)) return {0, no};
        }
        state_->partial_size = 0;
        state_->follows_another = false;
        return {0, pipe_error::truncated};
    }
    received cut_short(ring_frame const& frame) {
        state_->partial.clear();
        state_->partial_size = 0;
        if ((frame.flags & ring_frame::first) != 0) return {0, pipe_error::truncated};
        return corrupt();
    }
    received corrupt() {
        state_->is_corrupt = true;
        return {0, pipe_error::corrupt};
    }

    /// The descriptors of the message that was just taken: they were sent before it. A process that
    /// died may have sent some without their message (then others follow for the same position), or
    /// taken some and left their message.
    received with_descriptors(std::size_t size, std::uint64_t position,
                              std::vector<descriptor>* with, site where) {
        silence(where);
        auto& passed = state_->passed;
        std::vector<descriptor> came;
        bool are_there = false;
        for (; !passed.empty() && passed.front().position <= position; passed.pop_front()) {
            are_there = passed.front().position == position;
            came = std::move(passed.front().all);
        }
        if (!are_there) return {0, pipe_error::truncated};
        if (came.empty()) return {0, std::make_error_code(std::errc::too_many_files_open)};
        if (with != nullptr) *with = std::move(came);
        return {size, {}};
    }
    /// Takes out of the socket what is there: bells, which have done their work, and descriptors.
    void silence(site where) {
        for (;;) {
            std::uint64_t position = 0;
            packet_arrival came =
                state_->socket.receive({&position, sizeof position}, deadline::min(), where);
            if (came.error || came.bytes == 0) return;
            if (came.bytes != sizeof position) continue;
            if (came.lost_descriptors) came.descriptors.clear();
            state_->passed.push_back({position, std::move(came.descriptors)});
        }
    }

    std::unique_ptr<state> state_;
};

using ring_end = basic_ring_end<>;

/// A pipe both ways through shared memory. Throws std::system_error when it cannot be made, and
/// std::invalid_argument for a capacity that cannot be.
template <class Mutex = mutex, class orders = ring_lane_orders>
struct basic_ring_pipe {
    using end = basic_ring_end<Mutex, orders>;
    end first;
    end second;

    explicit basic_ring_pipe(ring_options const& how = {}, site where = site::here()) {
        constexpr std::size_t least = 128;
        if (how.capacity < least || how.capacity > (std::size_t(1) << 32))
            throw std::invalid_argument("ring_pipe: the capacity is from 128 bytes to 4 GiB");
        auto const memory = std::make_shared<pipe_detail::ring_memory>(std::bit_ceil(how.capacity));
        packet_socket_pair life(where);
        first = end(memory, std::move(life.first), 0, how);
        second = end(memory, std::move(life.second), 1, how);
    }

    /// This process keeps that end, and closes its copy of the other. An end that was used before
    /// in this process cannot be kept in another one.
    [[nodiscard]] end keep_first(site where = site::here()) {
        second.close(where);
        first.keep();
        return std::move(first);
    }
    [[nodiscard]] end keep_second(site where = site::here()) {
        first.close(where);
        second.keep();
        return std::move(second);
    }
};

using ring_pipe = basic_ring_pipe<>;

}  // namespace racekit
