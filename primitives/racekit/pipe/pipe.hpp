// SPDX-License-Identifier: MIT
// pipe: messages of any size both ways, each whole or not at all, over a kernel socket.
//
//     racekit::pipe ends;
//     racekit::process child([&] {
//         racekit::pipe_end mine = ends.keep_second();
//         (void)mine.send("hello");
//     });
//     racekit::pipe_end mine = ends.keep_first();
//     std::string text;
//     while (mine.receive(text)) use(text);    // ends when the child has closed or died
//
// Wire:      AF_UNIX SOCK_SEQPACKET. A packet is a header (kind, size) and the message; a message
//            longer than 128 KiB travels as a sealed memory file whose descriptor is in the packet.
// Progress:  blocking, or until a deadline; a deadline that has passed still does what can be done
//            at once.
// Invariant: a packet goes in whole, so neither threads nor processes that share an end can mix
//            messages, and one that dies leaves none in part. send() takes no lock; receive() takes
//            one for the threads of its process.
// Ordering:  everything before a send() happens before the return of the receive() that gets the
//            message. Messages of one thread arrive in the order sent.
// Death:     the kernel closes the ends of a dead process. When all copies of the other end are
//            closed, what it sent is received first, then end_of_file, or reset if it left without
//            reading all that was sent to it. A copy that fork left in a process that does not use
//            it keeps the pipe open: keep_first() and keep_second() close the other end.
// Errors:    see pipe_error. After corrupt every receive() says so.
// Fork:      an end is an object of one process: do not place it in memory that processes share.
//            A forked child may use its copy: of a message that the parent kept back after
//            too_long, the parent's copy counts.
#pragma once

#include <racekit/lock/mutex.hpp>
#include <racekit/pipe/pipe_error.hpp>
#include <racekit/platform.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace racekit {

namespace pipe_detail {

/// The header of each packet. Both ends are of one machine, and usually of one program.
struct packet_header {
    enum kinds : std::uint32_t { whole = 0x726b7030, in_file };  // "rkp0"
    std::uint32_t kind = 0;
    std::uint32_t descriptors = 0;  // of the caller
    std::uint64_t size = 0;         // of the message
};

/// A message that did not fit into the caller's memory.
struct kept_message {
    bool is_there = false;
    std::size_t size = 0;
    std::vector<std::byte> bytes;  // unless it is in the file
    memory_file file;
    std::vector<descriptor> descriptors;
};

}  // namespace pipe_detail

/// One end of a pipe. Any thread may use it; moving and closing it exclude every other use.
class pipe_end {
public:
    /// The longest message that goes as a packet.
    static constexpr std::size_t longest_packet =
        packet_socket::longest_packet - sizeof(pipe_detail::packet_header);

    /// A closed end.
    pipe_end() = default;
    /// Takes over one end of a connected SOCK_SEQPACKET socket; the other end is a pipe_end too.
    explicit pipe_end(packet_socket socket)
        : socket_(std::move(socket)), state_(std::make_unique<per_process<state>>()) {}

    /// Sends a message of `size` bytes, waiting for room until `limit`. Errors: timed_out,
    /// broken_pipe (the other end is closed), bad_file_descriptor (this end is),
    /// operation_not_permitted (this end only receives); for a long message also those of
    /// memfd_create. After an error nothing of the message was sent.
    [[nodiscard]] std::error_code send(void const* message, std::size_t size,
                                       deadline limit = never, site where = site::here()) {
        return send_with(message, size, {}, limit, where);
    }
    [[nodiscard]] std::error_code send(std::string_view message, deadline limit = never,
                                       site where = site::here()) {
        return send_with(message.data(), message.size(), {}, limit, where);
    }
    /// The receiver gets numbers of its own for the same files; the sender keeps its own. At most
    /// 15 of them.
    [[nodiscard]] std::error_code send_with(void const* message, std::size_t size,
                                            std::span<int const> descriptors,
                                            deadline limit = never, site where = site::here()) {
        if (std::error_code const no = refusal(may_send_)) return no;
        pipe_detail::packet_header head{pipe_detail::packet_header::whole,
                                        static_cast<std::uint32_t>(descriptors.size()), size};
        if (size <= longest_packet) {
            std::error_code const error =
                socket_.send({&head, sizeof head, message, size, descriptors}, limit, where);
            if (error != std::errc::message_size) return error;
        }
        memory_file file;  // also where the kernel allows shorter packets only
        if (std::error_code const error = file.fill(message, size)) return error;
        head.kind = pipe_detail::packet_header::in_file;
        std::vector<int> all{file.number()};
        all.insert(all.end(), descriptors.begin(), descriptors.end());
        return socket_.send({&head, sizeof head, nullptr, 0, all}, limit, where);
    }

