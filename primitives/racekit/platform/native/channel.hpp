// SPDX-License-Identifier: MIT
// Byte channels between processes: pipes and socket pairs.
//
// An end may lie in memory that several processes share, each holding its own copy of the
// descriptor under the same number, as fork leaves it. Therefore nothing about an end changes after
// construction but by moving it: close() closes this process's copy and writes nothing down, and
// whether this process holds the end open is asked of the kernel, which knows the file by device,
// inode and direction, so that a number that was used again for something else is not taken for the
// end. Moving an end writes to it: move only what no other process uses.
//
// A child inherits every end that is open at fork; each process closes those that it does not use.
// A reader sees the end only when all copies of the writing end are closed, its own among them.
// Descriptors close on exec. Using an end that this process has closed is an error of the caller.
#pragma once

#include <racekit/platform/native/timespec.hpp>
#include <racekit/platform/site.hpp>
#include <racekit/platform/transfer.hpp>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <span>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace racekit {

/// A write of up to this many bytes into a byte_pipe goes in whole, not mixed with other writes.
inline constexpr std::size_t pipe_atomic_write = PIPE_BUF;
/// What a byte_pipe holds before writers wait.
inline constexpr std::size_t pipe_capacity = 65536;

namespace channel_detail {

/// A descriptor number and what it stood for when it was new.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {
        struct stat about{};
        if (::fstat(number, &about) != 0)
            throw std::system_error(errno, std::generic_category(), "channel: fstat");
        device_ = about.st_dev;
        inode_ = about.st_ino;
        direction_ = ::fcntl(number, F_GETFL) & O_ACCMODE;
    }
    descriptor(descriptor&& other) noexcept
        : number_(std::exchange(other.number_, -1)),
          direction_(other.direction_),
          device_(other.device_),
          inode_(other.inode_) {}
    descriptor& operator=(descriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = std::exchange(other.number_, -1);
            direction_ = other.direction_;
            device_ = other.device_;
            inode_ = other.inode_;
        }
        return *this;
    }
    ~descriptor() { close(); }

    [[nodiscard]] int number() const noexcept { return number_; }

    [[nodiscard]] bool is_open() const noexcept {
        struct stat now{};
        return number_ >= 0 && ::fstat(number_, &now) == 0 && now.st_dev == device_ &&
               now.st_ino == inode_ && (::fcntl(number_, F_GETFL) & O_ACCMODE) == direction_;
    }

    void close() const noexcept {
        // Not retried after EINTR: Linux has released the number by then.
        if (is_open()) ::close(number_);
    }

private:
    int number_ = -1;
    int direction_ = 0;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

/// Sleeps until `events` or `limit`; false: the limit passed.
[[nodiscard]] inline bool wait_for(int number, short events, deadline limit) noexcept {
    for (;;) {
        timespec const left = timespec_until(limit);
        if (left.tv_sec == 0 && left.tv_nsec == 0) return false;
        pollfd watched{number, events, 0};
        // Any other result of poll appears as an error of the next read or write.
        int const ready = ::ppoll(&watched, 1, limit == never ? nullptr : &left, nullptr);
        if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    }
}

/// Calls `attempt` (which must not block) until it moves bytes, fails or `limit` passes.
template <class Attempt>
transfer move_bytes(int number, short events, deadline limit, Attempt attempt) noexcept {
    for (;;) {
        ::ssize_t const moved = attempt();
        if (moved >= 0) return {static_cast<std::size_t>(moved), {}};
        if (errno == EINTR) continue;
        if (errno != EAGAIN)  // on Linux EWOULDBLOCK is the same
            return {0, std::error_code(errno, std::generic_category())};
        if (!wait_for(number, events, limit))
            return {0, std::make_error_code(std::errc::timed_out)};
    }
}

/// The result of one system call.
inline transfer one_call(::ssize_t moved) noexcept {
    if (moved >= 0) return {static_cast<std::size_t>(moved), {}};
    return {0, std::error_code(errno, std::generic_category())};
}

