// SPDX-License-Identifier: MIT
#include "oracle.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace racekit::oracle {
namespace {

enum class fate : std::uint8_t { open, succeeds, fails };  // of a compare_exchange

/// A program taken apart: instructions by the numbers of their events.
struct layout {
    explicit layout(program const& of) : what(of) {
        int number = static_cast<int>(of.objects.size());
        for (auto const& thread : of.threads) {
            first.push_back(number);
            number += static_cast<int>(thread.size());
        }
        count = number;
        if (count > most_events || of.objects.size() > most_objects || of.registers.size() > 64)
            throw std::invalid_argument("the program has more than 64 instructions and objects");
    }
    program const& what;
    std::vector<int> first;  // event of each thread's first instruction
    int count = 0;
};

bool acquires(std::memory_order order) {
    return order != std::memory_order_relaxed && order != std::memory_order_release;
}
bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

/// What was chosen, and what follows for the program: which events there are, with which values.
class unfolding {
public:
    explicit unfolding(layout const& of) : of_(of) {
        from.fill(-1);
        fates.fill(fate::open);
        declined.fill(0);
    }

    std::array<std::int8_t, most_events> from{};
    std::array<fate, most_events> fates{};
    std::array<event_set, most_events> declined{};  // stores that a read will not read

    candidate now;
    event_set known = 0;    // events whose value, stored or read, is known
    event_set undecided = 0;  // compare_exchanges without a fate
    bool blocked = false;     // a thread cannot go on before a value is known
    std::array<int, 64> registers{};
    std::uint64_t register_known = 0;
    std::array<int, most_events> stored{};

