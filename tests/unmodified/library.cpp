// SPDX-License-Identifier: MIT
// Programs of the synchronisation that the standard library has.
#undef NDEBUG
#include "programs.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;

std::mutex gate;
std::mutex other_gate;
std::recursive_mutex gate_again;
std::timed_mutex timed_gate;
std::shared_mutex shared_gate;
std::condition_variable changed;
std::condition_variable_any changed_any;
std::atomic<int> flag{0};
std::atomic<bool> done{false};
int plain = 0;

int guarded() {
    auto const add = [] {
        std::lock_guard const hold(gate);
        ++plain;
    };
    both(add, add);
    assert(plain == 2);
    return 0;
}
int half_guarded() {
    both(
        [] {
            std::lock_guard const hold(gate);
            ++plain;
        },
        [] { ++plain; });
    return 0;
}
int two_orders() {
    both(
        [] {
            std::scoped_lock const a(gate);
            std::scoped_lock const b(other_gate);
            ++plain;
        },
        [] {
            std::scoped_lock const b(other_gate);
            std::scoped_lock const a(gate);
            ++plain;
        });
    return 0;
}
int both_at_once() {
    both(
        [] {
            std::scoped_lock const all(gate, other_gate);
            ++plain;
        },
        [] {
            std::scoped_lock const all(other_gate, gate);
            ++plain;
        });
    assert(plain == 2);
    return 0;
}
int locked_twice() {
    std::lock_guard const first(gate);
    std::lock_guard const second(gate);
    return 0;
}
int recursive() {
    auto const add = [] {
        std::lock_guard const outer(gate_again);
        std::lock_guard const inner(gate_again);
        ++plain;
    };
    both(add, add);
    assert(plain == 2);
    return 0;
}
int unlocked_by_another() {
    both(
        [] {
            gate.lock();
            flag.store(1);
        },
        [] {
            while (flag.load() == 0) {
            }
            gate.unlock();
        });
    return 0;
}
int polls_a_mutex() {
    auto const add = [] {
        while (!gate.try_lock()) {
        }
        ++plain;
        gate.unlock();
    };
    both(add, add);
    assert(plain == 2);
    return 0;
}
/// Both ways of a lock with a deadline.
int timed_lock(bool expects_timeout) {
    bool missed = false;
    both(
        [] {
            std::lock_guard const hold(timed_gate);
            ++plain;
        },
        [&] {
            if (timed_gate.try_lock_for(10ms)) {
                ++plain;
                timed_gate.unlock();
            } else {
                missed = true;
            }
        });
    assert(!missed || expects_timeout);
    return 0;
}
int timed_lock_may_miss() { return timed_lock(true); }
int timed_lock_misses() { return timed_lock(false); }

int readers_and_a_writer() {
    int seen[2] = {};
    std::thread writer([] {
        std::unique_lock const hold(shared_gate);
        plain = 1;
    });
    std::thread reader([&] {
        std::shared_lock const hold(shared_gate);
        seen[0] = plain;
    });
    std::shared_lock hold(shared_gate);
    seen[1] = plain;
    hold.unlock();
    writer.join();
    reader.join();
    return 0;
}
int reader_that_writes() {
    auto const add = [] {
        std::shared_lock const hold(shared_gate);
        ++plain;
    };
    both(add, add);
    return 0;
}

