// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include "model/runtime/fiber.hpp"
#include "model/runtime/thread_locals.hpp"

#include <array>
#include <stdexcept>
#include <string>

namespace racekit::model::memory {
namespace {

execution_callbacks* playing = nullptr;
bool opening = false;  // before() is still to come
int finished = 0;
fiber stacks[most_threads];
fiber main_stack;

void leave_threads() {
    thread_locals::change(current, thread_locals::explorer);
    current = -1;
}

void enter(int thread) {
    thread_locals::change(current < 0 ? thread_locals::explorer : current, thread);
    current = thread;
    known = clock_of[thread];
    own = own_clock_of[thread];
}

/// What each thread's fiber does, execution after execution.
void perform(void* number) {
    int const self = *static_cast<int const*>(number);
    for (;;) {
        if (opening) {
            opening = false;
            playing->before();
            model->synchronise_all();
        }
        playing->act(self);
        if (++finished < threads_of_run) {
            switch_to(playing->next());
            continue;
        }
        model->synchronise_all();
        playing->after();
        leave_threads();
        fiber::change(stacks[self], main_stack);
    }
}

constexpr std::array<int, most_threads> numbers = [] {
    std::array<int, most_threads> all{};
    for (int number = 0; number < most_threads; ++number)
        all[static_cast<std::size_t>(number)] = number;
    return all;
}();

/// The fibers of one run. The next run gives each thread the stack it had: addresses of locals are
/// the same again.
struct started {
    started() {
        for (int thread = 0; thread < threads_of_run; ++thread)
            stacks[thread].start(perform,
                                 const_cast<int*>(&numbers[static_cast<std::size_t>(thread)]));
    }
    ~started() {
        for (int thread = threads_of_run - 1; thread >= 0; --thread) stacks[thread].release();
    }
};

}  // namespace

void run(int threads, memory_kind kind, execution_callbacks& what) {
    if (threads < 1 || threads > most_threads)
        throw std::invalid_argument("the model runs 1 to " + std::to_string(most_threads) +
                                    " threads");
    is_exact = kind == memory_kind::exact;
    std::unique_ptr<memory_model> const these =
        is_exact ? make_exact(threads) : make_relacy(threads);
    threads_of_run = threads;
    playing = &what;
    model = these.get();
    started const fibers;
    do {
        model->begin();
        opening = true;
        finished = 0;
        int const first = playing->begin();
        thread_locals::begin(threads);
        enter(first);
        fiber::change(main_stack, stacks[first]);
    } while (playing->end());
    model = nullptr;
    playing = nullptr;
}

void switch_to(int thread) {
    fiber& from = stacks[current];
    enter(thread);
    fiber::change(from, stacks[thread]);
}

void abandon() {
    fiber& here = stacks[current];
    leave_threads();
    for (int thread = 0; thread < threads_of_run; ++thread) stacks[thread].restart();
    fiber::leave(here, main_stack);
}

void restart_current() {
    fiber& here = stacks[current];
    here.restart();
    fiber::leave(here, here);
}

}  // namespace racekit::model::memory
