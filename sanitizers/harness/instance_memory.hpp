// SPDX-License-Identifier: MIT
// Memory in which test instances are built and destroyed again and again.
#pragma once

#include "exception_text.hpp"

#include <racekit/registry.hpp>

#include <cstddef>
#include <new>
#include <vector>

namespace racekit {

/// Memory for test instances, private to this process or shared with the processes it forks.
class instance_memory {
public:
    enum class sharing { private_heap, shared_mapping };
    instance_memory(instance_maker const& maker, sharing how, std::size_t places = 1);
    ~instance_memory();
    instance_memory(instance_memory const&) = delete;
    instance_memory& operator=(instance_memory const&) = delete;

    /// Builds an instance in the next free place.
    [[nodiscard]] test_instance& build() {
        std::byte* const next = static_cast<std::byte*>(place_) + built_.size() * stride_;
        built_.push_back(build_instance(maker_, next));
        return *built_.back();
    }
    /// Destroys all instances that were built.
    void tear_down() {
        for (test_instance* const each : built_) each->~test_instance();
        built_.clear();
    }
    [[nodiscard]] std::vector<test_instance*> const& built() const { return built_; }
    /// Never frees the memory: threads that will not end still run in it.
    void abandon() { place_ = nullptr; }

    /// Touches every page, so that the first access by a test body causes no page fault.
    void touch() const;

private:
    instance_maker const& maker_;
    sharing how_;
    std::size_t stride_;
    std::size_t size_;
    void* place_ = nullptr;
    std::vector<test_instance*> built_;
};

}  // namespace racekit
