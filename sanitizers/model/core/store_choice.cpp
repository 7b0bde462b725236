// SPDX-License-Identifier: MIT
#include "store_choice.hpp"

#include "object_table.hpp"
#include "scheduler.hpp"
#include "model/memory/machine.hpp"

#include <algorithm>

namespace racekit::model {

void store_history::begin(word value) { begin(memory::model->create_atomic(value)); }

void store_history::begin_found(word value) { begin(memory::model->find_atomic(value)); }

void store_history::begin(atomic_stores* stores) {
    data = stores;
    changed_at = 1;
    sequential = 0;
    for (int thread = 0; thread < memory::thread_count(); ++thread)
        read_at[thread] = must_pass[thread] = failed_at[thread] = 0;
}

void store_history::read_newer(int thread) {
    store_rank next = read_at[thread] + 1;
    while (memory::is_exact && next < newest_rank() && !altered(next)) ++next;
    must_pass[thread] = next;
}

/// The stores behind it have moved on by one.
void store_history::make_place(store_rank store, bool alters) {
    for (int thread = 0; thread < memory::thread_count(); ++thread) {
        store_rank const first = must_pass[thread];
        read_at[thread] += read_at[thread] >= store;
        must_pass[thread] += first > store || (first == store && !alters);
    }
    changed_at = newest_rank();
    while (!altered(changed_at)) --changed_at;
}

/// By age: insertion, for they come nearly in order.
void store_choice::candidates::add(store_rank rank, std::uint32_t age) {
    std::size_t at = ages.size();
    while (at > 0 && ages[at - 1] > age) --at;
    ages.insert(at, age);
    ranks.insert(at, rank);
}

store_rank store_choice::choose_read() {
    if (candidates_.ages.size() == 1) {
        if (threads_.asks_of_one()) threads_.reads_only(candidates_.ages[0]);
        return candidates_.ranks[0];
    }
    return candidates_.ranks[threads_.choose_store(candidates_.ages)];
}

/// The oldest store that the current thread may read.
store_rank store_choice::oldest(store_history const& subject, std::memory_order order) {
    store_rank const left = memory::model->oldest(*subject.data);
    store_rank const passed = std::max(left, subject.must_pass[threads_.self()]);
    if (memory::is_exact || order != std::memory_order_seq_cst) return passed;
    watch_single_order(subject);
    return std::max(passed, subject.sequential);
}

store_rank store_choice::to_read(store_history const& subject, std::memory_order order) {
    store_rank const newest = subject.newest_rank();
    if (!threads_.running() || threads_.reads_newest()) return newest;
    memory_model const& model = *memory::model;
    store_rank const last = oldest(subject, order);
    if (last == newest) return newest_alone(subject);
    candidates_.clear();
    for (store_rank rank = newest; rank >= last; --rank) {
        if (model.may_read(*subject.data, rank, order))
            candidates_.add(rank, subject.age(rank));
    }
    return choose_read();
}

store_rank store_choice::newest_alone(store_history const& subject) {
    store_rank const newest = subject.newest_rank();
    candidates_.clear();
    if (threads_.running() && threads_.asks_of_one()) threads_.reads_only(subject.age(newest));
    return newest;
}

store_rank store_choice::to_replace_one_of(store_history const& subject, std::memory_order order) {
    store_rank const newest = subject.newest_rank();
    if (!threads_.running() || threads_.reads_newest()) return newest;
    store_rank const last = oldest(subject, order);
    if (last == newest) return newest_alone(subject);
    candidates_.clear();
    for (store_rank rank = newest; rank >= last; --rank) {
        if (memory::model->may_replace(*subject.data, rank, order))
            candidates_.add(rank, subject.age(rank));
    }
    return choose_read();
}

store_rank store_choice::to_follow_one_of(store_history const& subject, std::memory_order order) {
    store_rank const newest = subject.newest_rank();
    if (!threads_.running() || threads_.reads_newest()) return newest;
    store_rank const last = memory::model->oldest(*subject.data);
    if (last == newest) return newest;
    candidates_.clear();
    for (store_rank rank = newest; rank >= last; --rank) {
        if (memory::model->may_follow(*subject.data, rank, order))
            candidates_.ranks.push_back(rank);
    }
    return candidates_.ranks[threads_.choose_among(decision::place, candidates_.ranks.size())];
}

/// With Relacy, not one that expects what its thread read last: a loop of a load and a
/// compare_exchange has its chance of something stale in the load, and many executions as it is.
bool store_choice::fails_on_older(store_history const& subject, word const& expected) const {
    store_rank const read = subject.read_at[threads_.self()];
    bool const remembered = read != 0 && subject.newest_rank() - read < memory::window;
    return threads_.running() && !(remembered && subject.at(read) == expected);
}

/// With Relacy, it reads no store twice in a row while there is a newer one.
compared store_choice::to_compare(store_history const& subject, word const& expected,
                                  std::memory_order success, std::memory_order failure,
                                  bool may_fail) {
    store_rank const newest = subject.newest_rank();
    memory_model const& model = *memory::model;
    candidates_.clear();
    bool const looks_back = fails_on_older(subject, expected);
    bool const is_first = subject.read_at[threads_.self()] != newest;
    if (!threads_.running() || threads_.reads_newest() ||
        (!memory::is_exact && !(looks_back && is_first)))
        return {newest, subject.at(newest) == expected, subject.at(newest) == expected, true,
                looks_back};
    store_rank last = oldest(subject, failure);
    if (!memory::is_exact) last = std::max(last, subject.failed_at[threads_.self()] + 1);
    auto const look = [&](store_rank rank) {
        compared seen{rank, subject.at(rank) == expected, false, false, looks_back};
        seen.replaceable = seen.equal && model.may_replace(*subject.data, rank, success);
        seen.readable = (!seen.equal || may_fail) && model.may_read(*subject.data, rank, failure) &&
                        (memory::is_exact || !seen.equal || rank == newest);
        return seen;
    };
    for (store_rank rank = newest; rank >= last || rank == newest; --rank) {
        compared const seen = look(rank);
        if (seen.replaceable || seen.readable)
            candidates_.add(rank, subject.age(rank));
    }
    return look(choose_read());
}

bool store_choice::has_come_back(store_history const& subject, store_rank store) const {
    store_rank const read = subject.read_at[threads_.self()];
    if (!threads_.running() || read == 0 || read >= store) return false;
    if (!(subject.at(read) == subject.at(store))) return false;
    for (store_rank each = read + 1; each <= store; ++each) {
        if (subject.altered(each)) return true;
    }
    return false;
}

void store_choice::fence(std::memory_order order) {
    if (order == std::memory_order_seq_cst && !memory::is_exact) return sequential_fence();
    memory::model->fence(order);
}

// Relacy's single order ---------------------------------------------------------------------------

void store_choice::watch_single_order(store_history const& subject) {
    int const self = threads_.self();
    if (!threads_.running() || !unsupported.single_order_matters(self)) return;
    if (subject.sequential > memory::model->oldest(*subject.data))
        unsupported.kept_by_single_order(threads_.announced(self).where);
}

/// The order of execution is S. [atomics.order] forbids four things; of each atomic one number, the
/// newest store that S has passed, is enough for them. A seq_cst operation passes the store that it
/// makes or reads, a fence those made or read by what happens before it; no seq_cst load, and no
/// load that a later fence happens before, reads an older one. Relacy orders fences by making each
/// happen before the next instead, which hides races, and does not order them with seq_cst
/// operations.
void store_choice::sequential_fence() {
    auto const each_atomic = [this](auto visit) {
        objects_.each_alive([&](object& each) {
            if (each.kind->has_stores) visit(state_of<store_history>(each));
        });
    };
    each_atomic([this](store_history& each) {
        watch_single_order(each);
        if (each.sequential != 0) memory::model->mark_seen(*each.data, each.sequential);
    });
    memory::model->fence(std::memory_order_acq_rel);
    each_atomic([](store_history& each) {
        each.sequential = std::max(each.sequential, memory::model->oldest(*each.data));
    });
}

}  // namespace racekit::model
