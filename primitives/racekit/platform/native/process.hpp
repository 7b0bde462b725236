// SPDX-License-Identifier: MIT
// Processes: start, death, identity.
#pragma once

#include <racekit/platform/native/packet_socket.hpp>
#include <racekit/platform/native/spawn.hpp>
#include <racekit/platform/native/timespec.hpp>
#include <racekit/platform/site.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <concepts>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace racekit {

/// One process and no other: the system gives the number of a dead process to a new one.
struct process_id {
    ::pid_t number = 0;
    std::uint64_t started = 0;  ///< clock ticks after boot

    friend constexpr bool operator==(process_id const&, process_id const&) = default;
};

/// How a process ended: by itself with a code, or by a signal.
struct exit_status {
    int code = 0;
    int signal = 0;

    [[nodiscard]] bool clean() const noexcept { return code == 0 && signal == 0; }
    /// "exited with code 3", "was killed by signal 9 (Killed)".
    [[nodiscard]] std::string text() const {
        if (signal == 0) return "exited with code " + std::to_string(code);
        return "was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    }
    friend constexpr bool operator==(exit_status const&, exit_status const&) = default;
};

/// How a forked process is started.
struct fork_options {
    /// SIGKILL when the thread that started it ends.
    bool die_with_parent = true;
};

namespace process_detail {

/// State letter and start time from /proc/<number>/stat; a state of 0 means there is none.
struct entry {
    char state = 0;
    std::uint64_t started = 0;
};

[[nodiscard]] inline entry look_up(::pid_t number) {
    std::string const path = "/proc/" + std::to_string(number) + "/stat";
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    char text[1024];
    ::ssize_t const length = ::read(file, text, sizeof text);
    ::close(file);
    if (length <= 0) return {};
    // The name in parentheses may hold anything, parentheses too: count fields from the last one.
    char const* const end = text + length;
    char const* at = end;
    while (at != text && *(at - 1) != ')') --at;
    if (at == text || end - at < 2) return {};
    // The space before field 3, the state; the start time is field 22.
    entry found{at[1], 0};
    for (int field = 3; field < 22 && at != end; ++field) at = std::find(at + 1, end, ' ');
    if (at == end) return {};
    std::from_chars(at + 1, end, found.started);
    return found;
}

/// Whether the process behind `pidfd` ended before `limit`.
[[nodiscard]] inline bool has_ended(int pidfd, deadline limit) {
    for (;;) {
        timespec const left = timespec_until(limit);
        pollfd watched{pidfd, POLLIN, 0};
        int const ready = ::ppoll(&watched, 1, limit == never ? nullptr : &left, nullptr);
        if (ready > 0) return true;
        if (ready == 0 && clock::now() >= limit) return false;
    }
}

}  // namespace process_detail

namespace process_detail {

inline thread_local constinit process_id self{};

[[gnu::noinline, gnu::cold]] inline void ask_self() {
    // The forking thread is the only one that lives on, in another process.
    static int const forgets = ::pthread_atfork(nullptr, nullptr, [] { self = {}; });
    if (forgets != 0) throw std::system_error(forgets, std::generic_category(), "pthread_atfork");
    ::pid_t const number = ::getpid();
    self = {number, look_up(number).started};
}

/// Whether all threads of the process `number` have ended, asked of the kernel.
[[nodiscard]] inline bool all_threads_ended(::pid_t number) {
    int const file = static_cast<int>(::syscall(SYS_pidfd_open, number, 0));
    if (file < 0) return errno == ESRCH;
    pollfd watched{file, POLLIN, 0};
    bool const ended = ::poll(&watched, 1, 0) > 0;
    ::close(file);
    return ended;
}

}  // namespace process_detail

/// Remembered: the first call of a thread reads /proc.
[[nodiscard]] inline process_id this_process() {
    if (process_detail::self.number == 0) process_detail::ask_self();
    return process_detail::self;
}

/// Whether that very process runs: not one that got its number later, nor one that has ended and
/// waits for its parent to notice. If not, everything that it did happens before the return: the
/// kernel orders its end before the answer. Reads /proc, which must show other processes; tens of
/// microseconds, so for slow paths.
[[nodiscard]] inline bool is_alive(process_id who) {
    process_detail::entry const now = process_detail::look_up(who.number);
    if (now.state == 0 || now.started != who.started) return false;
    // A main thread that ended before the other threads of its process looks like a zombie.
    if (now.state == 'Z' || now.state == 'X') return !process_detail::all_threads_ended(who.number);
    return true;
}

/// How many processors this process may use; at least 1.
[[nodiscard]] inline int usable_processors() noexcept {
    ::cpu_set_t set;
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

/// Kills this process when every copy of the other end of `life` is closed, that is, when the
/// processes that hold it have ended. Unlike the death signal of a thread's end it does not care
/// which thread started this process. Nothing may ever be sent through that socket pair, and no
/// other process may call this for the same end. Throws std::system_error.
inline void die_when_closed(packet_socket const& life) {
    int const number = life.number();
    if (::fcntl(number, F_SETOWN, ::getpid()) != 0 || ::fcntl(number, F_SETSIG, SIGKILL) != 0 ||
        ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) | O_ASYNC) != 0)
        throw std::system_error(errno, std::generic_category(), "die_when_closed: fcntl");
    if (life.peer_is_gone()) ::kill(::getpid(), SIGKILL);  // it closed before the lines above
}

