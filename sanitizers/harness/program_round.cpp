// SPDX-License-Identifier: MIT
#include "program_round.hpp"

#include "exception_text.hpp"
#include "sleeping_threads.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <iterator>
#include <new>
#include <optional>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace racekit {
namespace {

using steady = std::chrono::steady_clock;

/// So many looks, one after the other, must find the same threads asleep.
constexpr int looks = 10;
constexpr int look_period = 100;  // ms

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// "died of Aborted", with what was printed last.
std::string quoted(std::string text, std::string const& line) {
    if (!line.empty()) text += "; it printed last: " + line;
    return text;
}

void redirect(int to) {
    int const nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    for (int const stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(to, stream);
}

/// The end of a process, which stays there to be reaped.
siginfo_t end_of(::pid_t process) {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<::id_t>(process), &info, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) fail("waitid");
    }
    return info;
}

}  // namespace

/// In memory that the round's process shares with this one.
struct program_round::board {
    bool threw;
    bool terminated;  ///< std::terminate() was called, with an exception or without
    char text[256];   ///< of the exception
    int helpers;      ///< how many threads a sanitizer's runtime has before main()
    int helper[4];
    std::atomic<bool> main_waits;  ///< for the other threads

    [[nodiscard]] std::vector<int> all_helpers() const { return {helper, helper + helpers}; }
};

program_round::board* program_round::noted = nullptr;

int count_of_threads() { return static_cast<int>(threads_of(::getpid()).size()); }

program_round::program_round(bool show, std::chrono::milliseconds longest)
    : show_(show), longest_(longest), output_(::memfd_create("racekit program", MFD_CLOEXEC)) {
    if (output_ < 0) fail("memfd_create");
    ::fcntl(output_, F_SETFL, O_APPEND);
    void* const memory =
        ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    board_ = static_cast<board*>(memory);
}

program_round::~program_round() {
    ::munmap(board_, sizeof(board));
    ::close(output_);
}

void program_round::note_uncaught() {
    noted->terminated = true;
    if (std::current_exception()) {
        noted->threw = true;
        std::string const text = current_exception_text();
        std::strncpy(noted->text, text.c_str(), sizeof noted->text - 1);
    }
    std::abort();
}

void program_round::await_other_threads() {
    noted->main_waits.store(true, std::memory_order_relaxed);
    std::vector<int> helpers = noted->all_helpers();
    timespec const pause{0, 1'000'000};
    while (threads_of(::getpid()).size() > helpers.size() + 1) {
        ::nanosleep(&pause, nullptr);
        add_their_like(::getpid(), helpers);
    }
}

void program_round::be_program(std::function<void()> const& program, int parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    ::setpgid(0, 0);
    rlimit const no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    for (int const thread : threads_of(::getpid())) {
        if (thread != ::getpid() && board_->helpers < static_cast<int>(std::size(board_->helper)))
            board_->helper[board_->helpers++] = thread;
    }
    noted = board_;
    std::set_terminate(note_uncaught);
    if (!show_) redirect(output_);
    program();
    std::exit(EXIT_SUCCESS);
}

/// Returns when the process has ended, or never will: finished, hung or endless.
program_end::kind program_round::watch(int process) const {
    int const ended = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    if (ended < 0) fail("pidfd_open");
    auto const limit = steady::now() + longest_;
    std::optional<std::uint64_t> before;
    std::vector<int> helpers = board_->all_helpers();
    int same = 0;
    program_end::kind how = program_end::kind::finished;
    for (;;) {
        pollfd at{ended, POLLIN, 0};
        if (::poll(&at, 1, look_period) > 0) break;
        if (helpers.empty()) helpers = board_->all_helpers();
        add_their_like(process, helpers);
        std::vector<int> but = helpers;
        // Relaxed: a later look will do.
        if (board_->main_waits.load(std::memory_order_relaxed)) but.push_back(process);
        auto const now = all_sleep_without_end(process, but);
        same = now && now == before ? same + 1 : 0;
        before = now;
        if (same >= looks) how = program_end::kind::hung;
        else if (steady::now() > limit) how = program_end::kind::endless;
        else continue;
        break;
    }
    ::close(ended);
    return how;
}

program_end program_round::run(std::function<void()> const& program) {
    ::new (static_cast<void*>(board_)) board{};
    (void)::ftruncate(output_, 0);
    std::cout.flush();
    std::fflush(nullptr);  // or both processes would write it
    ::pid_t const parent = ::getpid();
    ::pid_t const process = ::fork();
    if (process < 0) fail("fork");
    if (process == 0) be_program(program, parent);
    ::setpgid(process, process);
    program_end::kind const how = watch(process);
    if (how != program_end::kind::finished) ::kill(process, SIGKILL);
    siginfo_t const info = end_of(process);
    ::kill(-process, SIGKILL);  // what it left behind; its own id is not free yet
    while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
    bool const exited = info.si_code == CLD_EXITED;
    switch (how) {
        case program_end::kind::hung:
            return {how,
                    quoted("all its threads sleep, and none is left to wake them", last_line())};
        case program_end::kind::endless:
            return {how, quoted("the program did not end within " +
                                    std::to_string(longest_.count()) + " ms",
                                last_line())};
        default: return ending_of(exited ? info.si_status : 0, exited ? 0 : info.si_status);
    }
}

program_end program_round::ending_of(int code, int signal) const {
    if (board_->threw) return {program_end::kind::threw, board_->text};
    if (board_->terminated && signal == SIGABRT)
        return {
            program_end::kind::failed,
            quoted("std::terminate() was called without an exception, as for a std::thread that "
                   "is neither joined nor detached",
                   last_line())};
    if (signal == SIGABRT) return {program_end::kind::failed, quoted("it aborted", last_line())};
    if (signal != 0)
        return {program_end::kind::crashed,
                quoted(std::string("it died of ") + ::sigdescr_np(signal), last_line())};
    if (code == 0) return {program_end::kind::finished, ""};
    return {program_end::kind::failed,
            quoted("the program ends with exit code " + std::to_string(code), last_line())};
}

std::string program_round::last_line() const {
    constexpr off_t most = 4096;
    constexpr std::size_t longest_line = 200;
    off_t const end = ::lseek(output_, 0, SEEK_END);
    off_t const from = end > most ? end - most : 0;
    std::string text(static_cast<std::size_t>(end - from), '\0');
    ssize_t const got = ::pread(output_, text.data(), text.size(), from);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    text.erase(0, text.find_last_of('\n') + 1);
    return text.substr(0, longest_line);
}

}  // namespace racekit
