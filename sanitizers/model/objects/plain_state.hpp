// SPDX-License-Identifier: MIT
// The state of an unsynchronised variable.
#pragma once

#include "model/core/execution.hpp"

namespace racekit::model {

/// One access to a plain variable, to report a race.
struct access {
    timestamp at;  // 0: none
    site where;
};

struct plain_state {
    value_type const* type;
    int writer;  // -1: none
    access written;
    access read[most_threads];
};

extern object_kind const plain_kind;

}  // namespace racekit::model
