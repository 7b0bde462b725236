// SPDX-License-Identifier: MIT
#include "scheduler.hpp"

#include "recorder.hpp"
#include "model/memory/machine.hpp"
#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"

namespace racekit::model {
namespace {

constexpr unsigned portion = 32;  // one digit of a schedule

}  // namespace

void scheduler::begin(strategy& how, int fibers) {
    how_ = &how;
    fibers_ = fibers;
    current_ = -1;
    cut_short_ = forced_ = false;
    forced_steps_ = 0;
    for (int number = 0; number < fibers_; ++number) {
        next_[static_cast<std::size_t>(number)] = operation{};
        thread_state& each = (*this)[number];
        each = thread_state{};
        each.exists = number < config_.threads;
        each.spurious_left = config_.spurious;
    }
    unfinished_ = first_threads(config_.threads);
    unstarted_ = unfinished_ & ~1U;
    how_->begin();
    phase_ = phase::before;
    self_ = 0;
}

void scheduler::start(int thread) {
    unstarted_ |= bit(thread);
    unfinished_ |= bit(thread);
}

void scheduler::finished() {
    me().finished = true;
    loops_.ends(self_);
    ++objects_[thread_object(self_)].changes;
    unfinished_ &= ~bit(self_);
}

bool scheduler::guard_holds(int number) const {
    thread_state const& self = (*this)[number];
    if (self.to_be_killed) return true;
    operation const& next = announced(number);
    switch (next.what) {
        case action::sleep: return self.awake || self.limit != never;
        case action::join: return self.limit != never || (*this)[self.joining].finished;
        default: break;
    }
    object const& subject = objects_[next.object];
    return subject.kind->is_ready == nullptr ||
           subject.kind->is_ready(subject, next, self, number);
}

bool scheduler::is_settled(int number) const {
    operation const& next = announced(number);
    object const& subject = objects_[next.object];
    return subject.kind->is_settled(subject, next, (*this)[number], number);
}

int scheduler::next() {
    // Starting and finishing touch nothing: they go first, in order, without a choice.
    if (unstarted_ != 0) {
        self_ = first_of(unstarted_);
        unstarted_ &= unstarted_ - 1;
        return self_;
    }
    if (unfinished_ == 0) {
        // Only spares that nobody started are left; they end at once.
        for (int number = 0; number < fibers_; ++number) {
            if (!(*this)[number].finished) return self_ = number;
        }
    }
    heap::outside const out;
    if (forced_) return next_of_last_look();
    bool const looks = config_.record || config_.alone != 0;
    int chosen = looks ? strategy::unknown : how_->predicted(next_.data());
    if (chosen == strategy::unknown) {
        chosen = look_and_choose();
    } else if (!may_go(chosen) && (look(), !may_go(chosen))) {
        how_->mispredicted();
        chosen = strategy::abandon;
    }
    if (chosen == strategy::abandon) cut_off();
    current_ = self_ = chosen;
    loops_.let_go(chosen);
    if (forced_) return chosen;
    count_step(announced(chosen));
    return chosen;
}

bool scheduler::another_can_go_on() const {
    for (thread_set left = unfinished_ & ~bit(self_); left != 0; left &= left - 1)
        if (enabled(first_of(left))) return true;
    return false;
}

/// All threads, as the strategy sees them.
situation scheduler::look() {
    situation now = survey();
    while (now.enabled == 0 && !forced_) {
        when_all_wait(now);
        if (!forced_) now = survey();
    }
    return now;
}

situation scheduler::survey() {
    situation now;
    thread_set spurious = 0;
    for (thread_set left = unfinished_; left != 0; left &= left - 1) {
        int const number = first_of(left);
        constexpr std::uint32_t of_channels =
            among(action::channel_read, action::channel_write, action::channel_close);
        operation& next = next_[static_cast<std::size_t>(number)];
        next.settled = ((among(next.what) & of_channels) != 0 || next.part == rendezvous::arrive) &&
                       is_settled(number);
        if (enabled(number)) now.enabled |= bit(number);
        else if (may_wake_spuriously(number)) spurious |= bit(number);
        if ((loops_.parked() >> number & 1U) != 0 && is_able(number)) now.parked |= bit(number);
    }
    now.waiting = unfinished_ & ~now.enabled & ~loops_.blocked() & ~loops_.given_up();
    if (now.enabled != 0) now.enabled |= spurious;
    now.current = current_;
    now.threads = fibers_;
    now.next = next_.data();
    return now;
}

/// Threads that wait in a loop and could make their next step look once more, if that has not been:
/// then they wait for ever.
void scheduler::when_all_wait(situation& now) {
    if (loops_.given_up() != 0) {
        how_->stuck(now);
        cut_off();
    }
    thread_set able = 0;
    bool saw_newest = true;
    for (thread_set left = loops_.parked(); left != 0; left &= left - 1) {
        int const thread = first_of(left);
        if (!is_able(thread)) continue;
        able |= bit(thread);
        saw_newest = saw_newest && loops_.saw_newest(thread);
    }
    if (able == 0 || (saw_newest && loops_.left_no_change())) wait_for_ever();
    if (loops_.rule() == loop_rule::search && (able & loops_.assumed()) == 0) {
        how_->stuck(now);
        if (!saw_newest) cut_off();
        forced_ = true;
    }
    loops_.look_once_more(able);
}

/// The steps of a last look in a search: what comes of them, if anything, other executions cover.
int scheduler::next_of_last_look() {
    constexpr unsigned most_steps = 1000;
    if (!loops_.is_last_look() || ++forced_steps_ > most_steps) cut_off();
    for (thread_set left = unfinished_; left != 0; left &= left - 1) {
        int const thread = first_of(left);
        if (enabled(thread)) return current_ = self_ = thread;
    }
    if (!loops_.left_no_change()) cut_off();
    wait_for_ever();
}

/// Unless one of the threads could still see what another one changes and restores: that loop is
/// only assumed to wait.
void scheduler::wait_for_ever() {
    if (loops_.may_see_in_between()) cut_off();
    deadlocked(unfinished_);
}

int scheduler::look_and_choose() {
    if (config_.record) record_waiting_threads();
    situation const now = look();
    if (forced_) return next_of_last_look();
    if (thread_set const held_up = (now.waiting | now.parked) & config_.alone; held_up != 0)
        [[unlikely]]
        not_obstruction_free(first_of(held_up), "waits for another one");
    int const chosen = how_->choose_thread(now);
    if (config_.alone != 0 && chosen >= 0) [[unlikely]] watch_lone_steps(chosen);
    return chosen;
}

void scheduler::watch_lone_steps(int chosen) {
    constexpr std::uint32_t plain = among(action::read, action::write);  // are no steps by count
    if (chosen != current_) in_a_row_ = 0;
    in_a_row_ += (among(announced(chosen).what) & plain) == 0;
    if ((config_.alone >> chosen & 1U) != 0 && in_a_row_ > config_.alone_steps)
        not_obstruction_free(
            chosen, "is not done after " + std::to_string(config_.alone_steps) + " steps");
}

unsigned scheduler::choose(decision about, unsigned count) {
    if (phase_ == phase::outside || count < 2 || forced_) return 0;
    heap::outside const out;
    unsigned const chosen = how_->choose(about, count, self_);
    if (about == decision::user) loops_.reads(self_, no_object, false);  // another one another time
    records_.note_decision(chosen);
    return chosen;
}

/// In portions: the last one of a portion stands for all that follow.
std::size_t scheduler::choose_among(decision about, std::size_t count) {
    std::size_t first = 0;
    for (; count - first > portion; first += portion - 1) {
        unsigned const chosen = choose(about, portion);
        if (chosen + 1 < portion) return first + chosen;
    }
    return first + choose(about, static_cast<unsigned>(count - first));
}

std::size_t scheduler::choose_store(memory::raw_array<std::uint32_t> const& ages) {
    heap::outside const out;
    std::size_t first = 0;
    for (;;) {
        bool const all = ages.size() - first <= portion;
        unsigned const count = all ? static_cast<unsigned>(ages.size() - first) : portion;
        unsigned const chosen = how_->choose_store(count, &ages[first], self_);
        if (chosen == strategy::nothing_new) cut_off();
        if (count > 1) records_.note_decision(chosen);
        if (all || chosen + 1 < portion) return first + chosen;
        first += portion - 1;
    }
}

/// Leaves the execution, of which all that could follow was covered.
void scheduler::cut_off() {
    heap::in_test_body(false);
    cut_short_ = true;
    memory::abandon();
}

std::string scheduler::waiting(int number) const {
    thread_state const& self = (*this)[number];
    operation const& next = announced(number);
    switch (next.what) {
        case action::sleep:
            return "sleeps on " + object_word(next.object) + " until another thread wakes it";
        case action::join: return "waits for thread " + std::to_string(self.joining) + " to end";
        default: break;
    }
    if ((loops_.parked() >> number & 1U) != 0 && is_able(number)) {
        std::uint32_t const read = loops_.awaited(number);
        return read != no_object ? "waits for " + object_word(read) + " to change" : "spins";
    }
    object const& subject = objects_[next.object];
    if (subject.kind == nullptr || subject.kind->waiting == nullptr) return "waits";
    return subject.kind->waiting(subject, next, *this, number);
}

void scheduler::record_waiting_threads() {
    heap::outside const out;
    for (int number = 0; number < fibers_; ++number) {
        thread_state& each = (*this)[number];
        operation const& next = announced(number);
        if (!each.exists || each.finished || each.waiting_recorded || next.what == action::start ||
            enabled(number))
            continue;
        each.waiting_recorded = true;
        records_.add_waiting(number, next, waiting(number));
    }
}

void scheduler::livelocked() {
    site const where = announced(self_).where;
    end_execution({"livelock",
                   no_object,
                   std::to_string(config_.steps) +
                       " steps and no end: the test body is too long, or a loop in it changes "
                       "something in each iteration; bound the loop, or wait by await()",
                   {{"thread " + std::to_string(self_) + " is still at it", where.file, where.line,
                     false}}});
}

void scheduler::not_obstruction_free(int thread, std::string const& what) {
    site const where = announced(thread).where;
    std::string const name = "thread " + std::to_string(thread);
    end_execution({"not obstruction-free",
                   no_object,
                   name + ", run alone, " + what,
                   {{name + " stands here", where.file, where.line, false}}});
}

void scheduler::deadlocked(thread_set stuck) {
    error what;
    // Sleepers that no thread is left to wake, and those that wait for them to end: a wake-up was
    // lost.
    bool lost_wake_up = true;
    for (thread_set left = stuck; left != 0; left &= left - 1) {
        action const at = announced(first_of(left)).what;
        lost_wake_up = lost_wake_up && (at == action::sleep || at == action::join);
    }
    what.kind = lost_wake_up ? "lost wake-up" : "deadlock";
    for (thread_set left = stuck; left != 0; left &= left - 1) {
        int const number = first_of(left);
        std::string const text = "thread " + std::to_string(number) + " " + waiting(number);
        what.consequence += (what.consequence.empty() ? "" : "; ") + text;
        add_place(what, text, announced(number).where, (*this)[number].call_path);
    }
    end_execution(std::move(what));
}

}  // namespace racekit::model
