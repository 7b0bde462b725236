// SPDX-License-Identifier: MIT
// Atomic objects and fences: a memory model under racekit's own objects.
#include "atomic_state.hpp"

#include "early_end.hpp"
#include "framed.hpp"

#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace racekit::model {
namespace {

store_history& history_of(object& subject) { return state_of<atomic_state>(subject).history; }
store_history const& history_of(object const& subject) {
    return state_of<atomic_state>(subject).history;
}

/// The place of an operator of std::atomic's, which no argument carries.
[[gnu::cold]] site from_operator(execution& all, site const& given) {
    if (!all.recording() && !all.stores.unsupported.awake()) return given;
    site const noted = with_call_path(given);
    return all.recording() ? caller_of(noted) : noted;
}

auto describe(action what, handle which, std::memory_order order, bool changes, site const& where) {
    return [=, &where](operation& next) {
        next.become(what, which.index, where);
        next.changes = changes;
        next.sequential = order == std::memory_order_seq_cst;
        next.order = order;
    };
}

[[gnu::always_inline]] inline void stored(execution& all, object& subject, store_rank store,
                                          std::memory_order order, bool blindly) {
    atomic_state& atomic = state_of<atomic_state>(subject);
    store_history& history = atomic.history;
    int const self = all.self();
    bool const alters = history.placed(store, order == std::memory_order_seq_cst);
    if (store == history.newest_rank()) [[likely]] {
        atomic.stored_in = all.next_row();
        subject.changes += alters;
    }
    if (alters || blindly)
        all.loops.stores(self, all.number(subject), history.at(store - 1), history.at(store));
    history.was_read(self, store);
}

/// " after this step": the place is that of the step before.
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

/// All stores that the current operation could read, before its effect.
[[gnu::cold]] void record_candidates(execution& all, object const& subject, store_rank read) {
    if (!all.running()) return;
    heap::outside const out;
    store_history const& history = history_of(subject);
    std::uint32_t const number = all.number(subject);
    std::vector<candidate_store> stores;
    auto const add = [&](store_rank each) {
        stores.push_back({shown(subject, history.at(each)), all.records.step_of_store(number, each),
                          each == history.newest_rank(), each == read});
    };
    auto const& offered = all.stores.offered();
    for (std::size_t at = 0; at < offered.size(); ++at) add(offered[at]);
    if (stores.empty()) add(read);
    all.records.note_candidates(std::move(stores));
}

/// A step of the trace has made a store.
void note_store(execution& all, object const& subject, store_rank store) {
    all.records.note_store(all.number(subject), store, all.next_row());
}

// The rows of a recorded execution. These functions are cold: a search records nothing.

[[gnu::cold]] void record_load(execution& all, object& subject, store_rank store,
                               std::memory_order order, site const& where) {
    heap::outside const out;
    store_history const& history = history_of(subject);
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    all.record_row(&subject, where,
                   {"load", "load -> " + shown(subject, history.at(store)), "",
                    store != history.newest_rank() ? why_stale(subject) : "", order_word(order)});
}

/// Where a store stands that is not the newest.
std::string why_placed(object const& subject, store_rank store) {
    store_history const& history = history_of(subject);
    return store == history.newest_rank()
               ? ""
               : "comes before " + shown(subject, history.at(store + 1)) + " in modification order";
}

[[gnu::cold]] void record_store(execution& all, object& subject, store_rank store,
                                std::memory_order order, site const& where) {
    heap::outside const out;
    store_history const& history = history_of(subject);
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    note_store(all, subject, store);
    all.record_row(
        &subject, where,
        {"store", "store " + shown(subject, history.at(store)), shown(subject, history.newest()),
         why_placed(subject, store), order_word(order)});
}

[[gnu::cold]] void record_modify(execution& all, object& subject, std::string operation,
                                 word const& operand, store_rank store, std::memory_order order,
                                 site const& where) {
    heap::outside const out;
    store_history const& history = history_of(subject);
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    note_store(all, subject, store);
    all.record_row(
        &subject, where,
        {operation,
         operation + " " + shown(subject, operand) + ": " + shown(subject, history.at(store - 1)) +
             " -> " + shown(subject, history.at(store)),
         shown(subject, history.newest()), why_placed(subject, store), order_word(order)});
}

[[gnu::cold]] void record_exchange(execution& all, object& subject, word const& expected,
                                   bool come_back, store_rank store, std::memory_order order,
                                   site const& where) {
    heap::outside const out;
    store_history const& history = history_of(subject);
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    if (come_back && all.running()) all.records.note_value_reuse();
    note_store(all, subject, store);
    all.record_row(&subject, where,
                   {"compare_exchange",
                    "compare_exchange " + shown(subject, expected) + " -> " +
                        shown(subject, history.at(store)),
                    shown(subject, history.newest()),
                    come_back ? "the value changed and came back since this thread read it"
                              : why_placed(subject, store),
                    order_word(order)});
}

[[gnu::cold]] void record_failure(execution& all, object& subject, word const& expected,
                                  word const& desired, word const& seen, std::string why,
                                  std::memory_order order, site const& where) {
    heap::outside const out;
    state_of<atomic_state>(subject).used_where[all.self()] = where;
    all.record_row(&subject, where,
                   {"compare_exchange",
                    "compare_exchange " + shown(subject, expected) + " -> " +
                        shown(subject, desired) + " fails, saw " + shown(subject, seen),
                    "", std::move(why), order_word(order)});
}

/// Of Relacy's single order: the newest store that a seq_cst operation has read.
void pass(store_history& history, store_rank store, std::memory_order order) {
    if (!memory::is_exact && order == std::memory_order_seq_cst && store > history.sequential)
        history.sequential = store;
}

/// Reports a step that read a store of this age, and did or did not change its object.
void read_one(execution& all, std::uint32_t age, bool changes, bool sequential) {
    operation done = all.announced();
    done.age = age;
    done.changes = changes;
    done.sequential = sequential;
    all.threads.executed(done);
}

/// Notes the operation, right after the memory has made it.
void note_access(execution& all, object const& subject, sequential_check::access what,
                 store_rank rank, site const& where) {
    if (all.config().find_weak) [[unlikely]]
        all.consistency.did(what, all.self(), all.number(subject), rank, memory::clocks(), where);
}

void watch_load(execution& all, object const& subject, std::memory_order order, site const& where) {
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
    if (is_creator) missed = atomic.created_where;
    else if (all.recording()) missed = atomic.used_where[stranger];
    report_early_end(all, subject, where, last,
                     {is_creator ? "constructed" : "last used", stranger, missed,
                      is_creator && atomic.created_after_step});
}

bool is_ready(object const& subject, operation const&, thread_state const& self, int thread) {
    store_history const& history = history_of(subject);
    return self.limit != never || history.changed_at > history.read_at[thread];  // of await_change
}

std::string waiting(object const&, operation const& next, scheduler const&, int) {
    return "waits for " + object_word(next.object) + " to change";
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
                              .thread_died = thread_died,
                              .check_end = check_end,
                              .released = released};

void note_read(execution& all, object& subject, std::uint32_t store, bool newest) {
    store_history& history = history_of(subject);
    int const self = all.self();
    history.was_read(self, store);
    all.loops.reads(self, all.number(subject), newest, history.at(store));
}

void take_from_memory(execution& all, object& subject) {
    store_history& history = history_of(subject);
    word value;
    std::memcpy(&value, subject.at, std::exchange(subject.rewritten, 0));
    store_rank const store = memory::model->store(*history.data, history.newest_rank(), value,
                                                  std::memory_order_relaxed);
    stored(all, subject, store, std::memory_order_relaxed, true);
}

void races_with_construction(execution& all, object& subject, char const* operation,
                             site const& where) {
    heap::outside const out;
    atomic_state const& atomic = state_of<atomic_state>(subject);
    site const made = atomic.created_where;
    error what;
    what.kind = "data race";
    what.object = all.number(subject);
    what.places.push_back({std::string(operation) + " by thread " + std::to_string(all.self()),
                           where.file, where.line, false});
    what.places.push_back({"made by thread " + std::to_string(atomic.creator) +
                               (atomic.created_after_step ? after_step(made) : "") +
                               ", which nothing orders before it",
                           made.file, made.line, false});
    all.race(std::move(what));
}

namespace {

object& new_atomic(execution& all, void* at, value_type const& type, site const& where,
                   handle& which) {
    object* made = nullptr;
    // Where plain accesses to the same memory are steps, their object goes on beside it. To end it
    // would be a step, too, and let another thread write what is the first value here.
    which = all.config().steps_at.empty() ? all.create(atomic_kind, at, where, made)
                                          : all.objects.create(atomic_kind, at, where, made);
    if (all.config().find_weak) all.consistency.created(which.index);
    atomic_state& atomic = state_of<atomic_state>(*made);
    atomic.history.data = nullptr;
    atomic.type = &type;
    atomic.stored_in = 0;
    std::fill(atomic.used_at, atomic.used_at + all.thread_count(), 0U);
    atomic.sleepers.clear();
    // The place itself is a line of the platform; that of its caller is the user's.
    atomic.created_where = caller_of_the_kit(all.recording());
    atomic.created_after_step = atomic.created_where.line == 0;
    if (atomic.created_after_step && all.recording()) atomic.created_where = all.announced().where;
    if (all.recording())
        std::fill(atomic.used_where, atomic.used_where + all.thread_count(), site{});
    return *made;
}

}  // namespace

handle atomic_created(void* at, value_type const& type, word value, site const& where) {
    execution& all = creating(where);
    handle which;
    atomic_state& atomic = state_of<atomic_state>(new_atomic(all, at, type, where, which));
    atomic.history.begin(value);
    atomic.creator = all.self();
    atomic.created_at = static_cast<std::uint32_t>(memory::clocks()[atomic.creator]);
    return which;
}

handle atomic_found(void* at, value_type const& type, word value, site const& where) {
    handle which;
    atomic_state& atomic = state_of<atomic_state>(new_atomic(active(), at, type, where, which));
    atomic.history.begin_found(value);
    atomic.creator = 0;
    atomic.created_at = 0;
    return which;
}

void atomic_destroyed(handle which, void const* at, site const& where) {
    active().destroy(which, at, where);
}

// Each operation is inlined into the function that its caller calls, so that it costs one call and
// saves registers once.
namespace {

[[gnu::always_inline]] inline word load(handle which, void const* at, std::memory_order order,
                                        site const& given, call_frame const& from) {
    execution& all = active();
    clean_exit const exit(all);
    site of_operator;
    site const& where =
        given.column == site::caller_unknown ? (of_operator = from_operator(all, given)) : given;
    order = all.in_force(order);
    object& subject = all.objects.find(which, at, where);
    all.visible(where, describe(action::load, which, order, false, where), from);
    all.objects.check(subject, which, at, where);
    if (subject.rewritten != 0) [[unlikely]]
        take_from_memory(all, subject);
    store_history& history = history_of(subject);
    store_rank const store = all.stores.to_read(history, order);
    std::uint32_t const age = history.age(store);
    if (all.recording()) [[unlikely]]
        record_candidates(all, subject, store);
    memory::model->load(*history.data, store, order);
    note_access(all, subject, sequential_check::access::load, store, where);
    touch_atomic(all, subject, "load", where);
    note_read(all, subject, store, store == history.newest_rank());
    pass(history, store, order);
    watch_load(all, subject, order, where);
    read_one(all, age, false, order == std::memory_order_seq_cst);
    if (all.recording()) record_load(all, subject, store, order, where);
    return history.at(store);
}

}  // namespace

word atomic_load(handle which, void const* at, std::memory_order order, site const& given,
                 call_frame const& from) {
    return load(which, at, order, given, from);
}

word atomic_load(handle which, void const* at, std::memory_order order, site const& given) {
    return load(which, at, order, given, calling_frame());
}

void atomic_store(handle which, void const* at, word value, std::memory_order order,
                  site const& given) {
    execution& all = active();
    clean_exit const exit(all);
    site of_operator;
    site const& where =
        given.column == site::caller_unknown ? (of_operator = from_operator(all, given)) : given;
    order = all.in_force(order);
    object& subject = all.objects.find(which, at, where);
    all.visible(where, describe(action::store, which, order, true, where));
    all.objects.check(subject, which, at, where);
    if (subject.rewritten != 0) [[unlikely]]
        take_from_memory(all, subject);
    store_history& history = history_of(subject);
    store_rank const store =
        memory::model->store(*history.data, all.stores.to_follow(history, order), value, order);
    note_access(all, subject, sequential_check::access::store, store, where);
    touch_atomic(all, subject, "store", where);
    stored(all, subject, store, order, true);
    watch_store(all, subject, order, where, true);
    if (all.recording()) record_store(all, subject, store, order, where);
}

namespace {

[[gnu::always_inline]] inline word modify(handle which, void const* at, char const* operation,
                                          word (*change)(word, word), word operand,
                                          std::memory_order order, site const& given,
                                          call_frame const& from) {
    execution& all = active();
    clean_exit const exit(all);
    site of_operator;
    site const& where =
        given.column == site::caller_unknown ? (of_operator = from_operator(all, given)) : given;
    order = all.in_force(order);
    object& subject = all.objects.find(which, at, where);
    all.visible(where, describe(action::modify, which, order, true, where), from);
    all.objects.check(subject, which, at, where);
    if (subject.rewritten != 0) [[unlikely]]
        take_from_memory(all, subject);
    store_history& history = history_of(subject);
    store_rank const old_one = all.stores.to_replace(history, order);
    std::uint32_t const age = history.age(old_one);
    bool const newest = old_one == history.newest_rank();
    word const old = history.at(old_one);
    if (all.recording()) [[unlikely]]
        record_candidates(all, subject, old_one);
    store_rank const store =
        memory::model->modify(*history.data, old_one, change(old, operand), order);
    note_access(all, subject, sequential_check::access::modify, old_one, where);
    touch_atomic(all, subject, operation, where);
    note_read(all, subject, old_one, newest);
    stored(all, subject, store, order, false);
    watch_load(all, subject, order, where);
    watch_store(all, subject, order, where, false);
    if (age != 0) read_one(all, age, true, order == std::memory_order_seq_cst);
    if (all.recording()) record_modify(all, subject, operation, operand, store, order, where);
    return old;
}

}  // namespace

word atomic_modify(handle which, void const* at, char const* operation, word (*change)(word, word),
                   word operand, std::memory_order order, site const& given,
                   call_frame const& from) {
    return modify(which, at, operation, change, operand, order, given, from);
}

word atomic_modify(handle which, void const* at, char const* operation, word (*change)(word, word),
                   word operand, std::memory_order order, site const& given) {
    return modify(which, at, operation, change, operand, order, given, calling_frame());
}

namespace {

/// The exchange, which succeeds on the store `from`.
void exchange(execution& all, object& subject, word const& expected, word const& desired,
              store_rank from, bool come_back, std::memory_order order, site const& where) {
    store_history& history = history_of(subject);
    std::uint32_t const age = history.age(from);
    bool const newest = from == history.newest_rank();
    store_rank const store = memory::model->modify(*history.data, from, desired, order);
    note_access(all, subject, sequential_check::access::modify, from, where);
    touch_atomic(all, subject, "compare_exchange", where);
    note_read(all, subject, from, newest);
    stored(all, subject, store, order, false);
    watch_load(all, subject, order, where);
    watch_store(all, subject, order, where, false);
    read_one(all, age, true, all.announced().sequential);
    if (all.recording()) record_exchange(all, subject, expected, come_back, store, order, where);
}

/// It fails: a load, of the store `from`.
void fail_exchange(execution& all, object& subject, compared const& what, std::memory_order order,
                   site const& where) {
    store_rank const from = what.store;
    store_history& history = history_of(subject);
    std::uint32_t age = history.age(from);
    store_rank& failed_at = history.failed_at[all.self()];
    // Relacy's: whether it would fail on that again though a newer one was there.
    if (!memory::is_exact && (what.equal || !what.looks_back || from == failed_at))
        age = operation::no_age;
    if (!what.equal) failed_at = from;
    memory::model->load(*history.data, from, order);
    note_access(all, subject, sequential_check::access::load, from, where);
    touch_atomic(all, subject, "compare_exchange", where);
    note_read(all, subject, from, from == history.newest_rank() && !what.equal);
    pass(history, from, order);
    watch_load(all, subject, order, where);
    // Where it read what is not shown (load buffering) it would store.
    if (memory::is_exact) watch_store(all, subject, all.announced().order, where, false);
    read_one(all, age, false, order == std::memory_order_seq_cst);
}

[[gnu::always_inline]] inline bool compare_exchange(handle which, void const* at, word& expected,
                                                    word desired, std::memory_order success,
                                                    std::memory_order failure, bool weak,
                                                    site const& where, call_frame const& from) {
    execution& all = active();
    clean_exit const exit(all);
    success = all.in_force(success);
    failure = all.in_force(failure);
    object& subject = all.objects.find(which, at, where);
    all.visible(
        where,
        [&](operation& next) {
            describe(action::compare_exchange, which, success, true, where)(next);
            next.sequential |= failure == std::memory_order_seq_cst;
        },
        from);
    all.objects.check(subject, which, at, where);
    if (subject.rewritten != 0) [[unlikely]]
        take_from_memory(all, subject);
    store_history& history = history_of(subject);
    bool const may_fail = weak && all.running() && all.me().spurious_left > 0;
    compared const what = all.stores.to_compare(history, expected, success, failure, may_fail);
    word const seen = history.at(what.store);
    bool come_back = false;
    bool linked = false;
    if (all.recording()) [[unlikely]]
        record_candidates(all, subject, what.store);
    if (what.equal && (all.recording() || all.config().linked)) [[unlikely]] {
        come_back = all.stores.has_come_back(history, what.store);
        linked = all.links(where);
    }
    bool const link_lost = linked && come_back;
    bool spurious = what.equal && !what.replaceable;
    if (what.replaceable && what.readable && may_fail && !link_lost)
        spurious = all.choose(decision::spurious_cas, 2) == 1;
    if (spurious) --all.me().spurious_left;
    if (what.equal && !spurious && !link_lost) {
        if (linked) ++all.links_held;
        exchange(all, subject, expected, desired, what.store, come_back, success, where);
        return true;
    }
    fail_exchange(all, subject, what, failure, where);
    if (all.recording()) {
        bool const stale = what.store != history.newest_rank();
        heap::outside const out;
        record_failure(all, subject, expected, desired, seen,
                       spurious ? "fails spuriously, as a weak one may"
                       : stale  ? why_stale(subject)
                                : "",
                       failure, where);
    }
    expected = seen;
    return false;
}

}  // namespace

bool atomic_compare_exchange(handle which, void const* at, word& expected, word desired,
                             std::memory_order success, std::memory_order failure, bool weak,
                             site const& where, call_frame const& from) {
    return compare_exchange(which, at, expected, desired, success, failure, weak, where, from);
}

bool atomic_compare_exchange(handle which, void const* at, word& expected, word desired,
                             std::memory_order success, std::memory_order failure, bool weak,
                             site const& where) {
    return compare_exchange(which, at, expected, desired, success, failure, weak, where,
                            calling_frame());
}

void fence(std::memory_order order, site const& where) {
    if (order == std::memory_order_relaxed) return;
    execution& all = active();
    clean_exit const exit(all);
    if (order == std::memory_order_seq_cst && all.running()) {
        operation next;
        next.what = action::fence;
        next.changes = true;
        next.sequential = true;
        next.order = order;
        next.where = where;
        all.visible(next);
    }
    all.stores.fence(order);
    unsupported_watch& watch = all.stores.unsupported;
    if (all.running() && watch.awake()) watch.fenced(all.self(), order, memory::clocks(), where);
    if (all.recording()) {
        heap::outside const out;
        all.record_row(nullptr, where,
                       {"fence", std::string("fence ") + order_word(order), "", "", ""});
    }
}

void await_change(handle which, void const* at, site const& where) {
    (void)await_change_until(which, at, never, where);
}

bool await_change_until(handle which, void const* at, instant limit, site const& where) {
    execution& all = active();
    clean_exit const exit(all);
    object& subject = all.objects.find(which, at, where);
    if (all.running()) all.me().limit = limit;
    all.visible(where,
                describe(action::await_change, which, std::memory_order_relaxed, false, where));
    store_history& history = history_of(subject);
    bool const changed = history.changed_at > history.read_at[all.self()];
    bool const in_time = limit == never || (changed && all.choose(decision::user, 2) == 0);
    if (all.running()) {
        if (!in_time) (void)all.me().time_out();
        all.me().limit = never;
    }
    if (in_time) {
        history.read_newer(all.self());
        return true;
    }
    if (all.recording()) all.record_row(&subject, where, {"wait", "times out", "", "", ""});
    return false;
}

void spin(site const& where, call_frame const& from) {
    execution& all = active();
    clean_exit const exit(all);
    all.hint(where, from);
}

void spin(site const& where) { spin(where, calling_frame()); }

}  // namespace racekit::model
