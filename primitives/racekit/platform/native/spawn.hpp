// SPDX-License-Identifier: MIT
// spawn: starts another program, with exactly the descriptors that it is given.
#pragma once

#include <racekit/platform/native/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace racekit {

/// A program to execute.
struct command {
    std::vector<std::string> words;  ///< the program, looked up in PATH, and its arguments
    /// Descriptors of this process, and the numbers that they have there. 0, 1 and 2 are passed on
    /// unless something else is given for them; no other descriptor is.
    std::vector<std::pair<int, int>> descriptors = {};
    /// "NAME=value"; without it, the environment of this process.
    std::optional<std::vector<std::string>> environment = std::nullopt;
    std::string directory = {};  ///< to work in; empty: that of this process
    bool die_with_parent = true;
};

namespace spawn_detail {

struct started {
    ::pid_t number = 0;
    int pidfd = -1;
};

/// What the child needs, prepared by the parent: the child runs in the parent's memory until it
/// executes the program, so it allocates nothing and calls only what the kernel answers.
struct plan {
    command const* what = nullptr;
    std::vector<char*> words;
    std::vector<char*> environment;
    std::vector<int> copies;  // of the descriptors, above all numbers that they will have
    int least_copy = 3;
    ::pid_t parent = 0;
    sigset_t signals{};
    int error = 0;  // of the step that failed
};

inline int fail(plan& by) {
    by.error = errno != 0 ? errno : EINVAL;
    return 127;
}

/// Puts the descriptors to their numbers; all others above 2 close when the program is executed.
__attribute__((no_sanitize("thread"))) __attribute__((no_sanitize("address"))) inline bool
arrange_descriptors(plan& by) {
    auto const& wanted = by.what->descriptors;
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        by.copies[at] = ::fcntl(wanted[at].first, F_DUPFD_CLOEXEC, by.least_copy);
        if (by.copies[at] < 0) return false;
    }
    constexpr unsigned close_on_exec = 1U << 2;  // CLOSE_RANGE_CLOEXEC
    if (::syscall(SYS_close_range, 3U, ~0U, close_on_exec) != 0) return false;
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        if (::dup2(by.copies[at], wanted[at].second) < 0) return false;
    }
    return true;
}

__attribute__((no_sanitize("thread"))) __attribute__((no_sanitize("address"))) inline int run_child(
    void* given) {
    plan& by = *static_cast<plan*>(given);
    if (by.what->die_with_parent) {
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail(by);
        if (::getppid() != by.parent) ::_exit(128 + SIGKILL);
    }
    // No handler of the parent may run here: the memory is the parent's.
    for (int each = 1; each < SIGRTMAX; ++each) {
        struct sigaction now{};
        if (::sigaction(each, nullptr, &now) != 0 || now.sa_handler == SIG_IGN) continue;
        now = {};
        now.sa_handler = SIG_DFL;
        ::sigaction(each, &now, nullptr);
    }
    if (!arrange_descriptors(by)) return fail(by);
    if (!by.what->directory.empty() && ::chdir(by.what->directory.c_str()) != 0) return fail(by);
    ::sigprocmask(SIG_SETMASK, &by.signals, nullptr);
    ::execvpe(by.words[0], by.words.data(),
              by.what->environment ? by.environment.data() : ::environ);
    return fail(by);
}

inline std::vector<char*> pointers(std::vector<std::string> const& words) {
    std::vector<char*> all;
    for (std::string const& each : words) all.push_back(const_cast<char*>(each.c_str()));
    all.push_back(nullptr);
    return all;
}

/// As posix_spawn, which can neither name a death signal nor tell the parent a pidfd: a child that
/// shares the memory of the parent, which sleeps until the program is executed.
inline started spawn(command const& what) {
    if (what.words.empty())
        throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                                "process: a command has at least the name of its program");
    plan by;
    by.what = &what;
    by.words = pointers(what.words);
    if (what.environment) by.environment = pointers(*what.environment);
    by.copies.resize(what.descriptors.size(), -1);
    for (auto const& [here, there] : what.descriptors)
        by.least_copy = std::max(by.least_copy, there + 1);
    by.parent = ::getpid();
    constexpr std::size_t stack_size = 256 * 1024;
    auto const stack = std::make_unique<std::byte[]>(stack_size);
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &by.signals);
    started child;
    child.number = ::clone(run_child, stack.get() + stack_size,
                           CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &by, &child.pidfd);
    int const error = child.number < 0 ? errno : by.error;
    ::pthread_sigmask(SIG_SETMASK, &by.signals, nullptr);
    if (error == 0) return child;
    if (child.number > 0) {
        ::waitpid(child.number, nullptr, 0);
        ::close(child.pidfd);
    }
    throw std::system_error(error, std::generic_category(),
                            "process: cannot execute " + what.words[0]);
}

}  // namespace spawn_detail

}  // namespace racekit
