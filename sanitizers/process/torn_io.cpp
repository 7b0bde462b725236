// SPDX-License-Identifier: MIT
// The functions of the C library under their own names: a program that has them here calls these.
#include "torn_io.hpp"

#include "core/splitmix.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit::torn_io {
namespace {

thread_local bool is_on = false;
thread_local std::uint64_t state = 0;
thread_local std::uint64_t torn = 0;

std::uint64_t below(std::uint64_t limit) { return splitmix64(state += golden_gamma) % limit; }

/// Whether the call is to fail now; errno says how.
bool fails(int file, int flags) {
    if (!is_on || below(8) != 0) return false;
    ++torn;
    bool const may_not_wait =
        (flags & MSG_DONTWAIT) != 0 || (::fcntl(file, F_GETFL) & O_NONBLOCK) != 0;
    errno = may_not_wait && below(2) == 0 ? EAGAIN : EINTR;
    return true;
}

bool keeps_bounds(int file) {
    int type = 0;
    ::socklen_t size = sizeof type;
    return ::getsockopt(file, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type != SOCK_STREAM;
}

bool is_pipe(int file) {
    struct stat about{};
    return ::fstat(file, &about) == 0 && S_ISFIFO(about.st_mode);
}

/// How many of `size` bytes this call may move.
std::size_t cut(int file, std::size_t size, bool writes) {
    if (!is_on || size < 2 || below(2) == 0) return size;
    if (keeps_bounds(file) || (writes && size <= PIPE_BUF && is_pipe(file))) return size;
    ++torn;
    return 1 + below(size - 1);
}

}  // namespace

void begin(std::uint64_t seed) {
    state = seed;
    torn = 0;
    is_on = true;
}
void end() { is_on = false; }
std::uint64_t count() { return torn; }

}  // namespace racekit::torn_io

extern "C" {

::ssize_t read(int file, void* to, std::size_t size) {
    using namespace racekit::torn_io;
    if (fails(file, 0)) return -1;
    return ::syscall(SYS_read, file, to, cut(file, size, false));
}
::ssize_t write(int file, void const* from, std::size_t size) {
    using namespace racekit::torn_io;
    if (fails(file, 0)) return -1;
    return ::syscall(SYS_write, file, from, cut(file, size, true));
}
::ssize_t recv(int file, void* to, std::size_t size, int flags) {
    using namespace racekit::torn_io;
    if (fails(file, flags)) return -1;
    return ::syscall(SYS_recvfrom, file, to, cut(file, size, false), flags, nullptr, nullptr);
}
::ssize_t send(int file, void const* from, std::size_t size, int flags) {
    using namespace racekit::torn_io;
    if (fails(file, flags)) return -1;
    return ::syscall(SYS_sendto, file, from, cut(file, size, true), flags, nullptr, 0);
}
::ssize_t recvmsg(int file, msghdr* message, int flags) {
    if (racekit::torn_io::fails(file, flags)) return -1;
    return ::syscall(SYS_recvmsg, file, message, flags);
}
::ssize_t sendmsg(int file, msghdr const* message, int flags) {
    if (racekit::torn_io::fails(file, flags)) return -1;
    return ::syscall(SYS_sendmsg, file, message, flags);
}

}  // extern "C"
