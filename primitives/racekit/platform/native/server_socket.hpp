// SPDX-License-Identifier: MIT
// Sockets of a server process and its clients, and the set of descriptors that its loop waits for.
//
// All are non-blocking and close on exec. A listener at a path holds a lock on `path.lock` for its
// life, so a path has one owner; a socket that an owner left behind is replaced.
#pragma once

#include <racekit/platform/native/clock.hpp>
#include <racekit/platform/native/descriptor.hpp>
#include <racekit/platform/native/timespec.hpp>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace racekit {

/// Bytes that nobody can guess. Throws std::system_error.
inline void fill_random(void* to, std::size_t size) {
    if (::getrandom(to, size, 0) != static_cast<::ssize_t>(size))
        throw std::system_error(errno, std::generic_category(), "getrandom");
}

/// Where a server listens: "unix:/path" or "tcp:host:port"; a bare path is a unix one.
struct server_address {
    bool is_tcp = false;
    std::string path;  // or host
    std::string port;

    /// Throws std::invalid_argument, which says what is wrong.
    [[nodiscard]] static server_address from_text(std::string_view text);
    [[nodiscard]] std::string text() const {
        return is_tcp ? "tcp:" + path + ":" + port : "unix:" + path;
    }
};

namespace socket_detail {

[[noreturn]] inline void fail(std::string const& what, int error = errno) {
    throw std::system_error(error, std::generic_category(), what);
}

inline sockaddr_un unix_address(std::string const& path) {
    sockaddr_un made{};
    made.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof made.sun_path)
        throw std::invalid_argument("a socket path has 1 to " +
                                    std::to_string(sizeof made.sun_path - 1) + " characters: '" +
                                    path + "'");
    std::memcpy(made.sun_path, path.data(), path.size());
    return made;
}

/// Calls with(address, size, family) for each address of a name until it returns true.
template <class With>
bool each_tcp_address(server_address const& where, bool passive, With with) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = passive ? AI_PASSIVE : 0;
    addrinfo* all = nullptr;
    int const failed = ::getaddrinfo(where.path.c_str(), where.port.c_str(), &hints, &all);
    if (failed != 0) throw std::invalid_argument(where.text() + ": " + ::gai_strerror(failed));
    bool done = false;
    for (addrinfo* each = all; each != nullptr && !done; each = each->ai_next)
        done = with(each->ai_addr, each->ai_addrlen, each->ai_family);
    ::freeaddrinfo(all);
    return done;
}

