// SPDX-License-Identifier: MIT
// Messages between two processes, each on its own processor: a stream one way, and round trips.
#include "own_processor.hpp"
#include "pipe_peers.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

/// This process sends as fast as the child receives.
template <class Pipe>
void stream(benchmark::State& state) {
    auto const size = static_cast<std::size_t>(state.range(0));
    std::vector<char> message(size, 'x');
    Pipe pipe(size);
    racekit::process receiver([&] {
        bench::own_processor const here(1, 2);
        pipe.be_second();
        while (pipe.receive(message.data(), size)) {
        }
        return 0;
    });
    bench::own_processor const here(0, 2);
    pipe.be_first();
    for (auto _ : state) {
        if (!pipe.send(message.data(), size)) state.SkipWithError("the receiver is gone");
    }
    pipe.close();
    receiver.join();
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

/// This process sends a message, and the child sends it back.
template <class Pipe>
void round_trip(benchmark::State& state) {
    auto const size = static_cast<std::size_t>(state.range(0));
    std::vector<char> message(size, 'x');
    Pipe pipe(size);
    racekit::process echo([&] {
        bench::own_processor const here(1, 2);
        pipe.be_second();
        while (pipe.receive(message.data(), size)) {
            if (!pipe.send(message.data(), size)) break;
        }
        return 0;
    });
    bench::own_processor const here(0, 2);
    pipe.be_first();
    for (auto _ : state) {
        if (!pipe.send(message.data(), size) || !pipe.receive(message.data(), size))
            state.SkipWithError("the other side is gone");
    }
    pipe.close();
    echo.join();
}

/// message_pipe has one receiver and lies in shared memory.
void message_pipe_stream(benchmark::State& state) {
    auto const size = static_cast<std::size_t>(state.range(0));
    std::vector<char> message(size, 'x');
    racekit::shared_object<racekit::basic_message_pipe<4096>> pipe;
    racekit::process receiver([&] {
        bench::own_processor const here(1, 2);
        pipe->be_receiver();
        while (pipe->receive(message.data(), size)) {
        }
        return 0;
    });
    bench::own_processor const here(0, 2);
    pipe->be_sender();
    for (auto _ : state) {
        if (pipe->send(message.data(), size)) state.SkipWithError("the receiver is gone");
    }
    pipe->close();
    receiver.join();
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

template <class Pipe>
void add(std::string const& name, std::vector<long> sizes) {
    for (long const size : sizes)
        benchmark::RegisterBenchmark(("stream/" + name).c_str(), stream<Pipe>)
            ->Arg(size)
            ->UseRealTime();
    benchmark::RegisterBenchmark(("round_trip/" + name).c_str(), round_trip<Pipe>)
        ->Arg(64)
        ->UseRealTime();
}

[[maybe_unused]] bool const registered = [] {
    std::vector<long> const all{8, 64, 4096, 65536, 1048576};
    add<bench::kit_pipe<racekit::ring_pipe>>("racekit::ring_pipe", all);
    add<bench::kit_pipe<racekit::pipe>>("racekit::pipe", all);
    add<bench::bare_pipe>("pipe(2)", all);
    add<bench::boost_queue>("boost::message_queue", all);
    add<bench::bare_seqpacket>("socketpair(seqpacket)", {8, 64, 4096, 65536});
    benchmark::RegisterBenchmark("round_trip_asleep/racekit::ring_pipe",
                                 round_trip<bench::sleepy_ring>)
        ->Arg(64)
        ->UseRealTime();
    benchmark::RegisterBenchmark("round_trip_asleep/pipe(2)", round_trip<bench::bare_pipe>)
        ->Arg(64)
        ->UseRealTime();
    for (long const size : {64L, 4000L})
        benchmark::RegisterBenchmark("stream/racekit::message_pipe", message_pipe_stream)
            ->Arg(size)
            ->UseRealTime();
    return true;
}();

}  // namespace