    /// Receives the next message into `to`, waiting for it until `limit`. A message of more than
    /// `most` bytes is kept for the next call (too_long, `bytes` says how long it is). Errors:
    /// pipe_error, timed_out, bad_file_descriptor, operation_not_permitted,
    /// too_many_files_open (descriptors came, and this process has no number left: they and the
    /// message are lost). Descriptors that come with a message are closed.
    received receive(void* to, std::size_t most, deadline limit = never,
                     site where = site::here()) {
        std::vector<descriptor> unwanted;
        return receive_with(to, most, unwanted, limit, where);
    }
    /// As receive; the descriptors that came with the message replace those in `with`.
    received receive_with(void* to, std::size_t most, std::vector<descriptor>& with,
                          deadline limit = never, site where = site::here()) {
        if (std::error_code const no = refusal(may_receive_)) return {0, no};
        state& mine = state_->get();
        std::unique_lock hold(mine.lock, std::defer_lock);
        if (!lock_until(hold, limit)) return {0, std::make_error_code(std::errc::timed_out)};
        if (!mine.kept.is_there) {
            received const came = next(mine, to, most, with, limit, where);
            if (came.error != pipe_error::too_long || !mine.kept.is_there) return came;
        }
        return hand_over(mine.kept, to, most, with);
    }
    /// Receives the next message, of any size, into `into`. Cheapest if it has that size already.
    received receive(std::string& into, deadline limit = never, site where = site::here()) {
        return pipe_detail::receive_any(
            into, [&](void* to, std::size_t most) { return receive(to, most, limit, where); });
    }

    /// Whether a receive() would return at once, with a message or an error, waiting for that until
    /// `limit`.
    [[nodiscard]] bool poll(deadline limit = deadline::min(), site where = site::here()) {
        if (!socket_.is_open()) return true;
        {
            state& mine = state_->get();
            std::unique_lock hold(mine.lock, std::try_to_lock);  // held: that thread receives it
            if (hold.owns_lock() && (mine.kept.is_there || mine.is_corrupt)) return true;
        }
        return socket_.poll(limit, where);
    }

    /// Nothing more will be sent from this end: the other one receives end_of_file, whichever
    /// processes hold copies of this end.
    void finish(site where = site::here()) {
        may_send_ = false;
        socket_.stop_sending(where);
    }
    /// Closes this process's copy.
    void close(site where = site::here()) { socket_.close(where); }
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }
    [[nodiscard]] bool may_send() const { return may_send_ && is_open(); }
    [[nodiscard]] bool may_receive() const { return may_receive_ && is_open(); }
    /// For poll(2) and to pass it on; -1 if closed. What is kept back after too_long is not in it.
    [[nodiscard]] int number() const { return socket_.number(); }
    /// The socket, for another pipe_end; this one is then closed.
    [[nodiscard]] packet_socket release() { return std::move(socket_); }

