// SPDX-License-Identifier: MIT
// event_server: a server_core for clients that are other programs, over unix sockets and TCP.
//
//     racekit::event_server server({.addresses = {"unix:/run/me/counter.socket"}});
//     server.core().make(racekit::object_type::value, "counter", 0);
//     server.run();                                    // until a client or stop() drains it
//
// One thread waits for all descriptors (epoll). A turn reads at most one buffer of each connection
// that has input and does at most 16 of its requests, whose replies it sends at once; with a
// journal it sends them at the end of the turn, when the journal is written. So a client that
// floods has its turn as any other.
//
// States:    accepted, greeted, authenticated; each with a deadline, after which it is closed: five
//            seconds for the handshake, five for a frame that has begun.
// Limits:    server_limits. At the most half-open connections the oldest one is closed, so that
//            strangers keep nobody out. Buffers grow by what has arrived; a client whose requests
//            wait for their turn is not read from.
// Replies:   a client that does not read them is not read from once 256 KiB wait to be sent. It is
//            closed when 1 MiB has waited for two seconds, or 32 MiB wait. When 256 MiB wait for
//            all clients together, the one with the most is closed. Its call is server_lost, what
//            it held is granted on, and an item that it took from a queue is lost; one that it had
//            reserved comes back.
// Death:     of a client: its connection ends, and core.disconnect() grants on what it held.
// Errors:    the constructor throws std::system_error or std::invalid_argument, with a text that
//            says what to do. What happens to one connection is a line of the log.
// Threads:   one calls run(); stop() may be called by any, and by a signal handler.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/native/server_socket.hpp>
#include <racekit/server/handshake.hpp>
#include <racekit/server/journal.hpp>
#include <racekit/server/ring_channel.hpp>
#include <racekit/server/server_core.hpp>
#include <racekit/server/sharing_look.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace racekit {

struct server_limits {
    std::size_t connections = 65536;
    std::size_t half_open = 16384;
    std::size_t frame = std::size_t{1} << 20U;
    std::size_t requests_a_turn = 16;
    // Bytes of replies that wait to be sent.
    std::size_t stop_reading_at = std::size_t{256} << 10U;
    std::size_t close_at = std::size_t{1} << 20U;  // after `slow_reader`
    std::size_t close_at_once_at = std::size_t{32} << 20U;
    std::size_t to_send_to_all = std::size_t{256} << 20U;
    duration handshake = std::chrono::seconds(5);
    duration frame_time = std::chrono::seconds(5);
    duration slow_reader = std::chrono::seconds(2);
    duration drain = std::chrono::seconds(2);
    /// Failed proofs that are let through at once; then one each `after_failures`.
    std::size_t failures = 5;
    duration after_failures = std::chrono::milliseconds(100);
};

struct server_options {
    std::vector<std::string> addresses = {};
    std::string key = {};      // empty: none; then only unix sockets, of this user
    std::string journal = {};  // a path; empty: none
    server_limits limits = {};
    core_limits core = {};
    std::function<void(std::string_view)> log = {};
    /// How long the loop looks for input before it sleeps, while there is some.
    duration spin = std::chrono::microseconds(30);
    std::vector<socket_listener> listeners = {};  // that are open already
    std::string metrics_port = {};  // of a page for Prometheus, on 127.0.0.1; empty: none
};

class event_server final : private reply_sink {
public:
    explicit event_server(server_options options) : options_(std::move(options)) {
        if (!options_.key.empty()) key_.emplace(options_.key);
        message_code::wipe(options_.key.data(), options_.key.size());
        fill_random(self_.instance.data(), self_.instance.size());
        open_journal();
        for (std::string const& each : options_.addresses) {
            server_address const at = server_address::from_text(each);
            if (at.is_tcp && !key_)
                throw std::invalid_argument(each + ": a server over TCP needs a key");
            listeners_.emplace_back(at);
        }
        for (socket_listener& each : options_.listeners) listeners_.push_back(std::move(each));
        if (listeners_.empty()) throw std::invalid_argument("a server needs an address");
        if (!options_.metrics_port.empty()) {
            metrics_listener_ = listeners_.size();
            listeners_.emplace_back(server_address{true, "127.0.0.1", options_.metrics_port});
        }
        for (std::size_t at = 0; at < listeners_.size(); ++at)
            if (!waits_.add(listeners_[at].number(), at)) socket_detail::fail("epoll");
        if (!waits_.add(wake_.first.number(), wake_number)) socket_detail::fail("epoll");
    }
    event_server(event_server const&) = delete;
    event_server& operator=(event_server const&) = delete;

