// SPDX-License-Identifier: MIT
// The pipes that are compared: each with two ends, made before the fork.
//
// send() and receive() move a message whose size both sides know.
#pragma once

#include <racekit/pipe/message_pipe.hpp>
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/platform.hpp>

#include <boost/interprocess/ipc/message_queue.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

/// Both sides of a pipe of the kit, as the child and the parent use it.
template <class Pipe>
struct kit_pipe {
    explicit kit_pipe(std::size_t) {}
    void be_first() { mine = pipe.keep_first(); }
    void be_second() { mine = pipe.keep_second(); }
    bool send(char const* from, std::size_t size) { return !mine.send(from, size); }
    bool receive(char* to, std::size_t size) { return bool(mine.receive(to, size)); }
    void close() { mine.close(); }

    Pipe pipe;
    decltype(Pipe().first) mine;
};

/// As kit_pipe, but it sleeps at once: what a round trip costs when both sides sleep.
struct sleepy_ring : kit_pipe<racekit::ring_pipe> {
    explicit sleepy_ring(std::size_t size) : kit_pipe(size) {
        pipe = racekit::ring_pipe(racekit::ring_options{.spending = {0, 0}});
    }
};

/// pipe(2), one for each direction.
struct bare_pipe {
    explicit bare_pipe(std::size_t) {
        if (::pipe(there) != 0 || ::pipe(back) != 0) std::abort();
    }
    ~bare_pipe() {
        for (int const each : {there[0], there[1], back[0], back[1]}) ::close(each);
    }
    void be_first() {
        in = back[0], out = there[1];
        drop(back[1], there[0]);
    }
    void be_second() {
        in = there[0], out = back[1];
        drop(there[1], back[0]);
    }
    static void drop(int one, int other) { ::close(one), ::close(other); }
    bool send(char const* from, std::size_t size) {
        while (size > 0) {
            ::ssize_t const part = ::write(out, from, size);
            if (part <= 0) return false;
            from += part;
            size -= static_cast<std::size_t>(part);
        }
        return true;
    }
    bool receive(char* to, std::size_t size) {
        while (size > 0) {
            ::ssize_t const part = ::read(in, to, size);
            if (part <= 0) return false;
            to += part;
            size -= static_cast<std::size_t>(part);
        }
        return true;
    }
    void close() { ::close(out), ::close(in); }
    int there[2];
    int back[2];
    int in = -1;
    int out = -1;
};

/// socketpair(2), SOCK_SEQPACKET.
struct bare_seqpacket {
    explicit bare_seqpacket(std::size_t) {
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) std::abort();
    }
    void be_first() {
        mine = ends[0];
        ::close(ends[1]);
    }
    void be_second() {
        mine = ends[1];
        ::close(ends[0]);
    }
    bool send(char const* from, std::size_t size) {
        return ::send(mine, from, size, MSG_NOSIGNAL) == static_cast<::ssize_t>(size);
    }
    bool receive(char* to, std::size_t size) {
        return ::recv(mine, to, size, 0) == static_cast<::ssize_t>(size);
    }
    void close() { ::close(mine); }
    int ends[2];
    int mine = -1;
};

/// boost::interprocess::message_queue, one for each direction. A message of no bytes is the end.
struct boost_queue {
    using queue = boost::interprocess::message_queue;
    explicit boost_queue(std::size_t size) {
        std::size_t const places = size <= 4096 ? 256 : 4;
        for (int each = 0; each < 2; ++each) {
            names[each] =
                "racekit_bench_" + std::to_string(::getpid()) + "_" + std::to_string(each);
            queue::remove(names[each].c_str());
            queues[each] = std::make_unique<queue>(boost::interprocess::create_only,
                                                   names[each].c_str(), places, size);
        }
    }
    ~boost_queue() {
        for (std::string const& each : names) queue::remove(each.c_str());
    }
    void be_first() {
        out = queues[0].get();
        in = queues[1].get();
    }
    void be_second() {
        out = queues[1].get();
        in = queues[0].get();
    }
    bool send(char const* from, std::size_t size) {
        out->send(from, size, 0);
        return true;
    }
    bool receive(char* to, std::size_t size) {
        queue::size_type got = 0;
        unsigned priority = 0;
        in->receive(to, size, got, priority);
        return got > 0;
    }
    void close() { out->send(nullptr, 0, 0); }
    std::string names[2];
    std::unique_ptr<queue> queues[2];
    queue* in = nullptr;
    queue* out = nullptr;
};

}  // namespace bench
