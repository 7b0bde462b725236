// SPDX-License-Identifier: MIT
// Clients of ring_lane that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/pipe/ring_lane.hpp>

#include <cstdint>

namespace racekit::mutation {

/// Both sides of a lane, with what lies in it before the threads start.
template <class orders>
struct small_lane {
    static constexpr int threads = 2;
    static constexpr std::uint32_t one_frame = ring_frame::first | ring_frame::last;

    explicit small_lane(std::size_t capacity)
        : bytes(nullptr, capacity),
          out(words, bytes, capacity, duration::max()),
          in(words, bytes, capacity, duration::max()) {}

    void send(std::uint64_t number, std::size_t size = 8) {
        RACEKIT_CHECK(out.wait_for_room(size, never, {}, gone) == ring_wait::ready);
        out.put(&number, size, one_frame, size, bell, site::here());
    }
    /// False: the end.
    bool receive(std::uint64_t& number) {
        ring_wait const now = in.wait_for_input(never, {}, gone, bell);
        if (now == ring_wait::ended) return false;
        RACEKIT_CHECK(now == ring_wait::ready);
        ring_frame frame;
        std::uint64_t whole = 0;
        RACEKIT_CHECK(in.read_header(frame, whole, site::here()));
        in.take(frame, &number, bell, site::here());
        return true;
    }

    static bool gone() { return false; }
    static void bell() {}

    ring_words words;
    plain_bytes bytes;
    ring_sender<orders> out;
    ring_receiver<orders> in;
};

/// The receiver may come first, and sleeps then; it gets whole frames, in order.
template <class orders, int frames>
struct frames_pass : small_lane<orders> {
    frames_pass() : small_lane<orders>(128) {}
    void act(int thread) {
        for (std::uint64_t each = 1; each <= frames; ++each) {
            if (thread == 0) {
                this->send(each);
            } else {
                std::uint64_t got = 0;
                RACEKIT_CHECK(this->receive(got));
                RACEKIT_CHECK_EQUAL(each, got);
            }
        }
    }
};

/// The lane is full: the sender sleeps until the receiver has taken a quarter, and puts a frame
/// over what was taken.
template <class orders>
struct full_lane : small_lane<orders> {
    full_lane() : small_lane<orders>(128) {
        for (std::uint64_t each = 0; each < 7; ++each) this->send(each);
    }
    void act(int thread) {
        if (thread == 0) return this->send(7), this->send(8);
        for (std::uint64_t each = 0; each < 3; ++each) {
            std::uint64_t got = 99;
            RACEKIT_CHECK(this->receive(got));
            RACEKIT_CHECK_EQUAL(each, got);
        }
    }
};

/// The receiver takes the last frame without a wake-up; the sender looks for room once, and may
/// write over that frame. Frames of two words: of smaller ones there is room left between the two.
template <class orders>
struct caught_up : small_lane<orders> {
    caught_up() : small_lane<orders>(128) {
        for (int each = 0; each < 2; ++each) put(), take();
        put();
    }
    void act(int thread) {
        if (thread == 1) return take();
        for (int each = 0; each < 5; ++each) {
            ring_wait const room = this->out.wait_for_room(16, deadline::min(), {}, this->gone);
            if (room != ring_wait::ready) return;
            put();
        }
    }
    void put() {
        std::uint64_t const words[2] = {};
        this->out.put(words, 16, this->one_frame, 16, this->bell, site::here());
    }
    void take() {
        std::uint64_t words[2];
        ring_frame frame;
        std::uint64_t whole = 0;
        RACEKIT_CHECK(this->in.look() == ring_wait::ready);
        RACEKIT_CHECK(this->in.read_header(frame, whole, site::here()));
        this->in.take(frame, words, this->bell, site::here());
    }
};

/// The end comes after the last frame, also for a receiver that sleeps.
template <class orders, int frames>
struct last_frames : small_lane<orders> {
    last_frames() : small_lane<orders>(128) {}
    void act(int thread) {
        if (thread == 0) {
            for (std::uint64_t each = 0; each < frames; ++each) this->send(each);
            this->out.finish(this->bell);
            return;
        }
        std::uint64_t got = 0;
        int count = 0;
        while (this->receive(got)) ++count;
        RACEKIT_CHECK_EQUAL(frames, count);
    }
};

/// A receiver that waits by the bell hears of the frame, or sees it when it arms.
template <class orders>
struct by_bell : small_lane<orders> {
    by_bell() : small_lane<orders>(128) {}
    void act(int thread) {
        if (thread == 0) {
            RACEKIT_CHECK(this->out.wait_for_room(8, never, {}, this->gone) == ring_wait::ready);
            std::uint64_t const number = 1;
            this->out.put(&number, 8, this->one_frame, 8, [this] { rung = true; }, site::here());
        } else {
            seen = this->in.arm() == ring_wait::ready;
        }
    }
    void after() { RACEKIT_CHECK(rung || seen); }

    bool rung = false;  // only the sender accesses it
    bool seen = false;  // only the receiver accesses it
};

template <class orders>
void clients(trial& over) {
    over.client<frames_pass<orders, 1>>("one frame");
    over.client<frames_pass<orders, 2>>("two frames");
    over.client<full_lane<orders>>("a full lane");
    over.client<caught_up<orders>>("a receiver that has caught up");
    over.client<last_frames<orders, 0>>("the end");
    over.client<last_frames<orders, 1>>("a frame and the end");
    over.client<by_bell<orders>>("a bell");
    over.large_client<frames_pass<orders, 3>>("three frames");
    over.large_client<last_frames<orders, 2>>("two frames and the end");
}

}  // namespace racekit::mutation
