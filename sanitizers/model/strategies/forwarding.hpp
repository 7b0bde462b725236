// SPDX-License-Identifier: MIT
// The base of strategies that wrap another one.
#pragma once

#include "model/core/strategy.hpp"

namespace racekit::model {

/// Forwards every call to another strategy. A decorator derives from it and overrides the calls in
/// which it does more; it cannot lose the others, and a new function of `strategy` does not compile
/// until it is forwarded here. A decorator that needs the situation at each choice overrides
/// predicted() to return `unknown`, so that choose_thread() is called every time.
class forwarding : public strategy {
public:
    explicit forwarding(strategy& inner) : inner_(&inner) {}

    void begin() override {
        inner_->begin();
        asks_of_one_ = inner_->asks_of_one();
    }
    [[nodiscard]] int predicted(operation const* next_by_thread) override {
        int const thread = inner_->predicted(next_by_thread);
        asks_of_one_ = inner_->asks_of_one();
        return thread;
    }
    void mispredicted() override { inner_->mispredicted(); }
    int choose_thread(situation const& now) override {
        int const thread = inner_->choose_thread(now);
        asks_of_one_ = inner_->asks_of_one();
        return thread;
    }
    unsigned choose(decision about, unsigned count, int thread) override {
        return inner_->choose(about, count, thread);
    }
    unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) override {
        return inner_->choose_store(count, ages, thread);
    }
    void executed(int thread, operation const& done) override { inner_->executed(thread, done); }
    void broke_off() override { inner_->broke_off(); }
    void stuck(situation const& now) override { inner_->stuck(now); }
    [[nodiscard]] loop_rule loops() const override { return inner_->loops(); }
    [[nodiscard]] bool can_start_over() const override { return inner_->can_start_over(); }
    void start_over() override { inner_->start_over(); }
    [[nodiscard]] bool end(bool abandoned) override { return inner_->end(abandoned); }

protected:
    /// All calls go to this one from now on.
    void forward_to(strategy& inner) { inner_ = &inner; }

private:
    strategy* inner_;
};

}  // namespace racekit::model
