// SPDX-License-Identifier: MIT
// The kinds of findings: an enumerator, the word that reports use, and what it means.
#pragma once

#include <string_view>

namespace racekit {

enum class finding_kind {
    none,  ///< none stated
    data_race,
    failed_check,
    deadlock,
    lost_wake_up,
    livelock,
    hang,
    use_after_free,
    double_free,
    bad_free,
    leak,
    outlived_execution,
    uninitialised_read,
    lock_misuse,
    mutex_misuse,
    lock_order_inversion,
    signal_unsafe_call,
    thread_leak,
    uncaught_exception,
    crash,
    stack_overflow,
    out_of_memory,
    aba,
    not_linearizable,
    not_obstruction_free,
};

struct finding_kind_row {
    finding_kind kind;
    char const* word;     ///< as finding::kind has it
    char const* meaning;  ///< one line
};

inline constexpr finding_kind_row finding_kinds[] = {
    {finding_kind::data_race, "data race",
     "two threads access one variable, one of them writes, and neither access happens before the "
     "other"},
    {finding_kind::failed_check, "failed check", "a RACEKIT_CHECK of the test body does not hold"},
    {finding_kind::deadlock, "deadlock", "no thread can continue"},
    {finding_kind::lost_wake_up, "lost wake-up",
     "all threads that are left sleep, and none is left to wake them"},
    {finding_kind::livelock, "livelock", "an execution takes more steps than are allowed"},
    {finding_kind::hang, "hang", "the test body does not end in time"},
    {finding_kind::use_after_free, "use after free",
     "an object is used after its destruction, or its memory after it was freed"},
    {finding_kind::double_free, "double free", "a block is freed twice"},
    {finding_kind::bad_free, "bad free", "an address is freed that was never allocated"},
    {finding_kind::leak, "leak", "blocks are still held at the end of an execution"},
    {finding_kind::outlived_execution, "outlived execution",
     "memory of one execution is freed in another one"},
    {finding_kind::uninitialised_read, "uninitialised read",
     "a value is taken from a slot that holds none"},
    {finding_kind::lock_misuse, "lock misuse",
     "a lock is unlocked, destroyed or waited with against its rules"},
    {finding_kind::mutex_misuse, "mutex misuse", "the same, reported by ThreadSanitizer"},
    {finding_kind::lock_order_inversion, "lock-order inversion",
     "two threads take two locks in opposite orders"},
    {finding_kind::signal_unsafe_call, "signal-unsafe call",
     "a signal handler calls a function that it must not call"},
    {finding_kind::thread_leak, "thread leak", "a thread is neither joined nor detached"},
    {finding_kind::uncaught_exception, "uncaught exception", "a thread throws out of its body"},
    {finding_kind::crash, "crash", "the process dies of a signal"},
    {finding_kind::stack_overflow, "stack overflow", "a thread needs more stack than it has"},
    {finding_kind::out_of_memory, "out of memory",
     "one execution asks for more memory or objects than the model has"},
    {finding_kind::aba, "ABA",
     "a compare_exchange succeeds on a value that changed and came back, and so the program fails"},
    {finding_kind::not_linearizable, "not linearizable",
     "no order of the calls explains their results"},
    {finding_kind::not_obstruction_free, "not obstruction-free",
     "a thread that runs alone does not end"},
};

/// The word of a kind; "" for none.
[[nodiscard]] constexpr char const* name(finding_kind kind) {
    for (finding_kind_row const& each : finding_kinds) {
        if (each.kind == kind) return each.word;
    }
    return "";
}

/// The kind that a word stands for; none if there is no such word.
[[nodiscard]] constexpr finding_kind kind_of(std::string_view word) {
    for (finding_kind_row const& each : finding_kinds) {
        if (word == each.word) return each.kind;
    }
    return finding_kind::none;
}

// Short names for promises: racekit::finds(racekit::data_race). The others are finding_kind::...
using finding_kind::data_race;
using finding_kind::failed_check;
using finding_kind::deadlock;
using finding_kind::lost_wake_up;
using finding_kind::livelock;
using finding_kind::use_after_free;
using finding_kind::uncaught_exception;

}  // namespace racekit
