// SPDX-License-Identifier: MIT
// Every operation with a deadline, with every kind of deadline: one that has passed never waits,
// and one that lies as far ahead as can be said never ends a wait.
#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/barrier.hpp>
#include <racekit/lock/bounded_semaphore.hpp>
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/event.hpp>
#include <racekit/lock/event_count.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/latch.hpp>
#include <racekit/lock/mcs_lock.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/once.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/robust_mutex.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/lock/seqlock.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/pipe/framed_stream.hpp>
#include <racekit/pipe/message_pipe.hpp>
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/pipe/wait.hpp>
#include <racekit/platform.hpp>
#include <racekit/queue/monitor_queue.hpp>
#include <racekit/queue/parking_queue.hpp>
#include <racekit/shared/anonymous_semaphore.hpp>
#include <racekit/shared/robust_barrier.hpp>
#include <racekit/shared/robust_condition.hpp>
#include <racekit/shared/robust_event.hpp>
#include <racekit/shared/robust_semaphore.hpp>
#include <racekit/shared/shared_queue.hpp>
#include <racekit/shared/untrusted_ring.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using racekit::deadline;
using racekit::duration;
using racekit::queue_state;

struct named_deadline {
    char const* name;
    std::function<deadline()> at;
};

std::vector<named_deadline> passed() {
    return {{"deadline::min()", [] { return deadline::min(); }},
            {"deadline::min() + 1 ns", [] { return deadline::min() + 1ns; }},
            {"after(duration::min())", [] { return racekit::after(duration::min()); }},
            {"an hour before the epoch", [] { return deadline() - 1h; }},
            {"500 ms before the epoch", [] { return deadline() - 500ms; }},
            {"1 ns before the epoch", [] { return deadline() - 1ns; }},
            {"the epoch", [] { return deadline(); }},
            {"an hour ago", [] { return racekit::clock::now() - 1h; }},
            {"1 ns ago", [] { return racekit::clock::now() - 1ns; }},
            {"after(-1 ns)", [] { return racekit::after(-1ns); }},
            {"after(0)", [] { return racekit::after(0ns); }}};
}

std::vector<named_deadline> far_ahead() {
    return {{"never", [] { return racekit::never; }},
            {"never - 1 ns", [] { return racekit::never - 1ns; }},
            {"after(duration::max())", [] { return racekit::after(duration::max()); }},
            {"after(duration::max() - 1 ns)", [] { return racekit::after(duration::max() - 1ns); }},
            {"in 100 years", [] { return racekit::clock::now() + 24h * 36500; }}};
}

char current_case[256];
int pairs = 0;  // of an operation and a deadline

/// The count is a figure: no pair may be lost by a later change.
struct count_of_pairs : testing::Environment {
    void TearDown() override {
        std::cout << pairs << " pairs of an operation and a deadline\n";
        auto const& all = *testing::UnitTest::GetInstance();
        if (all.test_to_run_count() == all.total_test_count()) EXPECT_EQ(pairs, 578);
    }
};
auto* const counts = testing::AddGlobalTestEnvironment(new count_of_pairs);

/// A call that never returns fails the test with its name.
struct watchdog {
    explicit watchdog(std::string const& name) {
        std::strncpy(current_case, name.c_str(), sizeof current_case - 2);
        std::signal(SIGALRM, [](int) {
            (void)!::write(2, current_case, std::strlen(current_case));
            (void)!::write(2, ": never returned\n", 17);
            ::_exit(1);
        });
        ::alarm(60);
    }
    ~watchdog() { ::alarm(0); }
};

/// operation(deadline) waits for what never comes: false at once.
template <class Operation>
void gives_up_at_once(char const* name, Operation operation) {
    for (named_deadline const& each : passed()) {
        watchdog const dog(std::string(name) + ", " + each.name);
        ++pairs;
        EXPECT_FALSE(operation(each.at())) << name << ", " << each.name;
    }
}

/// operation(deadline) waits for what `happens` brings about a little later: true.
template <class Make>
void waits(char const* name, Make make) {
    for (named_deadline const& each : far_ahead()) {
        watchdog const dog(std::string(name) + ", " + each.name);
        ++pairs;
        EXPECT_TRUE(make(each.at())) << name << ", " << each.name;
    }
}

template <class Body>
std::thread soon(Body body) {
    return std::thread([body] {
        std::this_thread::sleep_for(5ms);
        body();
    });
}

template <class Lock>
bool elsewhere_takes(Lock& gate, deadline limit) {
    bool taken = false;
    std::thread([&] {
        taken = gate.try_lock_until(limit);
        if (taken) gate.unlock();
    }).join();
    return taken;
}

