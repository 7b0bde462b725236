// SPDX-License-Identifier: MIT
// The exact memory by itself, without the engine and its search: all orders of the events of a
// small program and all choices give what the oracle allows but for load buffering, and a rule that
// is left out is noticed.
#include "oracle.hpp"
#include "random_program.hpp"

#include "model/memory/exact_memory.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace racekit::oracle {
namespace {

using model::atomic_stores;
using model::store_rank;
using model::memory::mistake;

/// All sequences of choices, one after another.
class choices {
public:
    std::size_t among(std::size_t count) {
        if (count == 1) return 0;
        if (at_ == path_.size()) path_.push_back({0, count});
        return path_[at_++].first;
    }
    bool next() {
        at_ = 0;
        for (; !path_.empty(); path_.pop_back()) {
            if (++path_.back().first < path_.back().second) return true;
        }
        return false;
    }

private:
    std::vector<std::pair<std::size_t, std::size_t>> path_;
    std::size_t at_ = 0;
};

/// What a read does with a store.
struct option {
    store_rank store;
    bool replaces;
};

class every_order {
public:
    explicit every_order(program const& what)
        : what_(what), memory_(model::make_exact(static_cast<int>(what.threads.size()))) {}

    static constexpr std::uint64_t most = 200'000;

    /// Empty if there are more than `most`.
    std::set<outcome> outcomes() {
        std::set<outcome> all;
        std::uint64_t count = 0;
        do {
            if (++count > most) return {};
            all.insert(run());
        } while (choose_.next());
        return all;
    }

private:
    static void enter(int thread) {
        model::memory::current = thread;
        model::memory::known = model::memory::clock_of[thread];
        model::memory::own = model::memory::own_clock_of[thread];
    }
    static word as_word(int value) { return {static_cast<std::uint64_t>(value), 0}; }
    static int value_of(atomic_stores const& atomic, store_rank rank) {
        return static_cast<int>(atomic.value(rank).low);
    }

    outcome run() {
        memory_->begin();
        enter(0);
        atomics_.clear();
        for (object const& each : what_.objects)
            atomics_.push_back(memory_->create_atomic(as_word(each.initial)));
        memory_->synchronise_all();
        registers_.assign(what_.registers.size(), 0);
        at_.assign(what_.threads.size(), 0);
        for (std::vector<int> able = unfinished(); !able.empty(); able = unfinished()) {
            int const thread = able[choose_.among(able.size())];
            enter(thread);
            auto const index = static_cast<std::size_t>(thread);
            perform(what_.threads[index][at_[index]++]);
        }
        outcome ends = registers_;
        for (atomic_stores const* each : atomics_) ends.push_back(value_of(*each, each->newest()));
        return ends;
    }

    /// The threads that are not at their end, each before its next event.
    std::vector<int> unfinished() {
        std::vector<int> able;
        for (std::size_t thread = 0; thread < at_.size(); ++thread) {
            auto const& code = what_.threads[thread];
            std::size_t& at = at_[thread];
            for (; at < code.size(); ++at) {
                instruction const& next = code[at];
                if (next.what == verb::set)
                    registers_[static_cast<std::size_t>(next.target)] = value(next.value);
                else if (next.what != verb::skip) break;
                else if (value(next.value) == 0) at += static_cast<std::size_t>(next.length);
            }
            if (at < code.size()) able.push_back(static_cast<int>(thread));
        }
        return able;
    }

    [[nodiscard]] int value(expression const& what) const { return evaluate(what, registers_); }
    void give(int target, int what) {
        if (target >= 0) registers_[static_cast<std::size_t>(target)] = what;
    }

    void perform(instruction const& next) {
        if (next.what == verb::fence) {
            if (next.order != std::memory_order_relaxed) memory_->fence(next.order);
            return;
        }
        atomic_stores& atomic = *atomics_[static_cast<std::size_t>(next.object)];
        std::vector<option> const open = options(next, atomic);
        option const chosen = open[choose_.among(open.size())];
        int const old = value_of(atomic, chosen.store);
        int const operand = value(next.value);
        if (next.what == verb::store) {
            (void)memory_->store(atomic, chosen.store, as_word(operand), next.order);
            return;
        }
        bool const compares = next.what == verb::strong_cas || next.what == verb::weak_cas;
        if (chosen.replaces) {
            int const fresh = compares ? operand : changed(next.how, old, operand);
            (void)memory_->modify(atomic, chosen.store, as_word(fresh), next.order);
        } else {
            memory_->load(atomic, chosen.store, compares ? next.failure : next.order);
        }
        give(next.target, old);
        if (compares) give(next.succeeded, chosen.replaces ? 1 : 0);
    }