    /// Makes an object with a name, unless the journal has one. False: the arguments are wrong.
    bool make(object_type type, std::string const& name, server_value const& argument = {}) {
        if (journal_ && core_.has_name(name)) return true;
        if (!core_.make(type, name, argument)) return false;
        if (journal_) journal_->note_make(type, name, argument);
        return true;
    }
    [[nodiscard]] server_core& core() { return core_; }
    /// Where it listens, with the ports that the system chose.
    [[nodiscard]] std::vector<std::string> addresses() const {
        std::vector<std::string> all;
        for (socket_listener const& each : listeners_) all.push_back(each.text());
        return all;
    }
    [[nodiscard]] std::size_t connections() const { return by_number_.size(); }
    [[nodiscard]] std::size_t half_open() const { return half_open_.size(); }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    /// Bytes of replies that wait because their clients do not read.
    [[nodiscard]] std::size_t to_send() const { return to_send_; }

    /// Serves until it is drained.
    void run() {
        while (!is_over_) turn();
        by_number_.clear();
        listeners_.clear();
    }
    /// Begins to drain. Of all members the only one that another thread or a signal may call.
    void stop() noexcept {
        char const byte = 1;
        (void)wake_.second.write(&byte, 1);
    }

    /// One turn of the loop; waits for input at most until `limit`.
    void turn(deadline limit = never) {
        for (auto const& each : wait(limit)) {
            if (each.which < listeners_.size()) {
                accept_from(each.which);
            } else if (each.which == wake_number) {
                begin_drain();
            } else {
                auto const found = by_number_.find(each.which);
                if (found != by_number_.end()) take_input(*found->second, each);
            }
        }
        // Those with requests left from the turns before, a budget each.
        // A copy: those that have still more enter themselves again.
        for (std::uint64_t const number : std::exchange(with_more_, {})) {
            auto const found = by_number_.find(number);
            if (found != by_number_.end()) do_requests(*found->second);
        }
        deadline const now = clock::now();
        if (core_.next_deadline() <= now) {
            if (journal_) journal_->note_advance(now);
            core_.advance(now);
        }
        if (core_.is_draining() && drains_until_ == never) begin_drain();
        send_replies();
        if (now >= next_look_) look_at_times(now);
        close_marked();
        if (drains_until_ != never) go_on_draining(now);
    }

private:
    static constexpr std::uint64_t wake_number = UINT64_MAX;
    static constexpr std::uint64_t first_number = std::uint64_t{1} << 32U;
    static constexpr std::size_t longest_handshake = 512;
    static constexpr std::size_t most_lines = 10;
    static constexpr std::size_t closings_a_turn = 8;
    static constexpr unsigned looks_at_rings = 40;
    static constexpr std::size_t read_size = std::size_t{64} << 10U;

    struct connection {
        connection(stream_socket end, std::uint64_t number)
            : socket(std::move(end)), number(number) {}
        stream_socket socket;
        std::uint64_t const number;
        frame_codec frames{longest_handshake};
        std::unique_ptr<server_handshake> greeting;  // until it is done
        session_id session = 0;
        std::unique_ptr<ring_channel> ring;
        std::size_t ring_sent = 0;  // of the message in front of `out`
        std::string in;
        std::size_t in_at = 0;
        std::string out;
        std::size_t out_at = 0;
        std::size_t counted = 0;      // of `out`, in to_send_
        deadline times_out = never;   // the handshake, or a frame that has begun
        deadline slow_since = never;  // more waits to be sent than may be
        deadline answer_at = never;   // a failed proof is answered late
        bool for_metrics = false;
        bool is_closing = false;  // as soon as `out` is sent
        bool is_marked = false;   // to be closed in this turn
        bool is_dirty = false;
        bool wants_room = false;
        bool wants_input = true;
        bool has_more = false;
        bool is_held = false;  // its replies must go before more of its requests are done

        [[nodiscard]] std::size_t to_send() const { return out.size() - out_at; }
    };