template <class Lock>
void lock_deadlines(char const* name) {
    gives_up_at_once(name, [](deadline limit) {
        Lock gate;
        gate.lock();
        bool const taken = elsewhere_takes(gate, limit);
        gate.unlock();
        return taken;
    });
    waits(name, [](deadline limit) {
        Lock gate;
        gate.lock();
        bool taken = false;
        std::thread other([&] {
            taken = gate.try_lock_until(limit);
            if (taken) gate.unlock();
        });
        std::this_thread::sleep_for(5ms);
        gate.unlock();
        other.join();
        return taken;
    });
}

TEST(deadlines, of_locks) {
    lock_deadlines<racekit::mutex>("mutex");
    lock_deadlines<racekit::fifo_mutex>("fifo_mutex");
    lock_deadlines<racekit::spin_lock>("spin_lock");
    lock_deadlines<racekit::ticket_lock>("ticket_lock");
    lock_deadlines<racekit::recursive_mutex>("recursive_mutex");
    lock_deadlines<racekit::shared_mutex>("shared_mutex");
    lock_deadlines<racekit::process_mutex>("process_mutex");
    gives_up_at_once("shared_mutex, shared", [](deadline limit) {
        racekit::shared_mutex gate;
        racekit::scoped_lock hold(gate);
        bool taken = false;
        std::thread([&] { taken = gate.try_lock_shared_until(limit); }).join();
        return taken;
    });
    gives_up_at_once("shared_mutex behind a reader", [](deadline limit) {
        racekit::shared_mutex gate;
        racekit::shared_lock hold(gate);
        return elsewhere_takes(gate, limit);
    });
    gives_up_at_once("mcs_lock", [](deadline limit) {
        racekit::mcs_lock gate;
        racekit::mcs_guard hold(gate);
        bool taken = false;
        std::thread([&] {
            racekit::mcs_lock::queue_node mine;
            taken = gate.try_lock_until(mine, limit);
        }).join();
        return taken;
    });
    gives_up_at_once("robust_mutex", [](deadline limit) {
        racekit::robust_mutex gate;
        (void)gate.lock();
        bool taken = false;
        std::thread([&] {
            racekit::lock_state state{};
            taken = gate.try_lock_until(limit, state);
        }).join();
        gate.unlock();
        return taken;
    });
}

TEST(deadlines, of_what_waits) {
    gives_up_at_once("semaphore",
                     [](deadline limit) { return racekit::semaphore(0).try_acquire_until(limit); });
    gives_up_at_once("bounded_semaphore", [](deadline limit) {
        racekit::bounded_semaphore permits(1);
        permits.acquire();
        return permits.try_acquire_until(limit);
    });
    gives_up_at_once("event", [](deadline limit) { return racekit::event().wait_until(limit); });
    gives_up_at_once("auto_reset_event",
                     [](deadline limit) { return racekit::auto_reset_event().wait_until(limit); });
    gives_up_at_once("latch", [](deadline limit) { return racekit::latch(1).wait_until(limit); });
    gives_up_at_once("barrier", [](deadline limit) {
        racekit::barrier meeting(2);
        try {
            (void)meeting.wait_until(limit);
        } catch (racekit::barrier_timed_out const&) {
            return false;
        }
        return true;
    });
    gives_up_at_once("once", [](deadline limit) {
        racekit::once flag;
        bool called = true;
        flag.call([&] { std::thread([&] { called = flag.call_until(limit, [] {}); }).join(); });
        return called;
    });
    gives_up_at_once("event_count::wait_until", [](deadline limit) {
        racekit::event_count changed;
        return changed.wait_until(changed.prepare(), limit);
    });
    gives_up_at_once("event_count::await_until", [](deadline limit) {
        racekit::event_count changed;
        return changed.await_until(limit, [] { return false; });
    });
    gives_up_at_once("condition_variable", [](deadline limit) {
        racekit::mutex gate;
        racekit::condition_variable changed;
        racekit::unique_lock hold(gate);
        return changed.wait_until(hold, limit, [] { return false; });
    });
    gives_up_at_once("seqlock", [](deadline limit) {
        racekit::seqlock<int> number(1);
        bool done = true;
        number.update([&](int&) {
            std::thread([&] {
                int copy = 0;
                done = number.try_load_until(copy, limit) || number.try_store_until(2, limit);
            }).join();
        });
        return done;
    });
}

