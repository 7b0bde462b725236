// SPDX-License-Identifier: MIT
#include "stepping.hpp"

#include <csignal>
#include <ucontext.h>
#include <unistd.h>

namespace racekit::stepping {
namespace {

// Written by one thread and by its own signal handler.
std::atomic<std::uint64_t>* volatile steps = nullptr;
volatile std::uint64_t last = never;
volatile bool is_stopping = false;
volatile watcher watching = nullptr;

#if defined(__x86_64__)
void on_step(int, siginfo_t*, void* context) {
    constexpr greg_t trap_flag = 0x100;
    greg_t& flags = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL];
    if (is_stopping) {
        flags &= ~trap_flag;
        return;
    }
    // Relaxed: other processes only wait until it grows.
    std::uint64_t const step = steps->fetch_add(1, std::memory_order_relaxed) + 1;
    if (step == last) ::kill(::getpid(), SIGKILL);
    if (watching != nullptr) {
        greg_t const next = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
        watching(step, static_cast<std::uintptr_t>(next));
    }
    flags |= trap_flag;
}
#endif

}  // namespace

void start(std::uint64_t kill_at, std::atomic<std::uint64_t>& count, watcher watch) {
    steps = &count;
    watching = watch;
    last = kill_at;
    is_stopping = false;
#if defined(__x86_64__)
    struct sigaction action {};
    action.sa_sigaction = on_step;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(SIGTRAP, &action, nullptr);
    ::raise(SIGTRAP);
#endif
}

void stop() { is_stopping = true; }

}  // namespace racekit::stepping