    void log(std::string const& line) const {
        if (options_.log) options_.log(line);
    }
    /// Of strangers, who may come in any number: a few lines a second, then how many more.
    void log_stranger(std::string const& line) {
        deadline const now = clock::now();
        if (now >= next_second_) {
            if (lines_this_second_ > most_lines)
                log(std::to_string(lines_this_second_ - most_lines) + " more lines of that kind");
            lines_this_second_ = 0;
            next_second_ = from_now(now, std::chrono::seconds(1));
        }
        if (++lines_this_second_ <= most_lines) log(line);
    }
    void open_journal() {
        if (options_.journal.empty()) return;
        client_instance instance;
        std::memcpy(&instance, self_.instance.data(), self_.instance.size());
        journal_.emplace(options_.journal, core_, instance, clock::now());
        std::memcpy(self_.instance.data(), &instance, self_.instance.size());
        if (std::error_code const error = journal_->write())
            throw std::system_error(error, options_.journal);
        log("journal: " + std::to_string(core_.objects()) + " objects from " + options_.journal);
        if (std::size_t const dropped = journal_->dropped(); dropped > 0)
            log("journal: " + std::to_string(dropped) +
                " bytes of a record that was cut off are dropped");
    }

    // Waiting.

    std::span<descriptor_set::ready const> wait(deadline limit) {
        if (!with_more_.empty() || is_over_) {
            (void)take_from_rings();
            return waits_.wait(deadline::min());
        }
        // While requests come one after another, the next one is a few microseconds away.
        if (was_busy_ && options_.spin > duration::zero()) {
            deadline const until = after(options_.spin);
            do {
                if (look_at_rings()) {
                    // Descriptors have their turn too, but a system call costs more than a request.
                    if (++ring_turns_ % 64 != 0) return {};
                    return waits_.wait(deadline::min());
                }
                auto const found = waits_.wait(deadline::min());
                if (!found.empty()) return found;
                // Beside rings a look is short: their clients look without a system call.
                if (rings_.empty()) sharing_.pause();
            } while (clock::now() < until);
        }
        was_busy_ = false;
        limit = std::min({limit, core_.next_deadline(), next_time()});
        return wait_with_rings(limit);
    }
    /// When look_at_times() has something to do.
    [[nodiscard]] deadline next_time() const {
        bool const is_needed = !half_open_.empty() || !due_.empty() || drains_until_ != never;
        return is_needed ? next_look_ : never;
    }

    // Connections.

    void accept_from(std::size_t which) {
        for (int most = 64; most > 0; --most) {
            std::error_code error;
            stream_socket end = listeners_[which].accept(error);
            if (error == std::errc::too_many_files_open ||
                error == std::errc::too_many_files_open_in_system) {
                if (!half_open_.empty()) {
                    close_now(*by_number_.at(half_open_.begin()->first), "no descriptor is left");
                    continue;
                }
                ++refused_;
                log_stranger("refused a connection: no descriptor is left (ulimit -n)");
                return spare_.refuse_one(listeners_[which]);
            }
            if (error == std::errc::interrupted || error == std::errc::connection_aborted) continue;
            if (error) return;
            admit(std::move(end), which == metrics_listener_);
        }
    }
    void admit(stream_socket end, bool for_metrics) {
        std::uint32_t user = 0;
        bool const is_local = !end.is_tcp();
        bool const is_full = by_number_.size() >= options_.limits.connections;
        bool const is_other =
            is_local && (!end.peer_user(user) || (user != effective_user() && user != 0));
        if (drains_until_ != never || is_full || is_other) {
            ++refused_;
            if (is_full) log_stranger("refused a connection: there are too many");
            if (is_other) log_stranger("refused a connection: it is of another user");
            return;
        }
        if (half_open_.size() >= options_.limits.half_open)
            close_now(*by_number_.at(half_open_.begin()->first), "too many half-open connections");
        std::uint64_t const number = next_number_++;
        auto made = std::make_unique<connection>(std::move(end), number);
        if (!waits_.add(made->socket.number(), number)) {
            ++refused_;
            return;
        }
        made->for_metrics = for_metrics;
        handshake_identity self = self_;
        fill_random(self.nonce.data(), self.nonce.size());
        made->greeting =
            std::make_unique<server_handshake>(self, key_ ? &*key_ : nullptr, !is_local);
        made->times_out = after(options_.limits.handshake);
        half_open_.emplace(number, made.get());
        by_number_.emplace(number, std::move(made));
    }