TEST(deadlines, far_ahead_of_what_waits) {
    waits("semaphore", [](deadline limit) {
        racekit::semaphore permits(0);
        std::thread other = soon([&] { permits.release(); });
        bool const taken = permits.try_acquire_until(limit);
        other.join();
        return taken;
    });
    waits("event", [](deadline limit) {
        racekit::event done;
        std::thread other = soon([&] { done.set(); });
        bool const set = done.wait_until(limit);
        other.join();
        return set;
    });
    waits("latch", [](deadline limit) {
        racekit::latch gate(1);
        std::thread other = soon([&] { gate.count_down(); });
        bool const open = gate.wait_until(limit);
        other.join();
        return open;
    });
    waits("barrier", [](deadline limit) {
        racekit::barrier meeting(2);
        std::thread other = soon([&] { (void)meeting.wait(); });
        (void)meeting.wait_until(limit);
        other.join();
        return !meeting.is_broken();
    });
    waits("condition_variable", [](deadline limit) {
        racekit::mutex gate;
        racekit::condition_variable changed;
        bool so = false;
        std::thread other = soon([&] {
            racekit::scoped_lock hold(gate);
            so = true;
            changed.notify_one();
        });
        bool seen = false;
        {
            racekit::unique_lock hold(gate);
            seen = changed.wait_until(hold, limit, [&] { return so; });
        }
        other.join();
        return seen;
    });
}

template <class Queue>
void queue_deadlines(char const* name) {
    gives_up_at_once(name, [](deadline limit) {
        Queue queue(1);
        int got = 0;
        if (queue.get_until(got, limit) != queue_state::timed_out) return true;
        (void)queue.put(1);
        return queue.put_until(2, limit) != queue_state::timed_out || queue.join_until(limit);
    });
    waits(name, [](deadline limit) {
        Queue queue(1);
        std::thread other = soon([&] { (void)queue.put(1); });
        int got = 0;
        bool const done = queue.get_until(got, limit) == queue_state::done;
        other.join();
        return done;
    });
}

TEST(deadlines, of_queues) {
    queue_deadlines<racekit::parking_queue<int>>("parking_queue");
    queue_deadlines<racekit::monitor_queue<int>>("monitor_queue");
}

TEST(deadlines, of_channels_and_processes) {
    char byte = 0;
    gives_up_at_once("byte_pipe, empty", [&](deadline limit) {
        racekit::byte_pipe pipe;
        return pipe.reader.read_some(&byte, 1, limit).error != std::errc::timed_out;
    });
    gives_up_at_once("byte_pipe, full", [&](deadline limit) {
        racekit::byte_pipe pipe;
        char const block[4096] = {};
        for (int each = 0; each < 16; ++each) (void)pipe.writer.write_some(block, sizeof block);
        return pipe.writer.write_some(block, sizeof block, limit).error != std::errc::timed_out;
    });
    gives_up_at_once("socket_pair", [&](deadline limit) {
        racekit::socket_pair pair;
        return pair.first.read_some(&byte, 1, limit).error != std::errc::timed_out;
    });
    gives_up_at_once("message_pipe", [&](deadline limit) {
        racekit::message_pipe pipe;
        return pipe.receive(&byte, 1, limit).error != std::errc::timed_out;
    });
    gives_up_at_once("process", [](deadline limit) {
        racekit::process child([] { ::pause(); });
        racekit::exit_status how;
        bool const ended = child.join_until(limit, how);
        child.kill();
        return ended;
    });
    waits("byte_pipe", [&](deadline limit) {
        racekit::byte_pipe pipe;
        std::thread other = soon([&] { (void)pipe.writer.write_some("a", 1); });
        bool const read = pipe.reader.read_some(&byte, 1, limit).bytes == 1;
        other.join();
        return read;
    });
    waits("process", [](deadline limit) {
        racekit::process child([] { ::usleep(5000); });
        racekit::exit_status how;
        return child.join_until(limit, how);
    });
}

TEST(deadlines, of_what_processes_share) {
    gives_up_at_once("robust_semaphore", [](deadline limit) {
        return racekit::robust_semaphore(0).try_acquire_until(limit);
    });
    gives_up_at_once("anonymous_semaphore", [](deadline limit) {
        return racekit::anonymous_semaphore(0).try_acquire_until(limit);
    });
    gives_up_at_once("robust_event",
                     [](deadline limit) { return racekit::robust_event().wait_until(limit); });
    gives_up_at_once("robust_condition", [](deadline limit) {
        racekit::robust_mutex gate;
        racekit::robust_condition changed;
        (void)gate.lock();
        bool const so = changed.wait_until(gate, limit, [] {}, [] { return false; });
        gate.unlock();
        return so;
    });
    gives_up_at_once("robust_barrier", [](deadline limit) {
        racekit::robust_barrier<2> meeting;
        try {
            (void)meeting.wait_until(limit);
        } catch (racekit::barrier_timed_out const&) {
            return false;
        }
        return true;
    });
}

using queue_of_one = racekit::shared_queue<int, 1>;

