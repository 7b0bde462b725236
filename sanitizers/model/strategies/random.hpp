// SPDX-License-Identifier: MIT
// Uniformly random choices.
#pragma once

#include "random_numbers.hpp"
#include "model/core/strategy.hpp"

namespace racekit::model {

class random_walk final : public simple_strategy {
public:
    explicit random_walk(std::uint64_t seed) : seed_(seed) {}

    void begin() override { numbers_.start(seed_, execution_++); }
    int choose_thread(situation const& now) override {
        unsigned left = numbers_.below(static_cast<unsigned>(__builtin_popcountll(now.enabled)));
        thread_set candidates = now.enabled;
        while (left-- > 0) candidates &= candidates - 1;
        return first_of(candidates);
    }
    unsigned choose(decision about, unsigned count, int) override {
        return random_decision(numbers_, about, count);
    }
    bool end(bool) override { return true; }
    [[nodiscard]] loop_rule loops() const override { return loop_rule::sample; }

private:
    std::uint64_t seed_;
    std::uint64_t execution_ = 0;
    random_numbers numbers_;
};

}  // namespace racekit::model
