// SPDX-License-Identifier: MIT
#include "exact_memory.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace racekit::model::memory {
namespace {

bool acquires(std::memory_order order) {
    return order != std::memory_order_relaxed && order != std::memory_order_release;
}

bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

history& of(atomic_stores& atomic) {
    return static_cast<history&>(atomic);
}
history const& of(atomic_stores const& atomic) {
    return static_cast<history const&>(atomic);
}

}  // namespace

template <int threads>
exact_memory<threads>::exact_memory() {
    auto const kinds = static_cast<std::size_t>(of_thread::count);
    (void)clocks_.grow(threads_ * threads_ * kinds);
    for (std::size_t thread = 0; thread < threads_; ++thread) {
        clock_of[thread] = &clocks_[thread * kinds * threads_];
        own_clock_of[thread] = clock_of[thread] + thread;
    }
}

template <int threads>
exact_memory<threads>::~exact_memory() {
    for (std::size_t at = 0; at < spare_.size(); ++at) live_.push_back(spare_[at]);
    for (std::size_t at = 0; at < live_.size(); ++at) {
        live_[at]->~history();
        engine_memory::give_back(live_[at]);
    }
}

// Clocks ------------------------------------------------------------------------------------------

template <int threads>
timestamp* exact_memory<threads>::clock(of_thread which) const {
    return clock_of[current] + static_cast<std::size_t>(which) * threads_;
}

template <int threads>
timestamp const* exact_memory<threads>::clock(history const& object, store_event const& store,
                                              of_store which) const {
    auto const kinds = static_cast<std::size_t>(of_store::count);
    return &object
                .clocks[((store.number - 1) * kinds + static_cast<std::size_t>(which)) * threads_];
}

template <int threads>
timestamp* exact_memory<threads>::clock(history& object, store_event const& store,
                                        of_store which) const {
    return const_cast<timestamp*>(clock(std::as_const(object), store, which));
}

template <int threads>
timestamp const* exact_memory<threads>::clock(history const& object, store_event const& store,
                                              for_s which) const {
    auto const kinds = static_cast<std::size_t>(for_s::count);
    return &object.constraints[((store.constrains - 1) * kinds + static_cast<std::size_t>(which)) *
                               threads_];
}

template <int threads>
timestamp* exact_memory<threads>::clock(history& object, store_event const& store,
                                        for_s which) const {
    return const_cast<timestamp*>(clock(std::as_const(object), store, which));
}

template <int threads>
void exact_memory<threads>::join(timestamp* into, timestamp const* from) const {
    for (std::size_t thread = 0; thread < threads_; ++thread)
        into[thread] = std::max(into[thread], from[thread]);
}

template <int threads>
void exact_memory<threads>::begin() {
    std::fill_n(clocks_.data(), clocks_.size(), timestamp(0));
    for (std::size_t thread = 0; thread < threads_; ++thread) {
        *own_clock_of[thread] = 2;
        has_acquirable_[thread] = has_released_[thread] = false;
    }
    order_.begin(static_cast<int>(threads_));
    for (std::size_t at = 0; at < live_.size(); ++at) spare_.push_back(live_[at]);
    live_.clear();
}

template <int threads>
void exact_memory<threads>::synchronise_all() {
    timestamp latest = 0;
    for (std::size_t thread = 0; thread < threads_; ++thread)
        latest = std::max(latest, *own_clock_of[thread]);
    // One event more, so that the last one of each thread strongly happens before what comes too.
    for (std::size_t thread = 0; thread < threads_; ++thread)
        std::fill_n(clock_of[thread], threads_, latest + 2);
}

template <int threads>
atomic_stores* exact_memory<threads>::create_atomic(word first) {
    history& made = new_history();
    (void)store(made, 0, first, std::memory_order_relaxed);
    return &made;
}

/// Every thread has seen its store, from the first event on, and no fence precedes it.
template <int threads>
atomic_stores* exact_memory<threads>::find_atomic(word first) {
    history& made = new_history();
    store_event& there = insert(made, 1, first, false);
    there.at = 0;
    there.thread = 0;
    std::fill_n(clock(made, there, of_store::seen), threads_, timestamp(0));
    return &made;
}

