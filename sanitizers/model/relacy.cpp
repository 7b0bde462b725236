// The one translation unit that sees Relacy. Its memory model is used as it is, under racekit's own
// objects, scheduler, fibers and heap; what must be worked around is named at its place (D1 .. D14
// are the defects that tests/selftest/model_defects_test.cpp covers).

// Compiled a second time for the figures: Relacy by itself, with nothing of racekit's.
#ifdef RACEKIT_BARE_RELACY
#include <relacy/relacy.hpp>

#include "bare_relacy.hpp"
#else

#include "memory_model.hpp"

#include "fiber.hpp"

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <relacy/pch.hpp>

// D9, D10, D11, D13: Relacy's fibers have small unguarded stacks, share exception state, are never
// freed and trip _FORTIFY_SOURCE. Its names step aside for ours.
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

namespace {
racekit::model::fiber* main_fiber = nullptr;
}

using fiber_t = racekit::model::fiber;
inline void create_main_fiber(fiber_t& fiber) { main_fiber = &fiber; }
inline void delete_main_fiber(fiber_t&) { main_fiber = nullptr; }
inline void create_fiber(fiber_t& fiber, void (*body)(void*), void* argument) {
    fiber.start(body, argument);
}
inline void delete_fiber(fiber_t& fiber) { fiber.release(); }
inline void switch_to_fiber(fiber_t& to, fiber_t& from) { racekit::model::fiber::change(from, to); }

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

performance* playing = nullptr;

/// A store as C++20 sees it: unlike C++11's, it does not continue the release sequence that the
/// same thread began (P0982). Defined per thread count, since Relacy's records are.
class machine {
public:
    virtual ~machine() = default;
    virtual unsigned store(rl::atomic_data* data, std::memory_order order) = 0;
    virtual unsigned reach(rl::atomic_data* data) = 0;
    virtual void seen(rl::atomic_data* data, unsigned index) = 0;
    virtual void restart_fibers() = 0;
};
machine* running = nullptr;

template <int count>
struct suite : rl::test_suite<suite<count>, count> {
    void before() { playing->before(); }
    void thread(unsigned self) { playing->act(static_cast<int>(self)); }
    void after() { playing->after(); }
};

/// Hands every decision to the performance. With the random search type Relacy lets a load reach
/// back over the whole window (its full search looks back by one store only).
template <rl::thread_id_t count>
class scheduler : public rl::scheduler<scheduler<count>, rl::scheduler_thread_info, count> {
    using base = rl::scheduler<scheduler<count>, rl::scheduler_thread_info, count>;

public:
    using thread_info_t = typename base::thread_info_t;
    using shared_context_t = typename base::shared_context_t;
    struct task_t {};

    scheduler(rl::test_params& parameters, shared_context_t& context, rl::thread_id_t dynamic)
        : base(parameters, context, dynamic) {}

    rl::thread_id_t iteration_begin_impl() { return playing->begin(); }
    bool iteration_end_impl() {
        this->running_threads.clear();  // an abandoned execution leaves its threads in there
        return !playing->end();
    }
    rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned) {
        reason = rl::unpark_reason_normal;
        return playing->next();
    }
    unsigned rand_impl(unsigned, rl::sched_type) { return playing->look_older() ? 1 : 0; }
    rl::iteration_t iteration_count_impl() { return ~rl::iteration_t(0); }
    void get_state_impl(std::ostream&) {}
    void set_state_impl(std::istream&) {}
    void on_thread_block(rl::thread_id_t, bool) {}
    void thread_finished_impl() {}
    void purge_blocked_threads() {}
};

template <int count>
class machine_for final : public machine {
public:
    unsigned store(rl::atomic_data* data, std::memory_order order) override {
        using record = rl::atomic_data_impl<count>;
        record& object = *static_cast<record*>(data);
        auto& newest = object.history_[object.current_index_ % window];
        rl::thread_id_t const writer = newest.thread_id_;
        newest.thread_id_ = static_cast<rl::thread_id_t>(-1);  // not the same thread: begin anew
        unsigned index = 0;
        rl::thread_info_base& self = *rl::ctx().threadx_;
        switch (order) {
            case std::memory_order_relaxed: index = self.atomic_store_relaxed(data); break;
            case std::memory_order_release: index = self.atomic_store_release(data); break;
            default: index = self.atomic_store_seq_cst(data); break;
        }
        newest.thread_id_ = writer;
        return index;
    }

