// SPDX-License-Identifier: MIT
// Follows a list of steps; goes on by the default where it ends.
#pragma once

#include "deviating.hpp"
#include "schedule.hpp"
#include "model/core/strategy.hpp"

namespace racekit::model {

class scripted final : public simple_strategy {
public:
    explicit scripted(schedule script) : script_(std::move(script)) {}

    /// Where the schedule asked for a thread that could not go on: the step (from 1), 0 if nowhere.
    [[nodiscard]] std::size_t misfit() const { return misfit_; }
    [[nodiscard]] int misfit_thread() const { return misfit_thread_; }
    /// Its steps as far as they were followed without one.
    [[nodiscard]] std::size_t followed() const { return misfit_ == 0 ? at_ : misfit_ - 1; }

    void begin() override {
        at_ = 0;
        decided_ = 0;
        misfit_ = 0;
    }
    int choose_thread(situation const& now) override {
        if (at_ < script_.threads.size()) {
            int const wanted = script_.threads[at_++];
            if (((now.enabled | now.parked) >> wanted & 1U) != 0) return wanted;
            if (misfit_ == 0) {
                misfit_ = at_;
                misfit_thread_ = wanted;
            }
        }
        return usual_thread(now);
    }
    unsigned choose(decision, unsigned count, int) override {
        if (decided_ >= script_.decisions.size()) return 0;
        unsigned const wanted = script_.decisions[decided_++];
        return wanted < count ? wanted : 0;
    }
    bool end(bool) override { return false; }

private:
    schedule script_;
    std::size_t at_ = 0;
    std::size_t decided_ = 0;
    std::size_t misfit_ = 0;
    int misfit_thread_ = 0;
};

}  // namespace racekit::model
