// SPDX-License-Identifier: MIT
// The test body of a scenario for the engine: it builds a new test instance in every execution.
#pragma once

#include "harness/exception_text.hpp"
#include "model/core/engine.hpp"

#include <racekit/registry.hpp>

#include <new>

namespace racekit::model {

/// All instances use the same memory, so that addresses are the same in every execution.
class scenario_body final : public test_body {
public:
    explicit scenario_body(instance_maker const& maker)
        : maker_(maker), place_(::operator new(maker.size, std::align_val_t(maker.alignment))) {}
    ~scenario_body() override { ::operator delete(place_, std::align_val_t(maker_.alignment)); }
    scenario_body(scenario_body const&) = delete;
    scenario_body& operator=(scenario_body const&) = delete;

    void before() override {
        instance_ = build_instance(maker_, place_);
        instance_->before();
    }
    void act(int thread) override { instance_->act(thread); }
    [[nodiscard]] std::span<unsigned char const> storage() const override {
        return {static_cast<unsigned char const*>(place_), maker_.size};
    }
    void after() override {
        instance_->after();
        instance_->~test_instance();
    }

private:
    instance_maker const& maker_;
    void* place_;
    test_instance* instance_ = nullptr;
};

}  // namespace racekit::model
