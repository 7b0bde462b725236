// SPDX-License-Identifier: MIT
// Atomic objects and fences: Relacy's memory model under racekit's own objects.
#include "model/core/execution.hpp"

#include "model/runtime/heap.hpp"

#include <cstring>

namespace racekit::model {
namespace {

/// Relacy's ring index as the number of the store it is, counted from the object's first.
std::uint32_t store_number(object const& subject, unsigned index) {
    std::uint32_t const slot = index % memory::window;
    std::uint32_t const behind = (subject.stores - slot) % memory::window;
    return subject.stores - behind;
}

word& newest(object& subject) { return subject.values[subject.stores % memory::window]; }

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
    bool const altered = !(newest(subject) == value);
    ++subject.stores;
    if (order == std::memory_order_seq_cst) subject.sequential = subject.stores;
    subject.stored_in = all.next_row();
    newest(subject) = value;
    int const self = all.self();
    if (altered) {
        all.note_change(subject);
        subject.changed_at = subject.stores;
    }
    subject.read_at[self] = subject.stores;
}

/// " after this step", of what is told by what its thread did last before it.
char const* after_step(site last) { return *last.file == '\0' ? "" : ", after this step"; }

std::string shown(object const& subject, word value) { return subject.type->show(value); }

/// Why a load may return something else than the newest store.
std::string why_stale(object const& subject) {
    std::string const where = subject.stored_in == 0
                                  ? "the newest store"
                                  : "the store in step " + std::to_string(subject.stored_in);
    return "stale: " + shown(subject, subject.values[subject.stores % memory::window]) +
           " is newest, but no happens-before from " + where;
}

// What is told of each operation, if anything is: out of the way of those that only happen.

[[gnu::cold]] void record_load(execution& all, object& subject, std::uint32_t store,
                             std::memory_order order, site const& where) {
    heap::outside const out;
    subject.read[all.self()].where = where;
    all.record_row(&subject, where,
             {"load", "load -> " + shown(subject, subject.values[store % memory::window]), "",
              store != subject.stores ? why_stale(subject) : "", order_word(order)});
}

[[gnu::cold]] void record_store(execution& all, object& subject, std::memory_order order,
                              site const& where) {
    heap::outside const out;
    subject.read[all.self()].where = where;
    std::string const value = shown(subject, newest(subject));
    all.record_row(&subject, where, {"store", "store " + value, value, "", order_word(order)});
}

[[gnu::cold]] void record_modify(execution& all, object& subject, std::string operation,
                               word const& operand, word const& old, std::memory_order order,
                               site const& where) {
    heap::outside const out;
    subject.read[all.self()].where = where;
    std::string const value = shown(subject, newest(subject));
    all.record_row(&subject, where,
             {operation,
              operation + " " + shown(subject, operand) + ": " + shown(subject, old) + " -> " +
                  value,
              value, "", order_word(order)});
}

[[gnu::cold]] void record_exchange(execution& all, object& subject, word const& expected,
                                 bool come_back, std::memory_order order, site const& where) {
    heap::outside const out;
    subject.read[all.self()].where = where;
    if (come_back) all.note_value_reuse();
    std::string const value = shown(subject, newest(subject));
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
    subject.read[all.self()].where = where;
    all.record_row(&subject, where,
             {"compare_exchange",
              "compare_exchange " + shown(subject, expected) + " -> " + shown(subject, desired) +
                  " fails, saw " + shown(subject, seen),
              "", std::move(why), order_word(order)});
}

/// A load that may fall back on an older store.
word loaded(execution& all, object& subject, std::memory_order order, site const& where,
            std::uint32_t& store) {
    all.begin_load(subject, order == std::memory_order_seq_cst);
    store = store_number(subject, memory::atomic_load(subject.history, order));
    all.touch_atomic(subject, "load", where);
    all.note_read(subject, store);
    if (order == std::memory_order_seq_cst && store > subject.sequential)
        subject.sequential = store;
    return subject.values[store % memory::window];
}

}  // namespace