    void take_input(connection& from, descriptor_set::ready const& what) {
        if (what.room) mark_dirty(from);
        if (!what.input && !what.gone) return;
        was_busy_ = true;
        if (from.ring) return take_bell(from);
        if (from.is_closing || from.is_held) {
            // Nothing is read. Its end is known; another wake-up would find the same.
            if (what.gone) mark(from);
            else update_wants(from);
            return;
        }
        if (from.has_more) return;  // what is there already has its turn first
        if (buffer_.size() < read_size) buffer_.resize(read_size);
        std::size_t const most =
            from.greeting ? longest_handshake + frame_codec::header : read_size;
        std::ptrdiff_t const got = from.socket.read(buffer_.data(), most);
        if (stream_socket::is_again(got)) return;
        if (got <= 0) return mark(from);
        std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
        if (from.for_metrics) return take_page_request(from, bytes);
        if (from.in_at == from.in.size()) {
            // Nothing is left from before: frames are done where they lie.
            from.in.clear();
            from.in_at = 0;
            std::size_t const done = do_frames(from, bytes);
            if (!from.is_marked) from.in.assign(bytes.substr(done));
            note_times(from, done > 0);
            send_now(from);
        } else {
            from.in.append(bytes);
            do_requests(from);
        }
    }
    /// What comes beside a ring only wakes, or is the end.
    void take_bell(connection& from) {
        char bytes[64];
        std::ptrdiff_t const got = from.socket.read(bytes, sizeof bytes);
        if (got == 0 || (got < 0 && !stream_socket::is_again(got))) {
            (void)take_from_rings();  // what it sent before its end
            mark(from);
        }
    }
    /// Any request for any page gets the numbers, as Prometheus reads them.
    void take_page_request(connection& from, std::string_view bytes) {
        from.in.append(bytes);
        if (from.in.size() > 4 * longest_handshake) return mark(from);
        if (from.in.find("\r\n\r\n") == std::string::npos) return;
        std::string page;
        server_value const metrics = core_.metrics();
        for (auto const& [name, number] : *metrics.as<server_value::map>())
            page += "racekit_" + *name.as<std::string>() + " " + number.text() + "\n";
        page += "racekit_connections " + std::to_string(by_number_.size()) + "\n" +
                "racekit_half_open " + std::to_string(half_open_.size()) + "\n" +
                "racekit_refused_connections " + std::to_string(refused_) + "\n" +
                "racekit_bytes_to_send " + std::to_string(to_send_) + "\n";
        from.out =
            "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
            "Content-Length: " +
            std::to_string(page.size()) + "\r\n\r\n" + page;
        from.is_closing = true;
        mark_dirty(from);
    }
    void do_requests(connection& from) {
        std::size_t const done = do_frames(from, std::string_view(from.in).substr(from.in_at));
        from.in_at += done;
        if (from.in_at == from.in.size() || from.in_at > read_size) {
            from.in.erase(0, from.in_at);
            from.in_at = 0;
            if (from.in.empty() && from.in.capacity() > 4096) server_detail::free_memory(from.in);
        }
        note_times(from, done > 0);
        send_now(from);
    }
    /// Does as many requests as a turn allows; returns the bytes that they had.
    std::size_t do_frames(connection& from, std::string_view bytes) {
        std::size_t done = 0;
        from.has_more = false;
        // Of all of them: later than their arrival.
        deadline const now = clock::now();
        for (std::size_t each = 0; !from.is_closing && !from.is_marked; ++each) {
            if (each == options_.limits.requests_a_turn) {
                from.has_more = true;
                with_more_.push_back(from.number);
                break;
            }
            if (from.to_send() >= options_.limits.stop_reading_at) {
                from.has_more = from.is_held = true;
                break;
            }
            std::string_view message;
            std::size_t taken = 0;
            auto const found = from.frames.open(bytes.substr(done), message, taken);
            if (found == frame_codec::found::more) break;
            if (found == frame_codec::found::wrong) {
                complain(from, from.frames.error());
                break;
            }
            done += taken;
            if (from.greeting) greet(from, message);
            else ask(from, message, now);
        }
        return done;
    }
    /// A frame that has begun must end in time; `is_new`: those before it were done just now.
    void note_times(connection& from, bool is_new) {
        if (from.is_marked || from.greeting) return;
        bool const in_frame = from.in_at < from.in.size() && !from.has_more;
        if (!in_frame) set_limit(from, &connection::times_out, never);
        else if (is_new || from.times_out == never)
            set_limit(from, &connection::times_out, after(options_.limits.frame_time));
    }
    /// Of a connection whose handshake is over: `in` after `which` there is a look at it.
    void set_limit(connection& of, deadline connection::* which, deadline to,
                   duration in = duration::zero()) {
        deadline& now = of.*which;
        if (now == to) return;
        if (now != never) {
            auto const before = due_.find({from_now(now, in), of.number});
            if (before != due_.end()) due_.erase(before);
        }
        if (to != never) due_.insert({from_now(to, in), of.number});
        now = to;
    }
    void set_slow(connection& of, deadline since) {
        set_limit(of, &connection::slow_since, since, options_.limits.slow_reader);
    }

