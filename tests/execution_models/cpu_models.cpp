// SPDX-License-Identifier: MIT
// Ways of running CPU-bound work: each worker counts operations until its time is over.
#include "operation.hpp"
#include "named_models.hpp"
#include "run.hpp"
#include "timeline_await.hpp"
#include "usage.hpp"

#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/process/process_pool.hpp>
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/shared/shared_value.hpp>

#include <asio.hpp>
#ifdef RACEKIT_HAS_BOOST_FIBER
#include <boost/fiber/all.hpp>
#endif
#ifdef RACEKIT_HAS_TBB_TASKS
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#endif
#ifdef RACEKIT_HAS_ZMQ
#include <unistd.h>
#include <zmq.h>
#endif

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <thread>

namespace execution_models {
namespace {

using steady = std::chrono::steady_clock;

/// What one worker came to.
struct share {
    std::uint64_t operations = 0;
    double checksum = 0;
    double lock_wait = 0;
    double ready = 0;
};

void add(result& into, share const& one) {
    into.operations += one.operations;
    into.checksum += one.checksum;
    into.lock_wait += one.lock_wait;
    into.ready += one.ready;
    into.workers.push_back(one.operations);
}

/// Operations with a generator of its own until `seconds` have passed.
share count_operations(std::uint64_t seed, double seconds) {
    share mine;
    timeline::lane const drawn;
    own_generator source(seed);
    auto const end = steady::now() + std::chrono::duration<double>(seconds);
    while (steady::now() < end) {
        mine.checksum += operate([&](matrix& into) { source.draw(into); });
        ++mine.operations;
        timeline::mark_time();
    }
    mine.ready = seconds_ready();
    return mine;
}

result sequential(request const& asked) {
    result all;
    share mine = count_operations(1, asked.seconds);
    mine.ready = 0;  // of the whole program
    add(all, mine);
    return all;
}

/// A thread that is an object: its result is read after join().
class worker {
public:
    worker(std::uint64_t seed, double seconds) : seed_(seed), seconds_(seconds) {}
    void start() {
        thread_ = std::thread([this] { got_ = count_operations(seed_, seconds_); });
    }
    share const& join() {
        thread_.join();
        return got_;
    }

private:
    std::uint64_t seed_;
    double seconds_;
    share got_;
    std::thread thread_;
};

result threads_by_class(request const& asked) {
    std::vector<std::unique_ptr<worker>> all;
    for (int each = 1; each <= asked.jobs; ++each)
        all.push_back(std::make_unique<worker>(std::uint64_t(each), asked.seconds));
    for (auto const& each : all) each->start();
    result sum;
    for (auto const& each : all) add(sum, each->join());
    return sum;
}

/// Functions whose results come through a queue, which is emptied after all have joined.
template <class Work>
result threads_with_queue(int jobs, Work work) {
    racekit::blocking_queue<share> done(static_cast<std::size_t>(jobs));
    std::vector<std::jthread> all;
    for (int each = 1; each <= jobs; ++each)
        all.emplace_back([&, each] { (void)done.put(work(std::uint64_t(each))); });
    all.clear();
    result sum;
    share one;
    while (done.try_get(one) == racekit::queue_state::done) add(sum, one);
    return sum;
}

result threads_by_function(request const& asked) {
    return threads_with_queue(
        asked.jobs, [&](std::uint64_t seed) { return count_operations(seed, asked.seconds); });
}

/// All threads draw from one generator under a lock.
result threads_with_one_generator(request const& asked) {
    shared_generator source(1);
    return threads_with_queue(asked.jobs, [&](std::uint64_t) {
        share mine;
        timeline::lane const drawn;
        auto const end = steady::now() + std::chrono::duration<double>(asked.seconds);
        while (steady::now() < end) {
            mine.checksum += operate([&](matrix& into) { source.draw(into, mine.lock_wait); });
            ++mine.operations;
            timeline::mark_time();
        }
        mine.ready = seconds_ready();
        return mine;
    });
}

/// One lock around everything, handed on after 5 ms: an interpreter with a global lock.
result threads_with_one_lock(request const& asked) {
    constexpr auto slice = std::chrono::milliseconds(5);
    racekit::fifo_mutex gate;
    return threads_with_queue(asked.jobs, [&](std::uint64_t seed) {
        share mine;
        timeline::lane const drawn;
        own_generator source(seed);
        auto const end = steady::now() + std::chrono::duration<double>(asked.seconds);
        for (auto asks = steady::now(); asks < end; asks = steady::now()) {
            std::lock_guard const hold(gate);
            auto const taken = steady::now();
            mine.lock_wait += std::chrono::duration<double>(taken - asks).count();
            timeline::mark_time(true);
            while (steady::now() < end && steady::now() < taken + slice) {
                mine.checksum += operate([&](matrix& into) { source.draw(into); });
                ++mine.operations;
                timeline::mark_time();
            }
        }
        mine.ready = seconds_ready();
        return mine;
    });
}

/// Coroutines of one thread, which take turns after each operation.
result coroutines(request const& asked) {
    asio::io_context loop(1);
    std::vector<share> all(static_cast<std::size_t>(asked.jobs));
    auto const end = steady::now() + std::chrono::duration<double>(asked.seconds);
    for (std::size_t each = 0; each < all.size(); ++each) {
        auto const run = [&, each]() -> asio::awaitable<void> {
            timeline::lane drawn;
            own_generator source(each + 1);
            while (steady::now() < end) {
                all[each].checksum += operate([&](matrix& into) { source.draw(into); });
                ++all[each].operations;
                co_await while_it(drawn, timeline::state::ready, asio::post(asio::use_awaitable));
            }
        };
        asio::co_spawn(loop, run, asio::detached);
    }
    loop.run();
    result sum;
    for (share const& each : all) add(sum, each);
    return sum;
}

/// A process for each worker; all add their operations to one value in shared memory.
result processes(request const& asked) {
    racekit::shared_object<racekit::shared_value<std::uint64_t>> operations(0U);
    std::vector<racekit::process> all;
    for (int each = 1; each <= asked.jobs; ++each) {
        all.emplace_back([&, each] {
            operations->fetch_add(count_operations(std::uint64_t(each), asked.seconds).operations);
        });
    }
    for (racekit::process& each : all) {
        if (each.join().code != 0) throw std::runtime_error("a worker process failed");
    }
    result sum;
    sum.operations = operations->get();
    return sum;
}

result pool(request const& asked) {
    racekit::process_pool workers({.workers = asked.jobs});
    std::vector<std::uint64_t> seeds(static_cast<std::size_t>(asked.jobs));
    std::iota(seeds.begin(), seeds.end(), 1);
    double const seconds = asked.seconds;
    auto const counts = workers.map(
        [seconds](std::uint64_t seed) { return count_operations(seed, seconds).operations; }, seeds,
        1);
    workers.close();
    workers.join();
    result sum;
    sum.workers = counts;
    sum.operations = std::accumulate(counts.begin(), counts.end(), std::uint64_t(0));
    return sum;
}

/// Coroutines of one thread in another library: fibers with stacks of their own.
#ifdef RACEKIT_HAS_BOOST_FIBER
result boost_fibers(request const& asked) {
    std::vector<share> all(static_cast<std::size_t>(asked.jobs));
    std::vector<boost::fibers::fiber> fibers;
    auto const end = steady::now() + std::chrono::duration<double>(asked.seconds);
    for (std::size_t each = 0; each < all.size(); ++each) {
        fibers.emplace_back([&, each] {
            timeline::lane drawn;
            own_generator source(each + 1);
            while (steady::now() < end) {
                all[each].checksum += operate([&](matrix& into) { source.draw(into); });
                ++all[each].operations;
                double const from = drawn.stop();
                boost::this_fiber::yield();
                drawn.go_on(timeline::state::ready, from);
            }
        });
    }
    for (boost::fibers::fiber& each : fibers) each.join();
    result sum;
    for (share const& each : all) add(sum, each);
    return sum;
}
#endif

/// Tasks on the worker threads of another library.
#ifdef RACEKIT_HAS_TBB_TASKS
result tbb_tasks(request const& asked) {
    std::vector<share> all(static_cast<std::size_t>(asked.jobs));
    tbb::global_control const workers(tbb::global_control::max_allowed_parallelism, all.size());
    tbb::task_arena arena(asked.jobs);
    arena.execute([&] {
        tbb::task_group tasks;
        for (std::size_t each = 0; each < all.size(); ++each)
            tasks.run([&, each] { all[each] = count_operations(each + 1, asked.seconds); });
        tasks.wait();
    });
    result sum;
    for (share const& each : all) add(sum, each);
    return sum;
}
#endif

/// Worker processes that take jobs from a queue of messages and send their counts back.
#ifdef RACEKIT_HAS_ZMQ
class message_socket {
public:
    message_socket(int type, std::string const& address, bool binds)
        : context_(zmq_ctx_new()), socket_(zmq_socket(context_, type)) {
        if ((binds ? zmq_bind : zmq_connect)(socket_, address.c_str()) != 0)
            throw std::runtime_error(address + ": " + zmq_strerror(zmq_errno()));
    }
    ~message_socket() {
        zmq_close(socket_);
        zmq_ctx_term(context_);
    }
    message_socket(message_socket const&) = delete;
    message_socket& operator=(message_socket const&) = delete;

