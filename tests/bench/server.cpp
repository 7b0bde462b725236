// SPDX-License-Identifier: MIT
// A call to the server process and back, compared with a bare ping-pong of the same sizes over a
// socket pair.
#include <racekit/platform.hpp>
#include <racekit/server/forked_server.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <sys/socket.h>
#include <unistd.h>

namespace {

/// What travels with the smallest call and back.
struct request {
    char bytes[8];
};
struct reply {
    char bytes[8];
};

void proxy_get(benchmark::State& state) {
    racekit::shared_object<racekit::forked_server<1>> server;
    if (!server->make(racekit::object_type::value, "n", 0)) std::abort();
    racekit::process serving([&] { server->serve(); });
    auto client = server->connect(0);
    racekit::value_proxy cell(client, {1});
    for (auto _ : state) {
        auto const result = cell.add(1);
        if (!result) state.SkipWithError("the server is gone");
        benchmark::DoNotOptimize(result.value);
    }
    client.close();
    serving.join();
}

void socketpair_ping_pong(benchmark::State& state) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
    racekit::process echoing([&] {
        ::close(ends[0]);
        request question;
        reply answer{};
        while (::read(ends[1], &question, sizeof question) == sizeof question &&
               ::write(ends[1], &answer, sizeof answer) == sizeof answer) {
        }
    });
    ::close(ends[1]);
    request question{};
    reply answer;
    for (auto _ : state) {
        if (::write(ends[0], &question, sizeof question) != sizeof question ||
            ::read(ends[0], &answer, sizeof answer) != sizeof answer)
            state.SkipWithError("the other side is gone");
    }
    ::close(ends[0]);
    echoing.join();
}

[[maybe_unused]] bool const registered = [] {
    benchmark::RegisterBenchmark("round_trip/racekit::proxy", proxy_get)->UseRealTime();
    benchmark::RegisterBenchmark("round_trip/socketpair", socketpair_ping_pong)->UseRealTime();
    return true;
}();

}  // namespace