    void greet(connection& from, std::string_view message) {
        server_handshake& how = *from.greeting;
        std::string const answer = how.receive(message, from.frames);
        from.frames.seal(from.out, answer);
        mark_dirty(from);
        how.sent();
        if (how.now() == handshake::state::failed) {
            ++refused_;
            log_stranger(std::string("refused a connection: ") + to_text(how.error()));
            if (how.error() == server_error::refused) delay_refusal(from);
            from.is_closing = true;
        } else if (how.now() == handshake::state::done) {
            client_instance who;
            std::memcpy(&who, how.peer().data(), how.peer().size());
            deadline const now = clock::now();
            if (journal_) journal_->note_connect(who, now);
            from.session = core_.connect(who, now);
            by_session_[from.session] = &from;
            half_open_.erase(from.number);
            from.greeting.reset();
            from.times_out = never;
            from.frames.allow(options_.limits.frame);
        }
    }
    /// Guessing is slow: after a few failures each further one waits for its turn.
    void delay_refusal(connection& from) {
        deadline const now = clock::now();
        if (now >= forgiven_at_) failures_ = 0;
        ++failures_;
        if (failures_ <= options_.limits.failures) {
            forgiven_at_ = from_now(now, std::chrono::seconds(1));
            return;
        }
        next_failure_ = std::max(next_failure_, now);
        next_failure_ = from_now(next_failure_, options_.limits.after_failures);
        // The queue is no longer than the time that a handshake has.
        next_failure_ = std::min(next_failure_, from_now(now, options_.limits.handshake));
        forgiven_at_ = from_now(next_failure_, std::chrono::seconds(1));
        from.answer_at = std::min(next_failure_, from.times_out);
        due_.insert({from.answer_at, from.number});
    }
    void ask(connection& from, std::string_view message, deadline now) {
        if (message.empty() && !from.ring && !from.socket.is_tcp()) return attach_ring(from);
        if (journal_) journal_->note_request(from.session, message, now);
        asking_ = &from;
        if (!core_.request(from.session, message, now)) {
            log("closed a client: it sent what is no request");
            from.is_closing = true;
            mark_dirty(from);
        }
        asking_ = nullptr;
    }
    void complain(connection& to, server_error why) {
        ++refused_;
        log_stranger(std::string("closed a connection: ") + to_text(why));
        if (why != server_error::refused) to.frames.seal(to.out, handshake_detail::complaint(why));
        to.is_closing = true;
        mark_dirty(to);
    }

    // Rings.

