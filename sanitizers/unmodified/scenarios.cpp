// SPDX-License-Identifier: MIT
// The main() that the model explores in place of the program's own: thread 0 builds the test
// instance and runs before(), starts the other threads, is one of them itself, and runs after().
#include "scenarios.hpp"

#include "pthreads.hpp"
#include "refusal.hpp"
#include "start.hpp"

#include "model/runtime/bounds.hpp"
#include "runner/options.hpp"
#include "runner/run.hpp"

#include <racekit/enrolment.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <new>
#include <pthread.h>

namespace racekit::unmodified {
namespace {

constexpr int default_threads = 16;  // in one execution, with those that the body starts itself

int body_threads = 0;
instance_maker maker;

struct body_thread {
    pthread_t name;
    test_instance* instance;
    int self;
};
std::array<body_thread, model::most_threads> all;

void* act(void* given) {
    auto const& thread = *static_cast<body_thread*>(given);
    thread.instance->act(thread.self);
    return nullptr;
}

void run_threads(test_instance& instance) {
    for (int self = 1; self < body_threads; ++self) {
        body_thread& each = all[static_cast<std::size_t>(self)];
        each.instance = &instance;
        each.self = self;
        ::pthread_create(&each.name, nullptr, act, &each);
    }
    try {
        instance.act(0);
    } catch (thread_exit const&) {
    }
    for (int self = 1; self < body_threads; ++self)
        ::pthread_join(all[static_cast<std::size_t>(self)].name, nullptr);
}

int run_instance(int, char**, char**) {
    try {
        void* const place = ::operator new(maker.size, std::align_val_t(maker.alignment));
        test_instance* const instance = maker.make(place);
        instance->before();
        run_threads(*instance);
        instance->after();
        instance->~test_instance();
        ::operator delete(place, std::align_val_t(maker.alignment));
    } catch (thread_exit const&) {
        refuse(
            "before(), after(), a constructor or a destructor of the test body calls "
            "pthread_exit(): take it out");
    }
    return 0;
}

int threads_now() {
    std::filesystem::directory_iterator const each("/proc/self/task");
    return static_cast<int>(std::distance(begin(each), end(each)));
}

}  // namespace

scenario as_program(scenario const& what, variant which, instance_maker const& whole_program) {
    body_threads = what.count;
    maker = what.maker(which);
    the_program().main = run_instance;
    scenario all_of_it = what;
    (which == variant::racy ? all_of_it.racy : all_of_it.fixed) = whole_program;
    all_of_it.count = 1;
    all_of_it.spawned = std::max(default_threads, what.count + what.spawned) - 1;
    all_of_it.starts_alone = true;
    return all_of_it;
}

}  // namespace racekit::unmodified

/// What main() of such a program calls (scenario_main.cpp).
extern "C" int racekit_run_scenarios(int count, char** words) {
    using namespace racekit;
    if (unmodified::threads_now() > 1)
        runner::complain(
            "a global object starts a thread before main(): in a scenario the test body starts "
            "threads, in thread() or in its constructor");
    close_enrolment();
    return runner::run(count, words);
}