void execution::races_with_construction(object& subject, char const* operation, site const& where) {
    heap::outside const out;
    error what;
    what.kind = "data race";
    what.object = number(subject);
    what.places.push_back({std::string(operation) + " by thread " + std::to_string(self_),
                           where.file, where.line, false});
    what.places.push_back({"made by thread " + std::to_string(subject.creator) +
                               after_step(subject.written.where) +
                               ", which nothing orders before it",
                           subject.written.where.file, subject.written.where.line, false});
    race(std::move(what));
}

/// Whoever destroys it must know of its making and of every thread's last operation. If it does
/// not, they could as well come after, but the engine executes each thread in its own order and
/// might never show that.
void execution::destroy_atomic(object& subject, site last) {
    timestamp const* const known = memory::clocks();
    int stranger = known[subject.creator] < subject.created_at ? subject.creator : -1;
    bool const is_creator = stranger >= 0;
    for (int other = 0; other < thread_count() && stranger < 0; ++other) {
        if (known[other] < subject.used_at[other]) stranger = other;
    }
    if (stranger < 0) [[likely]]
        return;
    heap::outside const out;
    site const missed = is_creator ? subject.written.where : subject.read[stranger].where;
    error what;
    what.kind = "use after free";
    what.object = number(subject);
    what.places.push_back({"destroyed by thread " + std::to_string(self_) + after_step(last),
                           last.file, last.line, false});
    what.places.push_back({std::string(is_creator ? "made" : "last used") + " by thread " +
                               std::to_string(stranger) +
                               (is_creator ? after_step(missed) : "") +
                               ", which nothing orders before that",
                           missed.file, missed.line, false});
    race(std::move(what));
}

handle atomic_created(void* at, value_type const& type, word value, site const& where) {
    execution& all = creating(where);
    object* made = nullptr;
    handle const which = all.create(object_kind::atomic, at, where, made);
    made->type = &type;
    made->history = memory::atomic_create();
    made->stores = 1;
    made->stored_in = 0;
    made->changed_at = 1;
    made->sequential = 0;
    for (int thread = 0; thread < most_threads; ++thread)
        made->must_pass[thread] = made->failed_at[thread] = 0;
    std::memset(made->used_at, 0, sizeof made->used_at);
    (void)memory::atomic_store(made->history, std::memory_order_relaxed);
    newest(*made) = value;
    made->creator = all.self();
    made->created_at = static_cast<std::uint32_t>(memory::clocks()[made->creator]);
    // The place itself is somewhere in the platform: what its thread did last says more.
    if (all.recording()) made->written.where = all.last_place();
    return which;
}

void atomic_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

word atomic_load(handle which, void const* at, std::memory_order order, site const& where) {
    execution& all = active();
    order = all.in_force(order);
    (void)all.find(which, at, where);
    all.visible(where, describe(action::load, which, order, false, where));
    object& subject = all.find(which, at, where);
    std::uint32_t store = 0;
    word const value = loaded(all, subject, order, where, store);
    all.watch_load(subject, order, where);
    operation done = all.announced();
    done.age = static_cast<std::uint8_t>(subject.stores - store);
    all.executed(done);
    if (all.recording()) record_load(all, subject, store, order, where);
    return value;
}

void atomic_store(handle which, void const* at, word value, std::memory_order order,
                  site const& where) {
    execution& all = active();
    order = all.in_force(order);
    (void)all.find(which, at, where);
    all.visible(where, describe(action::store, which, order, true, where));
    object& subject = all.find(which, at, where);
    (void)memory::atomic_store(subject.history, order);
    all.touch_atomic(subject, "store", where);
    stored(all, subject, value, order);
    all.watch_store(subject, order, where, true);
    if (all.recording()) record_store(all, subject, order, where);
}

