#include "exhaustive.hpp"

#include "memory_model.hpp"

#include <cstdio>
#include <sstream>

namespace racekit::model {

exhaustive::node& exhaustive::push() {
    if (length_ == path_.size()) path_.emplace_back();
    node& fresh = path_[length_++];
    fresh.asleep = fresh.explored = 0;
    fresh.bare = false;
    fresh.leaves_before = all_leaves_;
    return fresh;
}

bool exhaustive::commute(operation const& done, operation const& sleeping) const {
    if (!dependent(done, sleeping)) return true;
    return how_ == reduction::stale_commutation && reads_past(done, sleeping, memory::window);
}

/// Which of the candidates to explore first. With stale commutation a writer goes before a reader,
/// so that it can be left asleep past it; otherwise the thread that went last goes on.
int exhaustive::pick(node const& at, thread_set candidates, int current) const {
    if (how_ == reduction::stale_commutation) {
        thread_set writers = 0;
        for (thread_set left = candidates; left != 0; left &= left - 1) {
            int const thread = __builtin_ctz(left);
            if (writes(at.next[thread])) writers |= 1U << thread;
        }
        return __builtin_ctz(writers != 0 ? writers : candidates);
    }
    if (current >= 0 && (candidates >> current & 1U) != 0) return current;
    return __builtin_ctz(candidates);
}

void exhaustive::begin() {
    depth_ = 0;
    last_thread_choice_ = -1;
    steps_ = 0;
}

/// Whether a choice made before can be made again. A program that depends on anything but its
/// choices must not lead the search astray unnoticed.
bool exhaustive::follows(node& known, situation const& now) {
    if (known.is_thread_choice && (known.enabled & ~now.enabled) == 0) {
        operation const& before = known.next[known.chosen];
        operation const& again = now.next[known.chosen];
        if (known.bare) {
            for (int thread = 0; thread < now.threads; ++thread)
                known.next[thread] = now.next[thread];
            known.bare = false;
            return true;
        }
        if (before.what == again.what && before.object == again.object) return true;
    }
    strayed_ = true;
    return false;
}

/// At a prefix that was not met before: whether what lies below is to be searched.
bool exhaustive::enter_prefix() {
    prefix_ = prefixes_++;
    ++full_prefixes_;
    if (!part_->take(prefix_, weight(0, length_))) {
        skipped_ = true;
        return false;
    }
    open_ = true;
    prefix_length_ = length_;
    seen_ = {};
    std::string const stopped_at = part_->stopped_at(prefix_);
    std::vector<node> nodes;
    if (stopped_at.empty() || !parse(stopped_at, nodes)) return true;
    for (node& each : nodes) {
        push() = each;
    }
    return true;
}

int exhaustive::choose_thread(situation const& now) {
    if (strayed_) return abandon;
    if (steps_++ == split_ && split_ != 0 && depth_ == length_ && !enter_prefix()) return abandon;
    if (depth_ < length_) {
        node& known = path_[depth_];
        if (!follows(known, now)) return abandon;
        known.executed = known.next[known.chosen];
        last_thread_choice_ = static_cast<std::ptrdiff_t>(depth_++);
        return known.chosen;
    }
    thread_set asleep = 0;
    if (how_ != reduction::none && last_thread_choice_ >= 0) {
        node const& parent = path_[static_cast<std::size_t>(last_thread_choice_)];
        thread_set const candidates = (parent.asleep | parent.explored) & ~(1U << parent.chosen);
        for (int thread = 0; thread < now.threads; ++thread) {
            if ((candidates >> thread & 1U) != 0 && commute(parent.executed, parent.next[thread]))
                asleep |= 1U << thread;
        }
    }
    thread_set const candidates = now.enabled & ~asleep;
    if (candidates == 0) return abandon;

    node& fresh = push();
    fresh.is_thread_choice = true;
    fresh.enabled = now.enabled;
    fresh.asleep = asleep;
    for (int thread = 0; thread < now.threads; ++thread) fresh.next[thread] = now.next[thread];
    if (how_ != reduction::none) {
        for (thread_set left = candidates; left != 0; left &= left - 1) {
            int const thread = __builtin_ctz(left);
            if (!fresh.next[thread].local()) continue;
            // A step that touches nothing commutes with all others: no need for a branch.
            fresh.enabled = 1U << thread;
            break;
        }
    }
    int const chosen = pick(fresh, candidates & fresh.enabled, now.current);
    fresh.chosen = static_cast<std::uint8_t>(chosen);
    fresh.executed = fresh.next[chosen];
    last_thread_choice_ = static_cast<std::ptrdiff_t>(depth_++);
    return chosen;
}

unsigned exhaustive::choose(decision, unsigned count, int) {
    if (strayed_) return 0;
    if (depth_ < length_) {
        node const& known = path_[depth_++];
        if (!known.is_thread_choice && known.count == count) return known.chosen;
        strayed_ = true;
        return 0;
    }
    node& fresh = push();
    fresh.is_thread_choice = false;
    fresh.chosen = 0;
    fresh.count = static_cast<std::uint8_t>(count);
    ++depth_;
    return 0;
}

void exhaustive::executed(int, operation const& done) {
    if (last_thread_choice_ >= 0)
        path_[static_cast<std::size_t>(last_thread_choice_)].executed = done;
}

bool exhaustive::end(bool abandoned) {
    if (strayed_) return false;
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
        if (!part_->take(prefix_, weight(0, length_))) return;
    }
    ++all_leaves_;
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
        branch_done(last);
        if (!last.is_thread_choice) {
            if (++last.chosen < last.count) return true;
            all_done(last);
            --length_;
            continue;
        }
        last.explored |= 1U << last.chosen;
        thread_set const left = last.enabled & ~last.asleep & ~last.explored;
        if (left != 0) {
            last.chosen = static_cast<std::uint8_t>(pick(last, left, last.chosen));
            return true;
        }
        all_done(last);
        --length_;
    }
    return false;
}

