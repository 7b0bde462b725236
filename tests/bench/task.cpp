// SPDX-License-Identifier: MIT
// The event loop: a switch of coroutines, an awaited task, a spawned one, a call of another thread;
// compared with Asio's io_context and its coroutines.
#include <racekit/task/event_loop.hpp>

#include <benchmark/benchmark.h>

#if defined(RACEKIT_PEER_ASIO)
#include <asio.hpp>
#endif

#include <thread>
#include <utility>

namespace {

constexpr int batch = 10'000;  // in one iteration, so that the start of a loop does not count

racekit::task<int> one() { co_return 1; }

racekit::task<> switches(racekit::event_loop& loop) {
    for (int each = 0; each < batch; ++each) co_await loop.turn();
}
racekit::task<> awaits(racekit::event_loop&) {
    for (int each = 0; each < batch; ++each) benchmark::DoNotOptimize(co_await one());
}
racekit::task<> spawns(racekit::event_loop& loop) {
    for (int each = 0; each < batch; ++each) benchmark::DoNotOptimize(co_await loop.spawn(one()));
}

template <racekit::task<> (*work)(racekit::event_loop&)>
void kit_runs(benchmark::State& state) {
    racekit::event_loop loop;
    while (state.KeepRunningBatch(batch)) loop.run_until_complete(work(loop));
}

/// Another thread hands over calls; the time is that of the loop's thread.
void kit_hand_over(benchmark::State& state) {
    while (state.KeepRunningBatch(batch)) {
        racekit::event_loop loop;
        int made = 0;
        std::thread other([&] {
            for (int each = 0; each < batch; ++each) loop.call_soon_threadsafe([&] { ++made; });
            loop.stop();
        });
        loop.run_forever();
        other.join();
        if (made != batch) state.SkipWithError("a call is missing");
    }
}

#if defined(RACEKIT_PEER_ASIO)
asio::awaitable<int> asio_one() { co_return 1; }

asio::awaitable<void> asio_switches() {
    for (int each = 0; each < batch; ++each) co_await asio::post(asio::use_awaitable);
}
asio::awaitable<void> asio_awaits() {
    for (int each = 0; each < batch; ++each) benchmark::DoNotOptimize(co_await asio_one());
}
asio::awaitable<void> asio_spawns() {
    auto const loop = co_await asio::this_coro::executor;
    for (int each = 0; each < batch; ++each)
        benchmark::DoNotOptimize(co_await asio::co_spawn(loop, asio_one(), asio::use_awaitable));
}

template <asio::awaitable<void> (*work)()>
void asio_runs(benchmark::State& state) {
    asio::io_context loop(1);  // one thread: its cheaper form
    while (state.KeepRunningBatch(batch)) {
        asio::co_spawn(loop, work(), asio::detached);
        loop.run();
        loop.restart();
    }
}

void asio_hand_over(benchmark::State& state) {
    while (state.KeepRunningBatch(batch)) {
        asio::io_context loop;
        auto work = asio::make_work_guard(loop);
        int made = 0;
        std::thread other([&] {
            for (int each = 0; each < batch; ++each) asio::post(loop, [&] { ++made; });
            work.reset();
        });
        loop.run();
        other.join();
        if (made != batch) state.SkipWithError("a call is missing");
    }
}
#endif

[[maybe_unused]] bool const registered = [] {
    auto const add = [](char const* name, void (*run)(benchmark::State&)) {
        benchmark::RegisterBenchmark(name, run)->UseRealTime();
    };
    add("switch/racekit::event_loop", kit_runs<switches>);
    add("await_task/racekit::task", kit_runs<awaits>);
    add("spawn_and_await/racekit::event_loop", kit_runs<spawns>);
    add("hand_over_call/racekit::event_loop", kit_hand_over);
#if defined(RACEKIT_PEER_ASIO)
    add("switch/asio::io_context", asio_runs<asio_switches>);
    add("await_task/asio::awaitable", asio_runs<asio_awaits>);
    add("spawn_and_await/asio::io_context", asio_runs<asio_spawns>);
    add("hand_over_call/asio::io_context", asio_hand_over);
#endif
    return true;
}();

}  // namespace
