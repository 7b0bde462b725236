// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include "model/runtime/fiber.hpp"
#include "model/runtime/thread_locals.hpp"

#include <stdexcept>

namespace racekit::model::memory {
namespace {

execution_callbacks* playing = nullptr;
int count = 0;         // of threads
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
        if (++finished < count) {
            switch_to(playing->next());
            continue;
        }
        model->synchronise_all();
        playing->after();
        leave_threads();
        fiber::change(stacks[self], main_stack);
    }
}

constexpr int numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
static_assert(sizeof numbers / sizeof *numbers == most_threads);

/// The fibers of one run. The next run gives each thread the stack it had: addresses of locals are
/// the same again.
struct started {
    started() {
        for (int thread = 0; thread < count; ++thread)
            stacks[thread].start(perform, const_cast<int*>(&numbers[thread]));
    }
    ~started() {
        for (int thread = count - 1; thread >= 0; --thread) stacks[thread].release();
    }
};

}  // namespace

void run(int threads, memory_kind kind, execution_callbacks& what) {
    if (threads < 1 || threads > most_threads)
        throw std::invalid_argument("the model runs 1 to 8 threads");
    is_exact = kind == memory_kind::exact;
    std::unique_ptr<memory_model> const these =
        is_exact ? make_exact(threads) : make_relacy(threads);
    count = threads;
    playing = &what;
    model = these.get();
    started const fibers;
    do {
        model->begin();
        opening = true;
        finished = 0;
        int const first = playing->begin();
        thread_locals::begin();
        enter(first);
        fiber::change(main_stack, stacks[first]);
    } while (playing->end());
    model = nullptr;
    playing = nullptr;
}

int thread_count() { return count; }

void switch_to(int thread) {
    fiber& from = stacks[current];
    enter(thread);
    fiber::change(from, stacks[thread]);
}

void abandon() {
    fiber& here = stacks[current];
    leave_threads();
    for (int thread = 0; thread < count; ++thread) stacks[thread].restart();
    fiber::leave(here, main_stack);
}

void restart_current() {
    fiber& here = stacks[current];
    here.restart();
    fiber::leave(here, here);
}

}  // namespace racekit::model::memory