inline void set_option(int number, int level, int name, int value) {
    (void)::setsockopt(number, level, name, &value, sizeof value);
}
/// Small messages at once; a host that is gone is noticed within five seconds.
inline void tune_tcp(int number) {
    set_option(number, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(number, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(number, IPPROTO_TCP, TCP_KEEPIDLE, 1);
    set_option(number, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set_option(number, IPPROTO_TCP, TCP_KEEPCNT, 4);
    set_option(number, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
}

}  // namespace socket_detail

inline server_address server_address::from_text(std::string_view text) {
    if (!text.starts_with("tcp:")) {
        if (text.starts_with("unix:")) text.remove_prefix(5);
        else if (text.substr(0, text.find('/')).find(':') != std::string_view::npos)
            throw std::invalid_argument("an address is unix:PATH or tcp:HOST:PORT, not '" +
                                        std::string(text) + "'");
        server_address made{false, std::string(text), {}};
        (void)socket_detail::unix_address(made.path);
        return made;
    }
    text.remove_prefix(4);
    std::size_t const colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
        throw std::invalid_argument(
            "an address over TCP is tcp:host:port, not 'tcp:" + std::string(text) + "'");
    return {true, std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

/// A connected stream.
class stream_socket {
public:
    stream_socket() = default;
    explicit stream_socket(descriptor end, bool is_tcp = false)
        : end_(std::move(end)), is_tcp_(is_tcp) {}

    /// Connects before `limit`. Errors: those of connect(2), timed_out. Throws for a wrong address.
    static stream_socket connect(server_address const& to, deadline limit, std::error_code& error) {
        stream_socket made;
        error = std::make_error_code(std::errc::connection_refused);
        auto const attempt = [&](sockaddr const* at, ::socklen_t size, int family) {
            made.end_ = descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            made.is_tcp_ = family != AF_UNIX;
            if (!made.end_.is_open()) {
                error = {errno, std::generic_category()};
                return false;
            }
            if (made.is_tcp_) socket_detail::tune_tcp(made.number());
            int result = 0;
            // A unix socket whose queue is full says EAGAIN and cannot be polled for.
            while ((result = ::connect(made.number(), at, size)) != 0 && errno == EAGAIN &&
                   clock::now() < limit)
                ::usleep(200);
            if (result != 0 && errno == EINPROGRESS) {
                if (!made.wait_for(POLLOUT, limit)) {
                    error = std::make_error_code(std::errc::timed_out);
                    return false;
                }
                ::socklen_t length = sizeof result;
                (void)::getsockopt(made.number(), SOL_SOCKET, SO_ERROR, &result, &length);
                errno = result;
            }
            error =
                result == 0 ? std::error_code{} : std::error_code(errno, std::generic_category());
            return result == 0;
        };
        if (to.is_tcp) {
            (void)socket_detail::each_tcp_address(to, false, attempt);
        } else {
            sockaddr_un const at = socket_detail::unix_address(to.path);
            (void)attempt(reinterpret_cast<sockaddr const*>(&at), sizeof at, AF_UNIX);
        }
        if (error) made.close();
        return made;
    }

    /// One system call: the bytes moved; 0 of a read is the end; below 0 minus the error.
    [[nodiscard]] std::ptrdiff_t read(void* to, std::size_t most) const noexcept {
        ::ssize_t const got = ::recv(number(), to, most, MSG_DONTWAIT);
        return got < 0 ? -errno : got;
    }
    [[nodiscard]] std::ptrdiff_t write(void const* from, std::size_t size) const noexcept {
        ::ssize_t const put = ::send(number(), from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        return put < 0 ? -errno : put;
    }
    [[nodiscard]] static bool is_again(std::ptrdiff_t result) noexcept {
        return result == -EAGAIN || result == -EINTR;
    }
    /// One byte with descriptors beside it. False: it could not be sent.
    [[nodiscard]] bool send_descriptor(int which) const noexcept {
        char byte = 0;
        iovec part{&byte, 1};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(head), &which, sizeof which);
        return ::sendmsg(number(), &message, MSG_NOSIGNAL) == 1;
    }
    [[nodiscard]] descriptor receive_descriptor(deadline limit) const {
        char byte = 0;
        iovec part{&byte, 1};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        if (!wait_for(POLLIN, limit) || ::recvmsg(number(), &message, MSG_CMSG_CLOEXEC) != 1)
            return {};
        cmsghdr const* const head = CMSG_FIRSTHDR(&message);
        if (head == nullptr || head->cmsg_type != SCM_RIGHTS ||
            head->cmsg_len != CMSG_LEN(sizeof(int)))
            return {};
        int which = -1;
        std::memcpy(&which, CMSG_DATA(head), sizeof which);
        return descriptor(which);
    }
    [[nodiscard]] bool wait_for(short events, deadline limit) const noexcept {
        for (;;) {
            timespec const left = timespec_until(limit);
            pollfd watched{number(), events, 0};
            int const ready = ::ppoll(&watched, 1, limit == never ? nullptr : &left, nullptr);
            if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
            if (ready == 0) return false;
        }
    }
    /// The user at the other end of a unix socket, when it connected.
    [[nodiscard]] bool peer_user(std::uint32_t& user) const noexcept {
        ucred who{};
        ::socklen_t size = sizeof who;
        if (::getsockopt(number(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
        user = who.uid;
        return true;
    }
    [[nodiscard]] int number() const noexcept { return end_.number(); }
    [[nodiscard]] bool is_open() const noexcept { return end_.is_open(); }
    [[nodiscard]] bool is_tcp() const noexcept { return is_tcp_; }
    void close() noexcept { end_.close(); }

private:
    descriptor end_;
    bool is_tcp_ = false;
};

/// Accepts connections at an address.
class socket_listener {
public:
    /// Throws std::system_error or std::invalid_argument, whose texts say what to do.
    explicit socket_listener(server_address const& at) : at_(at) {
        if (at.is_tcp) listen_tcp();
        else listen_unix();
    }
    /// One that a service manager has opened.
    socket_listener(descriptor ready, bool is_tcp) : end_(std::move(ready)) {
        at_.is_tcp = is_tcp;
        (void)::fcntl(end_.number(), F_SETFL, ::fcntl(end_.number(), F_GETFL) | O_NONBLOCK);
    }
    socket_listener(socket_listener&&) = default;
    socket_listener& operator=(socket_listener&&) = delete;
    ~socket_listener() { close(); }

    /// A connection, if one waits. Error: those of accept(2), resource_unavailable_try_again.
    [[nodiscard]] stream_socket accept(std::error_code& error) const noexcept {
        int const number = ::accept4(end_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (number < 0) {
            error = {errno, std::generic_category()};
            return {};
        }
        error = {};
        if (at_.is_tcp) socket_detail::tune_tcp(number);
        return stream_socket(descriptor(number), at_.is_tcp);
    }
    [[nodiscard]] int number() const noexcept { return end_.number(); }
    [[nodiscard]] bool is_tcp() const noexcept { return at_.is_tcp; }
    /// With the port that the system chose for port 0.
    [[nodiscard]] std::string text() const { return at_.text(); }
    void close() noexcept {
        if (lock_.is_open()) ::unlink(at_.path.c_str());
        end_.close();
        lock_.close();
    }

private:
    void listen_unix() {
        sockaddr_un const address = socket_detail::unix_address(at_.path);
        std::string const lock = at_.path + ".lock";
        check_folder();
        lock_ = descriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!lock_.is_open()) socket_detail::fail(lock);
        if (::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
            int const error = errno;
            lock_.close();
            socket_detail::fail(at_.path + " is in use by another server", error);
        }
        struct stat about{};
        if (::lstat(at_.path.c_str(), &about) == 0) {
            if (!S_ISSOCK(about.st_mode)) {
                lock_.close();
                socket_detail::fail(at_.path + " is there and is no socket", EEXIST);
            }
            ::unlink(at_.path.c_str());  // its owner does not hold the lock any more
        }
        end_ = descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!end_.is_open()) socket_detail::fail("socket");
        ::mode_t const before = ::umask(0177);
        int const bound =
            ::bind(end_.number(), reinterpret_cast<sockaddr const*>(&address), sizeof address);
        int const error = errno;
        ::umask(before);
        if (bound != 0) socket_detail::fail(at_.path, error);
        if (::listen(end_.number(), backlog) != 0) socket_detail::fail(at_.path);
    }
    /// Nobody else may put something else under the path.
    void check_folder() const {
        std::size_t const slash = at_.path.rfind('/');
        std::string const folder = slash == std::string::npos ? "." : at_.path.substr(0, slash + 1);
        struct stat about{};
        if (::stat(folder.c_str(), &about) != 0) socket_detail::fail(folder);
        bool const sticky = (about.st_mode & S_ISVTX) != 0;
        if ((about.st_uid != ::geteuid() && about.st_uid != 0) ||
            ((about.st_mode & 022) != 0 && !sticky))
            socket_detail::fail(folder + ": other users may write there", EPERM);
    }
    void listen_tcp() {
        int error = EADDRNOTAVAIL;
        bool const done = socket_detail::each_tcp_address(
            at_, true, [&](sockaddr const* where, ::socklen_t size, int family) {
                end_ = descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
                if (end_.is_open()) {
                    socket_detail::set_option(end_.number(), SOL_SOCKET, SO_REUSEADDR, 1);
                    if (::bind(end_.number(), where, size) == 0 &&
                        ::listen(end_.number(), backlog) == 0)
                        return true;
                }
                error = errno;
                return false;
            });
        if (!done) socket_detail::fail(at_.text(), error);
        sockaddr_storage bound{};
        ::socklen_t size = sizeof bound;
        if (::getsockname(end_.number(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return;
        std::uint16_t const port = bound.ss_family == AF_INET6
                                       ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(bound).sin_port;
        at_.port = std::to_string(ntohs(port));
    }

    static constexpr int backlog = 4096;

    server_address at_;
    descriptor lock_;
    descriptor end_;
};

/// The descriptors that a loop waits for, each under a number of the caller's choice (epoll(7)).
class descriptor_set {
public:
    /// Throws std::system_error.
    descriptor_set() : set_(::epoll_create1(EPOLL_CLOEXEC)) {
        if (!set_.is_open()) socket_detail::fail("epoll_create1");
    }
    /// False: the kernel has no memory for it.
    [[nodiscard]] bool add(int which, std::uint64_t as) const noexcept {
        return change(EPOLL_CTL_ADD, which, as, true, false);
    }
    void want(int which, std::uint64_t as, bool input, bool room) const noexcept {
        (void)change(EPOLL_CTL_MOD, which, as, input, room);
    }

    struct ready {
        std::uint64_t which;
        bool input;
        bool room;
        bool gone;
    };
    /// Those that are ready, waiting for the first until `limit`. Valid until the next call.
    [[nodiscard]] std::span<ready const> wait(deadline limit) noexcept {
        std::array<epoll_event, most> events;
        int milliseconds = 0;
        if (limit == never) {
            milliseconds = -1;
        } else if (limit != deadline::min()) {
            auto const left =
                std::chrono::ceil<std::chrono::milliseconds>(limit - clock::now()).count();
            milliseconds = left <= 0 ? 0 : left > 60'000 ? 60'000 : static_cast<int>(left);
        }
        int const count = ::epoll_wait(set_.number(), events.data(), most, milliseconds);
        for (int each = 0; each < count; ++each) {
            auto const what = events[static_cast<std::size_t>(each)].events;
            ready_[static_cast<std::size_t>(each)] = {
                events[static_cast<std::size_t>(each)].data.u64, (what & EPOLLIN) != 0,
                (what & EPOLLOUT) != 0, (what & (EPOLLHUP | EPOLLERR)) != 0};
        }
        return {ready_.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
    }

private:
    bool change(int how, int which, std::uint64_t as, bool input, bool room) const noexcept {
        epoll_event event{};
        event.events = (input ? EPOLLIN : 0U) | (room ? EPOLLOUT : 0U);
        event.data.u64 = as;
        return ::epoll_ctl(set_.number(), how, which, &event) == 0;
    }
    static constexpr int most = 256;
    descriptor set_;
    std::array<ready, most> ready_{};
};

/// A descriptor kept back for the time when there is none.
class spare_descriptor {
public:
    spare_descriptor() { open(); }
    /// Accepts and closes one connection, so that its client gets an end of file.
    void refuse_one(socket_listener const& at) noexcept {
        kept_.close();
        std::error_code error;
        (void)at.accept(error);
        open();
    }

private:
    void open() noexcept { kept_ = descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
    descriptor kept_;
};

/// The bytes of a file that only its owner may read. Throws std::system_error.
[[nodiscard]] inline std::string read_secret_file(std::string const& path) {
    descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about{};
    if (!file.is_open() || ::fstat(file.number(), &about) != 0) socket_detail::fail(path);
    if (about.st_uid != ::geteuid() || (about.st_mode & 077) != 0)
        socket_detail::fail(path + ": only its owner may have access (chmod 600)", EPERM);
    std::string content(4096, '\0');
    ::ssize_t const size = ::read(file.number(), content.data(), content.size());
    if (size < 0) socket_detail::fail(path);
    content.resize(static_cast<std::size_t>(size));
    while (!content.empty() && (content.back() == '\n' || content.back() == '\r'))
        content.pop_back();
    return content;
}

[[nodiscard]] inline std::uint32_t effective_user() noexcept { return ::geteuid(); }

}  // namespace racekit
