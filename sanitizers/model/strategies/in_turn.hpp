// SPDX-License-Identifier: MIT
// Several strategies, so many executions of each at a time.
#pragma once

#include "model/core/strategy.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace racekit::model {

/// Turns are counted in executions, not in time: the same seed gives the same executions.
class in_turn final : public strategy {
public:
    explicit in_turn(std::vector<std::unique_ptr<strategy>> all, std::uint64_t turn = 1024,
                     std::size_t first = 0)
        : all_(std::move(all)), turn_(turn), first_(first) {}

    void begin() override {
        now_ = all_[(first_ + executions_++ / turn_) % all_.size()].get();
        now_->begin();
    }
    int choose_thread(situation const& now) override { return now_->choose_thread(now); }
    unsigned choose(decision about, unsigned count, int thread) override {
        return now_->choose(about, count, thread);
    }
    unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) override {
        return now_->choose_store(count, ages, thread);
    }
    void executed(int thread, operation const& done) override { now_->executed(thread, done); }
    bool end(bool abandoned) override { return now_->end(abandoned); }

private:
    std::vector<std::unique_ptr<strategy>> all_;
    std::uint64_t turn_;
    std::size_t first_;
    std::uint64_t executions_ = 0;
    strategy* now_ = nullptr;
};

}  // namespace racekit::model
