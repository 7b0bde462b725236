// SPDX-License-Identifier: MIT
#include "axioms.hpp"

namespace racekit::oracle {
namespace {

/// What is sequenced before an event in its thread.
event_set before_in_thread(candidate const& of, int event) {
    event_set made = 0;
    each_of(of.present & (only(event) - 1), [&](int each) {
        if (of.thread[static_cast<std::size_t>(each)] ==
            of.thread[static_cast<std::size_t>(event)])
            made |= only(each);
    });
    return made;
}

/// What a read would synchronize with if it acquired: the heads of all release sequences, or
/// hypothetical ones of fences, that the store it reads is in.
event_set release_heads(candidate const& of, rules const& by, int store) {
    event_set heads = 0;
    for (int step = 0; step <= of.events && store >= 0; ++step) {
        auto const at = static_cast<std::size_t>(store);
        if (of.thread[at] < 0) break;
        if (contains(of.releasing, store)) heads |= only(store);
        event_set const earlier = before_in_thread(of, store);
        heads |= earlier & of.fences & of.releasing;
        if (by.own_stores_continue)
            heads |= earlier & of.of_object[static_cast<std::size_t>(of.object[at])] & of.writes &
                     of.releasing;
        if (!contains(of.reads, store)) break;
        store = of.from[at];  // a read-modify-write continues the sequence that it reads from
    }
    return heads;
}

}  // namespace

relation synchronizes(candidate const& of, rules const& by) {
    relation made(of.events);
    each_of(of.reads & of.atomic, [&](int read) {
        int const store = of.from[static_cast<std::size_t>(read)];
        if (store < 0) return;
        event_set const heads = release_heads(of, by, store);
        if (heads == 0) return;
        event_set acquirers = of.sequenced[read] & of.fences & of.acquiring;
        if (contains(of.acquiring, read)) acquirers |= only(read);
        each_of(heads, [&](int head) { made[head] |= acquirers & ~only(head); });
    });
    return made;
}

bool has_race(candidate const& of, relation const& happens_before) {
    event_set const plain = of.present & ~of.atomic & ~of.fences;
    bool found = false;
    each_of(plain & of.writes, [&](int write) {
        auto const object = static_cast<std::size_t>(of.object[static_cast<std::size_t>(write)]);
        each_of(plain & of.of_object[object] & ~only(write), [&](int other) {
            if (!contains(happens_before[write], other) && !contains(happens_before[other], write))
                found = true;
        });
    });
    return found;
}

// Coherence -------------------------------------------------------------------------------------
//
// The four rules of [intro.races] p14-p17: of two events on one object of which one happens before
// the other, what the first one wrote or read does not come after what the second one did.

namespace {

/// False: a read reads what happens after it.
bool add_coherence(candidate const& of, relation const& happens_before, relation& forced) {
    bool sound = true;
    each_of(of.present & of.atomic, [&](int first) {
        auto const object = static_cast<std::size_t>(of.object[static_cast<std::size_t>(first)]);
        int const first_from =
            contains(of.reads, first) ? of.from[static_cast<std::size_t>(first)] : -1;
        each_of(happens_before[first] & of.of_object[object], [&](int second) {
            int const second_from =
                contains(of.reads, second) ? of.from[static_cast<std::size_t>(second)] : -1;
            for (int const earlier : {contains(of.writes, first) ? first : -1, first_from}) {
                for (int const later : {contains(of.writes, second) ? second : -1, second_from}) {
                    if (earlier < 0 || later < 0) continue;
                    if (earlier != later) forced[earlier] |= only(later);
                    else if (earlier == first_from && later == second) sound = false;
                }
            }
        });
    });
    return sound;
}

/// A read-modify-write comes right after what it reads: all else is before both or after both.
bool add_atomicity(candidate const& of, relation& forced) {
    event_set const modifiers = of.present & of.reads & of.writes;
    each_of(modifiers, [&](int modifier) {
        int const read = of.from[static_cast<std::size_t>(modifier)];
        if (read >= 0) forced[read] |= only(modifier);
    });
    forced.close();
    for (bool changed = modifiers != 0; changed;) {
        changed = false;
        each_of(modifiers, [&](int modifier) {
            int const read = of.from[static_cast<std::size_t>(modifier)];
            if (read < 0) return;
            event_set const missing = forced[read] & ~only(modifier) & ~forced[modifier];
            if (missing != 0) {
                forced[modifier] |= missing;
                changed = true;
            }
            for (int each = 0; each < of.events; ++each) {
                if (each == read || !contains(forced[each], modifier) ||
                    contains(forced[each], read))
                    continue;
                forced[each] |= only(read);
                changed = true;
            }
        });
        if (!changed) break;
        forced.close();
        if (!forced.is_irreflexive()) return false;
    }
    return forced.is_irreflexive();
}

/// A plain read sees nothing that another write hides from it, and nothing that comes after it.
bool plain_reads_see(candidate const& of, relation const& happens_before) {
    bool sound = true;
    each_of(of.reads & ~of.atomic, [&](int read) {
        int const write = of.from[static_cast<std::size_t>(read)];
        if (write < 0) return;
        if (contains(happens_before[read], write)) sound = false;
        auto const object = static_cast<std::size_t>(of.object[static_cast<std::size_t>(read)]);
        each_of(happens_before[write] & of.of_object[object] & of.writes, [&](int between) {
            if (contains(happens_before[between], read)) sound = false;
        });
    });
    return sound;
}

}  // namespace

bool derived::derive(candidate const& of, rules const& by) {
    happens_before = of.sequenced;
    happens_before |= synchronizes(of, by);
    happens_before.close();
    if (!happens_before.is_irreflexive()) return false;
    if (!plain_reads_see(of, happens_before)) return false;
    modification = relation(of.events);
    return add_coherence(of, happens_before, modification) && add_atomicity(of, modification);
}

// The single order S ------------------------------------------------------------------------------

judge::judge(candidate const& of, derived const& from, rules const& by)
    : of_(of), from_(from), by_(by), earlier_(from.happens_before.reversed()),
      synchronous_(synchronizes(of, by)) {
    if (by.which == standard::cpp20) derive_strongly();
}

event_set judge::same_place(int event) const {
    int const object = of_.object[static_cast<std::size_t>(event)];
    return object < 0 ? event_set(0) : of_.of_object[static_cast<std::size_t>(object)];
}

/// [intro.races] p12.
void judge::derive_strongly() {
    strongly_ = of_.sequenced;
    each_of(of_.sequential, [&](int event) {
        if (!contains(of_.fences, event))
            strongly_[event] |= synchronous_[event] & of_.sequential & ~of_.fences;
    });
    relation ends = of_.sequenced;
    if (by_.as_rc11_orders) {
        each_of(of_.present, [&](int event) { ends[event] &= ~same_place(event); });
    }
    strongly_ |= ends.then(from_.happens_before).then(ends);
    strongly_.close();
}

relation judge::reads_before(relation const& modification) const {
    relation made(of_.events);
    each_of(of_.reads & of_.atomic, [&](int read) {
        made[read] = modification[of_.from[static_cast<std::size_t>(read)]] & ~only(read);
    });
    return made;
}

/// [atomics.order] p3. Modification order is transitive, so that one step by reads-from after
/// another one by modification order or reads-before is all that p3.4 adds.
relation judge::coherence_ordered(relation const& modification) const {
    relation made = modification;
    made |= reads_before(modification);
    relation readers(of_.events);
    each_of(of_.reads & of_.atomic, [&](int read) {
        int const store = of_.from[static_cast<std::size_t>(read)];
        bool const own = of_.thread[static_cast<std::size_t>(store)] ==
                         of_.thread[static_cast<std::size_t>(read)];
        if (!own || !by_.own_stores_are_free) readers[store] |= only(read);
    });
    made |= made.then(readers);
    made |= readers;
    return made;
}

/// [atomics.order] p4.1 to p4.4: a seq_cst fence stands for what happens before it and after it.
/// `itself`: for a fence that is one of the two events (RC11 has such).
void judge::constrain(relation& order, int before, event_set after, bool itself) const {
    event_set const fences = of_.fences & of_.sequential;
    event_set last = 0;
    each_of(after, [&](int event) {
        last |= only(event) & of_.sequential;
        last |= from_.happens_before[event] & fences;
    });
    if (last == 0) return;
    event_set first = earlier_[before] & fences;
    if (contains(of_.sequential, before) && (itself || !contains(fences, before)))
        first |= only(before);
    each_of(first, [&](int event) { order[event] |= last; });
}

relation judge::cpp20(relation const& modification) const {
    relation order(of_.events);
    each_of(of_.sequential, [&](int event) { order[event] = strongly_[event] & of_.sequential; });
    relation coherence = coherence_ordered(modification);
    if (by_.as_rc11_orders) {
        constrain_fences(order, coherence);
        relation const unread = reads_before(modification);
        each_of(of_.present & of_.atomic, [&](int event) {
            coherence[event] &= modification[event] | unread[event] | from_.happens_before[event];
        });
    }
    each_of(of_.present & of_.atomic,
            [&](int event) { constrain(order, event, coherence[event], false); });
    return order;
}

/// [atomics.order] p4.4 alone: a fence on both sides.
void judge::constrain_fences(relation& order, relation const& coherence) const {
    event_set const fences = of_.fences & of_.sequential;
    each_of(of_.present & of_.atomic, [&](int before) {
        event_set last = 0;
        each_of(coherence[before],
                [&](int after) { last |= from_.happens_before[after] & fences; });
        each_of(earlier_[before] & fences, [&](int event) { order[event] |= last; });
    });
}

/// psc of RC11.
relation judge::rc11(relation const& modification) const {
    relation const& happens = from_.happens_before;
    relation elsewhere(of_.events);
    relation base = of_.sequenced;
    each_of(of_.present, [&](int event) {
        elsewhere[event] = of_.sequenced[event] & ~same_place(event);
        base[event] |= happens[event] & same_place(event);
    });
    base |= elsewhere.then(happens).then(elsewhere);
    base |= modification;
    base |= reads_before(modification);
    relation order(of_.events);
    each_of(of_.present, [&](int event) { constrain(order, event, base[event], true); });

    relation communication = modification;
    communication |= reads_before(modification);
    each_of(of_.reads & of_.atomic, [&](int read) {
        communication[of_.from[static_cast<std::size_t>(read)]] |= only(read);
    });
    communication.close();
    relation between = happens;
    between |= happens.then(communication).then(happens);
    event_set const fences = of_.fences & of_.sequential;
    each_of(fences, [&](int fence) { order[fence] |= between[fence] & fences; });
    return order;
}

relation judge::sequential_order(relation const& modification) const {
    return by_.which == standard::cpp20 ? cpp20(modification) : rc11(modification);
}

}  // namespace racekit::oracle