    /// Follows all threads as far as values are known; false: a choice contradicts the values.
    [[nodiscard]] bool follow() {
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

private:
    void begin() {
        auto const& objects = of_.what.objects;
        now.events = of_.count;
        now.present = now.reads = now.writes = now.atomic = now.fences = 0;
        now.acquiring = now.releasing = now.sequential = 0;
        now.of_object.fill(0);
        undecided = 0;
        blocked = false;
        register_known = ~std::uint64_t(0);
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

    void place(int event, int object, bool is_atomic) {
        now.present |= only(event);
        now.object[static_cast<std::size_t>(event)] = static_cast<std::int8_t>(object);
        if (is_atomic) now.atomic |= only(event);
        if (object >= 0) now.of_object[static_cast<std::size_t>(object)] |= only(event);
    }

    void order(int event, std::memory_order which) {
        if (acquires(which)) now.acquiring |= only(event);
        if (releases(which)) now.releasing |= only(event);
        if (which == std::memory_order_seq_cst) now.sequential |= only(event);
    }

    [[nodiscard]] bool value_of(expression const& what, int& value) const {
        for (term const& each : what) {
            if (each.what == term::kind::variable && !(register_known >> each.value & 1U))
                return false;
        }
        value = evaluate(what, registers);
        return true;
    }

    void give(int target, bool is_known, int value) {
        if (target < 0) return;
        std::uint64_t const bit = std::uint64_t(1) << target;
        register_known = is_known ? register_known | bit : register_known & ~bit;
        registers[static_cast<std::size_t>(target)] = is_known ? value : 0;
    }

    void store(int event, bool is_known, int value) {
        now.writes |= only(event);
        if (!is_known) return;
        stored[static_cast<std::size_t>(event)] = value;
        known |= only(event);
    }

    /// What this event reads, if that is known.
    bool read(int event, int& value) {
        now.reads |= only(event);
        int const source = from[static_cast<std::size_t>(event)];
        if (source < 0 || !contains(known, source)) return false;
        value = stored[static_cast<std::size_t>(source)];
        return true;
    }

    [[nodiscard]] bool follow(int thread) {
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
    void forget(std::vector<instruction> const& code, std::size_t guard) {
        std::size_t const end = guard + static_cast<std::size_t>(code[guard].length);
        for (std::size_t at = guard + 1; at <= end; ++at) {
            give(code[at].target, false, 0);
            give(code[at].succeeded, false, 0);
        }
    }

    /// False: the fate chosen for a compare_exchange is not that of the value.
    [[nodiscard]] bool perform(instruction const& next, int event) {
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

    [[nodiscard]] bool exchange(instruction const& next, int event, bool value_known, int value) {
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

    void finish() {
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

    layout const& of_;
};

/// Chooses reads-from, one read after another, then modification orders.
class enumerator {
public:
    using visitor = std::function<void(unfolding const&, relation const& modification,
                                       relation const& order)>;

    enumerator(program const& about, rules const& by, std::uint64_t most, answer& into)
        : of_(about), by_(by), most_(most), into_(into), state_(of_) {}

    void run() { choose(); }
    visitor visit;  ///< if given, each execution

private:
    void choose() {
        if (into_.cut || !state_.follow()) return;
        derived follows;
        if (!follows.derive(state_.now, by_)) return;
        if (!by_.cycles && !is_in_some_order(state_.now)) return;
        if (state_.undecided != 0) return decide(std::countr_zero(state_.undecided));
        int const read = next_read();
        if (read >= 0) return choose_for(read);
        if (state_.blocked) return;  // what it waits for depends on itself
        event_set const open = state_.now.present & ~state_.now.fences & ~state_.known;
        if (open != 0) return;  // a value out of thin air
        complete(follows);
    }

    void decide(int event) {
        auto const index = static_cast<std::size_t>(event);
        for (fate const each : {fate::succeeds, fate::fails}) {
            state_.fates[index] = each;
            choose();
        }
        state_.fates[index] = fate::open;
    }

    [[nodiscard]] event_set readable(int read) const {
        candidate const& now = state_.now;
        auto const object = static_cast<std::size_t>(now.object[static_cast<std::size_t>(read)]);
        event_set some = now.of_object[object] & now.writes &
                         ~(only(read) | now.sequenced[read] |
                           state_.declined[static_cast<std::size_t>(read)]);
        if (contains(now.writes, read)) {  // two read-modify-writes do not read one store
            each_of(now.of_object[object] & now.reads & now.writes & ~only(read), [&](int other) {
                int const taken = state_.from[static_cast<std::size_t>(other)];
                if (taken >= 0) some &= ~only(taken);
            });
        }
        return some;
    }

    /// The next read to choose for; -1: none has anything left to choose.
    [[nodiscard]] int next_read() const {
        int found = -1;
        each_of(state_.now.reads, [&](int read) {
            if (found >= 0 || state_.from[static_cast<std::size_t>(read)] >= 0) return;
            if (!state_.blocked || readable(read) != 0) found = read;
        });
        return found;
    }

    void choose_for(int read) {
        auto const index = static_cast<std::size_t>(read);
        event_set const some = readable(read);
        bool const was_blocked = state_.blocked;
        each_of(some, [&](int store) {
            state_.from[index] = static_cast<std::int8_t>(store);
            choose();
            state_.from[index] = -1;
        });
        if (!was_blocked) return;
        // Or it reads what a thread will store that cannot go on yet.
        event_set const before = state_.declined[index];
        state_.declined[index] |= some;
        choose();
        state_.declined[index] = before;
    }

    [[nodiscard]] static bool is_in_some_order(candidate const& of) {
        return in_order(of).is_acyclic();
    }
    [[nodiscard]] static relation in_order(candidate const& of) {
        relation made = of.sequenced;
        each_of(of.reads, [&](int read) {
            int const store = of.from[static_cast<std::size_t>(read)];
            if (store >= 0) made[store] |= only(read);
        });
        return made;
    }

    void complete(derived const& follows) {
        if (++into_.candidates > most_) {
            into_.cut = true;
            return;
        }
        candidate const& now = state_.now;
        bool racy = has_race(now, follows.happens_before);
        bool unseen = false;
        each_of(now.reads & ~now.atomic, [&](int read) {
            int const write = now.from[static_cast<std::size_t>(read)];
            if (!contains(follows.happens_before[write], read)) unseen = true;
        });
        if (unseen) return;  // a plain read sees only what happens before it
        judge const by(now, follows, by_);
        in_order_ = in_order(now);
        buffered_ = !in_order_.is_acyclic();
        follows_ = &follows;
        judge_ = &by;
        racy_ = racy;
        sequential_ = std::popcount(now.sequential) > 1;
        relation modification(now.events);
        place_next(0, 0, -1, modification);
    }

    /// Modification orders: the stores of one object after another, each in all places.
    void place_next(std::size_t object, event_set placed, int last, relation& modification) {
        candidate const& now = state_.now;
        while (object < of_.what.objects.size() &&
               (!of_.what.objects[object].is_atomic ||
                (now.of_object[object] & now.writes & ~placed) == 0)) {
            ++object;
            placed = 0;
            last = -1;
        }
        if (object == of_.what.objects.size()) return finish(modification);
        event_set const stores = now.of_object[object] & now.writes;
        event_set const left = stores & ~placed;
        each_of(left, [&](int store) {
            if (last < 0 && now.thread[static_cast<std::size_t>(store)] >= 0) return;
            bool fits = true;
            each_of(left & ~only(store), [&](int other) {
                if (contains(follows_->modification[other], store)) fits = false;
                if (contains(now.reads, other) && last >= 0 &&
                    now.from[static_cast<std::size_t>(other)] == last)
                    fits = false;  // that one comes right after what it reads
            });
            if (contains(now.reads, store) && now.from[static_cast<std::size_t>(store)] != last)
                fits = false;
            if (!fits) return;
            modification[store] = left & ~only(store);
            place_next(object, placed | only(store), store, modification);
        });
    }

    [[nodiscard]] outcome ends(relation const& modification) const {
        candidate const& now = state_.now;
        outcome made(state_.registers.begin(),
                     state_.registers.begin() +
                         static_cast<std::ptrdiff_t>(of_.what.registers.size()));
        for (std::size_t object = 0; object < of_.what.objects.size(); ++object) {
            event_set const stores = now.of_object[object] & now.writes;
            int last = 0;
            each_of(stores, [&](int store) {
                event_set const later = of_.what.objects[object].is_atomic
                                            ? modification[store]
                                            : follows_->happens_before[store] & stores;
                if (later == 0) last = store;
            });
            made.push_back(state_.stored[static_cast<std::size_t>(last)]);
        }
        return made;
    }

    void finish(relation const& modification) {
        outcome const made = ends(modification);
        auto const seen = into_.outcomes.find(made);
        bool const told = racy_ ? into_.race == need::nothing
                                : seen != into_.outcomes.end() && seen->second == need::nothing;
        if (told && !visit) return;
        relation order(state_.now.events);
        if (sequential_) {
            order = judge_->sequential_order(modification);
            if (!order.is_acyclic()) return;
        }
        if (visit && !racy_) visit(state_, modification, order);
        need const least = least_need(modification, order);
        if (racy_) {
            into_.race = std::min(into_.race.value_or(least), least);
        } else {
            need& known = into_.outcomes.try_emplace(made, least).first->second;
            known = std::min(known, least);
        }
    }

    [[nodiscard]] need least_need(relation const& modification, relation const& order) const {
        if (buffered_) return need::load_buffering;
        relation all = in_order_;
        all |= modification;
        if (!all.is_acyclic()) return need::modification_order;
        all |= order;
        if (!all.is_acyclic()) return need::single_order;
        candidate const& now = state_.now;
        each_of(now.reads & now.atomic & ~now.writes, [&](int read) {
            if (state_.fates[static_cast<std::size_t>(read)] == fate::fails)
                all[read] |= modification[now.from[static_cast<std::size_t>(read)]];
        });
        return all.is_acyclic() ? need::nothing : need::stale_failure;
    }

    layout of_;
    rules const& by_;
    std::uint64_t most_;
    answer& into_;
    unfolding state_;
    // Of the reads-from that is complete.
    derived const* follows_ = nullptr;
    judge const* judge_ = nullptr;
    relation in_order_;
    bool buffered_ = false;
    bool racy_ = false;
    bool sequential_ = false;
};

}  // namespace

char const* to_text(need what) {
    constexpr char const* names[] = {"nothing", "failing compare_exchange", "single order",
                                     "modification order", "load buffering"};
    return names[static_cast<int>(what)];
}

answer ask(program const& about, rules const& by, std::uint64_t most) {
    answer made;
    enumerator(about, by, most, made).run();
    return made;
}

}  // namespace racekit::oracle