int waits_on_a_condition() {
    both(
        [] {
            std::unique_lock hold(gate);
            changed.wait(hold, [] { return plain == 1; });
        },
        [] {
            std::lock_guard const hold(gate);
            plain = 1;
            changed.notify_one();
        });
    return 0;
}
int waits_without_a_loop() {
    both(
        [] {
            std::unique_lock hold(gate);
            if (plain == 0) changed.wait(hold);
            assert(plain == 1);
        },
        [] {
            std::lock_guard const hold(gate);
            plain = 1;
            changed.notify_one();
        });
    return 0;
}
int never_notified() {
    both(
        [] {
            std::unique_lock hold(gate);
            changed.wait(hold, [] { return plain == 1; });
        },
        [] {
            std::lock_guard const hold(gate);
            plain = 1;
        });
    return 0;
}
int waits_until() {
    both(
        [] {
            std::unique_lock hold(gate);
            (void)changed.wait_for(hold, 5s, [] { return plain == 1; });
        },
        [] {
            std::lock_guard const hold(gate);
            plain = 1;
            changed.notify_one();
        });
    return 0;
}
int waits_until_a_point() {
    auto const before = std::chrono::steady_clock::now();
    bool in_time = true;
    both(
        [&] {
            std::unique_lock hold(gate);
            in_time = changed.wait_until(hold, before + 5s, [] { return plain == 1; });
            if (!in_time) assert(std::chrono::steady_clock::now() >= before + 5s);
        },
        [] {});
    assert(!in_time);
    return 0;
}
int waits_on_any() {
    both(
        [] {
            std::unique_lock hold(gate);
            changed_any.wait(hold, [] { return plain == 1; });
        },
        [] {
            std::lock_guard const hold(gate);
            plain = 1;
            changed_any.notify_all();
        });
    return 0;
}
int sleeps() {
    both([] { flag.store(1); },
         [] {
             while (flag.load() == 0) std::this_thread::sleep_for(1ms);
         });
    return 0;
}
int gives_up_in_time() {
    both([] {},
         [] {
             auto const end = std::chrono::steady_clock::now() + 10ms;
             while (flag.load() == 0 && std::chrono::steady_clock::now() < end)
                 std::this_thread::yield();
         });
    return 0;
}

int atomic_wait() {
    both([] { flag.wait(0); }, [] { flag.store(1), flag.notify_one(); });
    return 0;
}
int atomic_wait_without_notify() {
    both([] { flag.wait(0); }, [] { flag.store(1); });
    return 0;
}
int atomic_wait_of_8_bytes() {
    static std::atomic<long> big{0};
    both([] { big.wait(0); }, [] { big.store(1), big.notify_all(); });
    return 0;
}

int semaphores() {
    static std::counting_semaphore<2> places{1};
    auto const use = [] {
        places.acquire();
        ++plain;
        places.release();
    };
    both(use, use);
    assert(plain == 2);
    return 0;
}
int semaphore_of_two() {
    static std::counting_semaphore<2> places{2};
    auto const use = [] {
        places.acquire();
        ++plain;
        places.release();
    };
    both(use, use);
    return 0;
}
int latches() {
    static std::latch ready{2};
    static int parts[2];
    both(
        [] {
            parts[0] = 1;
            ready.arrive_and_wait();
            assert(parts[1] == 1);
        },
        [] {
            parts[1] = 1;
            ready.arrive_and_wait();
            assert(parts[0] == 1);
        });
    return 0;
}
int barriers() {
    static std::barrier round{2};
    static int parts[2];
    both(
        [] {
            parts[0] = 1;
            round.arrive_and_wait();
            assert(parts[1] == 1);
        },
        [] {
            parts[1] = 1;
            round.arrive_and_wait();
            assert(parts[0] == 1);
        });
    return 0;
}

int shared_pointers() {
    auto const shared = std::make_shared<int>(1);
    std::weak_ptr<int> const weak = shared;
    both([copy = shared] { assert(*copy == 1); },
         [weak] {
             if (auto const strong = weak.lock()) assert(*strong == 1);
         });
    return 0;
}
int last_reference() {
    auto shared = std::make_shared<std::atomic<int>>(0);
    std::thread one([copy = shared]() mutable {
        copy->fetch_add(1);
        copy.reset();
    });
    shared->fetch_add(1);
    shared.reset();
    one.join();
    return 0;
}
int atomic_shared_pointer() {
    static std::atomic<std::shared_ptr<int>> current;
    current = std::make_shared<int>(1);
    both([] { current.store(std::make_shared<int>(2)); },
         [] {
             auto const mine = current.load();
             assert(*mine == 1 || *mine == 2);
         });
    current.store({});
    return 0;
}

int once() {
    static std::once_flag first;
    auto const begin = [] {
        std::call_once(first, [] { ++plain; });
        assert(plain == 1);
    };
    both(begin, begin);
    return 0;
}
int once_that_throws() {
    static std::once_flag first;
    static std::atomic<int> tries{0};
    auto const begin = [] {
        try {
            std::call_once(first, [] {
                if (tries.fetch_add(1) == 0) throw std::runtime_error("not yet");
                ++plain;
            });
            assert(plain == 1);
        } catch (std::runtime_error const&) {
        }
    };
    both(begin, begin);
    assert(plain <= 1);
    return 0;
}
struct made_once {
    made_once() { ++plain; }
    int value = 7;
};
int static_of_a_function() {
    auto const use = [] {
        static made_once it;
        assert(it.value == 7);
    };
    both(use, use);
    assert(plain == 1);
    return 0;
}
/// The mistake that C++11 made impossible, by hand.
int checked_twice() {
    static made_once* it = nullptr;
    auto const use = [] {
        if (it == nullptr) {
            std::lock_guard const hold(gate);
            if (it == nullptr) it = new made_once;
        }
        assert(it->value == 7);
    };
    both(use, use);
    return 0;
}