template <int threads>
history& exact_memory<threads>::new_history() {
    if (spare_.size() == 0) {
        void* const place = engine_memory::take(sizeof(history));
        spare_.push_back(new (place) history());
    }
    history& made = *spare_.back();
    spare_.drop_back();
    made.values.clear();
    made.stores.clear();
    made.ordered.clear();
    made.clocks.clear();
    made.constraints.clear();
    made.constrained = 0;
    made.open = 0;
    made.in_order = true;
    live_.push_back(&made);
    return made;
}

template <int threads>
void exact_memory<threads>::destroy_atomic(atomic_stores*) {}

// What may be chosen ------------------------------------------------------------------------------

template <int threads>
bool exact_memory<threads>::has_seen(history const& object, store_event const& store,
                                     timestamp const* known) const {
    timestamp const* const seen = clock(object, store, of_store::seen);
    for (std::size_t thread = 0; thread < threads_; ++thread) {
        if (RACEKIT_MISTAKE(read_coherence) && int(thread) != store.thread) continue;
        if (RACEKIT_MISTAKE(own_coherence) && int(thread) == store.thread) continue;
        if (known[thread] >= seen[thread]) return true;
    }
    return false;
}

template <int threads>
bool exact_memory<threads>::was_read(history const& object, store_event const& store,
                                     timestamp const* known) const {
    timestamp const* const seen = clock(object, store, of_store::seen);
    for (std::size_t thread = 0; thread < threads_; ++thread) {
        if (int(thread) != store.thread && known[thread] >= seen[thread]) return true;
    }
    return false;
}

template <int threads>
store_rank exact_memory<threads>::oldest(atomic_stores const& atomic) const {
    history const& object = of(atomic);
    store_rank rank = object.newest();
    while (rank > 1 && !has_seen(object, object.at(rank), known)) --rank;
    return rank;
}

template <int threads>
bool exact_memory<threads>::may_read(atomic_stores const& atomic, store_rank rank,
                                     std::memory_order order) const {
    return keeps_order(of(atomic), rank, access::load, order);
}

template <int threads>
bool exact_memory<threads>::may_replace(atomic_stores const& atomic, store_rank rank,
                                        std::memory_order order) const {
    return (!of(atomic).at(rank).replaced || RACEKIT_MISTAKE(atomicity)) &&
           keeps_order(of(atomic), rank, access::modify, order);
}

template <int threads>
bool exact_memory<threads>::may_follow(atomic_stores const& atomic, store_rank rank,
                                       std::memory_order order) const {
    return (!of(atomic).at(rank).replaced || RACEKIT_MISTAKE(atomicity)) &&
           keeps_order(of(atomic), rank, access::store, order);
}

template <int threads>
std::uint32_t exact_memory<threads>::age(atomic_stores const& atomic, store_rank rank) const {
    return atomic.newest() - of(atomic).at(rank).number;
}

/// Whether S can have this choice: what must come after it in S, because it is coherence-ordered
/// before stores that were executed earlier, does not have to come before it.
template <int threads>
bool exact_memory<threads>::keeps_order(history const& object, store_rank rank, access what,
                                        std::memory_order order) const {
    if (rank == object.newest()) return true;
    bool const sequential = order == std::memory_order_seq_cst;
    if (sequential ? order_.is_empty() : !order_.has_fences()) return true;
    store_event const& from = object.at(rank);
    clock_array happens;
    std::copy_n(known, threads_, happens);
    if (what != access::store && acquires(order) && from.releases)
        join(happens, clock(object, from, of_store::released));
    clock_array before = {};
    bool const after_fences = note_fences(happens, before);
    if (!sequential && !after_fences) return true;
    if (sequential) {
        note_strong(before);
        if (what != access::store && from.constrains != 0)
            join(before, clock(object, from, for_s::strong));
        note_before(object, rank, what, before);
    }
    order_.close(before);
    return !reaches(object, rank, before);
}