    /// The memory is this process's own, and sealed: the client cannot take it away.
    void attach_ring(connection& to) {
        try {
            auto room = shared_segment<ring_room>::create();
            if (to.to_send() == 0 && to.socket.send_descriptor(room.file().number())) {
                to.ring =
                    std::make_unique<ring_channel>(std::move(room), true, options_.limits.frame);
                rings_.push_back(&to);
                return;
            }
        } catch (segment_error const& error) {
            log(std::string("no ring for a client: ") + error.what());
        }
        mark(to);
    }
    /// Whether a reply goes to the client that asks as soon as its request is done.
    [[nodiscard]] bool sends_at_once() const { return !journal_; }
    static bool nobody_gone() { return false; }
    static void no_bell() {}
    /// For a while, which is short beside a system call; true: there was something, and it is done.
    bool look_at_rings() {
        for (unsigned looks = 0; looks < looks_at_rings && !rings_.empty(); ++looks) {
            if (take_from_rings()) return true;
            cpu_relax();
        }
        return false;
    }
    /// Does what is in the rings; true: something was.
    bool take_from_rings() {
        bool found = false;
        for (std::size_t at = 0; at < rings_.size(); ++at) {
            connection& from = *rings_[at];
            for (std::size_t each = 0; each < options_.limits.requests_a_turn; ++each) {
                if (from.is_marked || from.to_send() >= options_.limits.stop_reading_at) break;
                ring_wait const how =
                    from.ring->receive(ring_message_, deadline::min(), {.pauses = 0, .yields = 0},
                                       nobody_gone, no_bell);
                if (how == ring_wait::timed_out) break;
                found = true;
                if (how == ring_wait::ready) {
                    ask(from, ring_message_, clock::now());
                    if (sends_at_once()) send_in_ring(from);
                } else {
                    log("closed a client: its ring is corrupt or ended");
                    mark(from);
                }
            }
        }
        return found;
    }
    void send_in_ring(connection& to) {
        while (to.to_send() > 0) {
            std::string_view const rest = std::string_view(to.out).substr(to.out_at);
            std::size_t const size = frame_codec::length(rest);
            ring_wait const how =
                to.ring->send(rest.substr(frame_codec::header, size), to.ring_sent, deadline::min(),
                              {.pauses = 0, .yields = 0}, nobody_gone, no_bell);
            if (how == ring_wait::timed_out) break;
            if (how != ring_wait::ready) return mark(to);
            to.ring_sent = 0;
            to.out_at += frame_codec::header + size;
        }
        if (to.to_send() == 0) {
            to.out.clear();
            to.out_at = 0;
            set_slow(to, never);
            if (to.is_closing) mark(to);
            return count(to);
        }
        // The ring is full: tried again in each turn.
        mark_dirty(to);
        if (to.slow_since == never) set_slow(to, clock::now());
        count(to);
    }
    /// Sleeps, unless a ring has something by the time that its client knows that it must ring.
    std::span<descriptor_set::ready const> wait_with_rings(deadline limit) {
        bool is_there = false;
        for (connection* const each : rings_) is_there |= each->ring->arm();
        if (journal_again_at_ != never) limit = std::min(limit, journal_again_at_);
        else if (!dirty_.empty()) limit = deadline::min();
        auto const found = waits_.wait(is_there ? deadline::min() : limit);
        for (connection* const each : rings_) each->ring->disarm();
        was_busy_ = is_there;
        return found;
    }

    // Replies.