int promises() {
    std::promise<int> sent;
    std::future<int> received = sent.get_future();
    std::thread one([&] { sent.set_value(7); });
    assert(received.get() == 7);
    one.join();
    return 0;
}
int promise_of_an_exception() {
    std::promise<int> sent;
    std::future<int> received = sent.get_future();
    std::thread one([&] {
        try {
            throw std::runtime_error("no value");
        } catch (...) {
            sent.set_exception(std::current_exception());
        }
    });
    bool thrown = false;
    try {
        (void)received.get();
    } catch (std::runtime_error const& what) {
        thrown = std::string(what.what()) == "no value";
    }
    assert(thrown);
    one.join();
    return 0;
}
int broken_promise() {
    std::future<int> received;
    {
        std::promise<int> sent;
        received = sent.get_future();
    }
    try {
        (void)received.get();
    } catch (std::future_error const&) {
        std::thread([] { flag.store(1); }).join();
        return 0;
    }
    return 1;
}
int asynchronous() {
    auto one = std::async(std::launch::async, [] { return 1; });
    auto two = std::async(std::launch::async, [] { return 2; });
    assert(one.get() + two.get() == 3);
    return 0;
}
int joining_threads() {
    std::jthread one([](std::stop_token stop) {
        while (!stop.stop_requested()) {
        }
    });
    one.request_stop();
    return 0;
}
int not_joined() {
    std::thread one([] { flag.store(1); });
    return 0;
}
int detached() {
    std::thread([] { flag.store(1); }).detach();
    return 0;
}
int detached_uses_a_local() {
    int local = 0;
    std::thread([&] { ++local; }).detach();
    return 0;
}

thread_local std::string own = "own";
/// The object of a thread, and not the thread, is what two threads use.
std::thread shared_thread;
std::optional<std::thread> made_later;
void start_shared() {
    shared_thread = std::thread([] { flag.store(1); });
}
int thread_moved_while_asked() {
    start_shared();
    std::thread other([] {
        if (shared_thread.joinable()) flag.store(2);
    });
    std::thread(std::move(shared_thread)).join();
    other.join();
    return 0;
}
int thread_moved_while_joined() {
    start_shared();
    std::thread other([] {
        if (shared_thread.joinable()) shared_thread.join();
    });
    std::thread mine(std::move(shared_thread));
    other.join();
    if (mine.joinable()) mine.join();
    return 0;
}
int thread_assigned_while_asked() {
    std::thread other([] {
        if (shared_thread.get_id() == std::thread::id()) flag.store(2);
    });
    start_shared();
    other.join();
    shared_thread.join();
    return 0;
}
int thread_constructed_while_asked() {
    made_later.emplace();
    std::thread other([] {
        if (made_later->joinable()) flag.store(2);
    });
    made_later->~thread();
    ::new (&*made_later) std::thread([] { flag.store(1); });
    other.join();
    made_later->join();
    return 0;
}
int thread_asked_while_joined() {
    start_shared();
    std::thread other([] {
        if (shared_thread.joinable()) flag.store(2);
    });
    shared_thread.join();
    other.join();
    return 0;
}
int thread_asked_while_detached() {
    start_shared();
    std::thread other([] {
        if (shared_thread.joinable()) flag.store(2);
    });
    shared_thread.detach();
    other.join();
    return 0;
}
/// Right: the constructor is complete before its thread begins.
int thread_knows_itself() {
    made_later.emplace([] { assert(made_later->get_id() == std::this_thread::get_id()); });
    made_later->join();
    return 0;
}
/// As pools ask whether a caller is one of theirs: join() writes when the thread has ended.
int thread_asks_while_it_is_joined() {
    made_later.emplace([] {
        flag.store(1);
        assert(made_later->get_id() == std::this_thread::get_id());
    });
    while (flag == 0) std::this_thread::yield();
    made_later->join();
    return 0;
}
int thread_handed_over() {
    std::thread other([] {
        std::lock_guard const hold(gate);
        if (shared_thread.joinable()) shared_thread.join();
    });
    {
        std::lock_guard const hold(gate);
        start_shared();
    }
    other.join();
    if (shared_thread.joinable()) shared_thread.join();
    return 0;
}
int threads_of_a_vector() {
    std::vector<std::thread> all;
    for (int at = 0; at < 3; ++at) all.emplace_back([] { flag.fetch_add(1); });
    std::thread first = std::move(all.front());
    all.erase(all.begin());
    first.join();
    for (std::thread& each : all) each.join();
    assert(flag == 3);
    return 0;
}
int threads_that_join() {
    std::jthread one([] { flag.fetch_add(1); });
    std::jthread other = std::move(one);
    one = std::jthread([] { flag.fetch_add(1); });
    other.detach();
    return 0;
}