    [[nodiscard]] std::vector<option> options(instruction const& next,
                                              atomic_stores const& atomic) const {
        std::vector<option> open;
        for (store_rank rank = atomic.newest(), last = memory_->oldest(atomic); rank >= last;
             --rank) {
            bool const equal = value_of(atomic, rank) == value(next.expected);
            switch (next.what) {
                case verb::load:
                    if (memory_->may_read(atomic, rank, next.order)) open.push_back({rank, false});
                    break;
                case verb::store:
                    if (memory_->may_follow(atomic, rank, next.order)) open.push_back({rank, true});
                    break;
                case verb::modify:
                    if (memory_->may_replace(atomic, rank, next.order))
                        open.push_back({rank, true});
                    break;
                default:
                    if (equal && memory_->may_replace(atomic, rank, next.order))
                        open.push_back({rank, true});
                    if ((!equal || next.what == verb::weak_cas) &&
                        memory_->may_read(atomic, rank, next.failure))
                        open.push_back({rank, false});
                    break;
            }
        }
        return open;
    }

    program const& what_;
    std::unique_ptr<model::memory_model> memory_;
    choices choose_;
    std::vector<atomic_stores*> atomics_;
    std::vector<int> registers_;
    std::vector<std::size_t> at_;
};

std::set<outcome> allowed(program const& what) {
    std::set<outcome> made;
    for (auto const& [ends, least] : ask(what).outcomes) {
        if (least != need::load_buffering) made.insert(ends);
    }
    return made;
}

std::set<outcome> shown(program const& what, mistake left_out = mistake::none) {
    model::memory::seeded = left_out;
    std::set<outcome> made = every_order(what).outcomes();
    model::memory::seeded = mistake::none;
    return made;
}

bool is_atomic_alone(program const& what) {
    for (object const& each : what.objects) {
        if (!each.is_atomic) return false;
    }
    return true;
}

TEST(exact_memory, gives_what_the_oracle_allows_of_random_programs) {
    int compared = 0;
    for (std::uint64_t number = 0; number < 600; ++number) {
        program const what = random_program(11, number);
        if (!is_atomic_alone(what)) continue;
        std::set<outcome> const mine = shown(what);
        if (mine.empty()) continue;
        ++compared;
        if (mine == allowed(what)) continue;
        auto const differs = [](program const& other) {
            std::set<outcome> const seen = shown(other);
            return !seen.empty() && seen != allowed(other);
        };
        FAIL() << "program " << number << ": " << to_text(smallest(what, differs));
    }
    EXPECT_GT(compared, 350);
}

/// A rule, and a program that has other outcomes without it.
struct seeded_mistake {
    mistake which;
    char const* text;
};

constexpr seeded_mistake mistakes[] = {
    {mistake::read_coherence, "x = 1 rlx || a = x rlx; b = x rlx"},
    {mistake::own_coherence, "x = 1 rlx; a = x rlx"},
    {mistake::release_sequence,
     "x = 1 rlx; y = 1 rel || c = y += 1 rlx || a = y acq; b = x rlx"},
    {mistake::long_release, "x = 1 rlx; y = 1 rel; y = 2 rlx || a = y acq; b = x rlx"},
    {mistake::own_store_orders,
     "x = 1 rel; c = x sc; a = y sc || y = 1 rel; d = y sc; b = x sc"},
    {mistake::fence_to_fence, "x = 1 rlx; fence sc; a = y rlx || y = 1 rlx; fence sc; b = x rlx"},
    {mistake::fence_to_operation, "x = 1 rlx; fence sc; a = y rlx || y = 1 sc; b = x sc"},
    {mistake::atomicity, "a = x += 1 rlx; c = x rlx || x = 5 rlx; y = 1 rlx || b = y rlx"},
    {mistake::strong_happens,
     "x = 1 sc || y = 1 sc || a = x acq; b = y sc || c = y acq; d = x sc"},
    {mistake::no_strong_happens,
     "x = 1 sc; y = 1 rel || a = y acq; b = z sc || z = 1 sc; c = x sc"},
    {mistake::back_edges, "x = 1 sc; y = 2 sc || y = 1 sc; x = 2 sc"},
};

TEST(exact_memory, gives_what_the_oracle_allows_of_programs_with_a_name) {
    for (seeded_mistake const& each : mistakes) {
        program const what = parse(each.text);
        EXPECT_EQ(shown(what), allowed(what)) << each.text;
    }
}

TEST(exact_memory, a_rule_that_is_left_out_is_noticed) {
    for (seeded_mistake const& each : mistakes) {
        program const what = parse(each.text);
        EXPECT_NE(shown(what, each.which), allowed(what)) << each.text;
    }
}

}  // namespace
}  // namespace racekit::oracle
