// SPDX-License-Identifier: MIT
// Builds a stage again and again in the same memory.
#pragma once

#include <racekit/registry.hpp>

#include <cstddef>
#include <new>
#include <vector>

namespace racekit {

/// Memory for stages, private to this process or shared with those it forks.
class stage_memory {
public:
    enum class sharing { private_heap, shared_mapping };
    stage_memory(stage_maker const& maker, sharing how, std::size_t places = 1);
    ~stage_memory();
    stage_memory(stage_memory const&) = delete;
    stage_memory& operator=(stage_memory const&) = delete;

    /// Builds a stage in the next free place.
    [[nodiscard]] stage& build() {
        built_.push_back(maker_.make(static_cast<std::byte*>(place_) + built_.size() * stride_));
        return *built_.back();
    }
    /// Destroys all that was built.
    void tear_down() {
        for (stage* const each : built_) each->~stage();
        built_.clear();
    }
    [[nodiscard]] std::vector<stage*> const& built() const { return built_; }
    /// Never gives the memory back: threads that will not end still play in it.
    void abandon() { place_ = nullptr; }

    /// Maps every page of it into this process, so that the first touch by a story costs nothing.
    void touch() const;

private:
    stage_maker const& maker_;
    sharing how_;
    std::size_t stride_;
    std::size_t size_;
    void* place_ = nullptr;
    std::vector<stage*> built_;
};

}  // namespace racekit