int thread_locals() {
    auto const use = [] {
        own += "!";
        assert(own == "own!");
    };
    both(use, use);
    assert(own == "own");
    return 0;
}
int address_of_a_thread_local() {
    static std::atomic<std::string*> published{nullptr};
    both([] { published.store(&own); },
         [] {
             if (auto* const theirs = published.load()) assert(theirs != &own);
         });
    return 0;
}

/// The smallest pool: a queue of packaged tasks, a thread, and a future for each result.
template <bool guards>
int pool() {
    std::queue<std::packaged_task<int()>> tasks;
    bool closed = false;
    std::thread worker([&] {
        for (;;) {
            std::packaged_task<int()> next;
            {
                std::unique_lock hold(gate);
                changed.wait(hold, [&] { return closed || !tasks.empty(); });
                if (tasks.empty()) return;
                next = std::move(tasks.front());
                tasks.pop();
            }
            next();
        }
    });
    std::packaged_task<int()> task([] { return 7; });
    std::future<int> result = task.get_future();
    {
        std::unique_lock hold(gate, std::defer_lock);
        if (guards) hold.lock();
        tasks.push(std::move(task));
    }
    changed.notify_one();
    assert(result.get() == 7);
    {
        std::lock_guard const hold(gate);
        closed = true;
    }
    changed.notify_one();
    worker.join();
    return 0;
}

