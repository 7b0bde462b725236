// SPDX-License-Identifier: MIT
// Small programs for the model, written down in the test that explores them.
#pragma once

#include "model/core/engine.hpp"
#include "model/strategies/exhaustive.hpp"
#include "model/runtime/heap.hpp"
#include "model/strategies/random.hpp"

#include <racekit/check.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <functional>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace racekit::model {

/// A program over a State that is built anew in every execution.
template <class State>
class program final : public test_body {
public:
    std::vector<std::function<void(State&)>> threads;
    std::function<void(State&)> last;            ///< alone, after all threads
    std::function<std::string(State&)> outcome;  ///< gathered over all executions
    std::set<std::string> outcomes;

    void before() override { state_ = ::new (memory_) State(); }
    void act(int thread) override { threads[static_cast<std::size_t>(thread)](*state_); }
    [[nodiscard]] std::span<unsigned char const> storage() const override { return memory_; }
    void after() override {
        if (last) last(*state_);
        if (outcome) {
            heap::outside const out;
            outcomes.insert(outcome(*state_));
        }
        state_->~State();
    }

private:
    alignas(State) unsigned char memory_[sizeof(State)];
    State* state_ = nullptr;
};

struct explored {
    std::optional<error> found;
    std::uint64_t executions = 0;
    std::uint64_t abandoned = 0;

    [[nodiscard]] std::string kind() const { return found ? found->kind : ""; }
};

template <class State>
explored explore(program<State>& what, strategy& how, exploration_config config = {},
                 std::uint64_t most = 1'000'000) {
    config.threads = static_cast<int>(what.threads.size());
    engine explorer(what, config);
    execution_record const& last =
        explorer.play(how, [most](std::uint64_t count) { return count >= most; });
    return {last.found, explorer.executions(), explorer.abandoned()};
}

template <class State>
explored explore(program<State>& what, exploration_config config = {}) {
    exhaustive systematically;
    return explore(what, systematically, config);
}

}  // namespace racekit::model
