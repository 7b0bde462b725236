// SPDX-License-Identifier: MIT
// wait: sleeps until one of many pipes, sockets and processes has something to say.
//
//     for (std::size_t const which : racekit::wait({left, right, child}, racekit::after(1s))) ...
//
// Progress:  blocking, or until a deadline.
// Ordering:  none of its own: receive() or join() orders.
// Death:     a pipe whose other end has gone is ready, and so is a process that has ended.
// Threads:   a ring_end in which another thread receives makes wait() wait for that thread: one
//            thread receives from what it waits for.
// Errors:    std::system_error, if the kernel has no memory for so many.
#pragma once

#include <racekit/platform.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

namespace racekit {

/// Something to wait for: a pipe_end, a ring_end, a process, a packet_socket, any object with
/// number(), or the number of a descriptor. Refers to it and keeps nothing.
class waitable {
public:
    waitable(int number) : number_(number) {}
    template <class Thing>
        requires requires(Thing& thing) {
            { thing.number() } -> std::convertible_to<int>;
        }
    waitable(Thing& thing) : thing_(&thing), number_(thing.number()) {
        if constexpr (requires {
                          thing.arm();
                          thing.disarm();
                      }) {
            is_ready_ = [](void* that) { return static_cast<Thing*>(that)->arm(); };
            disarm_ = [](void* that) { static_cast<Thing*>(that)->disarm(); };
        } else if constexpr (requires { thing.poll(); }) {
            is_ready_ = [](void* that) { return static_cast<Thing*>(that)->poll(); };
        }
    }

private:
    friend std::vector<std::size_t> wait(std::span<waitable const> things, deadline limit);

    [[nodiscard]] bool is_ready() const { return is_ready_ != nullptr && is_ready_(thing_); }
    void disarm() const {
        if (disarm_ != nullptr) disarm_(thing_);
    }

    void* thing_ = nullptr;
    int number_ = -1;
    bool (*is_ready_)(void*) = nullptr;  // a look at what the descriptor does not show
    void (*disarm_)(void*) = nullptr;
};

/// Waits until at least one of `things` is ready, or until `limit`; returns the indices of all that
/// are. Empty: `limit` passed first. A ready pipe has a message or an error to receive, of which
/// another thread may be first.
[[nodiscard]] inline std::vector<std::size_t> wait(std::span<waitable const> things,
                                                   deadline limit = never) {
    for (;;) {
        std::vector<std::size_t> ready;
        std::vector<int> numbers;
        for (std::size_t at = 0; at < things.size(); ++at) {
            bool const now = things[at].is_ready();
            if (now) ready.push_back(at);
            // Another wake-up of a pipe that looks for itself is shown by a second look.
            numbers.push_back(now ? -1 : things[at].number_);
        }
        std::vector<std::size_t> const shown =
            poll_descriptors(numbers, ready.empty() ? limit : deadline::min());
        bool rung = false;
        for (std::size_t const at : shown) {
            if (things[at].disarm_ == nullptr) {
                ready.push_back(at);
            } else {
                rung = true;
            }
        }
        for (waitable const& each : things) each.disarm();
        if (!ready.empty() || !rung) {
            std::sort(ready.begin(), ready.end());
            return ready;
        }
    }
}
[[nodiscard]] inline std::vector<std::size_t> wait(std::initializer_list<waitable> things,
                                                   deadline limit = never) {
    return wait(std::span<waitable const>(things.begin(), things.size()), limit);
}

}  // namespace racekit
