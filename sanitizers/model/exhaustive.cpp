#include "exhaustive.hpp"

namespace racekit::model {

exhaustive::node& exhaustive::push() {
    if (length_ == path_.size()) path_.emplace_back();
    node& fresh = path_[length_++];
    fresh.asleep = fresh.explored = 0;
    return fresh;
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
    if (reduce_ && last_thread_choice_ >= 0) {
        node const& parent = path_[static_cast<std::size_t>(last_thread_choice_)];
        thread_set const candidates = (parent.asleep | parent.explored) & ~(1U << parent.chosen);
        for (int thread = 0; thread < now.threads; ++thread) {
            if ((candidates >> thread & 1U) != 0 && !dependent(parent.executed, parent.next[thread]))
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
    // Going on with the same thread first finds failures with few changes of thread first.
    int chosen = __builtin_ctz(candidates);
    if (now.current >= 0 && (candidates >> now.current & 1U) != 0) chosen = now.current;
    if (reduce_) {
        for (int thread = 0; thread < now.threads; ++thread) {
            // A step that touches nothing commutes with all others: no need for a branch.
            if ((candidates >> thread & 1U) != 0 && fresh.next[thread].local()) {
                chosen = thread;
                fresh.enabled = 1U << thread;
                break;
            }
        }
    }
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
            last.chosen = static_cast<std::uint8_t>(__builtin_ctz(left));
            return true;
        }
        --length_;
    }
    return false;
}

}  // namespace racekit::model
