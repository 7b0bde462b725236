// SPDX-License-Identifier: MIT
// Atomic objects and fences: Relacy's memory model under racekit's own objects.
#include "atomic_state.hpp"

#include "early_end.hpp"

#include "model/runtime/heap.hpp"

#include <algorithm>
#include <cstring>

namespace racekit::model {
namespace {

store_history& history_of(object& subject) { return state_of<atomic_state>(subject).history; }
store_history const& history_of(object const& subject) {
    return state_of<atomic_state>(subject).history;
}

auto describe(action what, handle which, std::memory_order order, bool changes,
              site const& where) {
    return [=, &where](operation& next) {
        next.become(what, which.index, where);
        next.changes = changes;
        next.sequential = order == std::memory_order_seq_cst;
        next.order = order;
    };
}

void stored(execution& all, object& subject, word value, std::memory_order order) {
    atomic_state& atomic = state_of<atomic_state>(subject);
    store_history& history = atomic.history;
    int const self = all.self();
    bool const alters = !(history.newest() == value);
    ++history.stores;
    if (order == std::memory_order_seq_cst) history.sequential = history.stores;
    atomic.stored_in = all.next_row();
    history.newest() = value;
    if (alters) history.changed_at = history.stores;
    history.read_at[self] = history.stores;
    all.spins.stores(subject.changes, self, history.stores, alters);
}

/// " after this step", of what is told by what its thread did last before it.
char const* after_step(site last) { return *last.file == '\0' ? "" : ", after this step"; }

std::string shown(object const& subject, word value) {
    return state_of<atomic_state>(subject).type->show(value);
}

/// Why a load may return something else than the newest store.
std::string why_stale(object const& subject) {
    std::size_t const step = state_of<atomic_state>(subject).stored_in;
    std::string const where =
        step == 0 ? "the newest store" : "the store in step " + std::to_string(step);
    return "stale: " + shown(subject, history_of(subject).newest()) +
           " is newest, but no happens-before from " + where;
}

// What is told of each operation, if anything is: out of the way of those that only happen.

[[gnu::cold]] void record_load(execution& all, object& subject, std::uint32_t store,
                             std::memory_order order, site const& where) {
    heap::outside const out;
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    all.record_row(&subject, where,
             {"load", "load -> " + shown(subject, history_of(subject).at(store)), "",
              store != history_of(subject).stores ? why_stale(subject) : "", order_word(order)});
}

[[gnu::cold]] void record_store(execution& all, object& subject, std::memory_order order,
                              site const& where) {
    heap::outside const out;
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    std::string const value = shown(subject, history_of(subject).newest());
    all.record_row(&subject, where, {"store", "store " + value, value, "", order_word(order)});
}

[[gnu::cold]] void record_modify(execution& all, object& subject, std::string operation,
                               word const& operand, word const& old, std::memory_order order,
                               site const& where) {
    heap::outside const out;
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    std::string const value = shown(subject, history_of(subject).newest());
    all.record_row(&subject, where,
             {operation,
              operation + " " + shown(subject, operand) + ": " + shown(subject, old) + " -> " +
                  value,
              value, "", order_word(order)});
}

[[gnu::cold]] void record_exchange(execution& all, object& subject, word const& expected,
                                 bool come_back, std::memory_order order, site const& where) {
    heap::outside const out;
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    if (come_back && all.running()) all.records.note_value_reuse();
    std::string const value = shown(subject, history_of(subject).newest());
    all.record_row(&subject, where,
             {"compare_exchange",
              "compare_exchange " + shown(subject, expected) + " -> " + value, value,
              come_back ? "the value changed and came back since this thread read it" : "",
              order_word(order)});
}

[[gnu::cold]] void record_failure(execution& all, object& subject, word const& expected,
                                word const& desired, word const& seen, std::string why,
                                std::memory_order order, site const& where) {
    heap::outside const out;
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    all.record_row(&subject, where,
             {"compare_exchange",
              "compare_exchange " + shown(subject, expected) + " -> " + shown(subject, desired) +
                  " fails, saw " + shown(subject, seen),
              "", std::move(why), order_word(order)});
}

/// A load that may read an older store than the newest.
word loaded(execution& all, object& subject, std::memory_order order, site const& where,
            std::uint32_t& store) {
    store_history& history = history_of(subject);
    all.stores.begin_load(history, order == std::memory_order_seq_cst);
    store = history.number_of(memory::model->load(history.data, order));
    touch_atomic(all, subject, "load", where);
    note_read(all, subject, store);
    if (order == std::memory_order_seq_cst && store > history.sequential)
        history.sequential = store;
    return history.at(store);
}

void watch_load(execution& all, object const& subject, std::memory_order order,
                site const& where) {
    unsupported_watch& watch = all.stores.unsupported;
    if (all.running() && watch.awake())
        watch.loaded(all.self(), all.number(subject) - first_object, order, memory::clocks(),
                     where);
}

void watch_store(execution& all, object const& subject, std::memory_order order, site const& where,
                 bool blindly) {
    unsupported_watch& watch = all.stores.unsupported;
    if (all.running() && watch.awake())
        watch.stored(all.self(), all.number(subject) - first_object, order, memory::clocks(), where,
                     blindly);
}

/// An operation that does not happen before the end of its object is a use after free in any order
/// of the steps, and so is a construction that does not.
void check_end(execution& all, object& subject, site const& where, site const& last) {
    atomic_state const& atomic = state_of<atomic_state>(subject);
    timestamp const* const clock = memory::clocks();
    int stranger = clock[atomic.creator] < atomic.created_at ? atomic.creator : -1;
    bool const is_creator = stranger >= 0;
    for (int other = 0; other < all.thread_count() && stranger < 0; ++other) {
        if (clock[other] < atomic.used_at[other]) stranger = other;
    }
    if (stranger < 0) [[likely]]
        return;
    heap::outside const out;
    site missed;  // known if recorded
    if (is_creator) missed = atomic.created_after;
    else if (all.recording()) missed = atomic.used_where[stranger];
    report_early_end(all, subject, where, last,
                     {is_creator ? "constructed" : "last used", stranger, missed, is_creator});
}

bool is_ready(object const& subject, operation const&, thread_state const&, int thread) {
    store_history const& history = history_of(subject);
    return history.changed_at > history.read_at[thread];  // of await_change
}

std::string waiting(object const&, operation const& next, scheduler const&, int) {
    return "waits for " + object_word(next.object) + " to change";
}

bool is_as_after(object const& subject, std::uint32_t change) {
    store_history const& history = history_of(subject);
    return history.remembers(change) && history.at(change) == history.newest();
}

void read_newer(object& subject, int thread) {
    store_history& history = history_of(subject);
    if (history.changed_at > history.read_at[thread]) history.read_newer(thread);
}

void thread_died(execution&, object& subject, int thread) {
    state_of<atomic_state>(subject).sleepers.remove(thread);
}

void released(object& subject) {
    store_history& history = history_of(subject);
    if (history.data != nullptr) memory::model->destroy_atomic(history.data);
    history.data = nullptr;
}

}  // namespace

static_assert(offsetof(atomic_state, history) == 0);

object_kind const atomic_kind{.name = "atomic",
                              .has_stores = true,
                              .is_ready = is_ready,
                              .waiting = waiting,
                              .is_as_after = is_as_after,
                              .read_newer = read_newer,
                              .thread_died = thread_died,
                              .check_end = check_end,
                              .released = released};

void note_read(execution& all, object& subject, std::uint32_t store) {
    store_history& history = history_of(subject);
    int const self = all.self();
    history.was_read(self, store);
    all.spins.reads(subject.changes, all.number(subject), self, store, [&](std::uint32_t before) {
        return !history.remembers(before) || !(history.at(store) == history.at(before));
    });
}

void races_with_construction(execution& all, object& subject, char const* operation,
                             site const& where) {
    heap::outside const out;
    atomic_state const& atomic = state_of<atomic_state>(subject);
    site const made = atomic.created_after;
    error what;
    what.kind = "data race";
    what.object = all.number(subject);
    what.places.push_back({std::string(operation) + " by thread " + std::to_string(all.self()),
                           where.file, where.line, false});
    what.places.push_back({"made by thread " + std::to_string(atomic.creator) + after_step(made) +
                               ", which nothing orders before it",
                           made.file, made.line, false});
    all.race(std::move(what));
}

handle atomic_created(void* at, value_type const& type, word value, site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(atomic_kind, at, where, made);
    atomic_state& atomic = state_of<atomic_state>(*made);
    atomic.history.data = nullptr;
    atomic.history.begin(value);
    made->changes.changed_at = atomic.history.changed_at;
    atomic.type = &type;
    atomic.stored_in = 0;
    std::memset(atomic.used_at, 0, sizeof atomic.used_at);
    atomic.sleepers.clear();
    atomic.creator = all.self();
    atomic.created_at = static_cast<std::uint32_t>(memory::clocks()[atomic.creator]);
    // The place itself is somewhere in the platform: what its thread did last says more.
    atomic.created_after = all.recording() ? all.announced().where : site{};
    if (all.recording()) std::fill(atomic.used_where, atomic.used_where + most_threads, site{});
    return which;
}

void atomic_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

word atomic_load(handle which, void const* at, std::memory_order order, site const& where) {
    execution& all = active();
    order = all.in_force(order);
    (void)all.objects.find(which, at, where);
    all.visible(where, describe(action::load, which, order, false, where));
    object& subject = all.objects.find(which, at, where);
    std::uint32_t store = 0;
    word const value = loaded(all, subject, order, where, store);
    watch_load(all, subject, order, where);
    operation done = all.announced();
    done.age = static_cast<std::uint8_t>(history_of(subject).stores - store);
    all.threads.executed(done);
    if (all.recording()) record_load(all, subject, store, order, where);
    return value;
}

void atomic_store(handle which, void const* at, word value, std::memory_order order,
                  site const& where) {
    execution& all = active();
    order = all.in_force(order);
    (void)all.objects.find(which, at, where);
    all.visible(where, describe(action::store, which, order, true, where));
    object& subject = all.objects.find(which, at, where);
    (void)memory::model->store(history_of(subject).data, order);
    touch_atomic(all, subject, "store", where);
    stored(all, subject, value, order);
    watch_store(all, subject, order, where, true);
    if (all.recording()) record_store(all, subject, order, where);
}

word atomic_modify(handle which, void const* at, char const* operation, word (*change)(word, word),
                   word operand, std::memory_order order, site const& where) {
    execution& all = active();
    order = all.in_force(order);
    (void)all.objects.find(which, at, where);
    all.visible(where, describe(action::modify, which, order, true, where));
    object& subject = all.objects.find(which, at, where);
    (void)memory::model->modify(history_of(subject).data, order);
    touch_atomic(all, subject, operation, where);
    word const old = history_of(subject).newest();
    word const fresh = change(old, operand);
    note_read(all, subject, history_of(subject).stores);
    stored(all, subject, fresh, order);
    watch_load(all, subject, order, where);
    watch_store(all, subject, order, where, false);
    if (all.recording()) {
        heap::outside const out;
        record_modify(all, subject, operation, operand, old, order, where);
    }
    return old;
}

bool atomic_compare_exchange(handle which, void const* at, word& expected, word desired,
                             std::memory_order success, std::memory_order failure, bool weak,
                             site const& where) {
    execution& all = active();
    success = all.in_force(success);
    failure = all.in_force(failure);
    (void)all.objects.find(which, at, where);
    bool const sequential = failure == std::memory_order_seq_cst;
    all.visible(where, [&](operation& next) {
        describe(action::compare_exchange, which, success, true, where)(next);
        next.sequential |= sequential;
    });
    object& subject = all.objects.find(which, at, where);
    store_history& history = history_of(subject);
    bool const looks_back = all.stores.fails_on_older(history, expected);
    std::uint32_t const stale = all.stores.stale_failure(history, expected, sequential);
    std::uint32_t const store = stale != 0 ? stale : history.stores;
    word const seen = history_of(subject).at(store);
    bool const equal = seen == expected;
    bool come_back = false;
    bool linked = false;
    if (equal && (all.recording() || all.config().linked)) [[unlikely]] {
        come_back = all.stores.has_come_back(history, expected);
        linked = all.links(where);
    }
    bool const link_lost = linked && come_back;
    bool spurious = false;
    if (equal && weak && !link_lost && all.running() && all.me().spurious_left > 0)
        spurious = all.choose(decision::spurious_cas, 2) == 1;
    if (spurious) --all.me().spurious_left;
    if (equal && !spurious && !link_lost) {
        if (linked) ++all.links_held;
        (void)memory::model->modify(history_of(subject).data, success);
        touch_atomic(all, subject, "compare_exchange", where);
        stored(all, subject, desired, success);
        watch_load(all, subject, success, where);
        watch_store(all, subject, success, where, false);
        if (all.recording())
            record_exchange(all, subject, expected, come_back, success, where);
        return true;
    }
    if (stale != 0) {
        (void)memory::model->load(history.data, failure);
    } else {
        (void)memory::model->load_newest(history.data, failure);
    }
    touch_atomic(all, subject, "compare_exchange", where);
    note_read(all, subject, store);
    if (sequential && store > history.sequential) history.sequential = store;
    operation done = all.announced();
    done.changes = false;
    done.sequential = sequential;
    std::uint32_t& failed_at = history.failed_at[all.self()];
    bool const again = looks_back && !equal && store != failed_at;
    done.age =
        again ? static_cast<std::uint8_t>(history_of(subject).stores - store) : operation::no_age;
    if (!equal) failed_at = store;
    watch_load(all, subject, failure, where);
    all.threads.executed(done);
    if (all.recording()) {
        heap::outside const out;
        record_failure(all, subject, expected, desired, seen,
                     spurious ? "fails spuriously, as a weak one may"
                     : stale != 0  ? why_stale(subject)
                                   : "",
                     failure, where);
    }
    expected = seen;
    return false;
}

void fence(std::memory_order order, site const& where) {
    if (order == std::memory_order_relaxed) return;
    execution& all = active();
    if (order == std::memory_order_seq_cst && all.running()) {
        operation next;
        next.what = action::fence;
        next.changes = true;
        next.sequential = true;
        next.order = order;
        next.where = where;
        all.visible(next);
    }
    if (order == std::memory_order_seq_cst) {
        all.stores.sequential_fence();
    } else {
        memory::model->fence(order);
    }
    unsupported_watch& watch = all.stores.unsupported;
    if (all.running() && watch.awake()) watch.fenced(all.self(), order, memory::clocks(), where);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(nullptr, where,
                       {"fence", std::string("fence ") + order_word(order), "", "", ""});
    }
}

void await_change(handle which, void const* at, site const& where) {
    execution& all = active();
    object& subject = all.objects.find(which, at, where);
    all.visible(where,
                describe(action::await_change, which, std::memory_order_relaxed, false, where));
    history_of(subject).read_newer(all.self());
}

void spin(site const& where) { active().next_iteration(where); }

}  // namespace racekit::model
