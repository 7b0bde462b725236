// SPDX-License-Identifier: MIT
// The rungs of the ladder that no family has: a bare atomic, and what the machine itself takes
// for a cache line, a copy, and a message through the kernel. `scripts/racekit bench --ladder`
// reads them.
#include "own_processor.hpp"

#include <benchmark/benchmark.h>

#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

alignas(64) std::atomic<long> total{0};

void atomic_add(benchmark::State& state) {
    bench::own_processor const here(state);
    for (auto _ : state) total.fetch_add(1, std::memory_order_relaxed);
}

void copy(benchmark::State& state) {
    alignas(64) char from[64] = {};
    alignas(64) char to[64];
    for (auto _ : state) {
        std::memcpy(to, from, sizeof to);
        benchmark::DoNotOptimize(to);
        benchmark::ClobberMemory();
    }
}

alignas(64) std::atomic<long> line{0};

/// A cache line from one core to the other and back.
void cache_line(benchmark::State& state) {
    line.store(0, std::memory_order_relaxed);
    std::atomic<bool> over{false};
    auto const wait_for = [&](long value) {
        for (int turn = 0; line.load(std::memory_order_acquire) != value; ++turn) {
            if (over.load(std::memory_order_relaxed)) return false;
            if (turn > 10'000) ::sched_yield();  // both on one core
        }
        return true;
    };
    std::thread other([&] {
        bench::own_processor const here(1, 2);
        for (long next = 1; wait_for(next); next += 2)
            line.store(next + 1, std::memory_order_release);
    });
    {
        bench::own_processor const here(0, 2);
        long next = 1;
        for (auto _ : state) {
            line.store(next, std::memory_order_release);
            (void)wait_for(next + 1);
            next += 2;
        }
    }
    over.store(true);
    other.join();
}

struct ends {
    int mine = -1;
    int others = -1;
};

ends socket_pair() {
    int both[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, both) != 0) return {};
    return {both[0], both[1]};
}

/// Both ends of a connection over loopback, without delayed sending.
ends tcp_pair() {
    int const listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    ends both;
    if (::bind(listener, address, size) == 0 && ::listen(listener, 1) == 0 &&
        ::getsockname(listener, address, &size) == 0) {
        both.mine = ::socket(AF_INET, SOCK_STREAM, 0);
        if (::connect(both.mine, address, size) == 0)
            both.others = ::accept(listener, nullptr, nullptr);
    }
    ::close(listener);
    int const on = 1;
    for (int const end : {both.mine, both.others})
        (void)::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return both;
}

bool all_of(ssize_t (*move)(int, void*, std::size_t), int end, char* bytes, std::size_t size) {
    for (std::size_t done = 0; done < size;) {
        ssize_t const now = move(end, bytes + done, size - done);
        if (now <= 0) return false;
        done += static_cast<std::size_t>(now);
    }
    return true;
}
ssize_t sent(int end, void* bytes, std::size_t size) {
    return ::send(end, bytes, size, MSG_NOSIGNAL);
}

/// 64 bytes to another process and back.
template <ends (*connect)()>
void message(benchmark::State& state) {
    ends const both = connect();
    if (both.others < 0) return state.SkipWithError("no connection");
    char bytes[64] = {};
    pid_t const echo = ::fork();
    if (echo == 0) {
        ::close(both.mine);
        bench::own_processor const here(1, 2);
        while (all_of(::read, both.others, bytes, sizeof bytes) &&
               all_of(sent, both.others, bytes, sizeof bytes)) {
        }
        ::_exit(0);
    }
    ::close(both.others);
    bench::own_processor const here(0, 2);
    for (auto _ : state) {
        if (!all_of(sent, both.mine, bytes, sizeof bytes) ||
            !all_of(::read, both.mine, bytes, sizeof bytes)) {
            state.SkipWithError("the other side is gone");
            break;
        }
    }
    ::close(both.mine);
    (void)::waitpid(echo, nullptr, 0);
}

BENCHMARK(atomic_add)->Name("atomic_add_alone/std::atomic");
BENCHMARK(atomic_add)->Name("atomic_add_together/std::atomic")->Threads(2)->UseRealTime();
BENCHMARK(copy)->Name("copy_64_bytes/limit memcpy");
BENCHMARK(cache_line)->Name("ping_pong/limit cache line")->UseRealTime();
BENCHMARK(message<socket_pair>)->Name("ping_pong/limit socketpair")->UseRealTime();
BENCHMARK(message<tcp_pair>)->Name("ping_pong/limit tcp loopback")->UseRealTime();

}  // namespace
