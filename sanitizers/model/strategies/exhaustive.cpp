// SPDX-License-Identifier: MIT
#include "exhaustive.hpp"

#include "model/memory/machine.hpp"

#include <cstdio>
#include <new>
#include <sstream>
#include <type_traits>

namespace racekit::model {

exhaustive::node& exhaustive::push() {
    if (length_ == path_.size()) path_.add(memory::thread_count());
    node& fresh = path_[length_++];
    fresh.asleep = fresh.explored = fresh.wanted = 0;
    fresh.within = 0;
    fresh.bare = false;
    return fresh;
}

void exhaustive::node_list::add(int threads) {
    static_assert(std::is_trivially_copyable_v<node> && std::is_trivially_copyable_v<transition>);
    static_assert(sizeof(node) % sizeof(std::uint64_t) == 0 &&
                  sizeof(transition) % sizeof(std::uint64_t) == 0);
    auto const room = static_cast<std::uint32_t>(threads + threads % 2);
    if (size_ == 0)
        stride_ = (sizeof(node) + room * (sizeof(transition) + sizeof(event_number))) /
                  sizeof(std::uint64_t);
    words_.resize(++size_ * stride_);
    ::new (&(*this)[size_ - 1]) node{{}, room, 0};
}

namespace {

/// Whether it was executed and gave an atomic a new value.
bool sets(transition const& done) { return writes(done) && done.changes; }

}  // namespace

bool exhaustive::commute(transition const& done, transition const& sleeping) const {
    if (!dependent(done, sleeping)) return true;
    if (on_one_atomic(done, sleeping)) return stale() && !(sets(done) && reads(sleeping));
    if (reads_newest(done, sleeping)) return true;
    return stale() && reads_past(done, sleeping, memory::window);
}

/// Which of the candidates to explore first. With stale commutation a writer goes before a reader,
/// so that it can be left asleep past it; otherwise the thread that went last goes on.
int exhaustive::pick(node const& at, thread_set candidates, int current) const {
    if (stale()) {
        thread_set writers = 0;
        for (thread_set left = candidates; left != 0; left &= left - 1) {
            int const thread = first_of(left);
            if (!writes(at.next()[thread])) continue;
            if (memory::is_exact && !reads(at.next()[thread])) return thread;
            writers |= bit(thread);
        }
        return first_of(writers != 0 ? writers : candidates);
    }
    if (current >= 0 && (candidates >> current & 1U) != 0) return current;
    return first_of(candidates);
}

void exhaustive::begin() {
    depth_ = 0;
    last_thread_choice_ = -1;
    steps_ = 0;
    for (event_number& each : latest_) each = 0;
}

/// Whether a choice made before can be made again. A program that depends on anything but its
/// choices must not make the search diverge unnoticed.
bool exhaustive::follows(node& known, situation const& now) {
    if (known.is_thread_choice && (known.enabled & ~now.enabled) == 0) {
        if (known.bare) {
            note_announced(known, now);
            known.bare = false;
            return true;
        }
        transition const& before = known.next()[known.chosen];
        transition const& again = now.next[known.chosen];
        if (before.what == again.what && before.object == again.object) return true;
    }
    diverged_ = true;
    return false;
}

/// At a prefix that was not met before: whether what lies below is to be searched.
bool exhaustive::enter_prefix() {
    prefix_ = prefixes_++;
    ++full_prefixes_;
    if (!part_->take(prefix_)) {
        skipped_ = true;
        return false;
    }
    open_ = true;
    prefix_length_ = length_;
    seen_ = {};
    std::string const stopped_at = part_->stopped_at(prefix_);
    std::vector<choice> choices;
    if (stopped_at.empty() || !parse(stopped_at, choices)) return true;
    for (choice const& each : choices) {
        static_cast<choice&>(push()) = each;
        if (each.is_thread_choice) ++thread_choices_;
    }
    return true;
}

/// True one time in six; the weight of the path is corrected for it. Where sleep sets cut, each
/// further branch is much smaller than the one before it, and with equal chances a probe would
/// hardly ever take the large one.
bool exhaustive::skips() {
    bool const skip = numbers_.below(skips_in) == 0;
    weight_ *= skip ? skips_in : double(skips_in) / (skips_in - 1);
    return skip;
}

/// Any of the branches, as if those that come before it were done.
int exhaustive::skip_at_random(node& at, thread_set candidates, int chosen) {
    for (;;) {
        at.explored |= bit(chosen);
        thread_set const left = candidates & ~at.explored;
        if (left == 0 || !skips()) {
            at.explored &= ~bit(chosen);
            return chosen;
        }
        chosen = pick(at, left, chosen);
    }
}

/// The threads asleep at a new node, or awake for new values only.
void exhaustive::fall_asleep(node& fresh, situation const& now) {
    if (how_ == reduction::none) return;
    node const& parent = path_[static_cast<std::size_t>(last_thread_choice_)];
    if (parent.within == 0 && (parent.asleep | parent.explored) == 0) return;
    transition const& done = parent.executed;
    for (int thread = 0; thread < now.threads; ++thread) {
        transition const& next = parent.next()[thread];
        bool const slept = ((parent.asleep | parent.explored) >> thread & 1U) != 0;
        unsigned const below = slept ? 0 : limit_of(parent, thread);
        if (thread == parent.chosen || (!slept && below == 0)) continue;
        bool const overtaken =
            how_ == reduction::source_sets && done.object == next.object && sets(done) &&
            (memory::is_exact ? reads(next)
                              : next.what == action::load &&
                                    !(done.sequential && next.sequential));
        if (overtaken) limit(fresh, thread, below + 1);
        else if (!commute(done, next)) continue;
        else if (slept) fresh.asleep |= bit(thread);
        else limit(fresh, thread, below);
    }
}

void exhaustive::note_announced(node& at, situation const& now) {
    for (thread_set left = now.enabled | now.waiting; left != 0; left &= left - 1) {
        int const thread = first_of(left);
        at.next()[thread] = now.next[thread];
    }
}

/// The thread makes the step of this node, which is the next one.
inline void exhaustive::note_event(node const& at, int thread) {
    if (events_.size() < steps_) events_.resize(steps_);
    events_[steps_ - 1] = path_.place(depth_);
    previous_ = latest_[thread];
    latest_[thread] = static_cast<event_number>(steps_);
    asks_of_one_ = limit_of(at, thread) != 0;
    last_thread_choice_ = static_cast<std::ptrdiff_t>(depth_++);
}

/// Only on the way to the new choice: that one, and the last before it, need the situation.
int exhaustive::predicted(operation const* next) {
    if (steps_ >= closed_ || depth_ >= length_ || diverged_) return unknown;
    node const& known = path_[depth_];
    if (!known.is_thread_choice || known.bare) return unknown;
    transition const& before = known.next()[known.chosen];
    transition const& again = next[known.chosen];
    if (before.what != again.what || before.object != again.object) return unknown;
    ++steps_;
    note_event(known, known.chosen);
    return known.chosen;
}

int exhaustive::choose_thread(situation const& now) {
    if (diverged_) return abandon;
    threads_ = now.threads;
    close_event();
    if (steps_++ == split_ && split_ != 0 && depth_ == length_ && !enter_prefix()) return abandon;
    if (depth_ < length_) {
        node& known = path_[depth_];
        if (!follows(known, now)) return abandon;
        known.executed = known.next()[known.chosen];
        note_event(known, known.chosen);
        return known.chosen;
    }
    node& fresh = push();
    fresh.is_thread_choice = true;
    fresh.enabled = now.enabled;
    note_announced(fresh, now);
    if (last_thread_choice_ >= 0) fall_asleep(fresh, now);
    if (how_ == reduction::source_sets) races_of_waiting(now, steps_);
    thread_set const candidates = now.enabled & ~fresh.asleep;
    if (candidates == 0) {
        --length_;
        return abandon;
    }
    ++thread_choices_;
    if (how_ != reduction::none) {
        for (thread_set left = candidates; left != 0; left &= left - 1) {
            int const thread = first_of(left);
            if (!fresh.next()[thread].local()) continue;
            // A step that touches nothing commutes with all others: no need for a branch.
            fresh.enabled = bit(thread);
            break;
        }
    }
    int chosen = pick(fresh, candidates & fresh.enabled, now.current);
    if (probing_) chosen = skip_at_random(fresh, candidates & fresh.enabled, chosen);
    fresh.chosen = static_cast<std::uint8_t>(chosen);
    fresh.executed = fresh.next()[chosen];
    // Prefixes must be the same in every search, so nothing below may add branches to them.
    // A spurious wake-up may also not happen: the sleeper then sleeps for ever.
    bool const all = how_ != reduction::source_sets || (split_ != 0 && steps_ <= split_) ||
                     (now.waiting >> chosen & 1U) != 0;
    fresh.wanted = all ? fresh.enabled : bit(chosen);
    note_event(fresh, chosen);
    return chosen;
}

unsigned exhaustive::choose(decision, unsigned count, int) {
    return diverged_ ? 0 : pick_data(count);
}

/// A thread that woke for new stores alone reads one of those. If it may read none of them it
/// stays asleep: another thread goes first at this node.
unsigned exhaustive::choose_store(unsigned count, std::uint32_t const* ages, int thread) {
    if (diverged_) return 0;
    if (last_thread_choice_ >= 0) {
        node& at = path_[static_cast<std::size_t>(last_thread_choice_)];
        unsigned const below = limit_of(at, thread);
        while (below != 0 && count > 0 && ages[count - 1] >= below) --count;
        if (count == 0) {
            thread_set const others =
                at.enabled & ~at.asleep & ~at.explored & ~at.wanted & ~bit(thread);
            if (others != 0) at.wanted |= bit(pick(at, others, thread));
            return nothing_new;
        }
    }
    return count == 1 ? 0 : pick_data(count);
}

unsigned exhaustive::pick_data(unsigned count) {
    if (depth_ < length_) {
        node const& known = path_[depth_++];
        if (!known.is_thread_choice && known.count == count) return known.chosen;
        diverged_ = true;
        return 0;
    }
    node& fresh = push();
    fresh.is_thread_choice = false;
    fresh.chosen = static_cast<std::uint8_t>(probing_ ? numbers_.below(count) : 0);
    fresh.count = static_cast<std::uint8_t>(count);
    if (probing_) weight_ *= count;
    ++depth_;
    return fresh.chosen;
}

void exhaustive::executed(int, operation const& done) {
    if (steps_ > closed_ && last_thread_choice_ >= 0)
        path_[static_cast<std::size_t>(last_thread_choice_)].executed = done;
}

/// The races of the last step count: nothing cut it short.
void exhaustive::stuck(situation const& now) {
    if (diverged_) return;
    close_event();
    if (how_ == reduction::source_sets) races_of_waiting(now, steps_ + 1);
}

void exhaustive::start_over() {
    length_ = thread_choices_ = closed_ = 0;
    played_ = 0;
    seen_ = {};
}

bool exhaustive::end(bool abandoned) {
    if (diverged_) return false;
    if (!abandoned) close_event();
    if (probing_) {
        sum_ += weight_;
        ++probes_;
        weight_ = 1;
        length_ = thread_choices_ = closed_ = 0;
        return true;
    }
    ++played_;
    count_leaf(abandoned);
    bool const more = backtrack();
    if (open_ && length_ <= prefix_length_) close_prefix();
    return more;
}

void exhaustive::count_leaf(bool abandoned) {
    if (skipped_) {
        skipped_ = false;
        return;
    }
    bool const is_prefix = split_ != 0 && !open_;  // one that ended before it was long enough
    if (is_prefix) {
        prefix_ = prefixes_++;
        seen_ = {};
        if (!part_->take(prefix_)) return;
    }
    ++(abandoned ? seen_.pruned : seen_.executions);
    if (is_prefix) part_->done(prefix_, seen_);
}

void exhaustive::close_prefix() {
    open_ = false;
    part_->done(prefix_, seen_);
}

bool exhaustive::backtrack() {
    while (length_ > 0) {
        node& last = path_[length_ - 1];
        if (!last.is_thread_choice) {
            if (++last.chosen < last.count) break;
            --length_;
            continue;
        }
        last.explored |= bit(last.chosen);
        thread_set const left = last.enabled & last.wanted & ~last.asleep & ~last.explored;
        if (left != 0) {
            last.chosen = static_cast<std::uint8_t>(pick(last, left, last.chosen));
            break;
        }
        --length_;
        --thread_choices_;
    }
    closed_ = thread_choices_ > 0 ? thread_choices_ - 1 : 0;
    return length_ > 0;
}

// Where it is -------------------------------------------------------------------------------------

std::string exhaustive::stack() const {
    std::ostringstream text;
    text << std::hex;
    for (std::size_t at = open_ ? prefix_length_ : 0; at < length_; ++at) {
        node const& each = path_[at];
        text << (at == prefix_length_ ? "" : " ");
        if (each.is_thread_choice) {
            text << 't' << unsigned(each.chosen) << ':' << each.enabled << ':' << each.asleep << ':'
                 << each.explored << ':' << each.wanted << ':' << each.within;
        } else {
            text << 'd' << unsigned(each.chosen) << ':' << unsigned(each.count);
        }
    }
    return text.str();
}

bool exhaustive::parse(std::string const& text, std::vector<choice>& choices) {
    std::istringstream words(text);
    unsigned long enabled, asleep, explored, wanted, within;
    for (std::string word; words >> word;) {
        choice fresh;
        unsigned chosen = 0;
        unsigned count = 0;
        int length = 0;
        int const size = static_cast<int>(word.size());
        if (std::sscanf(word.c_str(), "t%x:%lx:%lx:%lx:%lx:%lx%n", &chosen, &enabled, &asleep,
                        &explored, &wanted, &within, &length) == 6 &&
            length == size) {
            fresh.is_thread_choice = fresh.bare = true;
            fresh.enabled = enabled;
            fresh.asleep = asleep;
            fresh.explored = explored;
            fresh.wanted = wanted;
            fresh.within = within;
            thread_set const left = fresh.enabled & ~fresh.asleep & ~fresh.explored;
            if (chosen >= most_threads || (left >> chosen & 1U) == 0) return false;
        } else if (std::sscanf(word.c_str(), "d%x:%x%n", &chosen, &count, &length) == 2 &&
                   length == size) {
            if (count < 2 || count > 0xff || chosen >= count) return false;
            fresh.count = static_cast<std::uint8_t>(count);
        } else {
            return false;
        }
        fresh.chosen = static_cast<std::uint8_t>(chosen);
        choices.push_back(fresh);
    }
    return !choices.empty();
}

bool exhaustive::is_stack(std::string const& text) {
    std::vector<choice> choices;
    return parse(text, choices);
}

}  // namespace racekit::model
