#include "exhaustive.hpp"

#include "memory_model.hpp"

namespace racekit::model {

exhaustive::node& exhaustive::push() {
    if (length_ == path_.size()) path_.emplace_back();
    node& fresh = path_[length_++];
    fresh.asleep = fresh.explored = 0;
    return fresh;
}

bool exhaustive::commute(operation const& done, operation const& sleeping) const {
    if (!dependent(done, sleeping)) return true;
    return how_ == reduction::stale_commutation && reads_past(done, sleeping, memory::window);
}

/// Which of the candidates to explore first. With stale commutation a writer goes before a reader, so that
/// it can be left asleep past it; otherwise the thread that went last goes on.
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
}

int exhaustive::choose_thread(situation const& now) {
    if (depth_ < length_) {
        node& known = path_[depth_];
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
    if (depth_ < length_) return path_[depth_++].chosen;
    node& fresh = push();
    fresh.is_thread_choice = false;
    fresh.chosen = 0;
    fresh.count = static_cast<std::uint8_t>(count);
    ++depth_;
    return 0;
}

void exhaustive::executed(int, operation const& done) {
    if (last_thread_choice_ >= 0) path_[static_cast<std::size_t>(last_thread_choice_)].executed = done;
}

bool exhaustive::end(bool) {
    while (length_ > 0) {
        node& last = path_[length_ - 1];
        if (!last.is_thread_choice) {
            if (++last.chosen < last.count) return true;
            --length_;
            continue;
        }
        last.explored |= 1U << last.chosen;
        thread_set const left = last.enabled & ~last.asleep & ~last.explored;
        if (left != 0) {
            last.chosen = static_cast<std::uint8_t>(pick(last, left, last.chosen));
            return true;
        }
        --length_;
    }
    return false;
}

}  // namespace racekit::model
