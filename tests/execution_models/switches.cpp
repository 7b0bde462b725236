// SPDX-License-Identifier: MIT
// What a switch costs: two threads, two processes or two coroutines wake each other in turn, on one
// processor.
#include "named_models.hpp"
#include "run.hpp"

#include <asio.hpp>

#include <cerrno>
#include <sched.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace execution_models {
namespace {

constexpr int trips = 20'000;

/// Keeps the calling thread, and what it starts, on the processor where it is now.
void stay_here() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    (void)::sched_setaffinity(0, sizeof one, &one);
}

struct pipe_pair {
    int there[2];
    int back[2];
    pipe_pair() {
        if (::pipe(there) != 0 || ::pipe(back) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe");
    }
    ~pipe_pair() {
        for (int const each : {there[0], there[1], back[0], back[1]}) ::close(each);
    }
    void ask() const {
        char letter = 'x';
        if (::write(there[1], &letter, 1) != 1 || ::read(back[0], &letter, 1) != 1)
            throw std::runtime_error("the pipe of a switch broke");
    }
    void answer() const {
        char letter = 0;
        if (::read(there[0], &letter, 1) != 1 || ::write(back[1], &letter, 1) != 1) std::abort();
    }
};

result by_threads(request const&) {
    pipe_pair ends;
    std::jthread const other([&] {
        for (int trip = 0; trip < trips; ++trip) ends.answer();
    });
    for (int trip = 0; trip < trips; ++trip) ends.ask();
    return {};
}

result by_processes(request const&) {
    pipe_pair ends;
    ::pid_t const child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        for (int trip = 0; trip < trips; ++trip) ends.answer();
        ::_exit(0);
    }
    for (int trip = 0; trip < trips; ++trip) ends.ask();
    int status = 0;
    (void)::waitpid(child, &status, 0);
    return {};
}

result by_coroutines(request const&) {
    asio::io_context loop(1);
    auto const take_turns = []() -> asio::awaitable<void> {
        for (int trip = 0; trip < trips; ++trip) co_await asio::post(asio::use_awaitable);
    };
    asio::co_spawn(loop, take_turns, asio::detached);
    asio::co_spawn(loop, take_turns, asio::detached);
    loop.run();
    return {};
}

constexpr named_model models[] = {
    {"threads", by_threads}, {"processes", by_processes}, {"coroutines", by_coroutines}};

}  // namespace

std::vector<std::string> switch_models() { return names_of(models); }

result run_switches(request const& asked) {
    stay_here();
    result all = run_named(models, asked);
    all.operations = 2 * trips;
    return all;
}

}  // namespace execution_models
