// SPDX-License-Identifier: MIT
#include "unsupported.hpp"

#include "model/memory/kind.hpp"
#include "model/runtime/caller_line.hpp"
#include "model/runtime/shared_page.hpp"

#include <atomic>
#include <bit>
#include <cstdlib>
#include <set>

namespace racekit::model {
namespace {

/// Seen alike by all workers.
struct sightings {
    static constexpr std::size_t kinds = 5;
    std::atomic<bool> met[kinds];
    site where[kinds][2];
    // Stores in no order that are all seq_cst count only where something weaker is about.
    std::atomic<bool> sequential_stores;
    site sequential_where[2];
    std::atomic<bool> weaker;
    std::atomic<bool> failed_assumption;
    std::atomic<bool> started_thread;
};

sightings* all = nullptr;

void make_page() {
    static shared<sightings> const page;
    all = page.operator->();
    share_caller_lines();
}

bool was_met(unsupported_outcome which) {
    return all->met[static_cast<std::size_t>(which)].load(std::memory_order_relaxed);
}

void meet(unsupported_outcome which, site first, site second) {
    if (was_met(which)) return;
    auto const index = static_cast<std::size_t>(which);
    all->where[index][0] = caller_of(first);
    all->where[index][1] = caller_of(second);
    all->met[index].store(true, std::memory_order_release);
}

void drop(unsupported_outcome which) {
    all->met[static_cast<std::size_t>(which)].store(false, std::memory_order_relaxed);
}

void note_weaker(std::memory_order order) {
    if (order != std::memory_order_seq_cst && !all->weaker.load(std::memory_order_relaxed))
        all->weaker.store(true, std::memory_order_relaxed);
}

std::string in_words(site const& where) {
    std::string const file = where.file;
    return file.substr(file.find_last_of('/') + 1) + ":" + std::to_string(where.line);
}

// As a checkpoint has them; a file's name has no slash, which parts the two places of one gap.
constexpr char const* outcome_words[sightings::kinds] = {
    "modification_order", "load_buffering", "single_order", "assumed_wait", "assumed_in_sample"};
constexpr char sequential_word[] = "sequential_stores";
constexpr char weaker_word[] = "weaker";

/// "ring.cpp:12" as a place again.
site site_of(std::string const& words) {
    static std::set<std::string> names;  // for as long as anybody points to them
    std::size_t const colon = words.rfind(':');
    site result{};
    result.file = names.insert(words.substr(0, colon)).first->c_str();
    if (colon != std::string::npos) result.line = std::atoi(words.c_str() + colon + 1);
    return result;
}

std::string places(unsupported_outcome which) {
    auto const& [first, second] = all->where[static_cast<std::size_t>(which)];
    std::string const one = in_words(first);
    std::string const other = in_words(second);
    return one == other ? one : one + " and " + other;
}

bool acquires(std::memory_order order) {
    return order != std::memory_order_relaxed && order != std::memory_order_release;
}

bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

constexpr std::uint32_t slot_of(std::uint32_t object) { return object % 64; }
constexpr std::uint64_t bit(std::uint32_t object) { return std::uint64_t(1) << slot_of(object); }

}  // namespace

namespace unsupported_outcomes {

void assume_wait(site const& where) {
    if (has_assumed()) return;
    meet(unsupported_outcome::assumed_wait, where, where);
}

bool has_assumed() { return was_met(unsupported_outcome::assumed_wait); }

void assumed_in_samples() {
    if (!has_assumed()) return;
    site const where = all->where[static_cast<std::size_t>(unsupported_outcome::assumed_wait)][0];
    meet(unsupported_outcome::assumed_in_sample, where, where);
    drop(unsupported_outcome::assumed_wait);
}

void forget_samples() { drop(unsupported_outcome::assumed_in_sample); }

void note_failed_assumption() { all->failed_assumption.store(true, std::memory_order_relaxed); }

bool has_failed_assumption() { return all->failed_assumption.load(std::memory_order_relaxed); }

void note_started_thread() { all->started_thread.store(true, std::memory_order_relaxed); }

bool has_started_thread() { return all->started_thread.load(std::memory_order_relaxed); }

void forget() {
    make_page();
    all->failed_assumption = false;
    all->started_thread = false;
    for (auto& each : all->met) each = false;
    all->sequential_stores = false;
    all->weaker = false;
}

std::vector<warning> met() {
    make_page();
    if (all->sequential_stores && all->weaker)
        meet(unsupported_outcome::modification_order, all->sequential_where[0],
             all->sequential_where[1]);
    std::vector<warning> result;
    if (was_met(unsupported_outcome::modification_order)) {
        result.push_back({"modification order",
                          "two threads store to one atomic in no order, " +
                              places(unsupported_outcome::modification_order) +
                              ": modification orders other than that of execution are not shown"});
    }
    if (was_met(unsupported_outcome::load_buffering)) {
        result.push_back({"load buffering",
                          "threads load before they store, crosswise, " +
                              places(unsupported_outcome::load_buffering) +
                              ": that each load sees the other's later store is not shown"});
    }
    if (was_met(unsupported_outcome::single_order)) {
        result.push_back(
            {"single order", "seq_cst stands among weaker operations, " +
                                 places(unsupported_outcome::single_order) +
                                 ": no other order of the seq_cst ones than that of execution is "
                                 "shown"});
    }
    auto const assumed = was_met(unsupported_outcome::assumed_wait)
                             ? unsupported_outcome::assumed_wait
                             : unsupported_outcome::assumed_in_sample;
    if (was_met(assumed)) {
        result.push_back(
            {"assumed wait",
             "a loop that counts, or that restores what it changed, is assumed to wait for what "
             "it read, " +
                 places(assumed) +
                 ": what it would do in further iterations is not shown; await() says what is "
                 "waited for"});
    }
    return result;
}

std::vector<std::string> state() {
    make_page();
    std::vector<std::string> lines;
    auto const add = [&](char const* word, site const (&where)[2]) {
        lines.push_back(std::string(word) + " " + in_words(where[0]) + "/" + in_words(where[1]));
    };
    for (std::size_t index = 0; index < sightings::kinds; ++index) {
        if (was_met(static_cast<unsupported_outcome>(index)))
            add(outcome_words[index], all->where[index]);
    }
    if (all->sequential_stores) add(sequential_word, all->sequential_where);
    if (all->weaker) lines.emplace_back(weaker_word);
    return lines;
}

void restore(std::vector<std::string> const& lines) {
    make_page();
    for (std::string const& line : lines) {
        std::string const word = line.substr(0, line.find(' '));
        if (word == weaker_word) all->weaker = true;
        std::size_t const slash = line.find('/');
        if (slash == std::string::npos) continue;
        site const first = site_of(line.substr(word.size() + 1, slash - word.size() - 1));
        site const second = site_of(line.substr(slash + 1));
        for (std::size_t index = 0; index < sightings::kinds; ++index) {
            if (word == outcome_words[index])
                meet(static_cast<unsupported_outcome>(index), first, second);
        }
        if (word == sequential_word) {
            all->sequential_where[0] = first;
            all->sequential_where[1] = second;
            all->sequential_stores = true;
        }
    }
}

}  // namespace unsupported_outcomes

unsupported_watch::unsupported_watch() { make_page(); }

void unsupported_watch::begin(int threads) {
    constexpr std::uint64_t all_of = 4096;
    constexpr std::uint64_t then_one_in = 13;  // in step with nothing
    awake_ = ++executions_ <= all_of || stays_awake_ || executions_ % then_one_in == 0;
    has_read_weakly_ = 0;
    log_is_full_ = false;
    if (!awake_) return;
    threads_ = threads;
    for (int each = 0; each < threads; ++each) logs_[each].count = 0;
    for (std::uint32_t object = 0; object < objects_; ++object) {
        blind_by_[object] = weakly_blind_by_[object] = 0;
        stored_by_[object] = weakly_stored_by_[object] = 0;
    }
    objects_ = 0;
}

void unsupported_watch::loaded(int thread, std::uint32_t object, std::memory_order order,
                               timestamp const* known, site const& where) {
    note_weaker(order);
    bool const weak = order != std::memory_order_seq_cst;
    std::uint32_t const slot = slot_of(object);
    thread_set const by = weak ? stored_by_[slot] : weakly_stored_by_[slot];
    if ((by & ~bit(thread)) != 0) has_read_weakly_ |= bit(thread);
    loaded_[thread] |= bit(object);
    if (!acquires(order)) {
        weak_loads_[thread] |= bit(object);
        weak_ |= bit(object);
    }
    (void)note(thread, {object, true, false, acquires(order), false}, known, where);
}

void unsupported_watch::stored(int thread, std::uint32_t object, std::memory_order order,
                               timestamp const* known, site const& where, bool blindly) {
    std::uint32_t const slot = slot_of(object);
    if (slot >= objects_) objects_ = slot + 1;
    note_weaker(order);
    bool const weak = order != std::memory_order_seq_cst;
    if (blindly && !memory::is_exact) look_for_blind_stores(thread, slot, weak, known, where);
    stored_by_[slot] |= bit(thread);
    if (weak) weakly_stored_by_[slot] |= bit(thread);
    for (object_set left = loaded_[thread] & ~bit(object); left != 0; left &= left - 1)
        after_load_[thread][std::countr_zero(left)] |= bit(object);
    if (!releases(order)) {
        weak_stores_[thread] |= bit(object);
        weak_ |= bit(object);
    }
    bool const noted = note(thread, {object, false, true, false, releases(order)}, known, where);
    if (!(noted || log_is_full_) || !may_close(thread, object)) return;
    if (noted) look_for_circles(thread, object);
    if (log_is_full_) meet(unsupported_outcome::load_buffering, where, where);
}

void unsupported_watch::fenced(int thread, std::memory_order order, timestamp const* known,
                       site const& where) {
    note_weaker(order);
    (void)note(thread, {no_object, false, false, acquires(order), releases(order)}, known, where);
}

void unsupported_watch::look_for_blind_stores(int thread, std::uint32_t object, bool weak,
                                              timestamp const* known, site const& where) {
    for (thread_set left = blind_by_[object] & ~bit(thread); left != 0; left &= left - 1) {
        int const other = std::countr_zero(left);
        store_record const& earlier = blind_at_[object][other];
        if (known[other] >= earlier.at) continue;
        if (weak || (weakly_blind_by_[object] >> other & 1U) != 0) {
            meet(unsupported_outcome::modification_order, earlier.where, where);
        } else if (!all->sequential_stores) {
            all->sequential_where[0] = caller_of(earlier.where);
            all->sequential_where[1] = caller_of(where);
            all->sequential_stores = true;
        }
    }
    blind_by_[object] |= bit(thread);
    if (weak) weakly_blind_by_[object] |= bit(thread);
    blind_at_[object][thread] = {known[thread], where};
}

/// Where all is seq_cst, S can be taken to be the order of execution. It cannot where something
/// weaker led from one seq_cst operation to the other.
bool unsupported_watch::single_order_matters(int thread) const {
    return (has_read_weakly_ >> thread & 1U) != 0 && !was_met(unsupported_outcome::single_order);
}

void unsupported_watch::kept_by_single_order(site const& where) {
    meet(unsupported_outcome::single_order, where, where);
}

// Load buffering ----------------------------------------------------------------------------------
//
// A circle of two threads or more in which each loads what the one before it stores after a load
// of its own. C++20 allows it where none of these loads happens before the store it reads from, and
// at least two of them would not synchronise with it.

/// Nothing is kept before two atomics are used weakly: there is no such circle. What comes too
/// early to be kept comes again in the next execution; not so among the first ones, for these may
/// be all that there are.
bool unsupported_watch::note(int thread, event const& done, timestamp const* known,
                             site const& where) {
    log& mine = logs_[thread];
    constexpr std::uint64_t first_ones = 64;
    if ((std::popcount(weak_) < 2 && executions_ > first_ones) ||
        was_met(unsupported_outcome::load_buffering))
        return false;
    if (mine.count == most_entries) {
        log_is_full_ = true;
        return false;
    }
    entry& fresh = mine.entries[mine.count++];
    static_cast<event&>(fresh) = done;
    fresh.at = known[thread];
    for (int each = 0; each < threads_; ++each) fresh.clock[each] = known[each];
    fresh.where = where;
    return true;
}

/// Whether this store could close a circle, by all that was loaded and stored so far.
bool unsupported_watch::may_close(int thread, std::uint32_t object) const {
    object_set further = 0;
    for (int other = 0; other < threads_; ++other) {
        if (other == thread) continue;
        object_set const next = after_load_[other][slot_of(object)];
        object_set const here = weak_stores_[thread] | weak_loads_[other];
        object_set const there = weak_stores_[other] | weak_loads_[thread];
        if ((here & bit(object)) != 0 && (next & loaded_[thread] & there) != 0) return true;
        further |= next;
    }
    return threads_ > 2 && reaches(thread, further);
}

/// Whether the other threads lead, load by load and store by store, to what this one has loaded.
bool unsupported_watch::reaches(int thread, object_set from) const {
    object_set done = 0;
    while ((from & ~done) != 0) {
        int const object = std::countr_zero(from & ~done);
        done |= object_set(1) << object;
        for (int other = 0; other < threads_; ++other) {
            if (other == thread) continue;
            if ((after_load_[other][object] & loaded_[thread]) != 0) return true;
            from |= after_load_[other][object];
        }
    }
    return false;
}

void unsupported_watch::look_for_circles(int thread, std::uint32_t object) {
    circle round;
    effort_ = 100'000;
    if (!extend(round, 0, object, bit(thread), thread) && effort_ <= 0) {
        site const where = logs_[thread].entries[logs_[thread].count - 1].where;
        meet(unsupported_outcome::load_buffering, where, where);
    }
}

bool unsupported_watch::extend(circle& round, std::size_t length, std::uint32_t wanted,
                               thread_set passed, int closing) {
    for (int other = 0; other < threads_; ++other) {
        if ((passed >> other & 1U) != 0) continue;
        log const& theirs = logs_[other];
        for (std::size_t load = 0; load < theirs.count; ++load) {
            if (!theirs.entries[load].loads || theirs.entries[load].object != wanted) continue;
            for (std::size_t store = load + 1; store < theirs.count; ++store) {
                entry const& stored = theirs.entries[store];
                if (!stored.stores || stored.object == wanted) continue;
                if (--effort_ <= 0) return false;
                round[length] = {other, load, store};
                if (close(round, length + 1, closing) ||
                    extend(round, length + 1, stored.object, passed | bit(other), closing))
                    return true;
            }
        }
    }
    return false;
}

/// The closing thread's newest store is the end of the circle, with its latest load of what was
/// stored last.
bool unsupported_watch::close(circle& round, std::size_t length, int closing) const {
    std::uint32_t const wanted = store_of(round[length - 1]).object;
    log const& mine = logs_[closing];
    for (std::size_t load = mine.count - 1; load-- > 0;) {
        if (!mine.entries[load].loads || mine.entries[load].object != wanted) continue;
        round[length] = {closing, load, mine.count - 1};
        if (!is_open_to_buffering(round, length + 1)) return false;
        meet(unsupported_outcome::load_buffering, load_of(round[0]).where,
             load_of(round[length]).where);
        return true;
    }
    return false;
}

bool unsupported_watch::is_open_to_buffering(circle const& round, std::size_t length) const {
    int without = 0;
    for (std::size_t at = 0; at < length; ++at) {
        load_store_pair const& stores = round[at];
        load_store_pair const& loads = round[(at + 1) % length];
        if (store_of(stores).clock[loads.thread] >= load_of(loads).at) return false;
        if (!releases_within(stores) || !acquires_within(loads)) ++without;
    }
    return without >= 2;
}

bool unsupported_watch::acquires_within(load_store_pair const& of) const {
    std::uint32_t const object = load_of(of).object;
    for (std::size_t at = of.load; at < of.store; ++at) {
        entry const& each = logs_[of.thread].entries[at];
        bool const counts = each.loads ? each.object == object : !each.stores;
        if (counts && each.acquires) return true;
    }
    return false;
}

bool unsupported_watch::releases_within(load_store_pair const& of) const {
    if (store_of(of).releases) return true;
    for (std::size_t at = of.load; at < of.store; ++at) {
        entry const& each = logs_[of.thread].entries[at];
        if (!each.loads && !each.stores && each.releases) return true;
    }
    return false;
}

}  // namespace racekit::model
