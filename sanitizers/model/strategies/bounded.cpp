// SPDX-License-Identifier: MIT
#include "bounded.hpp"

namespace racekit::model {

bounded::node& bounded::push() {
    if (length_ == path_.size()) path_.emplace_back();
    node& fresh = path_[length_++];
    fresh = node{};
    return fresh;
}

void bounded::begin() {
    depth_ = 0;
    spent_ = 0;
    played_ = bound_;
}

int bounded::choose_thread(situation const& now) {
    bool const fresh = depth_ == length_;
    bool const can_stay = now.current >= 0 && (now.enabled >> now.current & 1U) != 0;
    bool const has_cost = can_stay || (cost_ == cost::switches && now.current >= 0);
    if (fresh && has_cost && !can_stay && spent_ >= bound_) {
        cut_ = true;
        return abandon;
    }
    node& here = fresh ? push() : path_[depth_];
    ++depth_;
    if (fresh) {
        here.is_thread_choice = true;
        here.spent = spent_;
        if (has_cost) here.staying = static_cast<std::int8_t>(now.current);
        here.chosen = static_cast<std::uint8_t>(can_stay ? now.current : first_of(now.enabled));
        here.left = now.enabled & ~bit(here.chosen);
        if (can_stay && here.left != 0) {
            // To preempt before a step that touches nothing is to preempt after it.
            if (now.next[now.current].local()) here.left = 0;
            if (here.left != 0 && spent_ >= bound_) {
                cut_ = true;
                here.left = 0;
            }
        }
    }
    spent_ = here.spent + (here.staying >= 0 && here.chosen != here.staying ? 1 : 0);
    return here.chosen;
}

unsigned bounded::choose(decision, unsigned count, int) {
    if (depth_ < length_) return path_[depth_++].chosen;
    node& fresh = push();
    fresh.count = static_cast<std::uint8_t>(count);
    ++depth_;
    return 0;
}

/// With the bound of the last execution, which may have been the last one of that bound.
void bounded::start_over() {
    if (completed_ == static_cast<int>(played_)) completed_ = completed_before_;
    bound_ = played_;
    everything_ = false;
    length_ = 0;
    cut_ = false;
}

bool bounded::end(bool) {
    while (length_ > 0) {
        node& last = path_[length_ - 1];
        if (last.is_thread_choice) {
            if (last.left != 0) {
                last.chosen = static_cast<std::uint8_t>(first_of(last.left));
                last.left &= last.left - 1;
                return true;
            }
        } else if (++last.chosen < last.count) {
            return true;
        }
        --length_;
    }
    completed_before_ = completed_;
    completed_ = static_cast<int>(bound_);
    everything_ = !cut_;
    if (everything_ || bound_ >= last_) return false;
    ++bound_;
    cut_ = false;
    return true;
}

}  // namespace racekit::model