    void send(std::uint64_t value) const { check(zmq_send(socket_, &value, sizeof value, 0)); }
    [[nodiscard]] std::uint64_t receive() const {
        std::uint64_t value = 0;
        check(zmq_recv(socket_, &value, sizeof value, 0));
        return value;
    }

private:
    static void check(int size) {
        if (size != sizeof(std::uint64_t)) throw std::runtime_error(zmq_strerror(zmq_errno()));
    }
    void* context_;
    void* socket_;
};

/// A worker asks for a job with 0, and sends the count of the job that it had.
result zeromq_processes(request const& asked) {
    std::string const name = "ipc://@racekit-models-" + std::to_string(::getpid());
    std::vector<racekit::process> all;
    for (int each = 0; each < asked.jobs; ++each) {  // before this process has ZeroMQ's threads
        all.emplace_back([&] {
            message_socket const jobs(ZMQ_REQ, name, false);
            jobs.send(0);
            jobs.send(count_operations(jobs.receive(), asked.seconds).operations);
            (void)jobs.receive();
        });
    }
    message_socket const workers(ZMQ_REP, name, true);
    result sum;
    for (std::uint64_t seed = 0; sum.workers.size() < all.size();) {
        std::uint64_t const count = workers.receive();
        if (count != 0) sum.workers.push_back(count);
        workers.send(count == 0 ? ++seed : 0);
    }
    sum.operations = std::accumulate(sum.workers.begin(), sum.workers.end(), std::uint64_t(0));
    for (racekit::process& each : all) {
        if (each.join().code != 0) throw std::runtime_error("a worker process failed");
    }
    return sum;
}
#endif

constexpr named_model models[] = {
    {"sequential", sequential},
    {"threads by class", threads_by_class},
    {"threads by function", threads_by_function},
    {"threads, one generator", threads_with_one_generator},
    {"threads, one lock", threads_with_one_lock},
    {"coroutines", coroutines},
    {"processes", processes},
    {"process pool", pool},
#ifdef RACEKIT_HAS_BOOST_FIBER
    {"Boost.Fiber", boost_fibers},
#endif
#ifdef RACEKIT_HAS_TBB_TASKS
    {"oneTBB", tbb_tasks},
#endif
#ifdef RACEKIT_HAS_ZMQ
    {"ZeroMQ", zeromq_processes},
#endif
};

}  // namespace

std::vector<std::string> cpu_models() { return names_of(models); }

result run_cpu(request const& asked) { return run_named(models, asked); }

}  // namespace execution_models
