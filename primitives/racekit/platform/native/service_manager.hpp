// SPDX-License-Identifier: MIT
// What a server program shares with the system around it: sockets that a service manager has opened
// (LISTEN_FDS), the word that it is ready (NOTIFY_SOCKET), signals that end it, and the place of
// its socket where nobody says another.
#pragma once

#include <racekit/platform/native/server_socket.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace racekit {

/// The listening sockets that this process was started with.
[[nodiscard]] inline std::vector<socket_listener> inherited_listeners() {
    std::vector<socket_listener> all;
    char const* const process = ::getenv("LISTEN_PID");
    char const* const count = ::getenv("LISTEN_FDS");
    if (process == nullptr || count == nullptr || ::atol(process) != ::getpid()) return all;
    for (int number = 3; number < 3 + ::atoi(count); ++number) {
        sockaddr_storage at{};
        ::socklen_t size = sizeof at;
        if (::getsockname(number, reinterpret_cast<sockaddr*>(&at), &size) != 0) continue;
        (void)::fcntl(number, F_SETFD, FD_CLOEXEC);
        all.emplace_back(descriptor(number), at.ss_family != AF_UNIX);
    }
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
    return all;
}

/// Tells the service manager, if there is one: "READY=1", "STOPPING=1".
inline void notify_service_manager(std::string_view state) noexcept {
    char const* const path = ::getenv("NOTIFY_SOCKET");
    if (path == nullptr || std::strlen(path) >= sizeof(sockaddr_un::sun_path)) return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strcpy(to.sun_path, path);
    if (path[0] == '@') to.sun_path[0] = 0;
    int const number = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (number < 0) return;
    auto const size = static_cast<::socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    (void)::sendto(number, state.data(), state.size(), MSG_NOSIGNAL,
                   reinterpret_cast<sockaddr const*>(&to), size);
    ::close(number);
}

/// Calls `stop` at SIGINT and SIGTERM; it may only do what a signal handler may. SIGPIPE is
/// ignored, and SIGXFSZ: a file that may not grow is an error of the write.
inline void stop_at_signals(void (*stop)()) noexcept {
    static void (*what)() = nullptr;
    what = stop;
    for (int const signal : {SIGINT, SIGTERM}) {
        struct sigaction how{};
        how.sa_handler = [](int) { what(); };
        how.sa_flags = SA_RESTART;
        ::sigaction(signal, &how, nullptr);
    }
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
}

/// As many descriptors as the system allows this process.
inline void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

/// $RACEKIT_SERVER, or a socket in the user's runtime folder, or in one of this user below /tmp,
/// which `create` makes.
[[nodiscard]] inline std::string usual_server_address(bool create) {
    if (char const* const named = ::getenv("RACEKIT_SERVER")) return named;
    if (char const* const folder = ::getenv("XDG_RUNTIME_DIR"))
        return std::string("unix:") + folder + "/racekit.socket";
    std::string const folder = "/tmp/racekit-" + std::to_string(::geteuid());
    if (create && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        throw std::system_error(errno, std::generic_category(), folder);
    return "unix:" + folder + "/racekit.socket";
}

}  // namespace racekit