    void reply(session_id to, std::string_view message) override {
        if (asking_ != nullptr && asking_->session == to) return reply_to(*asking_, message);
        auto const found = by_session_.find(to);
        if (found != by_session_.end()) reply_to(*found->second, message);
    }
    void reply_to(connection& client, std::string_view message) {
        if (client.is_marked) return;
        client.frames.seal(client.out, message);
        if (client.to_send() > options_.limits.close_at_once_at) return too_lazy(client);
        if (&client != asking_ || !sends_at_once()) mark_dirty(client);
    }
    void superseded(session_id who) override {
        auto const found = by_session_.find(who);
        if (found == by_session_.end()) return;
        connection& old = *found->second;
        by_session_.erase(found);
        old.session = 0;  // it is another connection's from now on
        mark(old);
    }
    void mark_dirty(connection& what) {
        if (std::exchange(what.is_dirty, true)) return;
        dirty_.push_back(what.number);
    }
    void send_replies() {
        if (dirty_.empty()) return;
        if (!write_journal()) return;
        being_sent_.swap(dirty_);  // both keep their memory
        for (std::uint64_t const number : being_sent_) {
            auto const found = by_number_.find(number);
            if (found == by_number_.end()) continue;
            found->second->is_dirty = false;
            send(*found->second);
        }
        being_sent_.clear();
    }
    /// Nothing that is not in the journal is acknowledged. False: it is not written, and tried
    /// again after a while.
    bool write_journal() {
        if (!journal_ || !journal_->has_waiting()) return true;
        if (journal_again_at_ != never && clock::now() < journal_again_at_) return false;
        std::error_code const error = journal_->write();
        if (error && journal_again_at_ == never)
            log("journal: " + error.message() + ": no request is answered until it is written");
        if (!error && journal_again_at_ != never) log("journal: written again");
        journal_again_at_ = error ? after(std::chrono::milliseconds(250)) : never;
        return !error;
    }
    /// What a client asked for is in the processor's cache now, and its client may go on.
    void send_now(connection& to) {
        if (sends_at_once() && !to.is_marked && to.to_send() > 0) send(to);
    }
    void send(connection& to) {
        if (to.answer_at != never) return;
        if (to.ring) return send_in_ring(to);
        while (to.to_send() > 0) {
            std::ptrdiff_t const put = to.socket.write(to.out.data() + to.out_at, to.to_send());
            if (put == -EINTR) continue;
            if (put < 0 && !stream_socket::is_again(put)) return mark(to);
            if (put <= 0) break;
            to.out_at += static_cast<std::size_t>(put);
        }
        if (to.to_send() == 0) {
            to.out.clear();
            to.out_at = 0;
            if (to.out.capacity() > 4096) server_detail::free_memory(to.out);
            if (to.is_closing) return mark(to);
        } else if (to.out_at > read_size) {
            to.out.erase(0, to.out_at);
            to.out_at = 0;
        }
        if (to.is_held && to.to_send() < options_.limits.stop_reading_at) {
            to.is_held = false;
            with_more_.push_back(to.number);
        }
        if (to.to_send() < options_.limits.close_at) set_slow(to, never);
        else if (to.slow_since == never) set_slow(to, clock::now());
        update_wants(to);
        count(to);
    }
    /// What its descriptor is waited for.
    void update_wants(connection& of) {
        bool const wants_room = of.to_send() > 0 && of.answer_at == never;
        bool const wants_input =
            !of.is_closing && !of.is_held && of.to_send() < options_.limits.stop_reading_at;
        if (wants_room == of.wants_room && wants_input == of.wants_input) return;
        of.wants_room = wants_room;
        of.wants_input = wants_input;
        waits_.want(of.socket.number(), of.number, wants_input, wants_room);
    }
    /// Of a client whose socket or ring took all that it could.
    void count(connection& of) {
        to_send_ += of.to_send() - of.counted;
        of.counted = of.to_send();
        if (to_send_ <= options_.limits.to_send_to_all) return;
        auto const most = std::max_element(by_number_.begin(), by_number_.end(),
                                           [](auto const& left, auto const& right) {
                                               return left.second->counted < right.second->counted;
                                           });
        too_lazy(*most->second);
    }
    void too_lazy(connection& what) {
        if (!what.is_marked) log("closed a client: it does not read its replies");
        to_send_ -= std::exchange(what.counted, 0);
        server_detail::free_memory(what.out);
        what.out_at = 0;
        mark(what);
    }

    // The end of connections.

    void mark(connection& what) {
        if (std::exchange(what.is_marked, true)) return;
        marked_.push_back(what.number);
    }
    void close_marked() {
        while (!marked_.empty()) {
            for (std::uint64_t const number : std::exchange(marked_, {})) {
                auto const found = by_number_.find(number);
                if (found != by_number_.end()) close_now(*found->second, nullptr);
            }
            send_replies();  // what they held is granted on
        }
    }
    void close_now(connection& gone, char const* why) {
        if (why != nullptr) log_stranger(std::string("closed a connection: ") + why);
        set_slow(gone, never);
        to_send_ -= gone.counted;
        if (!gone.greeting) set_limit(gone, &connection::times_out, never);
        half_open_.erase(gone.number);
        if (gone.ring) {
            gone.ring->finish(no_bell);
            std::erase(rings_, &gone);
        }
        session_id const session = gone.session;
        if (session != 0) by_session_.erase(session);
        by_number_.erase(gone.number);
        if (session == 0) return;
        deadline const now = clock::now();
        if (journal_) journal_->note_disconnect(session, now);
        core_.disconnect(session, now);
    }
    /// A crowd whose time is over goes a few a turn: to close one takes longer than a request.
    void look_at_times(deadline now) {
        std::size_t const closed = close_half_open(now) + look_at_due(now);
        next_look_ = closed < closings_a_turn ? from_now(now, std::chrono::milliseconds(100)) : now;
    }
    /// From the oldest on: all have the same time.
    std::size_t close_half_open(deadline now) {
        std::size_t closed = 0;
        for (auto const& [number, each] : half_open_) {
            if (each->times_out > now || closed == closings_a_turn) break;
            if (each->answer_at != never || each->is_marked) continue;
            log_stranger("closed a connection: no handshake in time");
            mark(*each);
            ++closed;
        }
        return closed;
    }
    std::size_t look_at_due(deadline now) {
        std::size_t closed = 0;
        while (closed < closings_a_turn && !due_.empty() && due_.begin()->first <= now) {
            auto const found = by_number_.find(due_.begin()->second);
            due_.erase(due_.begin());
            if (found != by_number_.end() && closes_when_due(*found->second, now)) ++closed;
        }
        return closed;
    }
    bool closes_when_due(connection& one, deadline now) {
        if (one.is_marked) return false;
        if (one.answer_at <= now) {
            one.answer_at = never;
            mark_dirty(one);
        } else if (!one.greeting && one.times_out <= now) {
            log("closed a client: a frame did not end in time");
            mark(one);
        } else if (one.slow_since != never &&
                   from_now(one.slow_since, options_.limits.slow_reader) <= now) {
            too_lazy(one);
        }
        return one.is_marked;
    }

