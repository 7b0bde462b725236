// SPDX-License-Identifier: MIT
#include "oracle.hpp"

#include "unfolding.hpp"

#include <algorithm>
#include <functional>

namespace racekit::oracle {
namespace {

/// Chooses reads-from, one read after another, then modification orders.
class enumerator {
public:
    using visitor = std::function<void(unfolding const&, relation const& modification,
                                       relation const& order, outcome const&, need)>;

    enumerator(program const& about, rules const& by, std::uint64_t most, answer& into)
        : of_(about), by_(by), most_(most), into_(into), state_(of_) {}

    void run() { choose(); }
    visitor visit;  ///< if given, each execution

private:
    void choose() {
        into_.cut = into_.cut || ++into_.choices > most_;
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
        ++into_.candidates;
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
        need const least = least_need(modification, order);
        if (visit && !racy_) visit(state_, modification, order, made, least);
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

namespace {

/// "T1 a = x acq" of an event, or "initial x".
std::string name_of(program const& about, int event) {
    std::size_t at = static_cast<std::size_t>(event);
    if (at < about.objects.size()) return "initial " + about.objects[at].name;
    at -= about.objects.size();
    for (std::size_t thread = 0; thread < about.threads.size(); ++thread) {
        if (at < about.threads[thread].size())
            return "T" + std::to_string(thread) + " " + to_text(about, about.threads[thread][at]);
        at -= about.threads[thread].size();
    }
    return "?";
}

std::string in_words(program const& about, unfolding const& state, relation const& modification,
                     relation const& order) {
    std::string text;
    candidate const& now = state.now;
    each_of(now.reads, [&](int read) {
        text += "  " + name_of(about, read) + "  reads  " +
                name_of(about, now.from[static_cast<std::size_t>(read)]) + "\n";
    });
    auto const list = [&](char const* between, relation const& which, bool next_only) {
        each_of(now.present, [&](int event) {
            each_of(which[event], [&](int later) {
                bool skips = false;
                each_of(which[event], [&](int middle) {
                    if (middle != later && contains(which[middle], later)) skips = true;
                });
                if (skips && next_only) return;
                text += "  " + name_of(about, event) + between + name_of(about, later) + "\n";
            });
        });
    };
    list("  before in modification order  ", modification, true);
    list("  before in S  ", order, true);
    return text;
}

}  // namespace

std::string witness(program const& about, rules const& by, outcome const& ends) {
    answer made;
    std::string text;
    need least = need::load_buffering;
    enumerator all(about, by, ~std::uint64_t(0), made);
    all.visit = [&](unfolding const& state, relation const& modification, relation const& order,
                    outcome const& reached, need needs) {
        if (reached != ends || (!text.empty() && needs >= least)) return;
        least = needs;
        text = in_words(about, state, modification, order);
    };
    all.run();
    return text;
}

}  // namespace racekit::oracle
