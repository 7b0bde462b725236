// SPDX-License-Identifier: MIT
// Messages between two processes: message_pipe and pipe(2), which keeps no message boundaries.
#include <racekit/pipe/message_pipe.hpp>
#include <racekit/platform.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <unistd.h>
#include <vector>

namespace {

struct kit_pipe {
    void be_sender() { pipe.be_sender(); }
    void be_receiver() { pipe.be_receiver(); }
    void close() { pipe.close(); }
    bool send(char const* from, std::size_t size) { return !pipe.send(from, size); }
    bool receive(char* to, std::size_t size) {
        return pipe.receive(to, size).what == racekit::receipt::message;
    }
    racekit::basic_message_pipe<4096> pipe;
};

/// Both sides know the size, and it is small enough for the kernel to keep each write whole.
struct bare_pipe {
    bare_pipe() {
        if (::pipe(ends) != 0) std::abort();
    }
    void be_sender() { ::close(ends[0]); }
    void be_receiver() { ::close(ends[1]); }
    void close() { ::close(ends[1]); }
    bool send(char const* from, std::size_t size) {
        return ::write(ends[1], from, size) == static_cast<::ssize_t>(size);
    }
    bool receive(char* to, std::size_t size) {
        for (std::size_t got = 0; got < size;) {
            ::ssize_t const part = ::read(ends[0], to + got, size - got);
            if (part <= 0) return false;
            got += static_cast<std::size_t>(part);
        }
        return true;
    }
    int ends[2];
};

/// What this process sends as fast as the child takes it.
template <class Pipe>
void stream(benchmark::State& state) {
    std::size_t const size = static_cast<std::size_t>(state.range(0));
    std::vector<char> message(size, 'x');
    racekit::shared_object<Pipe> pipe;
    racekit::process receiver([&] {
        pipe->be_receiver();
        while (pipe->receive(message.data(), size)) {
        }
    });
    pipe->be_sender();
    for (auto _ : state) {
        if (!pipe->send(message.data(), size)) state.SkipWithError("the receiver is gone");
    }
    pipe->close();
    receiver.join();
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

[[maybe_unused]] bool const registered = [] {
    for (long size : {64L, 4000L}) {
        benchmark::RegisterBenchmark("stream/racekit::message_pipe", stream<kit_pipe>)
            ->Arg(size)->UseRealTime();
        benchmark::RegisterBenchmark("stream/pipe(2)", stream<bare_pipe>)->Arg(size)->UseRealTime();
    }
    return true;
}();

}  // namespace