    // The end of all.

    void begin_drain() {
        if (drains_until_ != never) return;
        log("shutting down");
        deadline const now = clock::now();
        drains_until_ = from_now(now, options_.limits.drain);
        core_.begin_drain();
        listeners_.clear();
        next_look_ = now;
    }
    /// Replies that were promised are sent; then all calls that still wait are answered.
    void go_on_draining(deadline now) {
        bool const nothing_left = core_.waiting_calls() == 0 && all_sent();
        if (!nothing_left && now < drains_until_) return;
        core_.end_waiting(now);
        send_replies();
        is_over_ = all_sent() || now >= from_now(drains_until_, std::chrono::milliseconds(200));
    }
    [[nodiscard]] bool all_sent() const {
        return std::all_of(by_number_.begin(), by_number_.end(),
                           [](auto const& each) { return each.second->to_send() == 0; });
    }

    /// Wakes the loop: what is written into `second` comes out of `first`.
    struct wake_up {
        stream_socket first;
        stream_socket second;
        wake_up() {
            int numbers[2];
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, numbers) != 0)
                socket_detail::fail("socketpair");
            first = stream_socket(descriptor(numbers[0]));
            second = stream_socket(descriptor(numbers[1]));
        }
    };

    server_options options_;
    std::optional<server_key> key_;
    handshake_identity self_;
    server_core core_{*this, options_.core};
    std::optional<server_journal> journal_;
    std::vector<socket_listener> listeners_;
    std::size_t metrics_listener_ = SIZE_MAX;
    descriptor_set waits_;
    wake_up wake_;
    spare_descriptor spare_;

    std::uint64_t next_number_ = first_number;
    std::unordered_map<std::uint64_t, std::unique_ptr<connection>> by_number_;
    std::map<std::uint64_t, connection*> half_open_;  // the oldest first
    std::unordered_map<session_id, connection*> by_session_;
    std::vector<std::uint64_t> dirty_;
    std::vector<std::uint64_t> being_sent_;
    std::vector<std::uint64_t> marked_;
    std::vector<std::uint64_t> with_more_;
    std::string buffer_;
    connection* asking_ = nullptr;  // whose request is done now
    std::vector<connection*> rings_;
    std::string ring_message_;
    unsigned ring_turns_ = 0;

    bool was_busy_ = false;
    sharing_look sharing_;
    bool is_over_ = false;
    std::multiset<std::pair<deadline, std::uint64_t>> due_;  // when to look at which connection
    std::size_t to_send_ = 0;                                // to all, after what the sockets took
    deadline journal_again_at_ = never;  // it could not be written, and waits for that time
    deadline next_look_ = deadline::min();
    deadline drains_until_ = never;
    std::uint64_t refused_ = 0;
    std::size_t lines_this_second_ = 0;
    deadline next_second_ = deadline::min();
    std::size_t failures_ = 0;
    deadline forgiven_at_ = deadline::min();
    deadline next_failure_ = deadline::min();
};

}  // namespace racekit
