// SPDX-License-Identifier: MIT
// The one translation unit that sees Relacy. Its memory model is used as it is, under racekit's own
// objects, scheduler, fibers and heap; what must be worked around is named at its place (D1 .. D14
// are the defects that tests/selftest/model_defects_test.cpp covers).

// Compiled a second time for the figures: Relacy by itself, with nothing of racekit's.
#ifdef RACEKIT_BARE_RELACY
#include <relacy/relacy.hpp>

#include "bare_relacy.hpp"
#else

#include "memory_model.hpp"

#include "model/runtime/fiber.hpp"
#include "model/runtime/thread_locals.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#include <relacy/pch.hpp>

// D9, D10, D11, D13: Relacy's fibers have small unguarded stacks, share exception state, are never
// freed and trip _FORTIFY_SOURCE. Its stage is never entered, so that it needs none; ours is below.
#define fiber_t relacy_fiber_t
#define create_main_fiber relacy_create_main_fiber
#define delete_main_fiber relacy_delete_main_fiber
#define create_fiber relacy_create_fiber
#define delete_fiber relacy_delete_fiber
#define switch_to_fiber relacy_switch_to_fiber
#include <relacy/platform.hpp>
#undef fiber_t
#undef create_main_fiber
#undef delete_main_fiber
#undef create_fiber
#undef delete_fiber
#undef switch_to_fiber

struct fiber_t {};
inline void create_main_fiber(fiber_t&) {}
inline void delete_main_fiber(fiber_t&) {}
inline void create_fiber(fiber_t&, void (*)(void*), void*) {}
inline void delete_fiber(fiber_t&) {}
inline void switch_to_fiber(fiber_t&, fiber_t&) {}

// D14: a history of three stores is too short a window.
#define atomic_history_size relacy_atomic_history_size
#include <relacy/base.hpp>
#undef atomic_history_size
namespace rl {
size_t const atomic_history_size = racekit::model::memory::window;
}

#include <relacy/relacy.hpp>

// D6, D7: none of Relacy's macros goes further than here.
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef VAR
#undef VAR_T
#undef TLS_T
#undef $

namespace racekit::model::memory {
namespace {

execution_callbacks* playing = nullptr;
rl::thread_info_base* threads[most_threads] = {};
rl::thread_info_base* acting = nullptr;  // whose fiber runs
fiber stacks[most_threads];
fiber main_stack;

/// Relacy's own stage, for one who never enters: all that is used of it is that its memory model
/// asks it whether a load goes on to the next older store. With the random search type a load may
/// reach back over the whole window (Relacy's full search looks back by one store only).
struct nobody : rl::test_suite<nobody, 1> {
    void thread(unsigned) {}
};
class oracle : public rl::scheduler<oracle, rl::scheduler_thread_info, 1> {
    using base = rl::scheduler<oracle, rl::scheduler_thread_info, 1>;

public:
    struct task_t {};
    using base::scheduler;

    unsigned rand_impl(unsigned, rl::sched_type) { return playing->look_older() ? 1 : 0; }
    rl::thread_id_t iteration_begin_impl() { return 0; }
    bool iteration_end_impl() { return true; }
    rl::thread_id_t schedule_impl(rl::unpark_reason&, unsigned) { return 0; }
    rl::iteration_t iteration_count_impl() { return 0; }
    void get_state_impl(std::ostream&) {}
    void set_state_impl(std::istream&) {}
    void on_thread_block(rl::thread_id_t, bool) {}
    void thread_finished_impl() {}
    void purge_blocked_threads() {}
};

/// The stage: so many threads of the memory model, each on a fiber. Defined per thread count, since
/// Relacy's records are.
class machine {
public:
    virtual ~machine() = default;
    virtual void run() = 0;
    [[nodiscard]] virtual int size() const = 0;
    virtual rl::atomic_data* create() = 0;
    virtual void destroy(rl::atomic_data* data) = 0;
    virtual unsigned store(rl::atomic_data* data, std::memory_order order) = 0;
    virtual unsigned reach(rl::atomic_data* data) = 0;
    virtual void seen(rl::atomic_data* data, unsigned index) = 0;
    virtual void fence(std::memory_order order) = 0;
};
machine* running = nullptr;

void act_as_nobody() {
    thread_locals::change(acting->index_, thread_locals::explorer);
    acting = nullptr;
}

void act_as(int thread) {
    thread_locals::change(acting == nullptr ? thread_locals::explorer : int(acting->index_),
                          thread);
    acting = threads[thread];
    known = acting->acq_rel_order_;
    own = &acting->own_acq_rel_order_;
}

template <int count>
class machine_for final : public machine {
public:
    machine_for() : machine_for(std::make_integer_sequence<int, count>()) {}
    ~machine_for() override {
        // The next run gives each thread the stack it had: addresses of locals are the same again.
        for (int thread = count - 1; thread >= 0; --thread) stacks[thread].release();
    }

