// SPDX-License-Identifier: MIT
// Depth-first over every choice, skipping orders of independent steps that were covered already.
#pragma once

#include "random_numbers.hpp"
#include "model/core/strategy.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::model {

struct leaves {
    std::uint64_t executions = 0;  ///< to their end
    std::uint64_t pruned = 0;      ///< cut short because their order was covered already
};

/// Which part of the tree a search takes. What lies below one sequence of first choices, a prefix,
/// belongs together; prefixes are numbered depth-first, so that every search of a program numbers
/// them alike.
class work_partition {
public:
    virtual ~work_partition() = default;
    /// Whether to search below this prefix.
    [[nodiscard]] virtual bool take(std::uint64_t prefix) = 0;
    /// Where an earlier search of this prefix stopped (exhaustive::stack); empty: begin at its
    /// beginning.
    [[nodiscard]] virtual std::string stopped_at(std::uint64_t /*prefix*/) { return ""; }
    /// All below it was searched; the leaves seen since it was taken.
    virtual void done(std::uint64_t /*prefix*/, leaves const&) {}
};

/// Sleep sets (Godefroid 1996): after a thread's step was explored at a node, the thread sleeps in
/// the node's other branches until another thread makes a dependent step. An execution in which all
/// enabled threads sleep is abandoned: its order was covered. With stale commutation a writer stays
/// asleep past a load of what was there before: writing first and reading the older value is the
/// same. Source sets (Abdulla, Aronis, Jonsson, Sagonas 2014) begin with one branch at each node
/// and add another one only when two steps below turn out to race, so that hardly any execution is
/// abandoned; a sleeping load wakes after a write only for the new value.
class exhaustive final : public strategy {
public:
    enum class reduction { none, sleep_sets, stale_commutation, source_sets };
    explicit exhaustive(reduction how = reduction::source_sets) : how_(how) {}

    void begin() override;
    int predicted(operation const* next) override;
    void mispredicted() override { diverged_ = true; }
    int choose_thread(situation const& now) override;
    unsigned choose(decision about, unsigned count, int thread) override;
    unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) override;
    void executed(int thread, operation const& done) override;
    void broke_off() override;
    void stuck(situation const& now) override;
    [[nodiscard]] loop_rule loops() const override { return loop_rule::search; }
    [[nodiscard]] bool can_start_over() const override {
        return part_ == nullptr && !probing_ && played_ <= most_before_restart;
    }
    void start_over() override;
    bool end(bool abandoned) override;

    /// Searches only what `part` takes of the prefixes of so many steps. Every search walks through
    /// all prefixes: sleep sets are then the same in each, and nothing is lost between them.
    void split(unsigned steps, work_partition& part) {
        split_ = steps;
        part_ = &part;
    }
    /// The prefix it is below.
    [[nodiscard]] std::uint64_t prefix() const { return open_ ? prefix_ : prefixes_; }
    /// How many prefixes it has met.
    [[nodiscard]] std::uint64_t prefixes() const { return prefixes_; }
    /// Whether a prefix was as long as asked for, so that longer ones would be more.
    [[nodiscard]] bool splits_further() const { return full_prefixes_ > 0; }

    /// Leaves of the current prefix; without a split, of the whole.
    [[nodiscard]] leaves const& seen() const { return seen_; }
    /// The choices below the current prefix as text, between two executions.
    [[nodiscard]] std::string stack() const;
    /// Whether a text can be one.
    [[nodiscard]] static bool is_stack(std::string const& text);
    /// Walks down random paths of the tree instead, to estimate its size: the product of the
    /// numbers of branches along a random path is on average the number of leaves (Knuth 1975). The
    /// part of the branches that are done is no estimate: sleep sets make later ones much smaller.
    void probe(std::uint64_t seed) {
        probing_ = true;
        numbers_.start(seed, 0);
    }
    [[nodiscard]] double estimated_leaves() const { return probes_ > 0 ? sum_ / probes_ : 0; }

    /// The same choices led to another state than before.
    [[nodiscard]] bool diverged() const { return diverged_; }

