// SPDX-License-Identifier: MIT
#include "workers.hpp"

#include "model/runtime/crash_guard.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <cstring>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace racekit::model {
namespace {

constexpr int idle_milliseconds = 50;

[[noreturn]] void failed(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void wire::send(std::string const& line) const {
    std::string const whole = line + "\n";
    for (std::size_t at = 0; at < whole.size();) {
        ssize_t const written = ::write(descriptor_, whole.data() + at, whole.size() - at);
        if (written > 0) at += static_cast<std::size_t>(written);
        else if (errno != EINTR) ::_exit(1);  // the parent reads no more
    }
}

void workers::start(std::function<void(wire const&)> const& work) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) failed("no pipe to a worker");
    pid_t const parent = ::getpid();
    pid_t const process = ::fork();
    if (process < 0) failed("no worker");
    if (process == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        ::close(ends[0]);
        for (one const& other : all_) ::close(other.descriptor);
        {
            crash_guard const watching;  // timers do not survive a fork
            work(wire(ends[1]));
        }
        ::_exit(0);  // without writing the buffers that it has from its parent
    }
    ::close(ends[1]);
    all_.push_back({process, ends[0], ""});
}

std::string workers::receive(std::function<void(std::size_t, std::string_view)> const& received,
                          std::function<void()> const& idle) {
    std::string trouble;
    std::size_t running = all_.size();
    while (running > 0) {
        std::vector<pollfd> ends;
        for (one const& each : all_) ends.push_back({each.descriptor, POLLIN, 0});
        (void)::poll(ends.data(), ends.size(), idle_milliseconds);
        for (std::size_t number = 0; number < all_.size(); ++number) {
            one& each = all_[number];
            if (ends[number].revents == 0 || each.descriptor < 0) continue;
            char piece[1 << 16];
            ssize_t const size = ::read(each.descriptor, piece, sizeof piece);
            if (size < 0 && errno == EINTR) continue;
            if (size > 0) {
                each.unfinished.append(piece, static_cast<std::size_t>(size));
                std::size_t begin = 0;
                for (std::size_t end;
                     (end = each.unfinished.find('\n', begin)) != std::string::npos;
                     begin = end + 1)
                    received(number, std::string_view(each.unfinished).substr(begin, end - begin));
                each.unfinished.erase(0, begin);
                continue;
            }
            ::close(each.descriptor);
            each.descriptor = -1;
            --running;
            int status = 0;
            while (::waitpid(each.process, &status, 0) < 0 && errno == EINTR) {
            }
            each.process = -1;
            if (WIFSIGNALED(status))
                trouble = std::string("a worker died of ") + ::sigdescr_np(WTERMSIG(status));
            else if (WEXITSTATUS(status) != 0)
                trouble = "a worker ended with exit code " + std::to_string(WEXITSTATUS(status));
        }
        idle();
    }
    return trouble;
}

workers::~workers() {
    for (one const& each : all_) {
        if (each.descriptor >= 0) ::close(each.descriptor);
        if (each.process < 0) continue;
        ::kill(each.process, SIGKILL);
        while (::waitpid(each.process, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

}  // namespace racekit::model
