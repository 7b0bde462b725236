// SPDX-License-Identifier: MIT
// What becomes of the others when a process dies, stops, or gives something bad: a table.
//
//     fault_table [--rounds NUMBER] [--only PART_OF_A_NAME]
//
// A row is one fault, brought about so many times. `hangs` counts the rounds in which a survivor
// did not go on within 20 s. The times are those from the fault until the survivor went on.
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/platform.hpp>
#include <racekit/process/process_pool.hpp>
#include <racekit/server/forked_server.hpp>
#include <racekit/shared/robust_barrier.hpp>
#include <racekit/shared/robust_condition.hpp>
#include <racekit/shared/robust_event.hpp>
#include <racekit/shared/robust_semaphore.hpp>
#include <racekit/shared/shared_memory.hpp>
#include <racekit/shared/shared_queue.hpp>
#include <racekit/shared/shared_value.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using racekit::after;
using racekit::process;
using racekit::queue_state;
using steady = std::chrono::steady_clock;

constexpr auto longest = std::chrono::seconds(20);

/// What a round came to. Rounds with an outcome that begins with "WRONG" fail the program.
struct outcome {
    std::string what;
    double milliseconds = -1;  // negative: there is nothing to time
};

struct stopwatch {
    steady::time_point began = steady::now();
    [[nodiscard]] double milliseconds() const {
        return std::chrono::duration<double, std::milli>(steady::now() - began).count();
    }
};

/// A process that says when it is ready, and waits to be killed; or runs `then` for ever.
class victim {
public:
    template <class Prepare, class Then>
    victim(Prepare prepare, Then then)
        : inside_([this, prepare, then] {
              prepare();
              (void)ready_->writer.write_some("x", 1);
              for (;;) then();
          }) {
        char letter = 0;
        (void)ready_->reader.read_some(&letter, 1, after(longest));
    }
    template <class Prepare>
    explicit victim(Prepare prepare) : victim(prepare, [] { ::pause(); }) {}
    /// Dead and reaped; runs from the signal.
    stopwatch kill() {
        stopwatch const since;
        inside_.kill();
        (void)inside_.join();
        return since;
    }
    [[nodiscard]] process& itself() { return inside_; }

private:
    racekit::shared_object<racekit::byte_pipe> ready_;
    process inside_;
};

/// Runs `work`, which must end, in a process; its exit code, or -1 for a hang.
template <class Work>
int ends(Work work) {
    process other(work);
    racekit::exit_status how;
    if (other.join_until(after(longest), how)) return how.code;
    other.kill();
    return -1;
}

std::mt19937_64 chance(1);
void for_a_moment(unsigned most_microseconds) {
    ::usleep(static_cast<useconds_t>(chance() % most_microseconds));
}

outcome lock_holder() {
    racekit::shared_object<racekit::robust_mutex> gate;
    victim holder([&] { (void)gate->lock(); });
    stopwatch const since = holder.kill();
    racekit::lock_state state{};
    if (!gate->try_lock_until(after(longest), state)) return {"hang"};
    bool const owner_died = state == racekit::lock_state::owner_died;
    gate->mark_consistent();
    gate->unlock();
    return {owner_died ? "owner_died, and the lock works" : "WRONG: no owner_died",
            since.milliseconds()};
}

outcome permit_holder() {
    racekit::shared_object<racekit::robust_semaphore> permits(1);
    victim holder([&] { permits->acquire(); });
    stopwatch const since = holder.kill();
    bool const back = permits->try_acquire_until(after(longest));
    return {back ? "the permit came back" : "hang", since.milliseconds()};
}