word atomic_modify(handle which, void const* at, char const* operation, word (*change)(word, word),
                   word operand, std::memory_order order, site const& where) {
    execution& all = active();
    order = all.in_force(order);
    (void)all.find(which, at, where);
    all.visible(where, describe(action::modify, which, order, true, where));
    object& subject = all.find(which, at, where);
    (void)memory::atomic_modify(subject.history, order);
    all.touch_atomic(subject, operation, where);
    word const old = newest(subject);
    word const fresh = change(old, operand);
    all.note_read(subject, subject.stores);
    stored(all, subject, fresh, order);
    all.watch_load(subject, order, where);
    all.watch_store(subject, order, where, false);
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
    (void)all.find(which, at, where);
    bool const sequential = failure == std::memory_order_seq_cst;
    all.visible(where, [&](operation& next) {
        describe(action::compare_exchange, which, success, true, where)(next);
        next.sequential |= sequential;
    });
    object& subject = all.find(which, at, where);
    bool const looks_back = all.fails_on_older(subject, expected);
    std::uint32_t const stale = all.stale_failure(subject, expected, sequential);
    std::uint32_t const store = stale != 0 ? stale : subject.stores;
    word const seen = subject.values[store % memory::window];
    bool const equal = seen == expected;
    bool come_back = false;
    bool linked = false;
    if (equal && (all.recording() || all.config().linked)) [[unlikely]] {
        come_back = all.has_come_back(subject, expected);
        linked = all.links(where);
    }
    bool const link_lost = linked && come_back;
    bool spurious = false;
    if (equal && weak && !link_lost && all.playing() && all.me().spurious_left > 0)
        spurious = all.choose(decision::spurious_cas, 2) == 1;
    if (spurious) --all.me().spurious_left;
    if (equal && !spurious && !link_lost) {
        if (linked) ++all.links_held;
        (void)memory::atomic_modify(subject.history, success);
        all.touch_atomic(subject, "compare_exchange", where);
        stored(all, subject, desired, success);
        all.watch_load(subject, success, where);
        all.watch_store(subject, success, where, false);
        if (all.recording())
            record_exchange(all, subject, expected, come_back, success, where);
        return true;
    }
    if (stale != 0) {
        (void)memory::atomic_load(subject.history, failure);
    } else {
        (void)memory::atomic_load_newest(subject.history, failure);
    }
    all.touch_atomic(subject, "compare_exchange", where);
    all.note_read(subject, store);
    if (sequential && store > subject.sequential) subject.sequential = store;
    operation done = all.announced();
    done.changes = false;
    done.sequential = sequential;
    std::uint32_t& failed_at = subject.failed_at[all.self()];
    bool const again = looks_back && !equal && store != failed_at;
    done.age = again ? static_cast<std::uint8_t>(subject.stores - store) : operation::no_age;
    if (!equal) failed_at = store;
    all.watch_load(subject, failure, where);
    all.executed(done);
    if (all.recording()) {
        heap::outside const out;
        record_failure(all, subject, expected, desired, seen,
                     spurious ? "fails for no reason, as a weak one may"
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
    if (order == std::memory_order_seq_cst && all.playing()) {
        operation next;
        next.what = action::fence;
        next.changes = true;
        next.sequential = true;
        next.order = order;
        next.where = where;
        all.visible(next);
    }
    if (order == std::memory_order_seq_cst) {
        all.sequential_fence();
    } else {
        memory::fence(order);
    }
    all.watch_fence(order, where);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(nullptr, where,
                       {"fence", std::string("fence ") + order_word(order), "", "", ""});
    }
}

void await_change(handle which, void const* at, site const& where) {
    execution& all = active();
    object& subject = all.find(which, at, where);
    all.visible(where,
                describe(action::await_change, which, std::memory_order_relaxed, false, where));
    int const self = all.self();
    subject.must_pass[self] = subject.read_at[self] + 1;
}

void spin(site const& where) { active().next_iteration(where); }

}  // namespace racekit::model
