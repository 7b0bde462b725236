// SPDX-License-Identifier: MIT
// Clients of ticket_ring that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/queue/ticket_ring.hpp>

#include <cstddef>

namespace racekit::mutation {

/// Producers and consumers that each try a few times; each element comes out once.
template <class orders, std::size_t capacity, int producers, int consumers, int tries>
struct through_the_cells {
    static constexpr int threads = producers + consumers;
    void act(int thread) {
        for (int round = 0; round < tries; ++round) {
            if (thread < producers) {
                int const element = 10 * thread + round + 1;
                auto const how = ring.put(int(element), site::here());
                if (how == ring_result::done) in[thread] += element;
            } else {
                int got = 0;
                if (ring.get(got, site::here()) == ring_result::done) out[thread] += got;
            }
        }
    }
    void after() {
        int balance = 0;
        for (int thread = 0; thread < threads; ++thread) balance += in[thread] - out[thread];
        int got = 0;
        while (ring.get(got, site::here()) == ring_result::done) balance -= got;
        RACEKIT_CHECK_EQUAL(0, balance);
    }

    ticket_ring<int, orders> ring{capacity};
    int in[threads] = {};
    int out[threads] = {};
};

/// Either the putter sees that a thread is about to sleep, or that thread sees the element; the
/// same for room, with the roles exchanged.
template <class orders, bool for_room>
struct about_to_sleep {
    static constexpr int threads = 2;
    void act(int thread) {
        int got = 0;
        if (thread == 0) {
            moved = (for_room ? ring.get(got, site::here()) : ring.put(1, site::here())) ==
                    ring_result::done;
            seen = sleeping.load(std::memory_order_seq_cst) != 0;
        } else {
            sleeping.store(1, std::memory_order_seq_cst);
            found = (for_room ? ring.put(2, site::here()) : ring.get(got, site::here())) ==
                    ring_result::done;
        }
    }
    void after() { RACEKIT_CHECK(!moved || seen || found); }

    about_to_sleep() {
        if (for_room) (void)ring.put(1, site::here());
    }

    ticket_ring<int, orders> ring{1};
    atomic<int> sleeping{0};
    bool moved = false;
    bool seen = false;
    bool found = false;
};

/// The same for the thread that closes.
template <class orders, bool for_room>
struct closed_while_about_to_sleep {
    static constexpr int threads = 2;
    void act(int thread) {
        int got = 0;
        if (thread == 0) {
            ring.close();
            seen = sleeping.load(std::memory_order_seq_cst) != 0;
        } else {
            sleeping.store(1, std::memory_order_seq_cst);
            got_result = (for_room ? ring.put(2, site::here()) : ring.get(got, site::here())) ==
                   ring_result::closed;
        }
    }
    void after() { RACEKIT_CHECK(seen || got_result); }

    closed_while_about_to_sleep() {
        if (for_room) (void)ring.put(1, site::here());
    }

    ticket_ring<int, orders> ring{1};
    atomic<int> sleeping{0};
    bool seen = false;
    bool got_result = false;
};

/// Of two cells one is in use at most when the other thread puts: it is never full.
template <class orders>
struct never_full {
    static constexpr int threads = 2;
    void act(int thread) {
        RACEKIT_CHECK(ring.put(1, site::here()) == ring_result::done);
        if (thread == 0) return;
        int got = 0;
        RACEKIT_CHECK(ring.get(got, site::here()) == ring_result::done);
        RACEKIT_CHECK(ring.put(1, site::here()) == ring_result::done);
    }

    ticket_ring<int, orders> ring{2};
};

/// A thread that gets `closed` sees the writes before close().
template <class orders>
struct writes_before_close {
    static constexpr int threads = 2;
    void act(int thread) {
        int got = 0;
        if (thread == 0) {
            note.write(7);
            ring.close();
        } else if (ring.get(got, site::here()) == ring_result::closed) {
            RACEKIT_CHECK_EQUAL(7, note.read());
        }
    }

    ticket_ring<int, orders> ring{1};
    plain<int> note{0};
};

/// While one thread goes round the ring alone, the other gets "full" or "empty", and does not wait
/// for a cell that no thread is about to change.
template <class orders, bool for_room>
struct full_or_empty_again {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 1) return for_room ? put() : get();
        for (int round = 0; round < 2; ++round) {
            for_room ? get() : put();
            for_room ? put() : get();
        }
    }

    full_or_empty_again() {
        for (int element = 0; for_room && element < 2; ++element) put();
    }
    void put() { (void)ring.put(1, site::here()); }
    void get() {
        int got = 0;
        (void)ring.get(got, site::here());
    }

    ticket_ring<int, orders> ring{2};
};

/// While another thread has taken a cell, this thread can get the element that it has just put, and
/// can put into the room that it has just made.
template <class orders, bool for_room>
struct while_a_cell_is_taken {
    static constexpr int threads = 2;
    void act(int thread) {
        RACEKIT_CHECK(for_room ? get() : put());
        if (thread == 1) RACEKIT_CHECK(for_room ? put() : get());
    }

    while_a_cell_is_taken() {
        for (int element = 0; for_room && element < 2; ++element) (void)put();
    }
    bool put() { return ring.put(1, site::here()) == ring_result::done; }
    bool get() {
        int got = 0;
        return ring.get(got, site::here()) == ring_result::done;
    }

    ticket_ring<int, orders> ring{2};
};

/// While one thread goes round the ring, the other never counts more elements than possible.
template <class orders>
struct counted_meanwhile {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 1) {
            RACEKIT_CHECK(ring.size() <= ring.capacity());
            return;
        }
        int got = 0;
        for (int round = 0; round < 2; ++round) {
            (void)ring.put(1, site::here());
            (void)ring.get(got, site::here());
        }
    }

    ticket_ring<int, orders> ring{1};
};

template <class orders>
void clients(trial& over) {
    over.client<through_the_cells<orders, 1, 1, 1, 2>>("1 cell, 1 to 1, 2 tries");
    over.client<about_to_sleep<orders, false>>("about to sleep for an element");
    over.client<about_to_sleep<orders, true>>("about to sleep for room");
    over.client<closed_while_about_to_sleep<orders, false>>("closed, no element");
    over.client<closed_while_about_to_sleep<orders, true>>("closed, no room");
    over.client<full_or_empty_again<orders, true>>("full again");
    over.client<full_or_empty_again<orders, false>>("empty again");
    over.client<never_full<orders>>("never full");
    over.client<writes_before_close<orders>>("written before close");
    over.client<while_a_cell_is_taken<orders, false>>("during a put, an element");
    over.client<while_a_cell_is_taken<orders, true>>("during a get, room");
    over.client<counted_meanwhile<orders>>("counted meanwhile");
    over.client<through_the_cells<orders, 1, 2, 1, 1>>("1 cell, 2 to 1");
    over.client<through_the_cells<orders, 1, 1, 2, 1>>("1 cell, 1 to 2");
    over.large_client<through_the_cells<orders, 2, 2, 1, 1>>("2 cells, 2 to 1");
    over.large_client<through_the_cells<orders, 2, 1, 1, 3>>("2 cells, 1 to 1, 3 tries");
}

}  // namespace racekit::mutation