struct waits_for_resume {
    static std::atomic<void*> handle;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> self) { handle.store(self.address()); }
    void await_resume() {}
};
std::atomic<void*> waits_for_resume::handle{nullptr};
struct task {
    struct promise_type {
        task get_return_object() { return {}; }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};
int coroutines() {
    auto const run = []() -> task {
        co_await waits_for_resume{};
        ++plain;
    };
    both(run, [] {
        void* handle = nullptr;
        while ((handle = waits_for_resume::handle.load()) == nullptr) {
        }
        std::coroutine_handle<>::from_address(handle).resume();
    });
    assert(plain == 1);
    return 0;
}
/// The C++ library prepares its locales once in a process, not once in an execution.
int first_use_of_a_library() {
    auto const print = [] {
        std::ostringstream text;
        text << 1.5;
        assert(text.str() == "1.5");
    };
    both(print, print);
    return 0;
}

/// A copy of the explorer would explore, too.
int forks_alone() {
    if (::fork() == 0) ::_exit(0);
    return 0;
}
int forks_beside_a_thread() {
    std::atomic<int> done{0};
    std::thread other([&] { done = 1; });
    if (::vfork() == 0) ::_exit(0);
    other.join();
    return 0;
}
int forks_by_a_system_call() {
    if (::syscall(SYS_fork) == 0) ::_exit(0);
    return 0;
}
/// The model has no time in which one could fire.
int sets_timers() {
    timer_t timer{};
    sigevent what{};
    what.sigev_notify = SIGEV_THREAD;
    what.sigev_notify_function = [](sigval) { flag.fetch_add(1); };
    if (::timer_create(CLOCK_MONOTONIC, &what, &timer) != 0) return 1;
    itimerspec soon{};
    soon.it_value.tv_sec = 100;
    std::thread([&] { (void)::timer_settime(timer, 0, &soon, nullptr); }).join();
    (void)::timer_delete(timer);
    (void)::alarm(100);
    itimerval later{};
    later.it_value.tv_sec = 100;
    return ::setitimer(ITIMER_REAL, &later, nullptr);
}
int runs_another_program() {
    int how = -1;
    std::thread([&] { how = std::system("true"); }).join();
    return how;
}

int throws_and_catches() {
    auto const use = [] {
        try {
            flag.fetch_add(1);
            throw std::runtime_error(std::to_string(flag.load()));
        } catch (std::exception const& what) {
            assert(std::string(what.what()) == "1" || std::string(what.what()) == "2");
        }
    };
    both(use, use);
    return 0;
}
int uncaught() {
    std::thread([] { throw std::runtime_error("nobody catches it"); }).join();
    return 0;
}
std::atomic<int> handled{0};
int signal_to_oneself() {
    std::signal(SIGUSR1, [](int) { handled.fetch_add(1); });
    both([] { std::raise(SIGUSR1); }, [] { std::raise(SIGUSR1); });
    assert(handled == 2);
    return 0;
}
int exits_in_a_thread() {
    std::thread one([] { std::exit(0); });
    one.join();
    assert(false);
    return 1;
}

constexpr program all[] = {{"guarded", guarded},
                           {"half_guarded", half_guarded},
                           {"two_orders", two_orders},
                           {"both_at_once", both_at_once},
                           {"locked_twice", locked_twice},
                           {"recursive", recursive},
                           {"unlocked_by_another", unlocked_by_another},
                           {"polls_a_mutex", polls_a_mutex},
                           {"timed_lock_may_miss", timed_lock_may_miss},
                           {"timed_lock_misses", timed_lock_misses},
                           {"readers_and_a_writer", readers_and_a_writer},
                           {"reader_that_writes", reader_that_writes},
                           {"waits_on_a_condition", waits_on_a_condition},
                           {"waits_without_a_loop", waits_without_a_loop},
                           {"never_notified", never_notified},
                           {"waits_until", waits_until},
                           {"waits_until_a_point", waits_until_a_point},
                           {"waits_on_any", waits_on_any},
                           {"sleeps", sleeps},
                           {"gives_up_in_time", gives_up_in_time},
                           {"atomic_wait", atomic_wait},
                           {"atomic_wait_without_notify", atomic_wait_without_notify},
                           {"atomic_wait_of_8_bytes", atomic_wait_of_8_bytes},
                           {"semaphores", semaphores},
                           {"semaphore_of_two", semaphore_of_two},
                           {"latches", latches},
                           {"barriers", barriers},
                           {"shared_pointers", shared_pointers},
                           {"last_reference", last_reference},
                           {"atomic_shared_pointer", atomic_shared_pointer},
                           {"once", once},
                           {"once_that_throws", once_that_throws},
                           {"static_of_a_function", static_of_a_function},
                           {"checked_twice", checked_twice},
                           {"promises", promises},
                           {"promise_of_an_exception", promise_of_an_exception},
                           {"broken_promise", broken_promise},
                           {"asynchronous", asynchronous},
                           {"joining_threads", joining_threads},
                           {"not_joined", not_joined},
                           {"detached", detached},
                           {"detached_uses_a_local", detached_uses_a_local},
                           {"thread_moved_while_asked", thread_moved_while_asked},
                           {"thread_moved_while_joined", thread_moved_while_joined},
                           {"thread_assigned_while_asked", thread_assigned_while_asked},
                           {"thread_constructed_while_asked", thread_constructed_while_asked},
                           {"thread_asked_while_joined", thread_asked_while_joined},
                           {"thread_asked_while_detached", thread_asked_while_detached},
                           {"thread_knows_itself", thread_knows_itself},
                           {"thread_asks_while_it_is_joined", thread_asks_while_it_is_joined},
                           {"thread_handed_over", thread_handed_over},
                           {"threads_of_a_vector", threads_of_a_vector},
                           {"threads_that_join", threads_that_join},
                           {"thread_locals", thread_locals},
                           {"address_of_a_thread_local", address_of_a_thread_local},
                           {"pool", pool<true>},
                           {"pool_unguarded", pool<false>},
                           {"coroutines", coroutines},
                           {"first_use_of_a_library", first_use_of_a_library},
                           {"throws_and_catches", throws_and_catches},
                           {"uncaught", uncaught},
                           {"signal_to_oneself", signal_to_oneself},
                           {"forks_alone", forks_alone},
                           {"forks_beside_a_thread", forks_beside_a_thread},
                           {"forks_by_a_system_call", forks_by_a_system_call},
                           {"sets_timers", sets_timers},
                           {"runs_another_program", runs_another_program},
                           {"exits_in_a_thread", exits_in_a_thread}};

}  // namespace

int main(int words, char** word) { return run_program(all, words, word); }
