// SPDX-License-Identifier: MIT
// ring_lane: one direction of a ring_pipe, frames through a ring of bytes in shared memory.
//
// Progress:  wait-free while there is room and input; else it spins, yields, sleeps, until a
//            deadline.
// Invariant: the bytes from head up to tail are whole frames. The sender alone fills bytes and
//            moves tail, the receiver alone moves head. A frame takes effect by the one store to
//            tail, so a sender that dies leaves it in or out, never in part; the receiver forgets a
//            frame by moving its own head.
// Ordering:  everything before a send happens before the return of the receive of that frame.
// Death:     a side asleep tests every `recheck` whether its peer is still there, which also covers
//            a peer that died between a store and the wake-up that should follow.
// Source:    Leslie Lamport, "Specifying Concurrent Program Modules", 1983 (the ring); Lê, Guatto,
//            Cohen and Pop, "Correct and Efficient Bounded FIFO Queues", 2013 (each side remembers
//            the other's index).
//
// The receiver publishes its head only every quarter of the ring, and before it waits. A sender
// never waits for ever for that: a frame is at most a quarter of the ring, so while it waits, more
// than a quarter lies there that the receiver has still to take.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace racekit {

struct ring_lane_orders {
    // A waiting side announces itself, then looks at the other's index; the other side moves the
    // index, then looks for the announcement. In one order of all four, one of the two is seen.
    static constexpr auto publish = std::memory_order_seq_cst;   // -> observe, relook: bytes, wake
    static constexpr auto observe = std::memory_order_acquire;   // -> publish: whole frames
    static constexpr auto vacate = std::memory_order_seq_cst;    // -> reclaim, relook: room, wake
    static constexpr auto reclaim = std::memory_order_acquire;   // -> vacate: the bytes were taken
    static constexpr auto catch_up = std::memory_order_release;  // -> reclaim: as vacate, no wake
    static constexpr auto announce = std::memory_order_seq_cst;  // -> look_for: asleep soon
    static constexpr auto relook = std::memory_order_seq_cst;    // -> publish, vacate
    static constexpr auto look_for = std::memory_order_seq_cst;  // -> announce
    static constexpr auto withdraw = std::memory_order_relaxed;  // one wake too many does no harm
    static constexpr auto last = std::memory_order_release;      // -> ended: after all frames
    static constexpr auto ended = std::memory_order_acquire;     // -> last
    // Steps that mutation leaves out.
    static constexpr bool recheck = true;  // between the announcement and sleeping: it may be there
    static constexpr bool drain = true;    // after the end was seen: frames that came before it
};

/// What both processes see of a lane.
struct ring_words {
    /// How a side waits: bits, for a thread asleep and one in wait() may both do.
    static constexpr std::uint32_t asleep = 1;
    static constexpr std::uint32_t by_bell = 2;

    alignas(cache_line) atomic<std::uint64_t> tail{0};
    alignas(cache_line) atomic<std::uint64_t> head{0};
    alignas(cache_line) atomic<std::uint32_t> receiver_waits{0};
    atomic<std::uint32_t> sender_waits{0};
    atomic<std::uint32_t> finished{0};  ///< the sender sends no more
    atomic<std::uint32_t> refused{0};   ///< the receiver takes no more
};

/// What a wait came to.
enum class ring_wait { ready, ended, timed_out, corrupt };

/// What a frame begins with. Of a message in several frames the first has its whole size before
/// its bytes.
struct ring_frame {
    static constexpr std::uint32_t first = 1;  ///< of a message
    static constexpr std::uint32_t last = 2;   ///< of a message
    static constexpr std::uint32_t with_descriptors = 4;
    std::uint32_t bytes = 0;
    std::uint32_t flags = 0;
};

/// How long a side that sleeps does without a look at its peer.
inline constexpr duration ring_recheck = std::chrono::milliseconds(50);