/// What strongly happens before the next event of the current thread, but for what this event
/// itself synchronizes with: a path of happens-before counts if it begins and ends with
/// sequenced-before.
template <int threads>
void exact_memory<threads>::note_strong(timestamp* into) const {
    for (std::size_t thread = 0; thread < threads_; ++thread) {
        timestamp entry = known[thread];
        bool const own = int(thread) == current;
        if (!own && RACEKIT_MISTAKE(no_strong_happens)) entry = 0;
        if (!own && entry % 2 == 0 && !RACEKIT_MISTAKE(strong_happens))
            entry -= std::min<timestamp>(entry, 2);
        into[thread] = std::max(into[thread], entry);
    }
}

/// What precedes, in S, a seq_cst event that reads the store of this rank or comes behind it,
/// because it is coherence-ordered before the event. A store of its own thread that it reads does
/// not count, nor what comes before that one (LWG 3941).
template <int threads>
void exact_memory<threads>::note_before(history const& object, store_rank rank, access what,
                                        timestamp* into) const {
    store_event const& last = object.at(rank);
    if (last.constrains == 0) return;
    if (what == access::load && last.thread == current && !RACEKIT_MISTAKE(own_store_orders))
        return;
    join(into, clock(object, last, for_s::before));
    join(into, clock(object, last, for_s::sources));
    if (what != access::load) join(into, clock(object, last, for_s::readers));
}

/// The seq_cst fences that happen before an event; whether there are any.
template <int threads>
bool exact_memory<threads>::note_fences(timestamp const* happens, timestamp* into) const {
    bool any = false;
    for (std::size_t thread = 0; thread < threads_; ++thread) {
        single_order::event const* const fence =
            order_.last_fence(static_cast<int>(thread), happens[thread]);
        if (fence == nullptr) continue;
        into[thread] = std::max(into[thread], fence->at);
        any = true;
    }
    return any;
}

/// Whether `before` names anything that S has after a store behind `after`: the store, a seq_cst
/// read of it by another thread, or a seq_cst fence after either.
template <int threads>
bool exact_memory<threads>::reaches(history const& object, store_rank after,
                                    timestamp const* before) const {
    for (store_rank rank = after + 1; rank <= object.newest(); ++rank) {
        store_event const& store = object.at(rank);
        if (store.sequential && before[store.thread] >= store.at) return true;
        timestamp const* const read =
            store.constrains != 0 ? clock(object, store, for_s::read_in_s) : nullptr;
        for (std::size_t thread = 0; thread < threads_; ++thread) {
            if (read != nullptr && before[thread] >= read[thread]) return true;
            single_order::event const* const fence =
                order_.last_fence(static_cast<int>(thread), before[thread]);
            if (fence == nullptr || RACEKIT_MISTAKE(fence_to_fence)) continue;
            timestamp const* const happens = order_.happens_before(*fence);
            if (happens[store.thread] >= store.at || was_read(object, store, happens)) return true;
        }
    }
    return false;
}

// Events ------------------------------------------------------------------------------------------

template <int threads>
void exact_memory<threads>::load(atomic_stores& atomic, store_rank rank, std::memory_order order) {
    history& object = of(atomic);
    bool const sequential = order == std::memory_order_seq_cst;
    store_event const& from = object.at(rank);
    clock_array before;
    if (sequential) {
        std::fill_n(before, threads_, timestamp(0));
        note_strong(before);
        if (from.constrains != 0) join(before, clock(object, from, for_s::strong));
        note_before(object, rank, access::load, before);
    }
    (void)tick();
    see(object, from);
    acquire_from(object, from, order);
    if (sequential && from.constrains != 0) join(known, clock(object, from, for_s::strong));
    if (sequential || order_.has_fences())
        constrain(object, rank, access::load, sequential, before);
}

template <int threads>
store_rank exact_memory<threads>::store(atomic_stores& atomic, store_rank behind, word value,
                                        std::memory_order order) {
    history& object = of(atomic);
    if (order == std::memory_order_seq_cst || !order_.is_empty())
        return store_in_s(object, behind, value, order);
    (void)tick();
    release_to(object, insert(object, behind + 1, value, false), nullptr, order);
    return behind + 1;
}

