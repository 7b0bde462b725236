// SPDX-License-Identifier: MIT
// A scenario as the engine plays it: its stage, built anew in every execution.
#pragma once

#include "model/core/engine.hpp"

#include <racekit/registry.hpp>

#include <new>

namespace racekit::model {

/// All stages stand in the same memory, so that addresses are the same in every execution.
class scenario_body final : public test_body {
public:
    explicit scenario_body(stage_maker const& maker)
        : maker_(maker), place_(::operator new(maker.size, std::align_val_t(maker.alignment))) {}
    ~scenario_body() override { ::operator delete(place_, std::align_val_t(maker_.alignment)); }
    scenario_body(scenario_body const&) = delete;
    scenario_body& operator=(scenario_body const&) = delete;

    void before() override {
        stage_ = maker_.make(place_);
        stage_->before();
    }
    void act(int thread) override { stage_->act(thread); }
    void after() override {
        stage_->after();
        stage_->~stage();
    }

private:
    stage_maker const& maker_;
    void* place_;
    stage* stage_ = nullptr;
};

}  // namespace racekit::model