namespace ring_detail {

constexpr std::size_t round_up(std::size_t size) { return (size + 7) / 8 * 8; }

/// Sleeps until the other side moves `index` away from `old`. `peer_is_gone()` is asked at each
/// re-check.
template <class orders, class Gone>
ring_wait sleep_until_moved(atomic<std::uint64_t> const& index, std::uint64_t old,
                            atomic<std::uint32_t>& waits, atomic<std::uint32_t> const& gone,
                            duration recheck, deadline limit, Gone peer_is_gone) {
    ring_wait result = ring_wait::timed_out;
    for (bool suspicious = false;;) {
        std::uint32_t const others = waits.fetch_or(ring_words::asleep, orders::announce);
        if (orders::recheck && index.load(orders::relook) != old) {
            result = ring_wait::ready;
            break;
        }
        if (gone.load(orders::ended) != 0 || (suspicious && peer_is_gone())) {
            bool const moved = orders::drain && index.load(orders::observe) != old;
            result = moved ? ring_wait::ready : ring_wait::ended;
            break;
        }
        deadline const next = recheck == duration::max() ? never : after(recheck);
        futex_result const how = futex_wait_until(
            waits, others | ring_words::asleep, std::min(next, limit), futex_scope::process_shared);
        // The side that wakes has taken the announcement back. If it did not (a spurious wake-up),
        // what is left of it costs one wake too many, and no transfer of that line now.
        if (index.load(orders::relook) != old) return ring_wait::ready;
        if (how != futex_result::timed_out) continue;
        if (limit <= next) break;
        suspicious = true;
    }
    waits.fetch_and(~ring_words::asleep, orders::withdraw);
    return result;
}

/// Wakes a side that has announced itself. `ring_bell()` makes its descriptor readable.
template <class orders, class Bell>
void wake_if_waiting(atomic<std::uint32_t>& waits, Bell ring_bell) {
    if (waits.load(orders::look_for) == 0) [[likely]]
        return;
    std::uint32_t const how = waits.exchange(0, orders::withdraw);
    if ((how & ring_words::asleep) != 0) futex_wake(waits, 1, futex_scope::process_shared);
    if ((how & ring_words::by_bell) != 0) ring_bell();
}

}  // namespace ring_detail

/// The sending side, in the process that sends. One thread at a time.
template <class orders = ring_lane_orders>
class ring_sender {
public:
    ring_sender() = default;
    ring_sender(ring_words& words, plain_bytes& bytes, std::size_t capacity, duration recheck)
        : words_(&words), bytes_(&bytes), capacity_(capacity), recheck_(recheck) {}

    /// The most that a frame may hold.
    [[nodiscard]] std::size_t longest_frame() const { return capacity_ / 4 - 2 * sizeof(frame_); }

    /// Takes the lane over as an earlier process left it.
    void begin() {
        tail_ = words_->tail.load(orders::observe);
        head_seen_ = words_->head.load(orders::reclaim);
    }

    /// Waits until a frame of `bytes` bytes fits. `ended`: the receiver has gone.
    template <class Gone>
    [[nodiscard]] ring_wait wait_for_room(std::size_t bytes, deadline limit, backoff spending,
                                          Gone peer_is_gone) {
        std::size_t const need = ring_detail::round_up(bytes) + 2 * sizeof(frame_);
        while (capacity_ - (tail_ - head_seen_) < need) [[unlikely]] {
            std::uint64_t const old = head_seen_;
            std::uint64_t seen = words_->head.load(orders::reclaim);
            if (seen == old && limit == deadline::min()) return ring_wait::timed_out;
            if (seen == old && !await_briefly(
                                   words_->head, [=](std::uint64_t now) { return now != old; },
                                   seen, orders::reclaim, spending)) {
                ring_wait const slept = ring_detail::sleep_until_moved<orders>(
                    words_->head, old, words_->sender_waits, words_->refused, recheck_, limit,
                    peer_is_gone);
                if (slept != ring_wait::ready) return slept;
                seen = words_->head.load(orders::reclaim);
            }
            if (tail_ - seen > capacity_ || seen % 8 != 0) return ring_wait::corrupt;
            head_seen_ = seen;
        }
        return ring_wait::ready;
    }

    /// Puts a frame in, for which there is room, and publishes it. `whole` is the size of the
    /// message if this is its first frame of several.
    template <class Bell>
    [[gnu::always_inline]] void put(void const* from, std::size_t bytes, std::uint32_t flags,
                                    std::uint64_t whole, Bell ring_bell, site where) {
        frame_ = {static_cast<std::uint32_t>(bytes), flags};
        std::uint64_t at = tail_;
        copy_in(at, &frame_, sizeof frame_, where);
        at += sizeof frame_;
        if ((flags & (ring_frame::first | ring_frame::last)) == ring_frame::first) {
            copy_in(at, &whole, sizeof whole, where);
            at += sizeof whole;
        }
        copy_in(at, from, bytes, where);
        // A line that the receiver read in the last lap is a transfer away: ask for it early.
        if (bytes <= ahead) [[likely]] {
            for (std::size_t next = 0; next < bytes + sizeof frame_; next += cache_line)
                bytes_->expect((at + ahead + next) & (capacity_ - 1));
        }
        tail_ = at + ring_detail::round_up(bytes);
        words_->tail.store(tail_, orders::publish);
        ring_detail::wake_if_waiting<orders>(words_->receiver_waits, ring_bell);
    }