private:
    friend struct one_way_pipe;
    using header = pipe_detail::packet_header;

    /// What the threads of one process share; where it lies does not change when the end is moved.
    /// A forked child begins anew.
    struct state {
        mutex lock;
        std::vector<std::byte> rest;  // room for what does not fit into the caller's memory
        pipe_detail::kept_message kept;
        bool was_reset = false;
        bool is_corrupt = false;
    };

    [[nodiscard]] std::error_code refusal(bool may) const {
        if (!socket_.is_open()) return std::make_error_code(std::errc::bad_file_descriptor);
        if (!may) return std::make_error_code(std::errc::operation_not_permitted);
        return {};
    }

    static bool lock_until(std::unique_lock<mutex>& hold, deadline limit) {
        if (hold.try_lock()) return true;
        if (limit != never) return hold.try_lock_until(limit);
        hold.lock();
        return true;
    }

    received next(state& mine, void* to, std::size_t most, std::vector<descriptor>& with,
                  deadline limit, site where) {
        if (mine.is_corrupt) return {0, pipe_error::corrupt};
        header head;
        std::size_t const direct = std::min(most, longest_packet);
        if (direct < longest_packet && mine.rest.empty()) mine.rest.resize(longest_packet);
        for (;;) {
            packet_arrival came = socket_.receive(
                {&head, sizeof head, to, direct, mine.rest.data(), longest_packet - direct}, limit,
                where);
            if (came.error == std::errc::connection_reset) {
                mine.was_reset = true;  // what was sent before is still to come
                continue;
            }
            if (came.error) return {0, came.error};
            if (came.bytes == 0)
                return {0, mine.was_reset ? pipe_error::reset : pipe_error::end_of_file};
            if (came.lost_descriptors)
                return {0, std::make_error_code(std::errc::too_many_files_open)};
            return taken(mine, head, came, to, direct, most, with);
        }
    }

    received taken(state& mine, header const& head, packet_arrival& came, void* to,
                   std::size_t direct, std::size_t most, std::vector<descriptor>& with) {
        bool const in_file = head.kind == header::in_file;
        bool const is_sound =
            came.bytes >= sizeof head && !came.cut && (in_file || head.kind == header::whole) &&
            came.bytes - sizeof head == (in_file ? 0 : head.size) &&
            came.descriptors.size() == head.descriptors + std::size_t(in_file ? 1 : 0);
        memory_file file;
        if (is_sound && in_file) {
            file = memory_file(std::move(came.descriptors.front()));
            came.descriptors.erase(came.descriptors.begin());
        }
        if (!is_sound || (in_file && !file.is_sealed(head.size))) {
            mine.is_corrupt = true;
            return {0, pipe_error::corrupt};
        }
        if (!in_file && head.size <= most) {
            with = std::move(came.descriptors);
            return {head.size, {}};
        }
        pipe_detail::kept_message& kept = mine.kept;
        kept.is_there = true;
        kept.size = head.size;
        kept.file = std::move(file);
        kept.descriptors = std::move(came.descriptors);
        if (!in_file) {
            auto const* const start = static_cast<std::byte const*>(to);
            kept.bytes.assign(start, start + direct);
            kept.bytes.insert(kept.bytes.end(), mine.rest.begin(),
                              mine.rest.begin() + static_cast<std::ptrdiff_t>(head.size - direct));
        }
        return {kept.size, pipe_error::too_long};
    }

    static received hand_over(pipe_detail::kept_message& kept, void* to, std::size_t most,
                              std::vector<descriptor>& with) {
        if (kept.size > most) return {kept.size, pipe_error::too_long};
        if (kept.file.is_open()) {
            if (std::error_code const error = kept.file.copy(to, kept.size)) return {0, error};
        } else {
            std::copy_n(kept.bytes.data(), kept.size, static_cast<std::byte*>(to));
        }
        with = std::move(kept.descriptors);
        std::size_t const size = kept.size;
        kept = {};
        return {size, {}};
    }

    packet_socket socket_;
    std::unique_ptr<per_process<state>> state_;
    bool may_send_ = true;
    bool may_receive_ = true;
};

/// A pipe both ways: what one end sends, the other receives. Throws std::system_error when it
/// cannot be made. No descriptor of it stays open in a program that a process executes.
struct pipe {
    pipe_end first;
    pipe_end second;

    explicit pipe(site where = site::here()) {
        packet_socket_pair ends(where);
        first = pipe_end(std::move(ends.first));
        second = pipe_end(std::move(ends.second));
    }

    /// This process keeps that end, and closes its copy of the other.
    [[nodiscard]] pipe_end keep_first(site where = site::here()) {
        second.close(where);
        return std::move(first);
    }
    [[nodiscard]] pipe_end keep_second(site where = site::here()) {
        first.close(where);
        return std::move(second);
    }
};

/// A pipe one way. The other way is operation_not_permitted.
struct one_way_pipe {
    pipe_end receiver;
    pipe_end sender;

    explicit one_way_pipe(site where = site::here()) {
        pipe both(where);
        receiver = std::move(both.first);
        sender = std::move(both.second);
        receiver.may_send_ = false;
        receiver.socket_.stop_sending(where);
        sender.may_receive_ = false;
    }

    [[nodiscard]] pipe_end keep_receiver(site where = site::here()) {
        sender.close(where);
        return std::move(receiver);
    }
    [[nodiscard]] pipe_end keep_sender(site where = site::here()) {
        receiver.close(where);
        return std::move(sender);
    }
};

}  // namespace racekit
