#include "contained.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace racekit {

std::optional<int> go_on_in_a_child() {
    std::cout.flush();
    std::fflush(nullptr);  // or both would write it
    pid_t const parent = ::getpid();
    pid_t const child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) std::_Exit(EXIT_FAILURE);  // it died before we could say so
        return std::nullopt;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
    }
    if (WIFEXITED(status)) std::_Exit(WEXITSTATUS(status));
    return WTERMSIG(status);
}

}  // namespace racekit
