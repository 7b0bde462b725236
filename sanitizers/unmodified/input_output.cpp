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
#include <sys/types.h>
#include <unistd.h>

using namespace racekit::unmodified;

#define RACEKIT_UNSEEN(function)                               \
    if (is_watched()) note_unseen("calls of " #function "()"); \
    RACEKIT_NEXT(function)

extern "C" {

ssize_t read(int from, void* into, std::size_t size) { RACEKIT_UNSEEN(read)(from, into, size); }
ssize_t write(int to, void const* what, std::size_t size) { RACEKIT_UNSEEN(write)(to, what, size); }
ssize_t recv(int from, void* into, std::size_t size, int how) {
    RACEKIT_UNSEEN(recv)(from, into, size, how);
}
ssize_t send(int to, void const* what, std::size_t size, int how) {
    RACEKIT_UNSEEN(send)(to, what, size, how);
}
ssize_t recvmsg(int from, msghdr* into, int how) { RACEKIT_UNSEEN(recvmsg)(from, into, how); }
ssize_t sendmsg(int to, msghdr const* what, int how) { RACEKIT_UNSEEN(sendmsg)(to, what, how); }
int accept(int at, sockaddr* who, socklen_t* size) { RACEKIT_UNSEEN(accept)(at, who, size); }
int connect(int one, sockaddr const* to, socklen_t size) { RACEKIT_UNSEEN(connect)(one, to, size); }
int pipe(int* ends) noexcept { RACEKIT_UNSEEN(pipe)(ends); }
int pipe2(int* ends, int how) noexcept { RACEKIT_UNSEEN(pipe2)(ends, how); }
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
    RACEKIT_UNSEEN(socketpair)(domain, type, protocol, ends);
}
int eventfd(unsigned first, int how) noexcept { RACEKIT_UNSEEN(eventfd)(first, how); }
int poll(pollfd* some, nfds_t count, int limit) { RACEKIT_UNSEEN(poll)(some, count, limit); }
int select(int count, fd_set* readable, fd_set* writable, fd_set* failed, timeval* limit) {
    RACEKIT_UNSEEN(select)(count, readable, writable, failed, limit);
}
int epoll_wait(int set, epoll_event* into, int most, int limit) {
    RACEKIT_UNSEEN(epoll_wait)(set, into, most, limit);
}
int flock(int file, int how) noexcept { RACEKIT_UNSEEN(flock)(file, how); }
int kill(pid_t process, int signal) noexcept { RACEKIT_UNSEEN(kill)(process, signal); }
pid_t fork() noexcept { RACEKIT_UNSEEN(fork)(); }

}  // extern "C"