template <int threads>
store_rank exact_memory<threads>::modify(atomic_stores& atomic, store_rank rank, word value,
                                         std::memory_order order) {
    history& object = of(atomic);
    if (order == std::memory_order_seq_cst || !order_.is_empty())
        return modify_in_s(object, rank, value, order);
    (void)tick();
    store_event& made = insert(object, rank + 1, value, false);
    store_event& from = object.at(rank);
    replace(object, from);
    acquire_from(object, from, order);
    release_to(object, made, &from, order);
    return rank + 1;
}

template <int threads>
store_rank exact_memory<threads>::store_in_s(history& object, store_rank behind, word value,
                                             std::memory_order order) {
    bool const sequential = order == std::memory_order_seq_cst;
    clock_array before = {};
    clock_array strong = {};
    if (sequential) {
        note_strong(before);
        std::copy_n(before, threads_, strong);
        if (behind > 0) note_before(object, behind, access::store, before);
    }
    (void)tick();
    store_event& made = insert(object, behind + 1, value, sequential);
    release_to(object, made, nullptr, order);
    constrain(object, behind, access::store, sequential, before);
    if (sequential) note_heads(clock(object, made, for_s::strong), strong);
    return behind + 1;
}

template <int threads>
store_rank exact_memory<threads>::modify_in_s(history& object, store_rank rank, word value,
                                              std::memory_order order) {
    bool const sequential = order == std::memory_order_seq_cst;
    clock_array before = {};
    clock_array strong = {};
    if (sequential) {
        note_strong(before);
        if (object.at(rank).constrains != 0)
            join(before, clock(object, object.at(rank), for_s::strong));
        std::copy_n(before, threads_, strong);
        note_before(object, rank, access::modify, before);
    }
    (void)tick();
    store_event& made = insert(object, rank + 1, value, sequential);
    store_event& from = object.at(rank);
    replace(object, from);
    acquire_from(object, from, order);
    release_to(object, made, &from, order);
    // Not released with it: what strongly happens before this event by its own synchronisation.
    if (sequential && from.constrains != 0) join(known, clock(object, from, for_s::strong));
    constrain(object, rank, access::modify, sequential, before);
    bool const continues = from.constrains != 0 && !RACEKIT_MISTAKE(release_sequence);
    if (!sequential && !continues) return rank + 1;
    prepare(object, made);
    if (sequential) note_heads(clock(object, made, for_s::strong), strong);
    if (continues) join(clock(object, made, for_s::strong), clock(object, from, for_s::strong));
    return rank + 1;
}

/// What strongly happens before a seq_cst operation that acquires from the store that is the
/// current event: the event itself, and what strongly happens before it.
template <int threads>
void exact_memory<threads>::note_heads(timestamp* into, timestamp const* strong) const {
    for (std::size_t thread = 0; thread < threads_; ++thread)
        into[thread] = strong[thread] == 0 ? 0 : strong[thread] | 1;
    into[current] = *own | 1;
}

template <int threads>
void exact_memory<threads>::mark_seen(atomic_stores& atomic, store_rank rank) {
    (void)tick();
    see(of(atomic), of(atomic).at(rank));
}

template <int threads>
void exact_memory<threads>::fence(std::memory_order order) {
    bool const sequential = order == std::memory_order_seq_cst;
    clock_array before = {};
    if (sequential) note_strong(before);
    (void)tick();
    if (order != std::memory_order_release && has_acquirable_[current])
        join(known, clock(of_thread::acquirable));
    if (sequential) {
        constrain_by_fence(before);
        order_.add(current, *own, true, before, known);
    }
    if (releases(order)) {
        std::copy_n(known, threads_, clock(of_thread::released));
        has_released_[current] = true;
    }
}

// What an event changes ---------------------------------------------------------------------------

