// SPDX-License-Identifier: MIT
// Many requests to a web service at a time, from end to end: what a page needs that is put together
// from several services.
//
//     event_loop       one thread holds all the state; no lock is needed for it
//     task, gather     a coroutine for each request, and their results in order
//     semaphore        at most so many requests of one page are under way
//     blocking_queue   hands the blocking calls to worker threads
//     future_source    brings each result back, through call_soon_threadsafe()
//
// The same requests are made one after the other first; both must give the same answers.
// Usage: examples.web_requests [requests] [milliseconds that the service takes]
#include "service.hpp"

#include <racekit/platform.hpp>
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/task/event_loop.hpp>
#include <racekit/task/gather.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using racekit::task;
using steady = std::chrono::steady_clock;

/// Worker threads for calls that block; the result of each comes back on the loop's thread.
class blocking_calls {
public:
    blocking_calls(racekit::event_loop& loop, int threads) : loop_(loop) {
        for (int each = 0; each < threads; ++each) workers_.emplace_back([this] { work(); });
    }
    ~blocking_calls() { waiting_.close(); }  // then the workers end, and are joined

    /// `call()` on a worker thread.
    racekit::future<int> run(std::function<int()> call) {
        racekit::future_source<int> source(loop_);
        racekit::future<int> later = source.future();
        auto one = std::make_unique<job>(std::move(call), std::move(source));
        if (waiting_.put(std::move(one)) != racekit::queue_state::done) std::abort();
        return later;
    }

private:
    struct job {
        std::function<int()> call;
        racekit::future_source<int> source;
    };

    void work() {
        std::unique_ptr<job> one;
        while (waiting_.get(one) == racekit::queue_state::done) {
            int value = 0;
            std::exception_ptr error;
            try {
                value = one->call();
            } catch (...) {
                error = std::current_exception();
            }
            // A future belongs to the loop's thread, so its result is set there.
            loop_.call_soon_threadsafe([done = std::move(one), value, error] {
                if (error) (void)done->source.try_set_error(error);
                else (void)done->source.try_set_value(value);
            });
        }
    }

    racekit::event_loop& loop_;
    racekit::unbounded_queue<std::unique_ptr<job>> waiting_;
    std::vector<std::jthread> workers_;
};

task<int> price_of(blocking_calls& calls, std::uint16_t port, int article) {
    co_return co_await calls.run([port, article] { return examples::ask(port, article); });
}

task<int> price_or_zero(blocking_calls& calls, std::uint16_t port, int article) {
    try {
        co_return co_await price_of(calls, port, article);
    } catch (std::exception const&) {
        co_return 0;  // one service that fails does not take the page with it
    }
}

std::vector<int> at_a_time(std::uint16_t port, int requests, int threads) {
    racekit::event_loop loop;
    std::vector<int> prices;
    {
        blocking_calls calls(loop, threads);
        std::vector<task<int>> all;
        for (int article = 0; article < requests; ++article)
            all.push_back(price_or_zero(calls, port, article));
        prices = loop.run_until_complete(racekit::gather(loop, std::move(all)));
    }
    return prices;
}

std::vector<int> one_by_one(std::uint16_t port, int requests) {
    std::vector<int> prices;
    for (int article = 0; article < requests; ++article) {
        try {
            prices.push_back(examples::ask(port, article));
        } catch (std::exception const&) {
            prices.push_back(0);
        }
    }
    return prices;
}

double seconds_since(steady::time_point began) {
    return std::chrono::duration<double>(steady::now() - began).count();
}

}  // namespace

int main(int count, char** given) {
    int const requests = count > 1 ? std::atoi(given[1]) : 24;
    int const delay_ms = count > 2 ? std::atoi(given[2]) : 20;
    if (requests < 1 || requests > 10'000 || delay_ms < 0 || delay_ms > 10'000) {
        std::fprintf(stderr, "%s: from 1 to 10000 requests, from 0 to 10000 ms\n", given[0]);
        return 2;
    }
    examples::service const server(std::chrono::milliseconds{delay_ms});
    auto began = steady::now();
    std::vector<int> const before = one_by_one(server.port(), requests);
    double const slow = seconds_since(began);
    began = steady::now();
    std::vector<int> const after = at_a_time(server.port(), requests, 8);
    double const fast = seconds_since(began);
    std::printf("%d requests, each answered after %d ms\n", requests, delay_ms);
    std::printf("one by one:     %7.1f ms\n", 1000 * slow);
    std::printf("eight at a time: %6.1f ms, %.1f times as fast\n", 1000 * fast, slow / fast);
    if (before != after) {
        std::fprintf(stderr, "the answers differ\n");
        return 1;
    }
    int failed = 0;
    for (int const each : after) failed += each == 0;
    std::printf("the answers are the same; %d of the services failed in both\n", failed);
    return failed == requests / examples::every_broken ? 0 : 1;
}