TEST(deadlines, of_queues_that_processes_share) {
    gives_up_at_once("shared_queue, pop and reserve", [](deadline limit) {
        auto const made = std::make_unique<queue_of_one>();
        int got = 0;
        queue_of_one::ticket held;
        return made->pop_until(got, limit) != queue_state::timed_out ||
               made->reserve_until(held, limit) != queue_state::timed_out;
    });
    gives_up_at_once("shared_queue, push", [](deadline limit) {
        auto const made = std::make_unique<queue_of_one>();
        (void)made->push(1);
        return made->push_until(2, limit) != queue_state::timed_out;
    });
    using ring = racekit::untrusted_ring<8, 1>;
    gives_up_at_once("untrusted_ring", [](deadline limit) {
        ring shared;
        racekit::untrusted_sender<ring> out(shared);
        racekit::untrusted_receiver<ring> in(shared);
        char byte = 0;
        std::size_t size = 0;
        if (in.receive_until(&byte, 1, size, limit) != racekit::ring_state::timed_out) return true;
        (void)out.try_send(&byte, 1);
        return out.send_until(&byte, 1, limit) != racekit::ring_state::timed_out;
    });
}

TEST(deadlines, far_ahead_of_what_processes_share) {
    waits("robust_event", [](deadline limit) {
        racekit::robust_event done;
        std::thread other = soon([&] { done.set(); });
        bool const set = done.wait_until(limit);
        other.join();
        return set;
    });
    waits("robust_mutex", [](deadline limit) {
        racekit::robust_mutex gate;
        (void)gate.lock();
        bool taken = false;
        std::thread other([&] {
            racekit::lock_state state{};
            taken = gate.try_lock_until(limit, state);
            if (taken) gate.unlock();
        });
        std::this_thread::sleep_for(5ms);
        gate.unlock();
        other.join();
        return taken;
    });
    waits("shared_queue", [](deadline limit) {
        auto const made = std::make_unique<queue_of_one>();
        std::thread other = soon([&] { (void)made->push(1); });
        int got = 0;
        bool const done = made->pop_until(got, limit) == queue_state::done;
        other.join();
        return done;
    });
}

template <class Pipe>
void pipe_deadlines(char const* name) {
    gives_up_at_once(name, [](deadline limit) {
        Pipe ends;
        char byte = 0;
        return ends.first.receive(&byte, 1, limit).error != std::errc::timed_out ||
               ends.first.poll(limit) || !racekit::wait({ends.first}, limit).empty();
    });
    gives_up_at_once(name, [](deadline limit) {
        Pipe ends;
        std::string const much(100'000, 'x');
        std::error_code error;
        while (!error) error = ends.first.send(much, deadline::min());
        return ends.first.send(much, limit) != std::errc::timed_out;
    });
    waits(name, [](deadline limit) {
        Pipe ends;
        std::thread other = soon([&] { (void)ends.second.send("a"); });
        char byte = 0;
        bool const came = bool(ends.first.receive(&byte, 1, limit));
        other.join();
        return came;
    });
}

TEST(deadlines, of_pipes) {
    pipe_deadlines<racekit::pipe>("pipe");
    pipe_deadlines<racekit::ring_pipe>("ring_pipe");
    gives_up_at_once("framed_stream", [](deadline limit) {
        racekit::socket_pair ends;
        racekit::framed_stream<racekit::byte_socket> here(std::move(ends.first));
        std::string got;
        return here.receive(got, limit).error != std::errc::timed_out;
    });
    gives_up_at_once("message_pipe, a long message behind another", [](deadline limit) {
        racekit::basic_message_pipe<100'000> pipe;
        std::vector<char> const much(100'000);
        (void)pipe.send(much.data(), much.size(), deadline::min());  // fills it
        return pipe.send(much.data(), much.size(), limit) != std::errc::timed_out;
    });
}

TEST(deadlines, of_other_clocks_and_units) {
    using std::chrono::system_clock;
    racekit::semaphore permits(0);
    EXPECT_FALSE(permits.try_acquire_until(system_clock::now() - 1h));
    EXPECT_FALSE(permits.try_acquire_until(system_clock::time_point::min()));
    auto const limit = system_clock::now() + 20ms;
    EXPECT_FALSE(permits.try_acquire_until(limit));
    EXPECT_GE(system_clock::now(), limit);
    auto const began = racekit::clock::now();
    EXPECT_FALSE(permits.try_acquire_for(0.02s));
    EXPECT_GE(racekit::clock::now() - began, 20ms);
    EXPECT_FALSE(permits.try_acquire_for(std::chrono::hours::min()));
    std::thread other = soon([&] { permits.release(); });
    EXPECT_TRUE(permits.try_acquire_until(system_clock::time_point::max()));
    other.join();
    other = soon([&] { permits.release(); });
    EXPECT_TRUE(permits.try_acquire_for(std::chrono::hours::max()));
    other.join();
}

}  // namespace