private:
    using event_number = std::uint32_t;  // of a step in its execution, from 1; 0: none

    struct choice {
        bool is_thread_choice = false;
        bool bare = false;           // from a text: what was announced is not known yet
        std::uint8_t chosen = 0;
        std::uint8_t count = 0;      // of a data choice
        thread_set enabled = 0;
        thread_set asleep = 0;
        thread_set explored = 0;
        thread_set wanted = 0;     // to be explored: all, or those that races below ask for
        std::uint64_t within = 0;  // see limit_of()
        transition executed;       // what the chosen thread's step turned out to be
    };
    /// With room behind it for as many threads as there are.
    struct node : choice {
        std::uint32_t room = 0;     // for threads: an even number
        std::uint64_t touched = 0;  // what this step and those before it touch: see marks_of()

        /// Of the step: what of each thread came before it.
        [[nodiscard]] event_number* knows() { return reinterpret_cast<event_number*>(this + 1); }
        [[nodiscard]] event_number const* knows() const {
            return reinterpret_cast<event_number const*>(this + 1);
        }
        /// What was announced, by thread: of those that are enabled or wait.
        [[nodiscard]] transition* next() { return reinterpret_cast<transition*>(knows() + room); }
        [[nodiscard]] transition const* next() const {
            return reinterpret_cast<transition const*>(knows() + room);
        }
    };
    /// Nodes one behind the other: few threads need little memory.
    class node_list {
    public:
        [[nodiscard]] node& operator[](std::size_t at) {
            return *reinterpret_cast<node*>(words_.data() + at * stride_);
        }
        [[nodiscard]] node const& operator[](std::size_t at) const {
            return *reinterpret_cast<node const*>(words_.data() + at * stride_);
        }
        [[nodiscard]] std::size_t size() const { return size_; }
        /// Where a node lies, which stays when nodes are added.
        [[nodiscard]] std::size_t place(std::size_t at) const { return at * stride_; }
        [[nodiscard]] node& at_place(std::size_t place) {
            return *reinterpret_cast<node*>(words_.data() + place);
        }
        void add(int threads);

    private:
        std::vector<std::uint64_t> words_;
        std::size_t stride_ = 0;  // in words
        std::size_t size_ = 0;
    };

    node& push();
    [[nodiscard]] int pick(node const& at, thread_set candidates, int current) const;

    [[nodiscard]] bool follows(node& known, situation const& now);
    [[nodiscard]] bool enter_prefix();
    /// Beginning again costs no more than so many executions.
    static constexpr std::uint64_t most_before_restart = 2000;
    static constexpr unsigned skips_in = 6;
    [[nodiscard]] bool skips();
    int skip_at_random(node& at, thread_set candidates, int chosen);
    void close_prefix();
    void count_leaf(bool abandoned);
    [[nodiscard]] bool backtrack();
    static bool parse(std::string const& text, std::vector<choice>& choices);

    [[nodiscard]] bool commute(transition const& done, transition const& sleeping) const;
    [[nodiscard]] bool stale() const { return how_ >= reduction::stale_commutation; }
    static void note_announced(node& at, situation const& now);
    void note_event(node const& at, int thread);
    unsigned pick_data(unsigned count);
    void fall_asleep(node& fresh, situation const& now);

    /// How young a store a woken load must read: its age is below this. 0: any. Kept for the first
    /// sixteen threads; others may read any store.
    [[nodiscard]] static unsigned limit_of(node const& at, int thread) {
        return thread < 16 ? at.within >> (4 * thread) & 15U : 0;
    }
    static void limit(node& at, int thread, unsigned below) {
        if (thread < 16) at.within |= std::uint64_t(below < 15 ? below : 0) << (4 * thread);
    }

    // source_sets.cpp
    struct relation {
        bool ordered = false;     // the later one would be another if it came first
        bool reversible = false;  // and there may be something new to see
    };
    [[nodiscard]] static relation relate(transition const& earlier, transition const& later,
                                         unsigned between);
    [[nodiscard]] node& event(std::size_t number) { return path_.at_place(events_[number - 1]); }
    /// What the first `count` steps of this execution touch.
    [[nodiscard]] std::uint64_t touched_by(std::size_t count) {
        return count == 0 ? 0 : event(count).touched;
    }
    void close_event();
    void look_for_races(transition const& last, transition const& announced, int thread,
                        std::size_t number, event_number own, event_number* knows);
    [[nodiscard]] bool knows_all_but(int thread, event_number const* knows) const;
    void reverse(std::size_t earlier, transition const& announced, int thread, std::size_t number);
    void races_of_waiting(situation const& now, std::size_t number);

    reduction how_;
    node_list path_;
    std::size_t length_ = 0;  // nodes in use: path_ keeps its memory
    std::size_t depth_ = 0;
    std::ptrdiff_t last_thread_choice_ = -1;
    std::vector<std::size_t> events_;  // the place in path_ of each step
    std::size_t thread_choices_ = 0;   // in path_
    std::size_t closed_ = 0;           // steps whose races are known from earlier executions
    int threads_ = 0;
    event_number latest_[most_threads] = {};  // step of each thread
    event_number previous_ = 0;               // step of the thread that goes, before this one

    unsigned split_ = 0;  // 0: not split
    work_partition* part_ = nullptr;
    unsigned steps_ = 0;
    std::uint64_t prefix_ = 0;
    std::uint64_t prefixes_ = 0;
    std::uint64_t full_prefixes_ = 0;
    std::size_t prefix_length_ = 0;  // in nodes
    bool open_ = false;              // below a prefix that was taken
    bool skipped_ = false;           // this execution: stopped at one that was not
    bool diverged_ = false;
    std::uint64_t played_ = 0;
    leaves seen_;

    bool probing_ = false;
    random_numbers numbers_;
    double weight_ = 1;  // of the current path
    double sum_ = 0;
    double probes_ = 0;
};

}  // namespace racekit::model
