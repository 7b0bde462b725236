// SPDX-License-Identifier: MIT
// Which steps of an execution race, so that their other order must be explored as well.
#include "exhaustive.hpp"

#include <algorithm>

namespace racekit::model {
namespace {

constexpr std::uint32_t unknown_age = transition::no_age;

/// A load, or a compare_exchange that failed: it names the store that it read by its age.
bool observes(transition const& one) {
    return one.what == action::load || (one.what == action::compare_exchange && !one.changes);
}

bool stores(transition const& one, std::uint32_t object) {
    return one.object == object && writes(one) && one.changes;
}

constexpr std::uint64_t every_mark = ~std::uint64_t(0);

/// A bit of an object, which some others have too. Threads have bits of their own.
std::uint64_t mark_of(std::uint32_t object) {
    if (object == no_object) return 0;
    constexpr unsigned half = 32;
    return std::uint64_t(1) << (object % half + (object < first_object ? 0 : half));
}

/// Two steps that are dependent have a mark in common.
std::uint64_t marks_of(transition const& one) {
    constexpr std::uint32_t of_no_object = among(action::die, action::kill, action::fence);
    if ((among(one.what) & of_no_object) != 0 || one.object == every_object ||
        one.second == every_object)
        return every_mark;
    std::uint64_t const marks = mark_of(one.object) | mark_of(one.second);
    return marks == 0 && one.changes ? every_mark : marks;
}

}  // namespace

/// Two steps of different threads, of which the later one is known by what it read. `between`: how
/// often the earlier one's object was written in the meantime. A read that reads past a store is
/// not ordered with it. A load after a store need not be tried before it: what it would read there
/// it can read here, unless the window ends.
exhaustive::relation exhaustive::relate(transition const& earlier, transition const& later,
                                        unsigned between) {
    if (earlier.local() || !dependent(earlier, later, true)) return {};
    if (lets_pass(earlier, later)) return {true, false};
    if (earlier.object != later.object || earlier.object == no_object) return {true, true};
    if (on_one_atomic(earlier, later)) {
        // What else the later one could read, it can read here too; the earlier one cannot. Not so
        // a compare_exchange that failed: the earlier one may have replaced what it expects.
        bool const takes = stores(earlier, later.object);
        bool const read_from = reads(later) && takes && later.age == between;
        bool const kept_out = takes && later.what == action::compare_exchange;
        return {read_from, reads(earlier) && (stores(later, earlier.object) || kept_out)};
    }
    bool const window_ends = later.age + 1U >= memory::window;
    if (observes(earlier) && writes(later) && later.changes)
        return {!reads_past(earlier, later, memory::window), true};
    if (!observes(later) || later.age == unknown_age) return {true, true};
    if (stores(earlier, later.object)) {
        if (earlier.sequential && later.sequential) return {true, true};
        bool const past = later.age > between;
        return {!past, window_ends || (!past && later.what != action::load)};
    }
    // Two seq_cst loads: the second reads nothing older than the first.
    if (observes(earlier) && earlier.age != unknown_age)
        return {later.age != earlier.age + between, true};
    return {true, true};
}

/// The last step is over: what came before it, and where its race with another step asks for a
/// branch.
void exhaustive::close_event() {
    if (how_ != reduction::source_sets || steps_ <= closed_ || probing_) return;
    closed_ = steps_;
    node& last = event(steps_);
    std::fill(last.knows(), last.knows() + threads_, event_number(0));
    look_for_races(last.executed, last.next()[last.chosen], last.chosen, steps_, previous_,
                   last.knows());
    last.knows()[last.chosen] = static_cast<event_number>(steps_);
    last.touched =
        touched_by(steps_ - 1) | marks_of(last.executed) | marks_of(last.next()[last.chosen]);
}

/// Whether nothing is left that could race: all steps of the others come before.
bool exhaustive::knows_all_but(int thread, event_number const* knows) const {
    for (int other = 0; other < threads_; ++other)
        if (knows[other] < latest_[other] && other != thread) return false;
    return true;
}

/// `last`: what the step with this number turned out to be, `announced`: what it might have been,
/// `own`: the step of this thread before it; `knows` becomes what comes before it.
void exhaustive::look_for_races(transition const& last, transition const& announced, int thread,
                                std::size_t number, event_number own, event_number* knows) {
    auto const join = [knows, threads = threads_](node const& one) {
        for (int other = 0; other < threads; ++other)
            knows[other] = std::max(knows[other], one.knows()[other]);
    };
    if (own > 0) join(event(own));
    std::uint64_t const marks = marks_of(last) | marks_of(announced);
    if (last.local() || (touched_by(number - 1) & marks) == 0 || knows_all_but(thread, knows))
        return;
    // A compare_exchange that failed may succeed in another order, and then more depends on it than
    // can be seen here. In the exact memory what it reads is a choice: it may fail as before.
    bool const otherwise =
        (last.changes != announced.changes || last.sequential != announced.sequential) &&
        !(memory::is_exact && last.what == action::compare_exchange);
    unsigned between = 0;
    for (std::size_t at = number - 1; at > 0; --at) {
        node const& one = event(at);
        if (one.chosen != thread && knows[one.chosen] < at) {
            relation const how = relate(one.executed, last, between);
            if (how.reversible && otherwise) event(at).wanted |= event(at).enabled;
            else if (how.reversible) reverse(at, announced, thread, number);
            if (how.ordered) {
                join(one);
                if ((touched_by(at - 1) & marks) == 0 || knows_all_but(thread, knows)) return;
            }
        }
        if (stores(one.executed, last.object)) ++between;
    }
}

/// A step of `thread` races with an earlier one of another thread. At the node of the earlier step
/// the search needs a branch of an initial: a thread whose first step after the earlier one does
/// not depend on it (Abdulla et al., definition of source sets).
void exhaustive::reverse(std::size_t earlier, transition const& announced, int thread,
                         std::size_t number) {
    node& at = event(earlier);
    if ((at.enabled & ~at.wanted & ~at.asleep) == 0) return;
    thread_set begun = 0;
    thread_set initials = 0;
    std::size_t first[most_threads];  // of those that have begun
    bool last_is_initial = true;
    for (std::size_t each = earlier + 1; each < number; ++each) {
        node const& one = event(each);
        if (one.knows()[at.chosen] >= earlier) continue;
        last_is_initial = last_is_initial && one.chosen != thread &&
                          (one.executed.local() || !dependent(one.executed, announced, true));
        if ((begun >> one.chosen & 1U) != 0) continue;
        bool initial = true;
        for (thread_set left = begun; left != 0; left &= left - 1) {
            int const other = first_of(left);
            initial = initial && one.knows()[other] < first[other];
        }
        begun |= bit(one.chosen);
        first[one.chosen] = each;
        if (initial) initials |= bit(one.chosen);
    }
    // In the other order the step may be another one, so the announced operation counts.
    if (last_is_initial) initials |= bit(thread);
    if ((initials & (at.wanted | at.asleep)) != 0) return;
    thread_set const able = initials & at.enabled;
    if (able != 0) {
        at.wanted |= bit(pick(at, able, thread));
    } else if (initials != bit(thread)) {
        at.wanted |= at.enabled;
    }
    // Otherwise the thread could not continue before the earlier step.
}

/// A blocked thread may race with the threads that block it: with all steps before this number.
void exhaustive::races_of_waiting(situation const& now, std::size_t number) {
    if (probing_ || number < 2) return;
    for (thread_set left = now.waiting; left != 0; left &= left - 1) {
        int const thread = first_of(left);
        if ((touched_by(number - 1) & marks_of(now.next[thread])) == 0) continue;
        event_number knows[most_threads];
        std::fill(knows, knows + threads_, event_number(0));
        look_for_races(now.next[thread], now.next[thread], thread, number, latest_[thread], knows);
    }
}

/// The steps after the end are not known, so every branch is needed.
void exhaustive::broke_off() {
    for (std::size_t at = 0; at < length_; ++at) path_[at].wanted = path_[at].enabled;
}

}  // namespace racekit::model
