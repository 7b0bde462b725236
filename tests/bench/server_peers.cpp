// SPDX-License-Identifier: MIT
// Increments of an integer that a server keeps, over unix sockets and through a ring: racekit's
// event_server, a bare server of 8-byte messages with a thread for each client, and, where their
// programs are installed, Redis and memcached. All in one run, one connection for each thread.
#include "server_bench.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;

/// A folder for the sockets, which goes at the end.
std::string const& folder() {
    static struct made {
        std::string path;
        made() {
            char name[] = "/tmp/racekit-bench.XXXXXX";
            path = ::mkdtemp(name) == nullptr ? "/tmp" : name;
        }
    } const only;
    return only.path;
}

bool connects(std::string const& path) {
    std::error_code error;
    (void)stream_socket::connect(server_address::from_text(path), after(1s), error);
    return !error;
}

/// The servers. They are started by the main thread, before there are others, and end with it.
class servers {
public:
    static servers& all() {
        static servers only;
        return only;
    }
    std::string racekit() {
        if (!racekit_) {
            racekit_ = std::make_unique<process>([] {
                server_options options;
                options.addresses = {path("racekit")};
                event_server server(std::move(options));
                server.make(object_type::value, "n", 0);
                server.run();
            });
            wait(path("racekit"));
        }
        return path("racekit");
    }
    std::string bare() {
        if (!bare_) {
            bare_ = std::make_unique<process>([] { serve_bare(); });
            wait(path("bare"));
        }
        return path("bare");
    }
    /// Empty: it is not installed.
    std::string redis() {
        return program(redis_, "/usr/bin/redis-server", "redis",
                       {"--port", "0", "--unixsocket", path("redis"), "--save", "", "--daemonize",
                        "no", "--loglevel", "warning"});
    }
    std::string memcached() {
        return program(memcached_, "/usr/bin/memcached", "memcached",
                       {"-s", path("memcached"), "-u", "root", "-t", "2"});
    }
    void stop() {
        for (auto* const each : {&racekit_, &bare_, &redis_, &memcached_}) {
            if (*each) (*each)->kill();
            each->reset();
        }
        for (char const* each :
             {"racekit", "racekit.lock", "bare", "bare.lock", "redis", "memcached"})
            ::unlink(path(each).c_str());
        ::rmdir(folder().c_str());
    }

private:
    ~servers() { stop(); }
    static std::string path(std::string const& name) { return folder() + "/" + name; }
    static void wait(std::string const& at) {
        for (int each = 0; each < 5000 && !connects(at); ++each) ::usleep(1000);
    }
    std::string program(std::unique_ptr<process>& which, char const* file, char const* name,
                        std::vector<std::string> words) {
        if (::access(file, X_OK) != 0) return {};
        if (!which) {
            which = std::make_unique<process>([&] {
                std::vector<char*> all{const_cast<char*>(file)};
                for (std::string& each : words) all.push_back(each.data());
                all.push_back(nullptr);
                ::execv(file, all.data());
                std::abort();
            });
            wait(path(name));
        }
        return path(name);
    }
    static void serve_bare() {
        socket_listener listening(server_address::from_text(path("bare")));
        static atomic<std::int64_t> number{0};
        for (;;) {
            std::error_code error;
            stream_socket end = listening.accept(error);
            if (error) {
                ::usleep(1000);
                continue;
            }
            std::thread([end = std::move(end)] {
                int const number_of = end.number();
                (void)::fcntl(number_of, F_SETFL, ::fcntl(number_of, F_GETFL) & ~O_NONBLOCK);
                std::int64_t message[64];
                for (;;) {
                    ::ssize_t const got = ::read(number_of, message, sizeof message);
                    if (got <= 0) return;
                    auto const count = static_cast<std::size_t>(got) / sizeof message[0];
                    for (std::size_t each = 0; each < count; ++each)
                        message[each] = number.fetch_add(1, std::memory_order_relaxed);
                    if (::write(number_of, message, static_cast<std::size_t>(got)) != got) return;
                }
            }).detach();
        }
    }

    std::unique_ptr<process> racekit_;
    std::unique_ptr<process> bare_;
    std::unique_ptr<process> redis_;
    std::unique_ptr<process> memcached_;
};