/// A child process that runs `body`, which shares with the parent what was in shared memory and has
/// copies of everything else.
///
/// The child is killed when the thread that started it ends. Start it from a process with a single
/// thread: a lock that another thread held at that instant stays locked in the child for ever.
/// Exit code: what body returns if that is an int, else 0. An exception that escapes body aborts
/// the child, as in a thread. Neither destructors of outer objects nor atexit functions run in it,
/// and buffered output that body does not flush is lost.
class process {
public:
    /// Throws std::system_error when it cannot be started.
    template <std::invocable Body>
    explicit process(Body body, fork_options how = {}) {
        ::pid_t const parent = ::getpid();
        ::pid_t const number = ::fork();
        if (number < 0) throw std::system_error(errno, std::generic_category(), "process: fork");
        if (number == 0) run(body, how.die_with_parent ? parent : 0);
        pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, number, 0));
        if (pidfd_ < 0) {
            int const error = errno;
            ::kill(number, SIGKILL);
            ::waitpid(number, nullptr, 0);
            throw std::system_error(error, std::generic_category(), "process: pidfd_open");
        }
        id_ = {number, process_detail::look_up(number).started};
    }
    /// Starts another program. Any process may do that, whatever its threads do: the child runs no
    /// code of this program. Throws std::system_error, also when the program cannot be executed.
    explicit process(command const& what) {
        spawn_detail::started const child = spawn_detail::spawn(what);
        pidfd_ = child.pidfd;
        id_ = {child.number, process_detail::look_up(child.number).started};
    }
    process(process&& other) noexcept
        : pidfd_(std::exchange(other.pidfd_, -1)), id_(other.id_), ended_(other.ended_) {}
    process& operator=(process&& other) {
        if (this != &other) {
            if (pidfd_ >= 0) (void)join();
            pidfd_ = std::exchange(other.pidfd_, -1);
            id_ = other.id_;
            ended_ = other.ended_;
        }
        return *this;
    }
    /// Joins, as std::jthread does.
    ~process() {
        if (pidfd_ >= 0) (void)join();
    }

    /// Waits until it has ended; everything the child did happens before the return. Again: the
    /// same answer at once.
    exit_status join(site = {}) {
        if (pidfd_ >= 0) reap();
        return ended_;
    }

    /// As join, unless `limit` passes first; returns whether it had ended by then.
    [[nodiscard]] bool join_until(deadline limit, exit_status& how, site = {}) {
        if (pidfd_ >= 0) {
            if (!process_detail::has_ended(pidfd_, limit)) return false;
            reap();
        }
        how = ended_;
        return true;
    }

    template <class Rep, class Period>
    [[nodiscard]] bool join_for(std::chrono::duration<Rep, Period> span, exit_status& how) {
        return join_until(racekit::after(span), how);
    }

    /// Whether it runs: it was not joined, and has not ended.
    [[nodiscard]] bool is_running(site = {}) const {
        return pidfd_ >= 0 && !process_detail::has_ended(pidfd_, deadline::min());
    }

    /// SIGKILL. Nothing happens if it has ended.
    void kill(site = {}) noexcept { send_signal(SIGKILL); }
    /// SIGTERM, which the process may handle or ignore.
    void terminate(site = {}) noexcept { send_signal(SIGTERM); }
    /// Nothing happens if it has ended: no process that got its number later is hit.
    void send_signal(int signal) noexcept {
        if (pidfd_ >= 0) ::syscall(SYS_pidfd_send_signal, pidfd_, signal, nullptr, 0);
    }

    [[nodiscard]] process_id id() const noexcept { return id_; }
    /// Readable when the process has ended: for poll(2) and wait(). -1 after join().
    [[nodiscard]] int number() const noexcept { return pidfd_; }

private:
    template <class Body>
    [[noreturn]] static void run(Body& body, ::pid_t parent) noexcept {
        if (parent != 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() != parent) ::_exit(128 + SIGKILL);  // it died before the line above
        }
        if constexpr (std::convertible_to<std::invoke_result_t<Body&>, int>) {
            ::_exit(body());
        } else {
            body();
            ::_exit(0);
        }
    }

    void reap() {
        int status = 0;
        while (::waitpid(id_.number, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFSIGNALED(status)) ended_.signal = WTERMSIG(status);
        if (WIFEXITED(status)) ended_.code = WEXITSTATUS(status);
        ::close(std::exchange(pidfd_, -1));
    }

    int pidfd_ = -1;
    process_id id_;
    exit_status ended_;
};

}  // namespace racekit
