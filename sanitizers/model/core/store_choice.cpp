// SPDX-License-Identifier: MIT
#include "store_choice.hpp"

#include "object_table.hpp"
#include "scheduler.hpp"

#include <algorithm>

namespace racekit::model {

void store_history::begin(word value) {
    data = memory::model->create_atomic();
    stores = 1;
    changed_at = 1;
    sequential = 0;
    for (int thread = 0; thread < most_threads; ++thread)
        read_at[thread] = must_pass[thread] = failed_at[thread] = 0;
    (void)memory::model->store(data, std::memory_order_relaxed);
    newest() = value;
}

void store_choice::begin_load(store_history const& subject, bool sequential) {
    loading_ = true;
    candidate_ = subject.stores;
    oldest_ = subject.must_pass[threads_.self()];
    if (sequential && subject.sequential > oldest_) {
        oldest_ = subject.sequential;
        watch_single_order(subject);
    }
    wanted_ = 0;
}

bool store_choice::look_older() {
    if (!loading_ || !threads_.running()) return false;
    std::uint32_t const older = candidate_ - 1;
    if (wanted_ != 0) {
        if (older >= wanted_) candidate_ = older;
        return older >= wanted_;
    }
    if (older == 0 || older < oldest_) return false;
    if (threads_.choose(decision::stale, 2) == 0) return false;
    candidate_ = older;
    return true;
}

void store_choice::watch_single_order(store_history const& subject) {
    int const self = threads_.self();
    if (!threads_.running() || !unsupported.single_order_matters(self)) return;
    if (subject.sequential > subject.stores - memory::model->reach(subject.data))
        unsupported.kept_by_single_order(threads_.announced(self).where);
}

/// Not one that expects what its thread read last: a loop of a load and a compare_exchange has its
/// chance of something stale in the load, and many executions as it is.
bool store_choice::fails_on_older(store_history const& subject, word const& expected) const {
    std::uint32_t const read = subject.read_at[threads_.self()];
    bool const remembered = read != 0 && subject.remembers(read);
    return threads_.running() && !(remembered && subject.at(read) == expected);
}

/// It reads no store twice in a row while there is a newer one: a loop that expects the same thing
/// each time would have executions without end.
std::uint32_t store_choice::stale_failure(store_history const& subject, word const& expected,
                                          bool sequential) {
    int const self = threads_.self();
    if (subject.read_at[self] == subject.stores || !fails_on_older(subject, expected)) return 0;
    begin_load(subject, sequential);
    oldest_ = std::max(oldest_, subject.stores - memory::model->reach(subject.data));
    if (subject.failed_at[self] >= oldest_) oldest_ = subject.failed_at[self] + 1;
    std::uint32_t candidates[memory::window];
    unsigned count = 0;
    candidates[count++] = 0;
    for (std::uint32_t store = subject.stores - 1; store >= oldest_ && store > 0; --store) {
        if (!(subject.at(store) == expected)) candidates[count++] = store;
    }
    return wanted_ = candidates[threads_.choose(decision::stale, count)];
}

/// What it read is forgotten when the window has passed over it.
bool store_choice::has_come_back(store_history const& subject, word const& expected) const {
    std::uint32_t const read = subject.read_at[threads_.self()];
    return threads_.running() && read != 0 && subject.changed_at > read &&
           subject.remembers(read) && subject.at(read) == expected;
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
        if (each.sequential != 0 && each.remembers(each.sequential))
            memory::model->mark_seen(each.data, each.sequential);
    });
    memory::model->fence(std::memory_order_acq_rel);
    each_atomic([](store_history& each) {
        std::uint32_t const known = each.stores - memory::model->reach(each.data);
        each.sequential = std::max(each.sequential, known);
    });
}

}  // namespace racekit::model
