// SPDX-License-Identifier: MIT
// Constructors, assignments and destructors of elements that a queue calls: which queue runs them.
#pragma once

#include <racekit/platform/native/checked.hpp>
#include <racekit/platform/queue_state.hpp>

namespace racekit {

/// Whether queues that promise to cost no more than by hand look for it too.
inline constexpr bool checks_element_code = RACEKIT_CHECKED;

/// While one lives, this thread runs code of an element within the operation of `queue`.
class element_code {
public:
    explicit element_code(void const* queue) noexcept : queue_(queue), outer_(innermost_) {
        innermost_ = this;
    }
    ~element_code() { innermost_ = outer_; }
    element_code(element_code const&) = delete;
    element_code& operator=(element_code const&) = delete;

    /// Throws queue_reentered if this thread is within such code of `queue`: an operation would
    /// then wait for itself for ever, or take an element twice.
    static void expect_outside(void const* queue) {
        for (element_code const* each = innermost_; each != nullptr; each = each->outer_) {
            if (each->queue_ == queue) throw queue_reentered();
        }
    }

private:
    inline static constinit thread_local element_code const* innermost_ = nullptr;
    void const* queue_;
    element_code const* outer_;
};

}  // namespace racekit
