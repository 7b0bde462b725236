// SPDX-License-Identifier: MIT
// The state of a monitor that the model keeps; the object itself keeps the rest.
#pragma once

#include "lifespan.hpp"

namespace racekit::model {

struct monitor_state {
    char const* kind;
    void const* owner;
    std::string (*shown_by)(void const*);
    lifespan life;

    [[nodiscard]] std::string shown() const { return shown_by(owner); }
};

extern object_kind const monitor_kind;

}  // namespace racekit::model
