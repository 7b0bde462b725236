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
#include "model/runtime/engine_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <relacy/pch.hpp>

// D9, D10, D11, D13: Relacy's fibers have small unguarded stacks, share exception state, are never
// freed and trip _FORTIFY_SOURCE. None of Relacy's is ever entered; racekit's are in machine.cpp.
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

// D6, D7: Relacy's macros end here.
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

namespace racekit::model {
namespace {

using memory::current;
using memory::raw_array;
using memory::window;

unsigned looks = 0;  // how often the load that is being made goes on to the next older store

/// Relacy's test suite and scheduler, neither of which ever runs: all that is used of them is that
/// Relacy's memory model asks its scheduler whether a load goes on to the next older store. With
/// the random search type a load may reach back over the whole window (Relacy's full search looks
/// back by one store only).
struct no_test : rl::test_suite<no_test, 1> {
    void thread(unsigned) {}
};
class asking_scheduler : public rl::scheduler<asking_scheduler, rl::scheduler_thread_info, 1> {
    using base = rl::scheduler<asking_scheduler, rl::scheduler_thread_info, 1>;

public:
    struct task_t {};
    using base::scheduler;

    unsigned rand_impl(unsigned, rl::sched_type) {
        bool const older = looks > 0;
        looks -= older;
        return older ? 1 : 0;
    }
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

/// The context that Relacy's records expect to exist.
class relacy_context {
public:
    relacy_context() {
        // D12: an ostream without a buffer drops its output and never allocates.
        parameters_.output_stream = &silent_;
        parameters_.progress_stream = &silent_;
        parameters_.search_type = rl::random_scheduler_type;
        context_ = std::make_unique<rl::context_impl<no_test, asking_scheduler>>(parameters_,
                                                                                 nothing_);
    }

private:
    std::ostream silent_{nullptr};
    rl::test_params parameters_;
    asking_scheduler::shared_context_t nothing_;
    std::unique_ptr<rl::context_impl<no_test, asking_scheduler>> context_;
};

/// Defined per thread count, since Relacy's records are.
template <int count>
class relacy_model final : public memory_model {
public:
    relacy_model() : relacy_model(std::make_integer_sequence<int, count>()) {}
    ~relacy_model() override {
        for (std::size_t at = 0; at < spare_.size(); ++at) {
            spare_[at]->~record();
            engine_memory::give_back(spare_[at]);
        }
    }

    void begin() override {
        for (rl::thread_info<count>& each : threads_) {
            for (int other = 0; other < count; ++other) {
                each.acq_rel_order_[other] = 0;
                each.acquire_fence_order_[other] = 0;
                each.release_fence_order_[other] = 0;
            }
            each.own_acq_rel_order_ = 1;
        }
    }
    void synchronise_all() override {
        timestamp latest = 0;
        for (rl::thread_info<count>& each : threads_)
            latest = std::max(latest, each.own_acq_rel_order_);
        for (rl::thread_info<count>& each : threads_)
            for (timestamp& known : each.acq_rel_order_) known = latest;
    }

    atomic_stores* create_atomic(word first) override {
        if (spare_.size() == 0) {
            void* const place = engine_memory::take(sizeof(record));
            spare_.push_back(new (place) record());
        }
        record& made = *spare_.back();
        spare_.drop_back();
        made.data.emplace();
        made.values.clear();
        (void)store(made, 0, first, std::memory_order_relaxed);
        return &made;
    }
    void destroy_atomic(atomic_stores* atomic) override {
        spare_.push_back(static_cast<record*>(atomic));
    }

    store_rank oldest(atomic_stores const& atomic) const override {
        relacy_data const& object = of(atomic);
        timestamp const* const known = memory::clocks();
        unsigned back = 0;
        for (; back + 1 < window && back + 1 < atomic.newest(); ++back) {
            auto const& store = object.history_[(object.current_index_ - back) % window];
            bool passed = known[store.thread_id_] >= store.acq_rel_timestamp_;
            for (int thread = 0; thread < count && !passed; ++thread)
                passed = known[thread] >= store.first_seen_order_[thread];
            if (passed) break;
        }
        return atomic.newest() - back;
    }
    bool may_read(atomic_stores const&, store_rank, std::memory_order) const override {
        return true;
    }
    bool may_replace(atomic_stores const& atomic, store_rank rank,
                     std::memory_order) const override {
        return rank == atomic.newest();
    }
    bool may_follow(atomic_stores const& atomic, store_rank rank,
                    std::memory_order) const override {
        return rank == atomic.newest();
    }
    std::uint32_t age(atomic_stores const& atomic, store_rank rank) const override {
        return atomic.newest() - rank;
    }

