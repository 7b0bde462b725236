// SPDX-License-Identifier: MIT
#include "child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace racekit {
namespace {

/// Like fork(), but the child is killed when this process ends.
pid_t new_child() {
    std::cout.flush();
    std::fflush(nullptr);  // otherwise both processes would write the buffered text
    pid_t const parent = ::getpid();
    pid_t const child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) std::_Exit(EXIT_FAILURE);  // it died before prctl
    }
    return child;
}

int status_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
    }
    return status;
}

void write_all(int to, std::string const& text) {
    for (std::size_t at = 0; at < text.size();) {
        ssize_t const written = ::write(to, text.data() + at, text.size() - at);
        if (written > 0) at += static_cast<std::size_t>(written);
        else if (errno != EINTR) std::_Exit(EXIT_FAILURE);
    }
}

std::string read_all(int from) {
    std::string text;
    char bytes[4096];
    for (;;) {
        ssize_t const got = ::read(from, bytes, sizeof bytes);
        if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
        else if (got == 0 || errno != EINTR) return text;
    }
}

}  // namespace

std::optional<int> continue_in_child() {
    pid_t const child = new_child();
    if (child == 0) return std::nullopt;
    int const status = status_of(child);
    if (WIFEXITED(status)) std::_Exit(WEXITSTATUS(status));
    return WTERMSIG(status);
}

child_result run_in_child(std::function<std::string()> const& work) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe2");
    pid_t const child = new_child();
    if (child == 0) {
        ::close(ends[0]);
        // No exception may unwind into the caller: its code belongs to the parent.
        [&]() noexcept { write_all(ends[1], work()); }();
        std::cout.flush();
        std::fflush(nullptr);
        std::_Exit(EXIT_SUCCESS);
    }
    ::close(ends[1]);
    child_result end;
    end.returned = read_all(ends[0]);
    ::close(ends[0]);
    int const status = status_of(child);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    else if (WEXITSTATUS(status) != EXIT_SUCCESS)
        throw std::system_error(EPROTO, std::generic_category(), "the child sent no result");
    return end;
}

}  // namespace racekit