outcome event_waiter() {
    racekit::shared_object<racekit::robust_event> gate;
    victim sleeper([] {}, [&] { gate->wait(); });
    for_a_moment(2'000);
    stopwatch const since = sleeper.kill();
    return {ends([&] { gate->set(), gate->wait(); }) == 0 ? "set() returns, others pass" : "hang",
            since.milliseconds()};
}

struct condition_and_lock {
    racekit::robust_mutex gate;
    racekit::robust_condition changed;
    racekit::plain<int> is_so{0};
    void wait() {
        (void)gate.lock();
        changed.wait(gate, [] {}, [&] { return is_so.read() == 1; });
        gate.unlock();
    }
};

outcome condition_waiter() {
    racekit::shared_object<condition_and_lock> all;
    process other([&] { all->wait(); });
    victim sleeper([] {}, [&] { all->wait(); });
    for_a_moment(2'000);
    stopwatch const since = sleeper.kill();
    racekit::lock_state state{};
    if (!all->gate.try_lock_until(after(longest), state)) return {"hang"};
    if (state == racekit::lock_state::owner_died) all->gate.mark_consistent();
    all->is_so.write(1);
    all->gate.unlock();
    all->changed.notify_all();
    racekit::exit_status how;
    bool const woken = other.join_until(after(longest), how);
    other.kill();
    return {woken ? "others are woken" : "hang", since.milliseconds()};
}

outcome barrier_party() {
    racekit::shared_object<racekit::robust_barrier<2>> meeting;
    victim party([&] { meeting->join(); });
    stopwatch const since = party.kill();
    try {
        (void)meeting->wait_until(after(longest));
    } catch (racekit::barrier_timed_out const&) {
        return {"hang"};
    } catch (racekit::broken_barrier const&) {
        return {"broken_barrier", since.milliseconds()};
    }
    return {"WRONG: met the dead"};
}

using number_queue = racekit::shared_queue<std::uint64_t, 64>;

outcome queue_consumer() {
    racekit::shared_object<number_queue> queue;
    for (std::uint64_t each = 1; each <= 8; ++each) (void)queue->push(each);
    number_queue::ticket held;
    victim consumer([&] { (void)queue->reserve(held); });
    stopwatch const since = consumer.kill();
    std::uint64_t sum = 0;
    std::uint64_t got = 0;
    for (int each = 0; each < 8; ++each) {
        if (queue->pop_until(got, after(longest)) != queue_state::done) return {"hang"};
        sum += got;
    }
    return {sum == 36 ? "what it had reserved comes again" : "WRONG: lost", since.milliseconds()};
}

outcome queue_producer() {
    struct all {
        number_queue queue;
        racekit::atomic<std::uint64_t> acknowledged{0};
    };
    racekit::shared_object<all> shared;
    victim producer([] {},
                    [&] {
                        std::uint64_t const next = shared->acknowledged.load() + 1;
                        (void)shared->queue.push(next);
                        shared->acknowledged.store(next);
                    });
    std::uint64_t last = 0;
    std::uint64_t got = 0;
    bool gap = false;
    auto const take = [&](racekit::deadline limit) {
        if (shared->queue.pop_until(got, limit) != queue_state::done) return false;
        gap = gap || got != last + 1;
        last = got;
        return true;
    };
    for (auto const end = after(std::chrono::microseconds(chance() % 2'000));
         racekit::clock::now() < end;)
        (void)take(end);
    stopwatch const since = producer.kill();
    if (ends([&] { (void)shared->queue.size(), (void)shared->queue.recover(); }) != 0)
        return {"hang"};
    double const took = since.milliseconds();
    while (take(racekit::deadline::min())) {
    }
    bool const lost = last < shared->acknowledged.load();
    return {gap || lost ? "WRONG: lost or torn" : "nothing acknowledged is lost", took};
}

template <class Pipe>
outcome pipe_sender() {
    Pipe ends_of_it;
    std::string const message(1'000'000, 'v');
    process sender([&] {
        auto mine = ends_of_it.keep_second();
        for (;;) (void)mine.send(message);
    });
    auto mine = ends_of_it.keep_first();
    std::string got;
    if (!mine.receive(got, after(longest))) return {"hang"};
    for_a_moment(500);
    stopwatch const since;
    sender.kill();
    for (;;) {
        auto const came = mine.receive(got, after(longest));
        if (came && got != message) return {"WRONG: torn"};
        if (came) continue;
        if (came.error == std::errc::timed_out) return {"hang"};
        return {"whole messages, then end_of_file or truncated", since.milliseconds()};
    }
}

outcome copied_descriptor() {
    racekit::pipe ends_of_it;
    victim holder([] {});  // has copies of both ends
    stopwatch const since;
    ends_of_it.first.finish();
    std::string got;
    auto const came = ends_of_it.second.receive(got, after(longest));
    holder.kill();
    return {came.ended() ? "finish() is seen though copies are open" : "hang",
            since.milliseconds()};
}

outcome pool_worker() {
    racekit::process_pool pool({.workers = 2});
    std::vector<int> input(20);
    std::iota(input.begin(), input.end(), 0);
    stopwatch const since;
    auto result = pool.map_async(
        [](int number) {
            if (number == 7) ::raise(SIGKILL);
            return number;
        },
        input, 1);
    try {
        (void)result.get(after(longest));
    } catch (racekit::worker_died const&) {
        return {"worker_died, with the task", since.milliseconds()};
    } catch (racekit::result_timed_out const&) {
        return {"hang"};
    }
    return {"WRONG: no error"};
}

/// The outcome of `then(server process, client)` with a server that is stopped by a signal.
template <class Then>
outcome with_stopped_server(Then then) {
    racekit::shared_object<racekit::forked_server<1>> server;
    if (!server->make(racekit::object_type::value, "n", 0)) return {"WRONG: no object"};
    process serving([&] { server->serve(); });
    auto client = server->connect(0);
    if (client.call(racekit::operation::get, {1}, after(longest)).error) return {"hang"};
    ::kill(serving.id().number, SIGSTOP);
    return then(serving, client);
}

outcome server_killed() {
    return with_stopped_server([](process& serving, auto& client) -> outcome {
        process killer([&] {
            ::usleep(2'000);
            ::kill(serving.id().number, SIGKILL);
        });
        stopwatch const since;
        auto const answer = client.call(racekit::operation::get, {1}, after(longest));
        bool const lost = answer.error == racekit::server_error::server_lost;
        return {lost ? "server_lost" : "hang", since.milliseconds() - 2};
    });
}

outcome server_stopped() {
    return with_stopped_server([](process& serving, auto& client) -> outcome {
        stopwatch const since;
        auto const answer =
            client.call(racekit::operation::get, {1}, after(std::chrono::milliseconds(50)));
        double const late = since.milliseconds() - 50;
        serving.kill();
        return {answer.error == std::errc::timed_out ? "timed_out at its deadline"
                                                     : "WRONG: answered",
                late};
    });
}

using value_segment = racekit::shared_segment<racekit::shared_value<long>>;

template <class Work>
std::string fault_of(Work work) {
    try {
        work();
    } catch (racekit::segment_error const& error) {
        std::string const words = error.what();
        return words.substr(0, words.find(':'));
    }
    return "WRONG: no error";
}

outcome truncated_segment() {
    value_segment const ours = value_segment::create(5);
    bool const changed = ::ftruncate(ours.file().number(), 0) == 0;
    return {changed || ours->get() != 5 ? "WRONG: truncated" : "the size is sealed"};
}

outcome dead_maker() {
    std::string const name = "fault-" + std::to_string(::getpid());
    process maker([&] {
        value_segment const theirs = value_segment::create_named(name, 5);
        ::raise(SIGKILL);
    });
    (void)maker.join();
    stopwatch const since;
    value_segment const ours = value_segment::create_named(name, 6);
    return {value_segment::attach(name)->get() == 6 ? "the next maker takes the name over"
                                                    : "WRONG: the old one",
            since.milliseconds()};
}

outcome vanished_attacher() {
    std::string const name = "fault-" + std::to_string(::getpid());
    value_segment const ours = value_segment::create_named(name, 5);
    process attached([&] {
        value_segment const theirs = value_segment::attach(name);
        ::raise(SIGKILL);
    });
    (void)attached.join();
    return {value_segment::attach(name)->get() == 5 ? "the name stays" : "WRONG: it is gone"};
}

/// The outcome of `work` in a process with that limit.
outcome limited(int what, rlim_t to, char const* right) {
    int const code = ends([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        rlimit const limit{to, to};
        ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
        return fault_of([] { (void)value_segment::create(1); }) == "WRONG: no error" ? 1 : 0;
    });
    return {code == 0 ? right : code < 0 ? "hang" : "WRONG: no error"};
}
outcome no_descriptors() { return limited(RLIMIT_NOFILE, 3, "a segment_error, no crash"); }
outcome no_room() { return limited(RLIMIT_FSIZE, 64, "a segment_error at create(), no SIGBUS"); }

outcome other_namespace() {
    std::string const name = "fault-" + std::to_string(::getpid());
    value_segment const ours = value_segment::create_named(name, 5);
    int const code = ends([&] {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) return 2;
        ::pid_t const inside = ::fork();  // the first process there
        if (inside == 0) {
            auto const fault = fault_of([&] { (void)value_segment::attach(name); });
            ::_exit(fault == "WRONG: no error" ? 1 : 0);
        }
        int status = 0;
        ::waitpid(inside, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
    });
    return {code == 0   ? "attach() is refused"
            : code == 2 ? "not tried: namespaces are not allowed here"
                        : "WRONG: attached"};
}

struct row {
    char const* fault;
    outcome (*bring_about)();
};

constexpr row rows[] = {
    {"the holder of a lock is killed", lock_holder},
    {"the holder of a permit is killed", permit_holder},
    {"a waiter for an event is killed", event_waiter},
    {"a waiter in a condition is killed", condition_waiter},
    {"a party of a barrier is killed", barrier_party},
    {"a consumer of a queue is killed", queue_consumer},
    {"a producer of a queue is killed in push", queue_producer},
    {"a sender is killed in a message (pipe)", pipe_sender<racekit::pipe>},
    {"a sender is killed in a message (ring_pipe)", pipe_sender<racekit::ring_pipe>},
    {"a fork copies the ends of a pipe", copied_descriptor},
    {"a worker of a pool is killed", pool_worker},
    {"the server is killed during a call", server_killed},
    {"the server is stopped", server_stopped},
    {"a peer truncates the segment", truncated_segment},
    {"the maker of a segment is killed", dead_maker},
    {"a process with the segment is killed", vanished_attacher},
    {"no descriptor is left", no_descriptors},
    {"no room is left in shared memory", no_room},
    {"the other process has another pid namespace", other_namespace},
};

bool show(row const& one, int rounds) {
    std::map<std::string, int> seen;
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        outcome const came = one.bring_about();
        ++seen[came.what];
        if (came.milliseconds >= 0 && came.what != "hang") times.push_back(came.milliseconds);
    }
    std::sort(times.begin(), times.end());
    int const hangs = seen["hang"];
    seen.erase("hang");
    std::string text;
    bool wrong = hangs > 0;
    for (auto const& [what, count] : seen) {
        wrong = wrong || what.starts_with("WRONG");
        text += (text.empty() ? "" : "; ") + what +
                (count < rounds ? " (" + std::to_string(count) + ")" : "");
    }
    auto const at = [&](double share) {
        return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
    };
    std::printf("| %s | %d | %d | %s | ", one.fault, rounds, hangs, text.c_str());
    if (times.empty()) std::printf("- | - | - |\n");
    else std::printf("%.1f | %.1f | %.1f |\n", at(0.5), at(0.99), at(1));
    std::fflush(stdout);
    return !wrong;
}

}  // namespace

int main(int count, char** given) {
    int rounds = 200;
    std::string only;
    for (int at = 1; at < count; at += 2) {
        bool const is_rounds = std::strcmp(given[at], "--rounds") == 0;
        if (at + 1 == count || (!is_rounds && std::strcmp(given[at], "--only") != 0)) {
            std::fprintf(stderr, "usage: %s [--rounds NUMBER] [--only PART_OF_A_NAME]\n", given[0]);
            return 2;
        }
        if (is_rounds) rounds = std::atoi(given[at + 1]);
        else only = given[at + 1];
    }
    std::printf(
        "| fault | rounds | hangs | what the others see | p50 ms | p99 ms | at most ms |\n"
        "|---|---|---|---|---|---|---|\n");
    bool right = true;
    for (row const& one : rows) {
        if (std::string(one.fault).find(only) == std::string::npos) continue;
        right = show(one, rounds) && right;
    }
    return right ? 0 : 1;
}