    unsigned reach(rl::atomic_data* data) override {
        auto& object = *static_cast<rl::atomic_data_impl<count>*>(data);
        timestamp const* const known = rl::ctx().threadx_->acq_rel_order_;
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
        auto& object = *static_cast<rl::atomic_data_impl<count>*>(data);
        rl::thread_info_base& self = *rl::ctx().threadx_;
        auto& at = object.history_[index % window].first_seen_order_[self.index_];
        self.own_acq_rel_order_ += 1;
        if (at > self.own_acq_rel_order_) at = self.own_acq_rel_order_;
    }

    void restart_fibers() override {
        for (int thread = 0; thread < count; ++thread) fibers[thread]->restart();
    }

    fiber* fibers[count] = {};
};

template <int count>
void run_with(performance& what) {
    rl::test_params parameters;
    // D12: an ostream without a buffer swallows all and never allocates.
    std::ostream silent(nullptr);
    parameters.output_stream = &silent;
    parameters.progress_stream = &silent;
    parameters.search_type = rl::random_scheduler_type;
    parameters.execution_depth_limit = ~0U;  // the engine keeps its own
    rl::ostringstream state;
    machine_for<count> these;
    playing = &what;
    running = &these;
    fiber::collect(these.fibers, count);
    (void)rl::run_test<suite<count>, scheduler<count>>(parameters, state, false);
    fiber::collect(nullptr, 0);
    running = nullptr;
    playing = nullptr;
}

}  // namespace

void run(int threads, performance& what) {
    switch (threads) {
        case 1:
        case 2: return run_with<2>(what);
        case 3: return run_with<3>(what);
        case 4: return run_with<4>(what);
        case 5:
        case 6: return run_with<6>(what);
        case 7:
        case 8: return run_with<8>(what);
        default: throw std::invalid_argument("the model runs 1 to 8 threads");
    }
}

int current_thread() { return rl::ctx().threadx_->index_; }
int thread_count() { return rl::ctx().get_thread_count(); }
void schedule_point() { rl::ctx().sched(); }

void abandon() {
    rl::context& context = rl::ctx();
    fiber& here = context.threadx_->fiber_;
    context.threadx_ = nullptr;
    context.invariant_executing = false;
    running->restart_fibers();
    fiber::leave(here, *main_fiber);
}

void restart_current() {
    fiber& here = rl::ctx().threadx_->fiber_;
    here.restart();
    fiber::leave(here, here);
}

timestamp* clocks() { return rl::ctx().threadx_->acq_rel_order_; }
timestamp tick() { return rl::ctx().threadx_->own_acq_rel_order_ += 1; }

void* atomic_create() { return rl::ctx().atomic_ctor(nullptr); }
void atomic_destroy(void* data) { rl::ctx().atomic_dtor(static_cast<rl::atomic_data*>(data)); }

unsigned atomic_load(void* data, std::memory_order order) {
    auto* const object = static_cast<rl::atomic_data*>(data);
    rl::thread_info_base& self = *rl::ctx().threadx_;
    switch (order) {
        case std::memory_order_relaxed: return self.atomic_load_relaxed(object);
        case std::memory_order_seq_cst: return self.atomic_load_seq_cst(object);
        default: return self.atomic_load_acquire(object);
    }
}

unsigned atomic_load_newest(void* data, std::memory_order order) {
    auto* const object = static_cast<rl::atomic_data*>(data);
    rl::thread_info_base& self = *rl::ctx().threadx_;
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
    rl::thread_info_base& self = *rl::ctx().threadx_;
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

void fence(std::memory_order order) {
    rl::context& context = rl::ctx();
    switch (order) {
        case std::memory_order_release: context.atomic_thread_fence_release(); break;
        case std::memory_order_acq_rel: context.atomic_thread_fence_acq_rel(); break;
        default: context.atomic_thread_fence_acquire(); break;
    }
}

}  // namespace racekit::model::memory

#endif