    /// Where the next frame goes, counted from the first.
    [[nodiscard]] std::uint64_t position() const { return tail_; }
    /// Whether the receiver said that it takes no more.
    [[nodiscard]] bool is_refused() const { return words_->refused.load(orders::ended) != 0; }
    /// No receiver is left: from here on is_refused().
    void give_up() { words_->refused.store(1, orders::last); }
    /// Whether the receiver has taken all that was sent, as far as it has published.
    [[nodiscard]] bool all_taken() const {
        return words_->head.load(orders::reclaim) == words_->tail.load(orders::observe);
    }
    template <class Bell>
    void finish(Bell ring_bell) {
        words_->finished.store(1, orders::last);
        ring_bell();
        if (words_->receiver_waits.exchange(0, orders::announce) != 0)
            futex_wake(words_->receiver_waits, 1, futex_scope::process_shared);
    }

private:
    [[gnu::always_inline]] void copy_in(std::uint64_t at, void const* from, std::size_t size,
                                        site where) {
        std::size_t const offset = at & (capacity_ - 1);
        std::size_t const to_end = capacity_ - offset;
        if (size <= to_end) [[likely]] {
            if (size > 0) bytes_->put(offset, from, size, where);
            return;
        }
        bytes_->put(offset, from, to_end, where);
        bytes_->put(0, static_cast<std::byte const*>(from) + to_end, size - to_end, where);
    }

    static constexpr std::size_t ahead = 512;

    ring_words* words_ = nullptr;
    plain_bytes* bytes_ = nullptr;
    std::size_t capacity_ = 0;
    duration recheck_{};
    std::uint64_t tail_ = 0;       // ours; the shared one is for the receiver
    std::uint64_t head_seen_ = 0;  // the receiver's, at the last look
    ring_frame frame_;
};

/// The receiving side, in the process that receives. One thread at a time. Of what lies in shared
/// memory it trusts nothing: each word is loaded once and checked.
template <class orders = ring_lane_orders>
class ring_receiver {
public:
    ring_receiver() = default;
    ring_receiver(ring_words& words, plain_bytes& bytes, std::size_t capacity, duration recheck)
        : words_(&words), bytes_(&bytes), capacity_(capacity), recheck_(recheck) {}

    void begin() { head_ = published_ = tail_seen_ = words_->head.load(orders::observe); }

    /// Whether a frame is there, without waiting.
    [[nodiscard]] ring_wait look() {
        if (head_ != tail_seen_) [[likely]]
            return ring_wait::ready;
        return see(words_->tail.load(orders::observe));
    }
    /// Waits for a frame. `ended`: the sender has gone, and all frames were taken.
    template <class Gone, class Bell>
    [[nodiscard]] ring_wait wait_for_input(deadline limit, backoff spending, Gone peer_is_gone,
                                           Bell ring_bell) {
        for (;;) {
            ring_wait const now = look();
            if (now != ring_wait::timed_out) [[likely]]
                return now;
            publish(ring_bell);
            if (limit == deadline::min()) return without_waiting(peer_is_gone);
            if (let_the_sender_go_ahead()) continue;
            std::uint64_t const old = head_;
            std::uint64_t tail = old;
            if (await_briefly(
                    words_->tail, [=](std::uint64_t is) { return is != old; }, tail,
                    orders::observe, spending))
                continue;
            ring_wait const slept = ring_detail::sleep_until_moved<orders>(
                words_->tail, old, words_->receiver_waits, words_->finished, recheck_, limit,
                peer_is_gone);
            if (slept != ring_wait::ready) return slept;
        }
    }