    void run() override {
        do {
            clear();
            opening_ = true;
            finished_ = 0;
            int const first = playing->begin();
            thread_locals::begin();
            act_as(first);
            fiber::change(main_stack, stacks[first]);
        } while (playing->end());
    }
    [[nodiscard]] int size() const override { return count; }
    rl::atomic_data* create() override { return new (histories_.alloc()) record(); }
    void destroy(rl::atomic_data* data) override {
        static_cast<record*>(data)->~record();
        histories_.free(static_cast<record*>(data));
    }

    /// A store as C++20 sees it: unlike C++11's, it does not continue the release sequence that the
    /// same thread began (P0982).
    unsigned store(rl::atomic_data* data, std::memory_order order) override {
        record& object = *static_cast<record*>(data);
        auto& newest = object.history_[object.current_index_ % window];
        rl::thread_id_t const writer = newest.thread_id_;
        newest.thread_id_ = static_cast<rl::thread_id_t>(-1);  // not the same thread: begin anew
        unsigned index = 0;
        switch (order) {
            case std::memory_order_relaxed: index = acting->atomic_store_relaxed(data); break;
            case std::memory_order_release: index = acting->atomic_store_release(data); break;
            default: index = acting->atomic_store_seq_cst(data); break;
        }
        newest.thread_id_ = writer;
        return index;
    }

    unsigned reach(rl::atomic_data* data) override {
        record& object = *static_cast<record*>(data);
        timestamp const* const known = acting->acq_rel_order_;
        unsigned back = 0;
        for (; back + 1 < window; ++back) {
            auto const& store = object.history_[(object.current_index_ - back) % window];
            bool passed = known[store.thread_id_] >= store.acq_rel_timestamp_;
            for (int thread = 0; thread < count && !passed; ++thread)
                passed = known[thread] >= store.first_seen_order_[thread];
            auto const& older = object.history_[(object.current_index_ - back - 1) % window];
            if (passed || !older.busy_) break;
        }
        return back;
    }

    void seen(rl::atomic_data* data, unsigned index) override {
        record& object = *static_cast<record*>(data);
        auto& at = object.history_[index % window].first_seen_order_[acting->index_];
        acting->own_acq_rel_order_ += 1;
        if (at > acting->own_acq_rel_order_) at = acting->own_acq_rel_order_;
    }

    void fence(std::memory_order order) override {
        rl::thread_info<count>& self = *static_cast<rl::thread_info<count>*>(acting);
        if (order != std::memory_order_release) self.atomic_thread_fence_acquire();
        if (order == std::memory_order_release || order == std::memory_order_acq_rel)
            self.atomic_thread_fence_release();
    }

private:
    using record = rl::atomic_data_impl<count>;

    template <int... number>
    explicit machine_for(std::integer_sequence<int, number...>)
        : threads_{rl::thread_info<count>(number)...} {
        for (int thread = 0; thread < count; ++thread) {
            threads_[thread].last_yield_ = 0;  // for good: nobody yields in Relacy's sense
            threads[thread] = &threads_[thread];
            stacks[thread].start(&machine_for::perform, &threads_[thread]);
        }
    }

    /// What each thread's fiber does, execution after execution.
    static void perform(void* thread) {
        int const self = static_cast<rl::thread_info<count>*>(thread)->index_;
        machine_for& all = *static_cast<machine_for*>(running);
        for (;;) {
            if (all.opening_) {
                all.opening_ = false;
                playing->before();
                all.meet();
            }
            playing->act(self);
            if (++all.finished_ < count) {
                switch_to(playing->next());
                continue;
            }
            all.meet();
            playing->after();
            act_as_nobody();
            fiber::change(stacks[self], main_stack);
        }
    }

    void clear() {
        for (rl::thread_info<count>& each : threads_) {
            for (int other = 0; other < count; ++other) {
                each.acq_rel_order_[other] = 0;
                each.acquire_fence_order_[other] = 0;
                each.release_fence_order_[other] = 0;
            }
            each.own_acq_rel_order_ = 1;
        }
    }