template <int threads>
store_event& exact_memory<threads>::insert(history& object, store_rank rank, word value,
                                           bool sequential) {
    auto const index = static_cast<std::uint32_t>(object.stores.size());
    store_event& made = *object.stores.grow(1);
    made = {.at = *own,
            .number = index + 1,
            .thread = static_cast<std::int8_t>(current),
            .sequential = sequential};
    ++object.open;
    if (rank == index + 1) [[likely]] {
        // By halves: the processor waits for a whole that was written by halves just before.
        word& last = *object.values.grow(1);
        last.low = value.low;
        last.high = value.high;
    } else {
        if (object.in_order) {
            object.in_order = false;
            for (std::uint32_t each = 0; each < index; ++each) object.ordered.push_back(each);
        }
        object.values.insert(rank - 1, value);
    }
    if (!object.in_order) object.ordered.insert(rank - 1, index);
    (void)object.clocks.grow(static_cast<std::size_t>(of_store::count) * threads_);
    timestamp* const seen = clock(object, made, of_store::seen);
    for (std::size_t thread = 0; thread < threads_; ++thread) seen[thread] = never;
    seen[current] = made.at;
    return made;
}

template <int threads>
void exact_memory<threads>::replace(history& object, store_event& from) {
    if (!from.replaced) --object.open;
    from.replaced = true;
    see(object, from);
}

template <int threads>
void exact_memory<threads>::see(history& object, store_event const& store) {
    timestamp& seen = clock(object, store, of_store::seen)[current];
    seen = std::min(seen, *own);
}

template <int threads>
void exact_memory<threads>::acquire_from(history const& object, store_event const& from,
                                         std::memory_order order) {
    if (!from.releases) return;
    bool const now = acquires(order);
    join(now ? known : clock(of_thread::acquirable), clock(object, from, of_store::released));
    has_acquirable_[current] = has_acquirable_[current] || !now;
}

/// What those that acquire from a store acquire: all that its thread has done up to here, or up to
/// its last release fence; of a read-modify-write what the store that it reads hands on as well.
template <int threads>
void exact_memory<threads>::release_to(history& object, store_event& made, store_event const* from,
                                       std::memory_order order) {
    bool const continues = from != nullptr && from->releases && !RACEKIT_MISTAKE(release_sequence);
    timestamp* const released = clock(object, made, of_store::released);
    if (releases(order)) {
        std::copy_n(known, threads_, released);
    } else if (has_released_[current]) {
        std::copy_n(clock(of_thread::released), threads_, released);
    } else if (continues) {
        std::fill_n(released, threads_, timestamp(0));
    } else {
        if (!RACEKIT_MISTAKE(long_release) || object.newest() == 1) return;
        store_event const& previous = object.at(object.newest() - 1);
        if (previous.thread != made.thread || !previous.releases) return;
        std::copy_n(clock(object, previous, of_store::released), threads_, released);
    }
    made.releases = true;
    if (continues) join(released, clock(object, *from, of_store::released));
}

// The single order S ------------------------------------------------------------------------------

/// Gives a store the clocks for S.
template <int threads>
void exact_memory<threads>::prepare(history& object, store_event& store) const {
    if (store.constrains != 0) return;
    store.constrains = ++object.constrained;
    timestamp* const first =
        object.constraints.grow(static_cast<std::size_t>(for_s::count) * threads_);
    std::fill_n(first, static_cast<std::size_t>(for_s::read_in_s) * threads_, timestamp(0));
    std::fill_n(clock(object, store, for_s::read_in_s), threads_, never);
}

/// Enters an event that has been made, with the choice of this rank, into S and into what later
/// events of its object need. [atomics.order] p4: of two coherence-ordered events the first counts
/// with the seq_cst fences that happen before it, the second with those that it happens before.
template <int threads>
void exact_memory<threads>::constrain(history& object, store_rank rank, access what,
                                      bool sequential, timestamp const* before) {
    clock_array sources;
    std::fill_n(sources, threads_, timestamp(0));
    bool any = sequential;
    if (!RACEKIT_MISTAKE(fence_to_operation)) any = note_fences(known, sources) || any;
    if (sequential) {
        order_.add(current, *own, false, before, nullptr);
        sources[current] = *own;
    }
    if (what != access::load) {
        constrain_made(object, ++rank, sources, any);
    } else if (any) {
        store_event& from = object.at(rank);
        prepare(object, from);
        join(clock(object, from, for_s::readers), sources);
        timestamp& first = clock(object, from, for_s::read_in_s)[current];
        if (sequential && (from.thread != current || RACEKIT_MISTAKE(own_store_orders)))
            first = std::min(first, *own);
    }
    if (!any || rank == object.newest()) return;
    for (store_rank later = rank + 1; later <= object.newest(); ++later) {
        prepare(object, object.at(later));
        join(clock(object, object.at(later), for_s::before), sources);
    }
    if (!RACEKIT_MISTAKE(back_edges)) constrain_older(object, rank, sources);
}

