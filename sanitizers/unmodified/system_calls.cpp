// SPDX-License-Identifier: MIT
// The clock, sleeping and futexes; and calls that leave the model, which a verdict names.
#include "atomics.hpp"
#include "next_function.hpp"
#include "places.hpp"
#include "program.hpp"
#include "refusal.hpp"
#include "time.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/objects/framed.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"

#include <racekit/check.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace racekit::unmodified {

void* next_function(char const* name) { return ::dlsym(RTLD_NEXT, name); }

namespace {

/// The thread's clock moves on; others may do anything meanwhile. A loop that sleeps waits.
void sleep_for(std::chrono::nanoseconds span, model::call_frame const& from) {
    if (!has_threads) {
        model::active().me().clock += span;
        return;
    }
    model::active().me().clock += span;
    model::spin(program_place(), from);
}

std::chrono::nanoseconds nanoseconds_of(timespec const& span) {
    return std::chrono::seconds(span.tv_sec) + std::chrono::nanoseconds(span.tv_nsec);
}

model::instant clock_of_thread() { return has_threads ? model::now() : model::active().me().clock; }

long futex(long const (&given)[6], model::call_frame const& from) {
    long const command = given[1] & FUTEX_CMD_MASK;
    auto* const word = reinterpret_cast<void*>(given[0]);
    atomic_call const call{word, 4, std::memory_order_relaxed, from};
    switch (command) {
        case FUTEX_WAIT:
        case FUTEX_WAIT_BITSET: {
            begin_threads();
            auto const* const limit = reinterpret_cast<timespec const*>(given[3]);
            model::instant until = model::never;
            if (limit != nullptr)
                until = command == FUTEX_WAIT ? clock_of_thread() + nanoseconds_of(*limit)
                                              : instant_of(*limit);
            return futex_wait(call, static_cast<std::uint32_t>(given[2]), until);
        }
        case FUTEX_WAKE:
        case FUTEX_WAKE_BITSET:
            if (!has_threads) return 0;
            return futex_wake(call, given[2] > model::most_threads ? model::most_threads
                                                                   : static_cast<int>(given[2]));
        default:
            refuse("the program calls futex() with the operation " + std::to_string(command) +
                   ", which the model does not have");
    }
}

/// Once: that holds for the life of the process and of its copies.
long register_for_barriers(long const (&given)[6]) {
    static bool is_registered = false;
    if (is_registered && given[1] == 0) return 0;
    long const answer = [&]() -> long {
        RACEKIT_NEXT(syscall)(SYS_membarrier, given[0], given[1], given[2], given[3], given[4]);
    }();
    is_registered = is_registered || answer == 0;
    return answer;
}

}  // namespace
}  // namespace racekit::unmodified

using namespace racekit;
using namespace racekit::unmodified;