    /// All that happened so far happens before all that comes.
    void meet() {
        timestamp latest = 0;
        for (rl::thread_info<count>& each : threads_)
            latest = std::max(latest, each.own_acq_rel_order_);
        for (rl::thread_info<count>& each : threads_)
            for (timestamp& known : each.acq_rel_order_) known = latest;
    }

    rl::thread_info<count> threads_[count];
    rl::slab_allocator<record> histories_;
    bool opening_ = false;  // before() is still to come
    int finished_ = 0;
};

template <int count>
void run_with(execution_callbacks& what) {
    rl::test_params parameters;
    // D12: an ostream without a buffer swallows all and never allocates.
    std::ostream silent(nullptr);
    parameters.output_stream = &silent;
    parameters.progress_stream = &silent;
    parameters.search_type = rl::random_scheduler_type;
    oracle::shared_context_t nothing;
    rl::context_impl<nobody, oracle> const context(parameters, nothing);
    machine_for<count> these;
    playing = &what;
    running = &these;
    these.run();
    running = nullptr;
    playing = nullptr;
}

}  // namespace

void run(int threads, execution_callbacks& what) {
    switch (threads) {
        case 1: return run_with<1>(what);
        case 2: return run_with<2>(what);
        case 3: return run_with<3>(what);
        case 4: return run_with<4>(what);
        case 5: return run_with<5>(what);
        case 6: return run_with<6>(what);
        case 7: return run_with<7>(what);
        case 8: return run_with<8>(what);
        default: throw std::invalid_argument("the model runs 1 to 8 threads");
    }
}

int current_thread() { return acting->index_; }
int thread_count() { return running->size(); }
void switch_to(int thread) {
    fiber& from = stacks[acting->index_];
    act_as(thread);
    fiber::change(from, stacks[thread]);
}

void abandon() {
    fiber& here = stacks[acting->index_];
    act_as_nobody();
    for (int thread = 0; thread < running->size(); ++thread) stacks[thread].restart();
    fiber::leave(here, main_stack);
}

void restart_current() {
    fiber& here = stacks[acting->index_];
    here.restart();
    fiber::leave(here, here);
}

void* atomic_create() { return running->create(); }
void atomic_destroy(void* data) { running->destroy(static_cast<rl::atomic_data*>(data)); }

unsigned atomic_load(void* data, std::memory_order order) {
    auto* const object = static_cast<rl::atomic_data*>(data);
    rl::thread_info_base& self = *acting;
    switch (order) {
        case std::memory_order_relaxed: return self.atomic_load_relaxed(object);
        case std::memory_order_seq_cst: return self.atomic_load_seq_cst(object);
        default: return self.atomic_load_acquire(object);
    }
}

unsigned atomic_load_newest(void* data, std::memory_order order) {
    auto* const object = static_cast<rl::atomic_data*>(data);
    rl::thread_info_base& self = *acting;
    switch (order) {
        case std::memory_order_relaxed: return self.atomic_load_relaxed_rmw(object);
        case std::memory_order_seq_cst: return self.atomic_load_seq_cst_rmw(object);
        default: return self.atomic_load_acquire_rmw(object);
    }
}

unsigned atomic_store(void* data, std::memory_order order) {
    return running->store(static_cast<rl::atomic_data*>(data), order);
}

unsigned atomic_modify(void* data, std::memory_order order) {
    auto* const object = static_cast<rl::atomic_data*>(data);
    rl::thread_info_base& self = *acting;
    bool aba = false;
    switch (order) {
        case std::memory_order_relaxed: return self.atomic_rmw_relaxed(object, aba);
        case std::memory_order_release: return self.atomic_rmw_release(object, aba);
        case std::memory_order_acq_rel: return self.atomic_rmw_acq_rel(object, aba);
        case std::memory_order_seq_cst: return self.atomic_rmw_seq_cst(object, aba);
        default: return self.atomic_rmw_acquire(object, aba);
    }
}

unsigned atomic_reach(void* data) { return running->reach(static_cast<rl::atomic_data*>(data)); }

void atomic_seen(void* data, unsigned index) {
    running->seen(static_cast<rl::atomic_data*>(data), index);
}

void fence(std::memory_order order) { running->fence(order); }

}  // namespace racekit::model::memory

#endif
