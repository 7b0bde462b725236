// SPDX-License-Identifier: MIT
#include "crash_guard.hpp"

#include "fiber.hpp"
#include "heap.hpp"
#include "hooks.hpp"

#include <csignal>
#include <cstdint>
#include <cstring>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <utility>

namespace racekit::model {
namespace {

constexpr int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int most_quiet_seconds = 4;

alignas(16) char handler_stack[64 * 1024];
std::uint64_t last_operations = 0;
int quiet_seconds = 0;

// Both handlers leave by switching to the explorer's own fiber: the stack of the test body is
// abandoned, as after any other finding. SA_NODEFER keeps the signal deliverable although its
// handler never returns.

/// What was freed is filled with one byte, which makes no address that a pointer could have.
bool follows_freed([[maybe_unused]] siginfo_t const* about, [[maybe_unused]] void const* context) {
#ifdef __x86_64__
    if (about->si_code != SI_KERNEL) return false;  // only such an address is no page fault
    auto const& registers = static_cast<ucontext_t const*>(context)->uc_mcontext.gregs;
    for (int const which : {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_R8,
                            REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15}) {
        if (heap::is_of_freed(static_cast<std::uintptr_t>(registers[which]))) return true;
    }
#endif
    return false;
}

std::string at_address(void const* address) {
    auto const number = reinterpret_cast<std::uintptr_t>(address);
    if (number >= 4096) return "";
    return number == 0 ? ": a null pointer"
                       : ": a null pointer, " + std::to_string(number) + " bytes on";
}

void crashed(int signal, siginfo_t* about, void* context) {
    if (!heap::in_test_body()) {  // the explorer's own fault: die of it
        std::signal(signal, SIG_DFL);
        std::raise(signal);
        return;
    }
    heap::in_test_body(false);
    int const thread = running_thread();
    std::string const who =
        thread >= 0 ? "thread " + std::to_string(thread) : std::string("the test body");
    if ((signal == SIGSEGV || signal == SIGBUS) && fiber::overflowed(about->si_addr) >= 0) {
        report_error("stack overflow",
                     who + " needs more than its " + std::to_string(fiber::stack_size / 1024) +
                         " KiB of stack: make large arrays members of the test body");
    }
    if (signal == SIGSEGV && follows_freed(about, context))
        report_error("use after free", who + " follows a pointer that it read from freed memory");
    std::string text = who + " died of " + ::sigdescr_np(signal);
    if (signal == SIGSEGV && about->si_code == SEGV_MAPERR) text += at_address(about->si_addr);
    report_error("crash", std::move(text));
}

/// The system call that the test body is in and that continues after this signal; or nothing.
std::string blocked_in([[maybe_unused]] void const* context) {
#ifdef __x86_64__
    auto const& registers = static_cast<ucontext_t const*>(context)->uc_mcontext.gregs;
    constexpr unsigned char instruction[] = {0x0f, 0x05};  // to be made again
    if (std::memcmp(reinterpret_cast<void const*>(registers[REG_RIP]), instruction, 2) != 0)
        return "";
    constexpr std::pair<long, char const*> names[] = {
        {SYS_read, "read"},       {SYS_readv, "readv"},     {SYS_write, "write"},
        {SYS_writev, "writev"},   {SYS_accept, "accept"},   {SYS_accept4, "accept4"},
        {SYS_connect, "connect"}, {SYS_recvfrom, "recv"},   {SYS_recvmsg, "recvmsg"},
        {SYS_sendto, "send"},     {SYS_sendmsg, "sendmsg"}, {SYS_wait4, "waitpid"},
        {SYS_waitid, "waitid"},   {SYS_futex, "futex"},     {SYS_flock, "flock"},
        {SYS_fcntl, "fcntl"},     {SYS_openat, "open"}};
    for (auto const& [number, name] : names) {
        if (registers[REG_RAX] == number) return std::string(name) + "()";
    }
    return "system call " + std::to_string(registers[REG_RAX]);
#else
    return "";
#endif
}

void ticked(int, siginfo_t*, void* context) {
    if (!heap::in_test_body() || operations_made() != last_operations) {
        quiet_seconds = 0;
        if (heap::in_test_body()) last_operations = operations_made();
        return;
    }
    if (++quiet_seconds < most_quiet_seconds) return;
    quiet_seconds = 0;
    heap::in_test_body(false);
    std::string const thread = "thread " + std::to_string(std::max(0, running_thread()));
    std::string const call = blocked_in(context);
    if (!call.empty()) {
        report_error("test body error",
                     thread + " blocks in " + call +
                         ", which the model does not control: wait with racekit's locks, futexes, "
                         "channels and await()");
    }
    report_quiet_thread("hang", thread + " ran for " + std::to_string(most_quiet_seconds) +
                                    " s without a visible operation: a loop without end");
}

}  // namespace

crash_guard::crash_guard() {
    stack_t alternative{};
    alternative.ss_sp = handler_stack;
    alternative.ss_size = sizeof handler_stack;
    ::sigaltstack(&alternative, nullptr);
    struct sigaction action {};
    action.sa_sigaction = crashed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int const signal : fatal) ::sigaction(signal, &action, nullptr);
    struct sigaction tick {};
    tick.sa_sigaction = ticked;
    tick.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
    ::sigaction(SIGALRM, &tick, nullptr);
    itimerval const every{{1, 0}, {1, 0}};
    ::setitimer(ITIMER_REAL, &every, nullptr);
}

crash_guard::~crash_guard() {
    itimerval const off{};
    ::setitimer(ITIMER_REAL, &off, nullptr);
    for (int const signal : fatal) std::signal(signal, SIG_DFL);
}

}  // namespace racekit::model
