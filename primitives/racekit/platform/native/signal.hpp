// SPDX-License-Identifier: MIT
// Signals: a handler that interrupts a thread at any instant.
#pragma once

#include <racekit/platform/site.hpp>

#include <atomic>
#include <csignal>
#include <ctime>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit {

/// SIGUSR1, from one process, or the thread itself, to the thread that opened it. Lies in memory
/// that both share; a process receives by one of these at a time.
///
/// As the kernel has it: several signals before one is handled come to one. Sending orders nothing;
/// what the handler may rely on, the sender publishes.
class process_signal {
public:
    process_signal() = default;
    process_signal(process_signal const&) = delete;
    process_signal& operator=(process_signal const&) = delete;

    /// Receiver: from here on `handler(argument)` runs between any two of its instructions.
    void open(void (*handler)(void*), void* argument, site = {}) {
        handler_ = handler;
        argument_ = argument;
        opened_ = this;
        struct sigaction action {};
        action.sa_handler = [](int) {
            if (opened_ != nullptr) opened_->handler_(opened_->argument_);
        };
        ::sigaction(SIGUSR1, &action, nullptr);
        process_ = ::getpid();
        receiver_.store(::gettid(), std::memory_order_release);  // -> send: it is ready
    }

    /// Receiver: what comes from here on is ignored, and what was held back is dropped.
    void close(site = {}) {
        receiver_.store(closed, std::memory_order_release);
        ::signal(SIGUSR1, SIG_IGN);
        ::sigset_t const mine = signals();
        ::pthread_sigmask(SIG_UNBLOCK, &mine, nullptr);
        opened_ = nullptr;
    }

    /// Waits until the receiver is open, and interrupts it. Nothing happens once it has closed.
    void send(site = {}) {
        int who = nobody;
        while ((who = receiver_.load(std::memory_order_acquire)) == nobody) ::sched_yield();
        if (who != closed) ::syscall(SYS_tgkill, process_, who, SIGUSR1);
    }

    /// Receiver: marks an instant at which a signal may arrive. Natively every instant is one; this
    /// one is made long (some 50 us), so that it is likely to be the one.
    void may_arrive(site = {}) noexcept {
        timespec const shortest{0, 1};
        ::nanosleep(&shortest, nullptr);
    }

    /// Receiver: holds back what comes, until suspend() or close().
    void block(site = {}) noexcept {
        ::sigset_t const mine = signals();
        ::pthread_sigmask(SIG_BLOCK, &mine, nullptr);
    }

    /// Receiver: sleeps until a signal comes after the call began (pause(2)).
    void pause(site = {}) noexcept { ::pause(); }

    /// Receiver: lets signals in and sleeps, as one step: one that was held back ends it at once
    /// (sigsuspend(2)).
    void suspend(site = {}) noexcept {
        ::sigset_t allowed;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &allowed);
        ::sigdelset(&allowed, SIGUSR1);
        ::sigsuspend(&allowed);
    }

private:
    static constexpr int nobody = 0;
    static constexpr int closed = -1;

    static ::sigset_t signals() noexcept {
        ::sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGUSR1);
        return set;
    }

    inline static thread_local process_signal* opened_ = nullptr;
    void (*handler_)(void*) = nullptr;
    void* argument_ = nullptr;
    ::pid_t process_ = 0;
    std::atomic<int> receiver_{nobody};  // a thread; not for a schedule to see
};

}  // namespace racekit
