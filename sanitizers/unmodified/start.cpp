// SPDX-License-Identifier: MIT
// The library takes over main(): what the C library would start is what the model explores.
#include "start.hpp"

#include "orders.hpp"
#include "hidden_state.hpp"
#include "program.hpp"
#include "pthreads.hpp"
#include "reachable.hpp"
#include "scenarios.hpp"
#include "shadow.hpp"
#include "watch.hpp"

#include "model/detector/explore.hpp"
#include "model/detector/model.hpp"
#include "model/runtime/bounds.hpp"
#include "model/runtime/heap.hpp"
#include "runner/program_words.hpp"
#include "runner/standard_streams.hpp"

#include <racekit/detector.hpp>

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <sys/single_threaded.h>
#include <unistd.h>

namespace racekit::unmodified {
namespace {

/// One execution of the whole program.
class whole_program final : public test_instance {
public:
    void before() override {
        model::heap::outside const out;
        begin_execution();
    }
    void act(int) override { run_program(); }
    void after() override { has_threads = false; }
    std::string outcome() override { return ""; }
};

/// Of a stream that a crash has left locked, nothing comes any more.
void flush(std::FILE* stream) {
    if (::ftrylockfile(stream) != 0) return;
    std::fflush(stream);
    ::funlockfile(stream);
}

/// The output of the program, which runs many times, goes nowhere while the model explores.
class mute {
public:
    mute() {
        flush(stdout);
        for (int at : {0, 1}) kept_[at] = ::dup(at + 1);
        int const nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        for (int at : {0, 1}) ::dup2(nowhere, at + 1);
        ::close(nowhere);
    }
    ~mute() {
        flush(stdout);
        for (int at : {0, 1}) {
            ::dup2(kept_[at], at + 1);
            ::close(kept_[at]);
        }
    }
    mute(mute const&) = delete;
    mute& operator=(mute const&) = delete;

private:
    int kept_[2];
};

constexpr instance_maker program_maker{
    sizeof(whole_program), alignof(whole_program),
    [](void* place) -> test_instance* { return ::new (place) whole_program(); }};

observation look(scenario const& what, variant which, settings const& how) {
    bool const is_program = what.program[0] != '\0';
    scenario const explored = is_program ? what : as_program(what, which, program_maker);
    if (how.show) return model::look(explored, which, how);
    mute const silence;
    observation seen = model::look(explored, which, how);
    orders::write();
    if (is_program) seen.passing.reset();  // it may fail in every execution
    return seen;
}

entered_detector const entered{{"model", look, true, false}};

int explore(int count, char** words, char**) {
    static runner::program_words all(count, words, model::most_threads);
    the_program().count = all.own_count();
    the_program().words = all.own.data();
    prepare_executions();
    keep_variables();
    scenario what = runner::description_of(all, program_maker);
    what.spawned = all.threads - 1;
    what.starts_alone = true;
    return runner::run_program(all, what, "model");
}

/// What racekit::explore() does around the function that it explores.
void first() {
    prepare_executions();
    keep_variables();
}
void after_function() {
    wait_for_all_threads();
    has_threads = false;
}
void last() {
    has_threads = false;
    restore_variables();
    orders::write();
}
model::around_exploration const around_function{first, begin_execution, after_function, last};

void construct_nothing(int, char**, char**) {}

}  // namespace

void prepare_executions() {
    orders::begin();
    static model::heap::observer const observer{shadow::block_taken, shadow::block_freed,
                                                is_reachable};
    model::heap::observed_by = &observer;
    keep_hidden_state();
    __libc_single_threaded = 0;  // or std::shared_ptr would count without atomics
}

started_program& the_program() {
    static started_program program;
    return program;
}

}  // namespace racekit::unmodified

/// Defined by a program that includes <racekit/explore.hpp>.
extern "C" [[gnu::weak]] int racekit_explores;
/// Defined by a program of scenarios (scenario_main.cpp).
extern "C" [[gnu::weak]] int racekit_holds_scenarios;

/// The constructors of the program's static objects are not called here: they run at the beginning
/// of each execution.
extern "C" int __libc_start_main(int (*main)(int, char**, char**), int count, char** words,
                                 void (*init)(int, char**, char**), void (*fini)(),
                                 void (*rtld_fini)(), void* stack_end) {
    using namespace racekit::unmodified;
    using start = int (*)(int (*)(int, char**, char**), int, char**, void (*)(int, char**, char**),
                          void (*)(), void (*)(), void*);
    auto* const next = reinterpret_cast<start>(::dlsym(RTLD_NEXT, "__libc_start_main"));
    if (&racekit_explores != nullptr) {  // a test program that explores parts of itself
        racekit::model::around = &around_function;
        return next(main, count, words, init, fini, rtld_fini, stack_end);
    }
    racekit::runner::open_closed_streams();
    the_program().environment = words + count + 1;
    if (&racekit_holds_scenarios != nullptr) {
        // The constructors run now, which enrols the scenarios, and in each execution.
        the_program().holds_scenarios = true;
        the_program().count = 1;
        the_program().words = words;
        prepare_executions();
        keep_variables();
        return next(main, count, words, init, fini, rtld_fini, stack_end);
    }
    the_program().main = main;
    return next(explore, count, words, construct_nothing, fini, rtld_fini, stack_end);
}
