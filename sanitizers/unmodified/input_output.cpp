// SPDX-License-Identifier: MIT
// System calls by which threads or processes can tell each other something that the model does not
// see. They are made as they stand; a verdict names those that were made while there were threads.
#include "next_function.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

using namespace racekit::unmodified;

#define RACEKIT_UNSEEN(function)                               \
    if (is_watched()) note_unseen("calls of " #function "()"); \
    RACEKIT_NEXT(function)

/// Of a call by which a thread can wait for what another one does.
#define RACEKIT_UNSEEN_ORDER(function, orders)                         \
    if (is_watched()) note_unseen("calls of " #function "()", orders); \
    RACEKIT_NEXT(function)

namespace {

/// Whether reading there can wait for another thread: not in a file, nor at a terminal.
bool is_channel(int from) {
    struct stat about{};
    return ::fstat(from, &about) != 0 || !(S_ISREG(about.st_mode) || S_ISCHR(about.st_mode));
}

}  // namespace

extern "C" {

ssize_t read(int from, void* into, std::size_t size) {
    RACEKIT_UNSEEN_ORDER(read, is_channel(from))(from, into, size);
}
ssize_t write(int to, void const* what, std::size_t size) { RACEKIT_UNSEEN(write)(to, what, size); }
ssize_t recv(int from, void* into, std::size_t size, int how) {
    RACEKIT_UNSEEN_ORDER(recv, true)(from, into, size, how);
}
ssize_t send(int to, void const* what, std::size_t size, int how) {
    RACEKIT_UNSEEN(send)(to, what, size, how);
}
ssize_t recvmsg(int from, msghdr* into, int how) {
    RACEKIT_UNSEEN_ORDER(recvmsg, true)(from, into, how);
}
ssize_t sendmsg(int to, msghdr const* what, int how) { RACEKIT_UNSEEN(sendmsg)(to, what, how); }
int accept(int at, sockaddr* who, socklen_t* size) {
    RACEKIT_UNSEEN_ORDER(accept, true)(at, who, size);
}
int connect(int one, sockaddr const* to, socklen_t size) { RACEKIT_UNSEEN(connect)(one, to, size); }
int pipe(int* ends) noexcept { RACEKIT_UNSEEN(pipe)(ends); }
int pipe2(int* ends, int how) noexcept { RACEKIT_UNSEEN(pipe2)(ends, how); }
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
    RACEKIT_UNSEEN(socketpair)(domain, type, protocol, ends);
}
int eventfd(unsigned first, int how) noexcept { RACEKIT_UNSEEN(eventfd)(first, how); }
int poll(pollfd* some, nfds_t count, int limit) {
    RACEKIT_UNSEEN_ORDER(poll, true)(some, count, limit);
}
int select(int count, fd_set* readable, fd_set* writable, fd_set* failed, timeval* limit) {
    RACEKIT_UNSEEN_ORDER(select, true)(count, readable, writable, failed, limit);
}
int epoll_wait(int set, epoll_event* into, int most, int limit) {
    RACEKIT_UNSEEN_ORDER(epoll_wait, true)(set, into, most, limit);
}
int flock(int file, int how) noexcept { RACEKIT_UNSEEN_ORDER(flock, true)(file, how); }

}  // extern "C"
