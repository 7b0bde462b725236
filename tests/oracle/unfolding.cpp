// SPDX-License-Identifier: MIT
#include "unfolding.hpp"

#include <stdexcept>

namespace racekit::oracle {
namespace {

bool acquires(std::memory_order order) {
    return order != std::memory_order_relaxed && order != std::memory_order_release;
}
bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

}  // namespace

layout::layout(program const& of) : what(of) {
    int number = static_cast<int>(of.objects.size());
    for (auto const& thread : of.threads) {
        first.push_back(number);
        number += static_cast<int>(thread.size());
    }
    count = number;
    if (count > most_events || of.objects.size() > most_objects || of.registers.size() > 64)
        throw std::invalid_argument("the program has more than 64 instructions and objects");
}

unfolding::unfolding(layout const& of) : of_(of) {
    from.fill(-1);
    fates.fill(fate::open);
    declined.fill(0);
}

bool unfolding::follow() {
    known = 0;
    begin();
    event_set initial = known;
    for (event_set before = ~event_set(0); before != known;) {
        before = known;
        begin();
        known |= before | initial;
        for (std::size_t thread = 0; thread < of_.what.threads.size(); ++thread) {
            if (!follow(static_cast<int>(thread))) return false;
        }
    }
    finish();
    return true;
}

void unfolding::begin() {
    auto const& objects = of_.what.objects;
    now.events = of_.count;
    now.present = now.reads = now.writes = now.atomic = now.fences = 0;
    now.acquiring = now.releasing = now.sequential = 0;
    now.of_object.fill(0);
    undecided = 0;
    blocked = false;
    register_known_ = ~std::uint64_t(0);
    registers.fill(0);
    for (std::size_t each = 0; each < objects.size(); ++each) {
        int const event = static_cast<int>(each);
        now.thread[each] = -1;
        place(event, event, objects[each].is_atomic);
        now.writes |= only(event);
        stored[each] = objects[each].initial;
        known |= only(event);
    }
}

void unfolding::place(int event, int object, bool is_atomic) {
    now.present |= only(event);
    now.object[static_cast<std::size_t>(event)] = static_cast<std::int8_t>(object);
    if (is_atomic) now.atomic |= only(event);
    if (object >= 0) now.of_object[static_cast<std::size_t>(object)] |= only(event);
}

void unfolding::order(int event, std::memory_order which) {
    if (acquires(which)) now.acquiring |= only(event);
    if (releases(which)) now.releasing |= only(event);
    if (which == std::memory_order_seq_cst) now.sequential |= only(event);
}

bool unfolding::value_of(expression const& what, int& value) const {
    for (term const& each : what) {
        if (each.what == term::kind::variable && !(register_known_ >> each.value & 1U))
            return false;
    }
    value = evaluate(what, registers);
    return true;
}

void unfolding::give(int target, bool is_known, int value) {
    if (target < 0) return;
    std::uint64_t const bit = std::uint64_t(1) << target;
    register_known_ = is_known ? register_known_ | bit : register_known_ & ~bit;
    registers[static_cast<std::size_t>(target)] = is_known ? value : 0;
}

void unfolding::store(int event, bool is_known, int value) {
    now.writes |= only(event);
    if (!is_known) return;
    stored[static_cast<std::size_t>(event)] = value;
    known |= only(event);
}

/// What this event reads, if that is known.
bool unfolding::read(int event, int& value) {
    now.reads |= only(event);
    int const source = from[static_cast<std::size_t>(event)];
    if (source < 0 || !contains(known, source)) return false;
    value = stored[static_cast<std::size_t>(source)];
    return true;
}

bool unfolding::follow(int thread) {
    auto const& code = of_.what.threads[static_cast<std::size_t>(thread)];
    int const first = of_.first[static_cast<std::size_t>(thread)];
    for (std::size_t at = 0; at < code.size(); ++at) {
        instruction const& next = code[at];
        int value = 0;
        if (next.what == verb::skip) {
            if (!value_of(next.value, value)) {
                blocked = true;
                forget(code, at);
                value = 0;
            }
            if (value == 0) at += static_cast<std::size_t>(next.length);
            continue;
        }
        if (next.what == verb::set) {
            bool const is_known = value_of(next.value, value);
            give(next.target, is_known, value);
            continue;
        }
        int const event = first + static_cast<int>(at);
        now.thread[static_cast<std::size_t>(event)] = static_cast<std::int8_t>(thread);
        if (!perform(next, event)) return false;
    }
    return true;
}

/// Goes on behind a guard whose value is not known yet: what it guards is not there so far.
void unfolding::forget(std::vector<instruction> const& code, std::size_t guard) {
    std::size_t const end = guard + static_cast<std::size_t>(code[guard].length);
    for (std::size_t at = guard + 1; at <= end; ++at) {
        give(code[at].target, false, 0);
        give(code[at].succeeded, false, 0);
    }
}

/// False: the fate chosen for a compare_exchange is not that of the value.
bool unfolding::perform(instruction const& next, int event) {
    int value = 0;
    int old = 0;
    if (next.what == verb::fence) {
        place(event, -1, false);
        now.fences |= only(event);
        order(event, next.order);
        return true;
    }
    place(event, next.object, next.what != verb::read && next.what != verb::write);
    bool const value_known = value_of(next.value, value);
    switch (next.what) {
        case verb::store:
        case verb::write:
            if (next.what == verb::store) order(event, next.order);
            store(event, value_known, value);
            return true;
        case verb::load:
        case verb::read: {
            if (next.what == verb::load) order(event, next.order);
            bool const old_known = read(event, old);
            give(next.target, old_known, old);
            if (old_known) known |= only(event);
            return true;
        }
        case verb::modify: {
            order(event, next.order);
            bool const old_known = read(event, old);
            give(next.target, old_known, old);
            bool const needs_old = next.how != change::exchange;
            store(event, value_known && (old_known || !needs_old),
                  changed(next.how, old, value));
            return true;
        }
        default: return exchange(next, event, value_known, value);
    }
}

bool unfolding::exchange(instruction const& next, int event, bool value_known, int value) {
    fate const chosen = fates[static_cast<std::size_t>(event)];
    if (chosen == fate::open) {
        undecided |= only(event);
        give(next.target, false, 0);
        give(next.succeeded, false, 0);
        return true;
    }
    int old = 0;
    int expected = 0;
    bool const old_known = read(event, old);
    bool const expected_known = value_of(next.expected, expected);
    bool const succeeds = chosen == fate::succeeds;
    order(event, succeeds ? next.order : next.failure);
    if (old_known && expected_known) {
        if (succeeds && old != expected) return false;
        if (!succeeds && old == expected && next.what == verb::strong_cas) return false;
    }
    if (old_known && !succeeds) known |= only(event);
    give(next.target, old_known && expected_known, old);
    give(next.succeeded, true, succeeds ? 1 : 0);
    if (succeeds) store(event, value_known, value);
    return true;
}

void unfolding::finish() {
    now.from = from;
    now.sequenced = relation(now.events);
    event_set const initial = only(static_cast<int>(of_.what.objects.size())) - 1;
    each_of(initial, [&](int event) { now.sequenced[event] = now.present & ~initial; });
    for (std::size_t thread = 0; thread < of_.first.size(); ++thread) {
        int const first = of_.first[thread];
        int const end = first + static_cast<int>(of_.what.threads[thread].size());
        event_set const mine = (end == 64 ? ~event_set(0) : only(end) - 1) & ~(only(first) - 1);
        each_of(now.present & mine, [&](int event) {
            now.sequenced[event] = now.present & mine & ~(only(event) | (only(event) - 1));
        });
    }
}

}  // namespace racekit::oracle
