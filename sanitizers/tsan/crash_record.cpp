// SPDX-License-Identifier: MIT
#include "crash_record.hpp"

#include "frames.hpp"
#include "reports.hpp"

#include "core/run_record.hpp"
#include "core/source_line.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <execinfo.h>
#include <sanitizer/common_interface_defs.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace racekit::tsan {
namespace {

constexpr int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::uintptr_t stack_margin = 64 * 1024;  // a frame may be that large

/// What this thread runs lies below, on its stack; null: it is not known.
thread_local std::uintptr_t stack_end = 0;

RACEKIT_UNSEEN bool is_frame(std::uintptr_t frame, std::uintptr_t lowest, std::uintptr_t stack) {
    constexpr std::uintptr_t farthest = 1U << 20;
    std::uintptr_t const end = stack_end > stack ? stack_end : stack + farthest;
    return frame % sizeof(void*) == 0 && frame >= lowest && frame < end;
}

/// The return addresses from a frame pointer on. Frames lie above each other and above the stack
/// pointer.
RACEKIT_UNSEEN int walk(std::uintptr_t stack, std::uintptr_t frame, void** to, int most) {
    int depth = 0;
    for (std::uintptr_t lowest = stack; depth < most && is_frame(frame, lowest, stack);) {
        auto const* const link = reinterpret_cast<std::uintptr_t const*>(frame);
        if (link[1] == 0) break;
        to[depth++] = reinterpret_cast<void*>(link[1]);
        lowest = frame + sizeof(void*);
        frame = link[0];
    }
    return depth;
}

/// TSan's runtime has no frame pointers, and anything in their register. It keeps its caller's on
/// the stack: the first word that points to a higher one, which points to a higher one again.
RACEKIT_UNSEEN std::uintptr_t saved_frame(std::uintptr_t stack) {
    auto const* const words = reinterpret_cast<std::uintptr_t const*>(stack);
    for (std::uintptr_t at = 0; at < 512; ++at) {
        std::uintptr_t const place = stack + (at + 1) * sizeof(void*);
        if (!is_frame(place, 0, stack)) break;
        if (is_frame(words[at], place, stack) &&
            is_frame(*reinterpret_cast<std::uintptr_t const*>(words[at]), words[at] + sizeof(void*),
                     stack))
            return words[at];
    }
    return 0;
}

/// The handler calls neither instrumented code nor intercepted functions: the crash may lie within
/// TSan's runtime, which then holds its locks. record_crashes() sets this.
run_record* record_of_this_run = nullptr;

RACEKIT_UNSEEN bool take() {
    static_assert(sizeof record_of_this_run->crash_taken == sizeof(bool));
    auto* const taken = reinterpret_cast<bool*>(&record_of_this_run->crash_taken);
    return !__atomic_exchange_n(taken, true, __ATOMIC_SEQ_CST);
}

RACEKIT_UNSEEN void name_thread(run_record& record) {
    (void)::syscall(SYS_prctl, PR_GET_NAME, record.thread);
}

/// TSan reads an address as a return address, which the crashing instruction is not.
RACEKIT_UNSEEN void* as_return_address(std::uintptr_t instruction) {
    return reinterpret_cast<void*>(instruction + 1);
}

RACEKIT_UNSEEN void crashed(int, siginfo_t* about, void* context) {
    if (!take()) return;  // the default action follows
    run_record& record = *record_of_this_run;
    name_thread(record);
    std::uintptr_t stack = 0, frame = 0, instruction = 0;
#ifdef __x86_64__
    auto const& registers = static_cast<ucontext_t const*>(context)->uc_mcontext.gregs;
    stack = static_cast<std::uintptr_t>(registers[REG_RSP]);
    frame = static_cast<std::uintptr_t>(registers[REG_RBP]);
    instruction = static_cast<std::uintptr_t>(registers[REG_RIP]);
#elif defined(__aarch64__)
    auto const& machine = static_cast<ucontext_t const*>(context)->uc_mcontext;
    stack = machine.sp;
    frame = machine.regs[29];
    instruction = machine.pc;
#endif
    constexpr int most = run_record::deepest - 1;
    record.frames[0] = as_return_address(instruction);
    int depth = 1 + walk(stack, frame, record.frames + 1, most - 1);
    if (depth == 1) depth += walk(stack, saved_frame(stack), record.frames + 1, most - 1);
    // abort() is in the C library, which keeps no frame pointers; its unwind tables lead out.
    if (about->si_signo == SIGABRT) depth = ::backtrace(record.frames, most);
    record.frames[depth] = nullptr;
    auto const address = reinterpret_cast<std::uintptr_t>(about->si_addr);
    bool const by_access = about->si_signo == SIGSEGV || about->si_signo == SIGBUS;
    record.stack_overflow =
        by_access && stack != 0 && address + stack_margin > stack && address < stack + stack_margin;
}

/// TSan's runtime ends the program, after it has printed why.
RACEKIT_UNSEEN void ended_by_runtime() {
    if (!take()) return;
    run_record& record = *record_of_this_run;
    name_thread(record);
    int const depth = ::backtrace(record.frames, run_record::deepest - 1);
    record.frames[std::max(depth, 0)] = nullptr;
    last_runtime_error(record.reason, sizeof record.reason);
}

/// In the process that waits: it was forked from this one's image, so addresses are the same.
std::vector<place> places_in(run_record const& record, char const* scenario_file) {
    auto const stack = symbolised(record.frames, run_record::deepest);
    frame const* const where = frame_to_show(stack, scenario_file);
    if (where == nullptr) return {};
    std::string const thread = record.thread[0] != '\0' ? record.thread : "the test body";
    return {{"crash in " + thread, where->file, where->line, is_marked(where->file, where->line)}};
}

[[maybe_unused]] bool const is_set = [] {
    places_of_crash = places_in;
    return true;
}();

}  // namespace

void record_crashes() {
    record_of_this_run = &this_run();
    void* first[1];
    (void)::backtrace(first, 1);  // loads what it needs now, not in a dying program
    give_signal_stack();
    __sanitizer_set_death_callback(ended_by_runtime);
    struct sigaction action {};
    action.sa_sigaction = crashed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND;
    for (int const signal : fatal) ::sigaction(signal, &action, nullptr);
}

void give_signal_stack() {
    constexpr std::size_t size = 256 * 1024;  // TSan's own work in a handler counts
    static thread_local std::byte* memory = nullptr;
    if (memory != nullptr) return;
    stack_end = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    memory = new std::byte[size];  // for the rest of the program: the thread may never end
    stack_t alternative{};
    alternative.ss_sp = memory;
    alternative.ss_size = size;
    ::sigaltstack(&alternative, nullptr);
}

}  // namespace racekit::tsan