/// The clocks of a new store.
template <int threads>
void exact_memory<threads>::constrain_made(history& object, store_rank rank,
                                           timestamp const* sources, bool any) {
    store_event& made = object.at(rank);
    store_event const* const previous = rank == 1 ? nullptr : &object.at(rank - 1);
    bool const follows = previous != nullptr && previous->constrains != 0;
    if (!any && !follows) return;
    prepare(object, made);
    std::copy_n(sources, threads_, clock(object, made, for_s::sources));
    if (!follows) return;
    timestamp* const before = clock(object, made, for_s::before);
    join(before, clock(object, *previous, for_s::before));
    join(before, clock(object, *previous, for_s::sources));
    join(before, clock(object, *previous, for_s::readers));
}

/// The event that `sources` stands for is coherence-ordered before stores that were executed
/// earlier: S has it before them, the events that read them, and the fences after either.
template <int threads>
void exact_memory<threads>::constrain_older(history& object, store_rank after,
                                            timestamp const* sources) {
    clock_array first;
    std::fill_n(first, threads_, never);
    for (store_rank rank = after + 1; rank <= object.newest(); ++rank) {
        store_event const& store = object.at(rank);
        if (store.sequential) first[store.thread] = std::min(first[store.thread], store.at);
        timestamp const* const read = clock(object, store, for_s::read_in_s);
        for (std::size_t thread = 0; thread < threads_; ++thread) {
            first[thread] = std::min(first[thread], read[thread]);
            if (!order_.has_fences()) continue;
            auto const& events = order_.events(static_cast<int>(thread));
            for (std::size_t at = 0; at < events.size() && events[at].at < first[thread]; ++at) {
                if (!events[at].is_fence) continue;
                timestamp const* const happens = order_.happens_before(events[at]);
                if (happens[store.thread] >= store.at || was_read(object, store, happens))
                    first[thread] = events[at].at;
            }
        }
    }
    for (std::size_t thread = 0; thread < threads_; ++thread) {
        if (first[thread] != never)
            order_.precede(sources, static_cast<int>(thread), first[thread]);
    }
}

/// What precedes a seq_cst fence: all that is coherence-ordered before an event that happens before
/// it. Of each object the newest store that was made or read by such an event stands for all.
template <int threads>
void exact_memory<threads>::constrain_by_fence(timestamp* before) {
    for (std::size_t at = 0; at < live_.size(); ++at) {
        history const& object = *live_[at];
        store_rank rank = object.newest();
        while (rank > 0 && !has_seen(object, object.at(rank), known)) --rank;
        if (rank == 0 || object.at(rank).constrains == 0) continue;
        store_event const& newest = object.at(rank);
        join(before, clock(object, newest, for_s::before));
        if (was_read(object, newest, known)) join(before, clock(object, newest, for_s::sources));
    }
}

}  // namespace racekit::model::memory

namespace racekit::model {

std::unique_ptr<memory_model> make_exact(int threads) {
    switch (threads) {
        case 1: return std::make_unique<memory::exact_memory<1>>();
        case 2: return std::make_unique<memory::exact_memory<2>>();
        case 3: return std::make_unique<memory::exact_memory<3>>();
        case 4: return std::make_unique<memory::exact_memory<4>>();
        case 5: return std::make_unique<memory::exact_memory<5>>();
        case 6: return std::make_unique<memory::exact_memory<6>>();
        case 7: return std::make_unique<memory::exact_memory<7>>();
        case 8: return std::make_unique<memory::exact_memory<8>>();
        default:
            if (threads <= 16) return std::make_unique<memory::exact_memory<16>>();
            return std::make_unique<memory::exact_memory<most_threads>>();
    }
}

}  // namespace racekit::model