/// `deep` increments sent together, and all their replies read.
class racekit_client {
public:
    explicit racekit_client(bool ring = false) : client_(connect(ring)) { client_.pipeline(); }
    static bool is_there() { return true; }
    bool increment(int deep) {
        std::uint64_t first = 0;
        for (int each = 0; each < deep; ++each) {
            std::uint64_t const one = client_.begin(operation::add, {1}, each + 1 < deep, never, 1);
            if (each == 0) first = one;
        }
        for (int each = 0; each < deep; ++each)
            if (!client_.finish(first + static_cast<std::uint64_t>(each), operation::add, never))
                return false;
        return true;
    }

private:
    static server_client connect(bool ring) {
        connect_options how;
        how.ring = ring;
        return connect_server(servers::all().racekit(), how);
    }
    server_client client_;
};
struct ring_client : racekit_client {
    ring_client() : racekit_client(true) {}
};

/// A protocol in which a reply is so many bytes, or a line.
class raw_client {
public:
    raw_client(std::string const& path, std::string request, std::size_t reply)
        : request_(std::move(request)), reply_(reply) {
        std::error_code error;
        end_ = stream_socket::connect(server_address::from_text(path), after(5s), error);
        if (error) std::abort();
        (void)::fcntl(end_.number(), F_SETFL, ::fcntl(end_.number(), F_GETFL) & ~O_NONBLOCK);
    }
    bool increment(int deep) {
        all_.clear();
        for (int each = 0; each < deep; ++each) all_ += request_;
        if (::write(end_.number(), all_.data(), all_.size()) != ::ssize_t(all_.size()))
            return false;
        char bytes[4096];
        for (std::size_t left = reply_ * std::size_t(deep), lines = std::size_t(deep);
             reply_ > 0 ? left > 0 : lines > 0;) {
            ::ssize_t const got = ::read(end_.number(), bytes, sizeof bytes);
            if (got <= 0) return false;
            if (reply_ > 0) left -= std::size_t(got);
            for (::ssize_t at = 0; at < got && reply_ == 0; ++at)
                lines -= bytes[at] == '\n' ? 1 : 0;
        }
        return true;
    }

private:
    std::string request_;
    std::size_t reply_;
    stream_socket end_;
    std::string all_;
};
struct bare_client : raw_client {
    bare_client() : raw_client(servers::all().bare(), std::string(8, '\0'), 8) {}
    static bool is_there() { return true; }
};
struct redis_client : raw_client {
    redis_client() : raw_client(servers::all().redis(), "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n", 0) {}
    static bool is_there() { return ::access("/usr/bin/redis-server", X_OK) == 0; }
};
struct memcached_client : raw_client {
    memcached_client() : raw_client(servers::all().memcached(), "incr n 1\r\n", 0) {
        raw_client set(servers::all().memcached(), "add n 0 0 1\r\n0\r\n", 0);
        (void)set.increment(1);
    }
    static bool is_there() { return ::access("/usr/bin/memcached", X_OK) == 0; }
};

template <class Client, int deep>
void increments(benchmark::State& state) {
    if (!Client::is_there()) return state.SkipWithError("it is not installed");
    Client mine;
    for (auto _ : state) {
        if (!mine.increment(deep)) state.SkipWithError("the server is gone");
    }
    state.SetItemsProcessed(state.iterations() * deep);
}

template <class Client>
void add(char const* name) {
    std::string const peer = name;
    for (int const clients : {1, 4}) {
        auto const rows = "increment/" + peer;
        benchmark::RegisterBenchmark(rows.c_str(), increments<Client, 1>)
            ->Threads(clients)
            ->UseRealTime();
        benchmark::RegisterBenchmark(("increment_16_deep/" + peer).c_str(), increments<Client, 16>)
            ->Threads(clients)
            ->UseRealTime();
    }
}

[[maybe_unused]] bool const registered = [] {
    (void)folder();  // made by this process, not by a child
    (void)servers::all().racekit();
    (void)servers::all().bare();
    (void)servers::all().redis();
    (void)servers::all().memcached();
    add<racekit_client>("racekit::event_server");
    add<ring_client>("racekit::event_server_ring");
    add<bare_client>("bare_8_bytes");
    if (redis_client::is_there()) add<redis_client>("redis");
    if (memcached_client::is_there()) add<memcached_client>("memcached");
    return true;
}();

}  // namespace

std::string bench::server_path() {
    (void)folder();
    return servers::all().racekit();
}