extern "C" {

long syscall(long number, ...) noexcept {
    va_list list;
    va_start(list, number);
    long given[6];
    for (long& each : given) each = va_arg(list, long);
    va_end(list);
    if (in_program()) {
        if (number == SYS_futex) return futex(given, model::calling_frame());
        if (number == SYS_gettid) return gettid();
        for (long const each : {SYS_fork, SYS_vfork, SYS_clone, SYS_clone3})
            if (number == each) refuse_copy("the system call " + std::to_string(number));
        // To register for a barrier orders nothing; racekit/platform.hpp does so at the start.
        bool const registers = number == SYS_membarrier &&
                               given[0] == MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
        if (registers) return register_for_barriers(given);
        note_unseen("the system call " + std::to_string(number));
    }
    RACEKIT_NEXT(syscall)(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

int sched_yield() noexcept {
    if (!is_watched()) RACEKIT_NEXT(sched_yield)();
    model::spin(program_place(), model::calling_frame());
    return 0;
}

int nanosleep(timespec const* span, timespec* left) {
    if (!in_program()) RACEKIT_NEXT(nanosleep)(span, left);
    sleep_for(nanoseconds_of(*span), model::calling_frame());
    return 0;
}
int clock_nanosleep(clockid_t clock, int flags, timespec const* span, timespec* left) {
    if (!in_program()) RACEKIT_NEXT(clock_nanosleep)(clock, flags, span, left);
    std::chrono::nanoseconds const asked = (flags & TIMER_ABSTIME) != 0
                                               ? instant_of(*span) - clock_of_thread()
                                               : nanoseconds_of(*span);
    sleep_for(std::max(asked, std::chrono::nanoseconds(0)), model::calling_frame());
    return 0;
}
int usleep(useconds_t span) {
    if (!in_program()) RACEKIT_NEXT(usleep)(span);
    sleep_for(std::chrono::microseconds(span), model::calling_frame());
    return 0;
}
unsigned sleep(unsigned span) {
    if (!in_program()) RACEKIT_NEXT(sleep)(span);
    sleep_for(std::chrono::seconds(span), model::calling_frame());
    return 0;
}

int clock_gettime(clockid_t clock, timespec* into) noexcept {
    if (!in_program()) RACEKIT_NEXT(clock_gettime)(clock, into);
    *into = timespec_of(clock_of_thread());
    return 0;
}
int gettimeofday(timeval* into, void* zone) noexcept {
    if (!in_program()) RACEKIT_NEXT(gettimeofday)(into, zone);
    timespec const now = timespec_of(clock_of_thread());
    *into = {now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
time_t time(time_t* into) noexcept {
    if (!in_program()) RACEKIT_NEXT(time)(into);
    time_t const now = timespec_of(clock_of_thread()).tv_sec;
    if (into != nullptr) *into = now;
    return now;
}

int timespec_get(timespec* into, int base) noexcept {
    if (!in_program() || base != TIME_UTC) RACEKIT_NEXT(timespec_get)(into, base);
    *into = timespec_of(clock_of_thread());
    return base;
}
clock_t clock() noexcept {
    if (!in_program()) RACEKIT_NEXT(clock)();
    timespec const now = timespec_of(clock_of_thread());
    return now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1'000'000'000 / CLOCKS_PER_SEC);
}

/// All threads of the model run in one of the system's.
pid_t gettid() noexcept {
    if (!in_program()) RACEKIT_NEXT(gettid)();
    return ::getpid() + model::memory::current;
}

// The end of the process.

void exit(int code) noexcept {
    if (in_program()) end_process(code, true);
    static auto* const next = reinterpret_cast<decltype(&::exit)>(next_function("exit"));
    next(code);
    __builtin_unreachable();
}
void _exit(int code) {
    if (in_program()) end_process(code, false);
    static auto* const next = reinterpret_cast<decltype(&::_exit)>(next_function("_exit"));
    next(code);
    __builtin_unreachable();
}
void _Exit(int code) noexcept {
    if (in_program()) end_process(code, false);
    static auto* const next = reinterpret_cast<decltype(&::_Exit)>(next_function("_Exit"));
    next(code);
    __builtin_unreachable();
}
void quick_exit(int code) noexcept {
    if (in_program()) end_process(code, false);
    static auto* const next =
        reinterpret_cast<decltype(&::quick_exit)>(next_function("quick_exit"));
    next(code);
    __builtin_unreachable();
}

int __cxa_atexit(void (*function)(void*), void* argument, void* library) noexcept {
    if (call_at_exit(function, argument)) return 0;
    RACEKIT_NEXT(__cxa_atexit)(function, argument, library);
}

void __assert_fail(char const* claim, char const* file, unsigned line,
                   char const* function) noexcept {
    if (in_program()) check_failed(claim, "", {file, static_cast<int>(line), function});
    static auto* const next =
        reinterpret_cast<decltype(&::__assert_fail)>(next_function("__assert_fail"));
    next(claim, file, line, function);
    __builtin_unreachable();
}

}  // extern "C"
