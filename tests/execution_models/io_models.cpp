// SPDX-License-Identifier: MIT
// Ways of running I/O-bound work: a list of requests to one HTTP server.
#include "http_client.hpp"
#include "libuv_model.hpp"
#include "named_models.hpp"
#include "run.hpp"
#include "timeline_await.hpp"
#include "usage.hpp"

#include <racekit/process/process_pool.hpp>
#include <racekit/queue/blocking_queue.hpp>

#include <asio.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <sys/mman.h>
#include <thread>

namespace execution_models {
namespace {

/// Keeps the first exception of several threads.
class first_error {
public:
    template <class Work>
    void run(Work work) noexcept {
        try {
            work();
        } catch (...) {
            std::lock_guard const hold(gate_);
            if (!error_) error_ = std::current_exception();
        }
    }
    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    std::mutex gate_;
    std::exception_ptr error_;
};

result sequential(request const& asked) {
    result all;
    http_client server(asked.port);
    for (std::string const& path : asked.paths) {
        timeline::lane const drawn;
        all.bytes += server.get(path).size();
    }
    return all;
}

/// Threads that take the next path until none is left.
result by_threads(request const& asked, std::size_t threads) {
    std::atomic<std::size_t> next{0};
    std::atomic<std::uint64_t> bytes{0};
    std::mutex gate;
    double ready = 0;
    first_error failed;
    std::vector<std::jthread> all;
    for (std::size_t each = 0; each < threads; ++each) {
        all.emplace_back([&] {
            failed.run([&] {
                http_client server(asked.port);
                for (std::size_t at; (at = next++) < asked.paths.size();) {
                    timeline::lane const drawn;
                    bytes += server.get(asked.paths[at]).size();
                }
            });
            std::lock_guard const hold(gate);
            ready += seconds_ready();
        });
    }
    all.clear();
    failed.rethrow();
    result sum;
    sum.bytes = bytes;
    sum.ready = ready;
    return sum;
}
result thread_for_each(request const& asked) { return by_threads(asked, asked.paths.size()); }
result thread_pool(request const& asked) {
    return by_threads(asked, std::min(static_cast<std::size_t>(asked.jobs), asked.paths.size()));
}

asio::awaitable<void> fetch(std::string path, std::uint16_t port, std::uint64_t& bytes) {
    using asio::use_awaitable;
    constexpr auto waits = timeline::state::waits;
    timeline::lane drawn;
    asio::ip::tcp::socket server(co_await asio::this_coro::executor);
    asio::ip::tcp::endpoint const where(asio::ip::address_v4::loopback(), port);
    co_await while_it(drawn, waits, server.async_connect(where, use_awaitable));
    std::string const request = http_request(path);
    co_await while_it(drawn, waits,
                      asio::async_write(server, asio::buffer(request), use_awaitable));
    std::string head;
    std::size_t const end = co_await while_it(
        drawn, waits,
        asio::async_read_until(server, asio::dynamic_buffer(head), "\r\n\r\n", use_awaitable));
    std::string body = head.substr(end);
    std::size_t done = body.size();
    body.resize(body_length(head.substr(0, end)));
    while (done < body.size()) {  // async_read() would read 64 KiB at a time
        auto const rest = asio::buffer(body.data() + done, body.size() - done);
        done += co_await while_it(drawn, waits, server.async_read_some(rest, use_awaitable));
    }
    bytes += body.size();
}

/// One thread, an event loop, and a coroutine for each request.
result coroutines(request const& asked) {
    asio::io_context loop(1);
    result all;
    std::exception_ptr failed;
    for (std::string const& path : asked.paths) {
        asio::co_spawn(loop, fetch(path, asked.port, all.bytes), [&](std::exception_ptr error) {
            if (error && !failed) failed = error;
        });
    }
    loop.run();
    if (failed) std::rethrow_exception(failed);
    return all;
}

racekit::process_pool pool_of(request const& asked) {
    return racekit::process_pool({.workers = asked.jobs});
}
void end(racekit::process_pool& pool) {
    pool.close();
    pool.join();
}

/// The bodies come back to this process.
result pool_of_bodies(request const& asked) {
    racekit::process_pool pool = pool_of(asked);
    auto const port = asked.port;
    auto const bodies = pool.map(
        [port](std::string const& path) {
            timeline::lane const drawn;
            return http_client(port).get(path);
        },
        asked.paths, 1);
    end(pool);
    result all;
    for (std::string const& each : bodies) all.bytes += each.size();
    return all;
}

/// The bodies come back through memory that all processes share.
result pool_with_shared_memory(request const& asked) {
    constexpr std::size_t most = std::size_t(64) << 20;  // of one body
    std::size_t const size = most * asked.paths.size();
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    racekit::process_pool pool = pool_of(asked);
    std::vector<std::size_t> numbers(asked.paths.size());
    std::iota(numbers.begin(), numbers.end(), std::size_t(0));
    auto const port = asked.port;
    auto const* const paths = &asked.paths;  // the workers are forked: they have them too
    auto const lengths = pool.map(
        [port, memory, paths](std::size_t number) {
            timeline::lane const drawn;
            return http_client(port).get((*paths)[number], [&](std::size_t length) {
                if (length > most) throw std::runtime_error("a body has more than 64 MiB");
                return static_cast<char*>(memory) + number * most;
            });
        },
        numbers, 1);
    end(pool);
    result all;
    all.bytes = std::accumulate(lengths.begin(), lengths.end(), std::uint64_t(0));
    ::munmap(memory, size);
    return all;
}

/// Only the lengths come back.
result pool_of_lengths(request const& asked) {
    racekit::process_pool pool = pool_of(asked);
    auto const port = asked.port;
    auto const lengths = pool.map(
        [port](std::string const& path) {
            timeline::lane const drawn;
            return http_client(port).get(path).size();
        },
        asked.paths, 1);
    end(pool);
    result all;
    all.bytes = std::accumulate(lengths.begin(), lengths.end(), std::uint64_t(0));
    return all;
}

constexpr named_model models[] = {
    {"sequential", sequential},
    {"thread for each request", thread_for_each},
    {"thread pool", thread_pool},
    {"coroutines", coroutines},
    {"process pool, bodies", pool_of_bodies},
    {"process pool, shared memory", pool_with_shared_memory},
    {"process pool, lengths", pool_of_lengths},
#ifdef RACEKIT_HAS_UV
    {"libuv", libuv_loop},
#endif
};

}  // namespace

std::vector<std::string> io_models() { return names_of(models); }

result run_io(request const& asked) {
    result all = run_named(models, asked);
    all.operations = asked.paths.size();
    return all;
}

}  // namespace execution_models
