// Builds a stage again and again in the same memory.
#pragma once

#include <racekit/registry.hpp>

#include <cstdlib>
#include <new>

namespace racekit {

/// Memory for one stage, private to this process or shared with those it forks.
class stage_memory {
public:
    enum class sharing { private_heap, shared_mapping };
    stage_memory(stage_maker const& maker, sharing how);
    ~stage_memory();
    stage_memory(stage_memory const&) = delete;
    stage_memory& operator=(stage_memory const&) = delete;

    [[nodiscard]] stage& build() { return *(current_ = maker_.make(place_)); }
    void tear_down() {
        if (current_ != nullptr) current_->~stage();
        current_ = nullptr;
    }

private:
    stage_maker const& maker_;
    sharing how_;
    std::size_t mapped_ = 0;
    void* place_ = nullptr;
    stage* current_ = nullptr;
};

}  // namespace racekit
