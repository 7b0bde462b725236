// SPDX-License-Identifier: MIT
// Increments of an integer that an event_server keeps, by crowds of 1 to 4,096 clients with one
// request under way each; and an increment under a lock, by the server and by Python's Manager.
#include "server_bench.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;

/// A client whose requests differ in their number alone.
class crowd_client {
public:
    explicit crowd_client(std::string const& path) {
        std::error_code error;
        end_ = stream_socket::connect(server_address::from_text(path), after(5s), error);
        handshake_identity self;
        fill_random(self.nonce.data(), self.nonce.size());
        fill_random(self.instance.data(), self.instance.size());
        client_handshake greeting(self, nullptr, false);
        for (std::string next = greeting.hello(); !next.empty() && end_.is_open();) {
            std::string frame;
            frames_.seal(frame, next);
            (void)end_.write(frame.data(), frame.size());
            next = greeting.receive(reply(), frames_);
        }
        std::string message("\x94\xd3________", 10);
        value_writer into(message);
        into.integer(std::int64_t(operation::add));
        into.integer(1);
        into.integer(1);
        frames_.seal(request_, message);
    }
    void ask() {
        ++sequence_;
        for (int byte = 0; byte < 8; ++byte)
            request_[frame_codec::header + 2 + std::size_t(byte)] =
                static_cast<char>(sequence_ >> (56 - 8 * byte) & 0xff);
        (void)end_.write(request_.data(), request_.size());
    }
    /// The next message; empty: the server is gone.
    std::string reply() {
        std::string in;
        for (;;) {
            char bytes[256];
            std::ptrdiff_t const got = end_.read(bytes, sizeof bytes);
            if (got > 0) in.append(bytes, static_cast<std::size_t>(got));
            else if (!stream_socket::is_again(got)) return {};
            else if (!end_.wait_for(POLLIN, after(5s))) return {};
            std::string_view message;
            std::size_t taken = 0;
            if (frames_.open(in, message, taken) == frame_codec::found::message)
                return std::string(message);
        }
    }

private:
    stream_socket end_;
    frame_codec frames_{1 << 20};
    std::string request_;
    std::uint64_t sequence_ = 0;
};

void by_crowd(benchmark::State& state, int clients) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    std::string const path = bench::server_path();
    std::vector<std::unique_ptr<crowd_client>> all;
    for (int each = 0; each < clients; ++each) all.push_back(std::make_unique<crowd_client>(path));
    while (state.KeepRunningBatch(clients)) {
        for (auto& each : all) each->ask();
        for (auto& each : all)
            if (each->reply().empty()) state.SkipWithError("the server is gone");
    }
}

/// Adds to a value under a lock, each by calls of its own, as a program with a Manager does.
void under_a_lock(benchmark::State& state, bool ring) {
    connect_options how;
    how.ring = ring;
    auto client = connect_server(bench::server_path(), how);
    auto lock = create<lock_proxy>(client, "");
    value_proxy number(client, {1});
    for (auto _ : state) {
        bool const held = !lock.value.acquire().error;
        auto const before = number.get();
        auto const* const whole = before.value.as<std::int64_t>();
        if (!held || whole == nullptr || number.set(*whole + 1) || lock.value.release())
            state.SkipWithError("the server is gone");
    }
}
/// The same as one step at the server.
void in_one_step(benchmark::State& state, bool ring) {
    connect_options how;
    how.ring = ring;
    auto client = connect_server(bench::server_path(), how);
    value_proxy number(client, {1});
    for (auto _ : state)
        if (!number.add(1)) state.SkipWithError("the server is gone");
}

constexpr char const* python = "/usr/bin/python3";
constexpr char const* manager = R"(
import multiprocessing, os
def main():
    with multiprocessing.Manager() as server:
        lock, value = server.Lock(), server.Value("q", 0)
        while count := os.read(0, 1):
            for _ in range(count[0]):
                with lock:
                    value.value += 1
            os.write(1, b"x")
if __name__ == "__main__":
    main()
)";

void by_manager(benchmark::State& state) {
    socket_pair line;
    process child([&] {
        ::dup2(line.second.number(), 0);
        ::dup2(line.second.number(), 1);
        char const* const words[] = {python, "-c", manager, nullptr};
        ::execv(python, const_cast<char* const*>(words));
        std::abort();
    });
    line.second.close();
    while (state.KeepRunningBatch(100)) {
        char count = 100;
        if (line.first.write_some(&count, 1).bytes != 1 ||
            line.first.read_some(&count, 1, after(60s)).bytes != 1)
            state.SkipWithError("Python is gone");
    }
    line.first.close();
    (void)child.join();
}

[[maybe_unused]] bool const registered = [] {
    (void)bench::server_path();  // started by this thread, before there are others
    // The largest crowd is the subject, the others what it is compared with.
    for (int const clients : {1, 16, 256, 4096}) {
        std::string const name = std::string("increment_by_crowd/") +
                                 (clients == 4096 ? "racekit::" : "") + "event_server(" +
                                 std::to_string(clients) + "_clients)";
        benchmark::RegisterBenchmark(name.c_str(), by_crowd, clients)->UseRealTime();
    }
    for (bool const ring : {false, true}) {
        std::string const ours =
            ring ? "racekit::event_server_ring" : "racekit::event_server";
        benchmark::RegisterBenchmark(("increment_locked/" + ours).c_str(), in_one_step, ring)
            ->UseRealTime();
        benchmark::RegisterBenchmark(("increment_locked/" + ours + "(four calls)").c_str(),
                                     under_a_lock, ring)
            ->UseRealTime();
    }
    if (::access(python, X_OK) == 0)
        benchmark::RegisterBenchmark("increment_locked/python_manager", by_manager)->UseRealTime();
    return true;
}();

}  // namespace