    void load(atomic_stores& atomic, store_rank rank, std::memory_order order) override {
        rl::thread_info_base& self = threads_[current];
        looks = atomic.newest() - rank;
        if (looks == 0) return load_newest(atomic, order);
        switch (order) {
            case std::memory_order_relaxed: (void)self.atomic_load_relaxed(&of(atomic)); break;
            case std::memory_order_seq_cst: (void)self.atomic_load_seq_cst(&of(atomic)); break;
            default: (void)self.atomic_load_acquire(&of(atomic)); break;
        }
    }

    /// A store as C++20 sees it: unlike C++11's, it does not continue the release sequence that the
    /// same thread began (P0982).
    store_rank store(atomic_stores& atomic, store_rank, word value,
                     std::memory_order order) override {
        relacy_data& object = of(atomic);
        rl::thread_info_base& self = threads_[current];
        auto& newest = object.history_[object.current_index_ % window];
        rl::thread_id_t const writer = newest.thread_id_;
        newest.thread_id_ = static_cast<rl::thread_id_t>(-1);  // not the same thread: begin again
        switch (order) {
            case std::memory_order_relaxed: (void)self.atomic_store_relaxed(&object); break;
            case std::memory_order_release: (void)self.atomic_store_release(&object); break;
            default: (void)self.atomic_store_seq_cst(&object); break;
        }
        newest.thread_id_ = writer;
        atomic.values.push_back(value);
        return atomic.newest();
    }

    store_rank modify(atomic_stores& atomic, store_rank, word value,
                      std::memory_order order) override {
        relacy_data& object = of(atomic);
        rl::thread_info_base& self = threads_[current];
        bool aba = false;
        switch (order) {
            case std::memory_order_relaxed: (void)self.atomic_rmw_relaxed(&object, aba); break;
            case std::memory_order_release: (void)self.atomic_rmw_release(&object, aba); break;
            case std::memory_order_acq_rel: (void)self.atomic_rmw_acq_rel(&object, aba); break;
            case std::memory_order_seq_cst: (void)self.atomic_rmw_seq_cst(&object, aba); break;
            default: (void)self.atomic_rmw_acquire(&object, aba); break;
        }
        atomic.values.push_back(value);
        return atomic.newest();
    }

    void mark_seen(atomic_stores& atomic, store_rank rank) override {
        relacy_data& object = of(atomic);
        unsigned const back = atomic.newest() - rank;
        if (back >= window) return;  // no thread can read it any more
        auto& at = object.history_[(object.current_index_ - back) % window]
                       .first_seen_order_[current];
        timestamp const now = memory::tick();
        if (at > now) at = now;
    }

    void fence(std::memory_order order) override {
        rl::thread_info<count>& self = threads_[current];
        if (order != std::memory_order_release) self.atomic_thread_fence_acquire();
        if (order == std::memory_order_release || order == std::memory_order_acq_rel)
            self.atomic_thread_fence_release();
    }

private:
    using relacy_data = rl::atomic_data_impl<count>;
    struct record : atomic_stores {
        std::optional<relacy_data> data;
    };

    static relacy_data& of(atomic_stores& atomic) { return *static_cast<record&>(atomic).data; }
    static relacy_data const& of(atomic_stores const& atomic) {
        return *static_cast<record const&>(atomic).data;
    }

    void load_newest(atomic_stores& atomic, std::memory_order order) {
        rl::thread_info_base& self = threads_[current];
        switch (order) {
            case std::memory_order_relaxed: (void)self.atomic_load_relaxed_rmw(&of(atomic)); break;
            case std::memory_order_seq_cst: (void)self.atomic_load_seq_cst_rmw(&of(atomic)); break;
            default: (void)self.atomic_load_acquire_rmw(&of(atomic)); break;
        }
    }

    template <int... number>
    explicit relacy_model(std::integer_sequence<int, number...>)
        : threads_{rl::thread_info<count>(number)...} {
        for (int thread = 0; thread < count; ++thread) {
            threads_[thread].last_yield_ = 0;  // no thread yields in Relacy's sense
            memory::clock_of[thread] = threads_[thread].acq_rel_order_;
            memory::own_clock_of[thread] = &threads_[thread].own_acq_rel_order_;
        }
    }

    relacy_context context_;  // before the records that use it
    rl::thread_info<count> threads_[count];
    raw_array<record*> spare_;
};

}  // namespace

std::unique_ptr<memory_model> make_relacy(int threads) {
    switch (threads) {
        case 1: return std::make_unique<relacy_model<1>>();
        case 2: return std::make_unique<relacy_model<2>>();
        case 3: return std::make_unique<relacy_model<3>>();
        case 4: return std::make_unique<relacy_model<4>>();
        case 5: return std::make_unique<relacy_model<5>>();
        case 6: return std::make_unique<relacy_model<6>>();
        case 7: return std::make_unique<relacy_model<7>>();
        case 8: return std::make_unique<relacy_model<8>>();
        default:
            throw std::invalid_argument(
                "Relacy's memory runs 1 to 8 threads: leave out --memory relacy");
    }
}

}  // namespace racekit::model

#endif
