// SPDX-License-Identifier: MIT
// From the default but for some deviations, and how any execution deviates from it.
#pragma once

#include "schedule.hpp"
#include "model/core/strategy.hpp"
#include "model/strategies/forwarding.hpp"

#include <vector>

namespace racekit::model {

/// The default choice of a thread. There are no spurious wake-ups.
[[nodiscard]] inline int usual_thread(situation const& now) {
    thread_set const able =
        (now.enabled & ~now.waiting) != 0 ? now.enabled & ~now.waiting : now.enabled;
    return now.current >= 0 && (able >> now.current & 1U) != 0 ? now.current : first_of(able);
}

/// How far an execution is, in steps of each thread: names the choice that is to be made.
class own_steps {
public:
    void begin() { *this = {}; }
    [[nodiscard]] deviation thread_choice() const {
        return {last_, last_ == deviation::nobody ? 0 : made_[last_]};
    }
    [[nodiscard]] deviation data_choice(int thread) const {
        return {thread, made_[thread], decided_[thread]};
    }
    void went(int thread) {
        last_ = thread;
        ++made_[thread];
        decided_[thread] = 0;
    }
    void decided(int thread) { ++decided_[thread]; }

private:
    int last_ = deviation::nobody;
    unsigned made_[most_threads] = {};
    int decided_[most_threads] = {};  // in the step that it made last
};

/// Follows the default but for its deviations. One that cannot be followed where it stands, or of
/// which the place never comes, is skipped.
class deviating final : public simple_strategy {
public:
    explicit deviating(std::vector<deviation> wanted) : wanted_(std::move(wanted)) {}

    /// How many were followed in the last execution.
    [[nodiscard]] std::size_t followed() const { return followed_; }

    void begin() override {
        at_.begin();
        followed_ = 0;
    }
    int choose_thread(situation const& now) override {
        deviation const* const other = find(at_.thread_choice());
        bool const can =
            other != nullptr && ((now.enabled | now.parked) >> other->choice & 1U) != 0;
        followed_ += can;
        int const chosen = can ? other->choice : usual_thread(now);
        at_.went(chosen);
        return chosen;
    }
    unsigned choose(decision, unsigned count, int thread) override {
        deviation const* const other = find(at_.data_choice(thread));
        at_.decided(thread);
        bool const can = other != nullptr && other->choice < count;
        followed_ += can;
        return can ? other->choice : 0;
    }
    bool end(bool) override { return false; }

private:
    [[nodiscard]] deviation const* find(deviation const& place) const {
        for (deviation const& each : wanted_) {
            if (each.thread == place.thread && each.step == place.step &&
                each.decision == place.decision)
                return &each;
        }
        return nullptr;
    }

    std::vector<deviation> wanted_;
    own_steps at_;
    std::size_t followed_ = 0;
};

/// Records where the choices of another strategy are not the default.
class noting final : public forwarding {
public:
    explicit noting(strategy& inner) : forwarding(inner) {}

    /// Of the last execution: they lead to it again.
    [[nodiscard]] std::vector<deviation> const& deviations() const { return noted_; }

    void begin() override {
        at_.begin();
        noted_.clear();
        forwarding::begin();
    }
    /// The default is known only in a situation.
    int predicted(operation const* /*next_by_thread*/) override { return unknown; }
    int choose_thread(situation const& now) override {
        int const chosen = forwarding::choose_thread(now);
        if (chosen == abandon) return chosen;
        if (chosen != usual_thread(now)) note(at_.thread_choice(), static_cast<unsigned>(chosen));
        at_.went(chosen);
        return chosen;
    }
    unsigned choose(decision about, unsigned count, int thread) override {
        unsigned const chosen = forwarding::choose(about, count, thread);
        if (chosen != 0) note(at_.data_choice(thread), chosen);
        at_.decided(thread);
        return chosen;
    }
    unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) override {
        unsigned const chosen = forwarding::choose_store(count, ages, thread);
        if (count == 1 || chosen == nothing_new) return chosen;
        if (chosen != 0) note(at_.data_choice(thread), chosen);
        at_.decided(thread);
        return chosen;
    }

private:
    void note(deviation place, unsigned choice) {
        place.choice = static_cast<std::uint8_t>(choice);
        noted_.push_back(place);
    }

    own_steps at_;
    std::vector<deviation> noted_;
};

}  // namespace racekit::model
