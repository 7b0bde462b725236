// SPDX-License-Identifier: MIT
// Signals, which in the model arrive where the receiver says that they may, before it pauses, and
// while it sleeps for one.
#pragma once

#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/spin.hpp>

namespace racekit {

class process_signal {
public:
    process_signal() = default;
    process_signal(process_signal const&) = delete;
    process_signal& operator=(process_signal const&) = delete;

    void open(void (*handler)(void*), void* argument, site where = site::here()) {
        handler_ = handler;
        argument_ = argument;
        receiver_.store(opened, std::memory_order_release, where);
    }
    void close(site where = site::here()) {
        receiver_.store(closed, std::memory_order_release, where);
    }
    void send(site where = site::here()) {
        auto const is_known = [](int who) { return who != nobody; };
        if (await(receiver_, is_known, std::memory_order_acquire, where) != closed)
            pending_.store(true, std::memory_order_relaxed, where);  // orders nothing
    }
    void may_arrive(site where = site::here()) {
        if (!is_blocked_ && pending_.exchange(false, std::memory_order_relaxed, where))
            handler_(argument_);
    }
    void block() { is_blocked_ = true; }
    void pause(site where = site::here()) {
        may_arrive(where);  // one that came before the call is over before it
        sleep(where);
    }
    void suspend(site where = site::here()) { sleep(where); }

private:
    static constexpr int nobody = 0;
    static constexpr int opened = 1;
    static constexpr int closed = -1;

    void sleep(site const& where) {
        auto const is_there = [](bool pending) { return pending; };
        (void)await(pending_, is_there, std::memory_order_relaxed, where);
        pending_.store(false, std::memory_order_relaxed, where);
        handler_(argument_);
    }

    void (*handler_)(void*) = nullptr;
    void* argument_ = nullptr;
    bool is_blocked_ = false;
    atomic<int> receiver_{nobody};
    atomic<bool> pending_{false};
};

}  // namespace racekit
