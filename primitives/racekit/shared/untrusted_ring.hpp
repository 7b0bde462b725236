// SPDX-License-Identifier: MIT
// untrusted_ring: messages from one process to another that may lie.
//
// Progress: try_send() and try_receive() are wait-free. send_until() and receive_until() are
//           blocking: they sleep, and look again after 50 ms.
// Invariant: what a side relies on is its own: its index, and copies of what it has read once. The
//           shared words tell it only how far the other side says that it has come.
// Ordering: everything before a send happens before the return of the receive that gets the
// message,
//           if both sides are honest.
// Death:    of either side, the other one sees nothing more come or go, until its deadline.
// Errors:   peer_corrupt: the other side's words cannot be; from then on the handle answers nothing
//           else. too_long: the message, or the room for it, does not fit; nothing happened.
// Source:   the rules for shared rings of virtual machine monitors (virtio, Xen): read once, check
//           the copy, use the copy.
//
// Whatever the other process writes into the memory, and when, no access of this side goes outside
// the ring or the caller's buffer, and no call takes longer than its deadline. The memory must be
// of a size that the other side cannot change: a shared_segment without a name. A message may still
// be any bytes of the length that it says: decode it with care.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/platform/cache_line.hpp>
#include <racekit/platform/crc32c.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace racekit {

struct untrusted_ring_orders {
    static constexpr auto publish = std::memory_order_release;  // -> observe: the message
    static constexpr auto observe = std::memory_order_acquire;  // -> publish
    static constexpr auto word = std::memory_order_relaxed;     // the indices order the messages
};

enum class [[nodiscard]] ring_state {
    done,
    empty,
    full,
    timed_out,
    too_long,
    peer_corrupt,  ///< the other side lied, or its memory was overwritten: give the ring up
};

/// The memory of a ring of `slots` messages of up to `most` bytes; one sender and one receiver,
/// each with one handle for the life of the ring.
template <std::size_t most = 256, std::size_t slots = 64>
struct untrusted_ring {
    static_assert(most > 0 && most <= (std::size_t{1} << 20U), "messages of 1 byte to 1 MiB");
    static_assert(slots > 0 && slots <= (std::size_t{1} << 20U), "1 to 2^20 slots");

    static constexpr std::size_t most_bytes = most;
    static constexpr std::size_t slot_count = slots;
    static constexpr std::size_t header_words = 3;  // length, number, checksum
    static constexpr std::size_t slot_words = header_words + (most + 3) / 4;

    alignas(cache_line) atomic<std::uint32_t> sent{0};
    alignas(cache_line) atomic<std::uint32_t> received{0};
    alignas(cache_line) atomic<std::uint32_t> word[slots * slot_words];
};

namespace untrusted_detail {

/// A message as it lies in a slot, private.
template <class Ring>
struct message {
    std::uint32_t word[Ring::slot_words] = {};

    [[nodiscard]] unsigned char* bytes() {
        return reinterpret_cast<unsigned char*>(word + Ring::header_words);
    }
    [[nodiscard]] std::uint32_t sum(std::uint32_t size) { return crc32c(bytes(), size); }
};

template <class Ring>
[[nodiscard]] constexpr std::size_t first_word(std::uint32_t number) {
    return number % Ring::slot_count * Ring::slot_words;
}

}  // namespace untrusted_detail

/// The sending side. Used by one thread.
template <class Ring, class orders = untrusted_ring_orders>
class untrusted_sender {
public:
    explicit untrusted_sender(Ring& ring) : ring_(ring) {}

    ring_state try_send(void const* from, std::size_t size) {
        if (is_corrupt_) return ring_state::peer_corrupt;
        if (size > Ring::most_bytes) return ring_state::too_long;
        seen_ = ring_.received.load(orders::observe);  // once
        std::uint32_t const under_way = mine_ - seen_;
        if (under_way > Ring::slot_count) {
            is_corrupt_ = true;
            return ring_state::peer_corrupt;
        }
        if (under_way == Ring::slot_count) return ring_state::full;
        auto const length = static_cast<std::uint32_t>(size);
        std::memcpy(made_.bytes(), from, size);
        made_.word[0] = length;
        made_.word[1] = mine_;
        made_.word[2] = made_.sum(length);
        std::size_t const at = untrusted_detail::first_word<Ring>(mine_);
        for (std::size_t each = 0; each < Ring::header_words + (size + 3) / 4; ++each)
            ring_.word[at + each].store(made_.word[each], orders::word);
        ring_.sent.store(++mine_, orders::publish);
        futex_wake(ring_.sent, 1, futex_scope::process_shared);
        return ring_state::done;
    }
    ring_state send_until(void const* from, std::size_t size, deadline limit) {
        rechecking_sleep asleep;
        for (;;) {
            ring_state const how = try_send(from, size);
            if (how != ring_state::full) return how;
            if (asleep.wait(ring_.received, seen_, limit)) return ring_state::timed_out;
            if (limit != never && clock::now() >= limit) return ring_state::timed_out;
        }
    }

private:
    Ring& ring_;
    untrusted_detail::message<Ring> made_;
    std::uint32_t mine_ = 0;
    std::uint32_t seen_ = 0;
    bool is_corrupt_ = false;
};

/// The receiving side. Used by one thread.
template <class Ring, class orders = untrusted_ring_orders>
class untrusted_receiver {
public:
    explicit untrusted_receiver(Ring& ring) : ring_(ring) {}

    /// Copies the next message to `to`, which has room for `room` bytes; `size` is its length.
    ring_state try_receive(void* to, std::size_t room, std::size_t& size) {
        if (is_corrupt_) return ring_state::peer_corrupt;
        seen_ = ring_.sent.load(orders::observe);  // once
        std::uint32_t const waiting = seen_ - mine_;
        if (waiting == 0) return ring_state::empty;
        if (waiting > Ring::slot_count || !copy_next()) {
            is_corrupt_ = true;
            return ring_state::peer_corrupt;
        }
        // From here on only the copy counts.
        std::uint32_t const length = copy_.word[0];
        if (length > room) return ring_state::too_long;
        std::memcpy(to, copy_.bytes(), length);
        size = length;
        ring_.received.store(++mine_, orders::publish);
        futex_wake(ring_.received, 1, futex_scope::process_shared);
        return ring_state::done;
    }
    ring_state receive_until(void* to, std::size_t room, std::size_t& size, deadline limit) {
        rechecking_sleep asleep;
        for (;;) {
            ring_state const how = try_receive(to, room, size);
            if (how != ring_state::empty) return how;
            if (asleep.wait(ring_.sent, seen_, limit)) return ring_state::timed_out;
            if (limit != never && clock::now() >= limit) return ring_state::timed_out;
        }
    }

private:
    /// Reads every word of the message once; false: it cannot be what an honest sender wrote.
    bool copy_next() {
        std::size_t const at = untrusted_detail::first_word<Ring>(mine_);
        for (std::size_t each = 0; each < Ring::header_words; ++each)
            copy_.word[each] = ring_.word[at + each].load(orders::word);
        std::uint32_t const length = copy_.word[0];
        if (length > Ring::most_bytes || copy_.word[1] != mine_) return false;
        for (std::size_t each = 0; each < (length + 3) / 4; ++each)
            copy_.word[Ring::header_words + each] =
                ring_.word[at + Ring::header_words + each].load(orders::word);
        return copy_.sum(length) == copy_.word[2];
    }

    Ring& ring_;
    untrusted_detail::message<Ring> copy_;
    std::uint32_t mine_ = 0;
    std::uint32_t seen_ = 0;
    bool is_corrupt_ = false;
};

}  // namespace racekit