/// write(2) that answers EPIPE without SIGPIPE. The signal goes to the writing thread, so it can be
/// held back and taken off again there; what the program does with SIGPIPE elsewhere is untouched.
[[nodiscard]] inline ::ssize_t write_quietly(int number, void const* from,
                                             std::size_t size) noexcept {
    sigset_t broken_pipe;
    sigset_t before;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    sigset_t pending;
    bool const was_blocked = sigismember(&before, SIGPIPE) == 1;
    bool const was_pending =
        was_blocked && ::sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    ::ssize_t const moved = ::write(number, from, size);
    int const error = errno;
    if (moved < 0 && error == EPIPE && !was_pending) {
        timespec const at_once{};
        while (::sigtimedwait(&broken_pipe, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    if (!was_blocked) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return moved;
}

}  // namespace channel_detail

class byte_socket;

/// The reading end of a byte_pipe.
class byte_reader {
public:
    /// A closed end.
    byte_reader() = default;

    /// Reads what is there, at most `most` bytes; waits for the first one until `limit`.
    /// A limit that has passed still takes what is there. Orders: everything before a write happens
    /// before the return of the read that gets its bytes.
    [[nodiscard]] transfer read_some(void* to, std::size_t most, deadline limit = never,
                                     site = {}) noexcept {
        int const number = end_.number();
        return channel_detail::move_bytes(number, POLLIN, limit,
                                          [=] { return ::read(number, to, most); });
    }

    /// One read(2), as the kernel answers it: it may be short; errors are interrupted (a signal
    /// came) and resource_unavailable_try_again (nothing is there) among others.
    [[nodiscard]] transfer read_once(void* to, std::size_t most, site = {}) noexcept {
        return channel_detail::one_call(::read(end_.number(), to, most));
    }

    /// As read_some, but it returns std::errc::connection_aborted when nothing is there and the
    /// other end of one of `watched`, into which nobody writes, is closed.
    [[nodiscard]] transfer read_some_watching(void* to, std::size_t most,
                                              std::span<byte_socket const* const> watched,
                                              deadline limit = never, site = {});

    /// Closes this process's copy; closing it again does nothing.
    void close(site = {}) noexcept { end_.close(); }
    /// Whether this process holds a copy open.
    [[nodiscard]] bool is_open() const noexcept { return end_.is_open(); }

private:
    friend struct byte_pipe;
    explicit byte_reader(int number) : end_(number) {}
    channel_detail::descriptor end_;
};

/// The writing end of a byte_pipe.
class byte_writer {
public:
    /// A closed end.
    byte_writer() = default;

    /// Writes at most `size` bytes, waiting for room until `limit`. Up to pipe_atomic_write bytes
    /// go in all or none; of more, as many as there is room for.
    [[nodiscard]] transfer write_some(void const* from, std::size_t size, deadline limit = never,
                                      site = {}) noexcept {
        int const number = end_.number();
        return channel_detail::move_bytes(number, POLLOUT, limit, [=] {
            return channel_detail::write_quietly(number, from, size);
        });
    }

    /// One write(2), as the kernel answers it: it may be short; errors are interrupted (a signal
    /// came) and resource_unavailable_try_again (no room) among others.
    [[nodiscard]] transfer write_once(void const* from, std::size_t size, site = {}) noexcept {
        return channel_detail::one_call(channel_detail::write_quietly(end_.number(), from, size));
    }

    void close(site = {}) noexcept { end_.close(); }
    [[nodiscard]] bool is_open() const noexcept { return end_.is_open(); }

private:
    friend struct byte_pipe;
    explicit byte_writer(int number) : end_(number) {}
    channel_detail::descriptor end_;
};

/// pipe2(2). Throws std::system_error when it cannot be made.
struct byte_pipe {
    byte_reader reader;
    byte_writer writer;

    byte_pipe() {
        // Non-blocking, so that a deadline holds although another reader or writer came first.
        int numbers[2];
        if (::pipe2(numbers, O_CLOEXEC | O_NONBLOCK) != 0)
            throw std::system_error(errno, std::generic_category(), "byte_pipe: pipe2");
        reader = byte_reader(numbers[0]);
        writer = byte_writer(numbers[1]);
    }
};

/// One end of a socket_pair: what is written into it, the other end reads.
class byte_socket {
public:
    /// A closed end.
    byte_socket() = default;

    /// As byte_reader::read_some; also std::errc::connection_reset, when the other end was closed
    /// with bytes in it that were not read.
    [[nodiscard]] transfer read_some(void* to, std::size_t most, deadline limit = never,
                                     site = {}) noexcept {
        int const number = end_.number();
        int const flags = limit == never ? 0 : MSG_DONTWAIT;
        return channel_detail::move_bytes(number, POLLIN, limit,
                                          [=] { return ::recv(number, to, most, flags); });
    }

    /// Writes at most `size` bytes; waits for room until `limit`. Nothing goes in whole by promise.
    [[nodiscard]] transfer write_some(void const* from, std::size_t size, deadline limit = never,
                                      site = {}) noexcept {
        int const number = end_.number();
        int const flags = MSG_NOSIGNAL | (limit == never ? 0 : MSG_DONTWAIT);
        return channel_detail::move_bytes(number, POLLOUT, limit,
                                          [=] { return ::send(number, from, size, flags); });
    }

    /// One read(2), as the kernel answers it: it may be short; errors are interrupted (a signal
    /// came) and resource_unavailable_try_again (nothing is there) among others.
    [[nodiscard]] transfer read_once(void* to, std::size_t most, site = {}) noexcept {
        return channel_detail::one_call(::recv(end_.number(), to, most, MSG_DONTWAIT));
    }
    /// One write(2), as the kernel answers it: it may be short; errors are interrupted (a signal
    /// came) and resource_unavailable_try_again (no room) among others.
    [[nodiscard]] transfer write_once(void const* from, std::size_t size, site = {}) noexcept {
        return channel_detail::one_call(
            ::send(end_.number(), from, size, MSG_NOSIGNAL | MSG_DONTWAIT));
    }

    void close(site = {}) noexcept { end_.close(); }
    [[nodiscard]] bool is_open() const noexcept { return end_.is_open(); }
    [[nodiscard]] int number() const noexcept { return end_.number(); }

private:
    friend struct socket_pair;
    explicit byte_socket(int number) : end_(number) {}
    channel_detail::descriptor end_;
};

inline transfer byte_reader::read_some_watching(void* to, std::size_t most,
                                                std::span<byte_socket const* const> watched,
                                                deadline limit, site) {
    std::vector<pollfd> all{{end_.number(), POLLIN, 0}};
    for (byte_socket const* each : watched) all.push_back({each->number(), POLLIN, 0});
    for (;;) {
        timespec const left = timespec_until(limit);
        int const ready =
            ::ppoll(all.data(), all.size(), limit == never ? nullptr : &left, nullptr);
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) return {0, std::make_error_code(std::errc::timed_out)};
        if (ready < 0 || all[0].revents != 0) return read_some(to, most, limit);
        return {0, std::make_error_code(std::errc::connection_aborted)};
    }
}

/// socketpair(2), a stream both ways. Throws std::system_error when it cannot be made.
struct socket_pair {
    byte_socket first;
    byte_socket second;

    socket_pair() {
        int numbers[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, numbers) != 0)
            throw std::system_error(errno, std::generic_category(), "socket_pair: socketpair");
        first = byte_socket(numbers[0]);
        second = byte_socket(numbers[1]);
    }
};

}  // namespace racekit