// How far it is, and where ------------------------------------------------------------------------

int exhaustive::branches(node const& at) {
    int const all = at.is_thread_choice ? __builtin_popcount(at.enabled & ~at.asleep) : at.count;
    return all < most_threads ? all : most_threads;
}

/// Which of them it is in.
int exhaustive::branch(node const& at) {
    int const before = at.is_thread_choice ? __builtin_popcount(at.explored) : at.chosen;
    return before < most_threads ? before : most_threads - 1;
}

void exhaustive::branch_done(node& at) {
    at.sizes[branch(at)] = static_cast<std::uint32_t>(all_leaves_ - at.leaves_before);
    at.leaves_before = all_leaves_;
}

void exhaustive::all_done(node const& at) {
    int const all = branches(at);
    if (all < 2) return;
    for (int each = 0; each < all; ++each) sizes_[all][each] += at.sizes[each];
}

double exhaustive::part_of(int branches, int branch) const {
    double whole = 1e-3 * branches;  // as long as nothing is known: equal parts
    for (int each = 0; each < branches; ++each) whole += sizes_[branches][each];
    return (sizes_[branches][branch] + 1e-3) / whole;
}

/// The part of the tree that one path leads to.
double exhaustive::weight(std::size_t first, std::size_t last) const {
    double part = 1;
    for (std::size_t at = first; at < last; ++at)
        part *= part_of(branches(path_[at]), branch(path_[at]));
    return part;
}

double exhaustive::covered() const {
    double part = 1;
    double done = 0;
    for (std::size_t at = open_ ? prefix_length_ : 0; at < length_; ++at) {
        int const all = branches(path_[at]);
        int const now = branch(path_[at]);
        for (int before = 0; before < now; ++before) done += part * part_of(all, before);
        part *= part_of(all, now);
    }
    return done;
}

std::string exhaustive::stack() const {
    std::ostringstream text;
    text << std::hex;
    for (std::size_t at = open_ ? prefix_length_ : 0; at < length_; ++at) {
        node const& each = path_[at];
        text << (at == prefix_length_ ? "" : " ");
        if (each.is_thread_choice) {
            text << 't' << unsigned(each.chosen) << ':' << each.enabled << ':' << each.asleep << ':'
                 << each.explored;
        } else {
            text << 'd' << unsigned(each.chosen) << ':' << unsigned(each.count);
        }
    }
    return text.str();
}

bool exhaustive::parse(std::string const& text, std::vector<node>& nodes) {
    std::istringstream words(text);
    constexpr thread_set all = (1U << most_threads) - 1;
    for (std::string word; words >> word;) {
        node fresh;
        unsigned chosen = 0;
        unsigned count = 0;
        int length = 0;
        int const size = static_cast<int>(word.size());
        if (std::sscanf(word.c_str(), "t%x:%x:%x:%x%n", &chosen, &fresh.enabled, &fresh.asleep,
                        &fresh.explored, &length) == 4 && length == size) {
            fresh.is_thread_choice = fresh.bare = true;
            thread_set const left = fresh.enabled & ~fresh.asleep & ~fresh.explored;
            if (chosen >= most_threads || (left >> chosen & 1U) == 0 || (fresh.enabled & ~all) != 0)
                return false;
        } else if (std::sscanf(word.c_str(), "d%x:%x%n", &chosen, &count, &length) == 2 &&
                   length == size) {
            if (count < 2 || count > 0xff || chosen >= count) return false;
            fresh.count = static_cast<std::uint8_t>(count);
        } else {
            return false;
        }
        fresh.chosen = static_cast<std::uint8_t>(chosen);
        nodes.push_back(fresh);
    }
    return !nodes.empty();
}

bool exhaustive::is_stack(std::string const& text) {
    std::vector<node> nodes;
    return parse(text, nodes);
}

}  // namespace racekit::model