    /// The next frame, which is there: its header, and of the first of several the message's size.
    /// False: it cannot be one.
    [[nodiscard]] bool read_header(ring_frame& frame, std::uint64_t& whole, site where) const {
        std::uint64_t const there = tail_seen_ - head_;
        copy_out(head_, &frame, sizeof frame, where);
        std::size_t const more = more_header(frame);
        if (frame.bytes > capacity_ / 4 || frame.flags > 7 ||
            sizeof frame + more + ring_detail::round_up(frame.bytes) > there)
            return false;
        whole = frame.bytes;
        if (more > 0) copy_out(head_ + sizeof frame, &whole, sizeof whole, where);
        return whole >= frame.bytes;
    }
    /// Where the next frame lies, counted from the first.
    [[nodiscard]] std::uint64_t position() const { return head_; }
    /// Copies the frame's bytes out and forgets it.
    template <class Bell>
    [[gnu::always_inline]] void take(ring_frame const& frame, void* to, Bell ring_bell,
                                     site where) {
        std::uint64_t const at = head_ + sizeof frame + more_header(frame);
        copy_out(at, to, frame.bytes, where);
        head_ = at + ring_detail::round_up(frame.bytes);
        if (head_ - published_ >= capacity_ / 4) {
            publish(ring_bell);
        } else if (head_ == tail_seen_) {
            words_->head.store(head_, orders::catch_up);  // all_taken() is exact then
        }
    }

    /// Tells the sender how much room there is.
    template <class Bell>
    void publish(Bell ring_bell) {
        if (head_ == published_) return;
        published_ = head_;
        words_->head.store(head_, orders::vacate);
        ring_detail::wake_if_waiting<orders>(words_->sender_waits, ring_bell);
    }

    [[nodiscard]] bool is_finished() const { return words_->finished.load(orders::ended) != 0; }
    void refuse() {
        words_->refused.store(1, orders::last);
        if (words_->sender_waits.exchange(0, orders::announce) != 0)
            futex_wake(words_->sender_waits, 1, futex_scope::process_shared);
    }

    /// From here to disarm() the sender rings the bell for the next frame that it puts in; what is
    /// there already is returned as by look().
    [[nodiscard]] ring_wait arm() {
        words_->receiver_waits.fetch_or(ring_words::by_bell, orders::announce);
        if (head_ != tail_seen_ || !orders::recheck) return look();
        return see(words_->tail.load(orders::relook));
    }
    void disarm() { words_->receiver_waits.fetch_and(~ring_words::by_bell, orders::withdraw); }

private:
    /// A receiver that looks at the index again and again takes its cache line from a sender that
    /// is about to write it. In a stream it pauses first, the longer the more often that was
    /// right; when nothing came meanwhile, half as long the next time. True: a frame is there.
    bool let_the_sender_go_ahead() {
        for (unsigned each = 0; each < pauses_; ++each) cpu_relax();
        if (look() == ring_wait::timed_out) {
            pauses_ /= 2;
            return false;
        }
        pauses_ = std::min(2 * pauses_ + 1, most_pauses);
        return true;
    }
    template <class Gone>
    ring_wait without_waiting(Gone peer_is_gone) {
        if (!is_finished() && !peer_is_gone()) return ring_wait::timed_out;
        ring_wait const last = look();  // what came before the end
        return last == ring_wait::timed_out ? ring_wait::ended : last;
    }
    ring_wait see(std::uint64_t tail) {
        if (tail - head_ > capacity_ || tail % 8 != 0) return ring_wait::corrupt;
        tail_seen_ = tail;
        if (head_ == tail) return ring_wait::timed_out;
        // The lines that the sender wrote are a transfer away: ask for several at once.
        std::uint64_t const end = std::min(tail, head_ + most_expected);
        for (std::uint64_t at = head_ + cache_line; at < end; at += cache_line)
            bytes_->expect_read(at & (capacity_ - 1));
        return ring_wait::ready;
    }
    static std::size_t more_header(ring_frame const& frame) {
        return (frame.flags & (ring_frame::first | ring_frame::last)) == ring_frame::first
                   ? sizeof(std::uint64_t)
                   : 0;
    }
    [[gnu::always_inline]] void copy_out(std::uint64_t at, void* to, std::size_t size,
                                         site where) const {
        std::size_t const offset = at & (capacity_ - 1);
        std::size_t const to_end = capacity_ - offset;
        if (size <= to_end) [[likely]] {
            if (size > 0) bytes_->take(offset, to, size, where);
            return;
        }
        bytes_->take(offset, to, to_end, where);
        bytes_->take(0, static_cast<std::byte*>(to) + to_end, size - to_end, where);
    }

    static constexpr std::uint64_t most_expected = 1024;
    static constexpr unsigned most_pauses = 63;  // some 2 us

    ring_words* words_ = nullptr;
    plain_bytes* bytes_ = nullptr;
    std::size_t capacity_ = 0;
    duration recheck_{};
    std::uint64_t head_ = 0;       // ours
    std::uint64_t published_ = 0;  // what the sender knows of it
    std::uint64_t tail_seen_ = 0;  // the sender's, at the last look
    unsigned pauses_ = 0;
};

}  // namespace racekit
