// SPDX-License-Identifier: MIT
// That an object is made before it is used, and used before its storage ends, by happens-before: in
// any order of the steps.
#pragma once

#include "model/core/execution.hpp"

namespace racekit::model {

struct lifespan {
    int creator;           // -1: the object was there before the threads were started
    timestamp created_at;  // by the creator's own clock
    site created_where;    // if recorded
    timestamp used_at[most_threads];  // each thread's clock at its last operation on it; 0: none
    site used_where[most_threads];    // if recorded
};

/// The object is made now.
void begin_lifespan(execution& all, lifespan& of);
/// It was there before the threads were started, though the model meets it only now.
void found_lifespan(execution& all, lifespan& of);

/// The current thread uses the object. To be called before the operation hands on what its thread
/// knows, and after it has taken over what others know. Reports a construction that does not happen
/// before.
void use(execution& all, object& subject, lifespan& of, char const* operation, site const& where);

/// The storage of the object ends: reports a use that does not happen before that. The threads of
/// processes that died use it no more.
void check_lifespan(execution& all, object& subject, lifespan const& of, site const& where,
                    site const& last);

}  // namespace racekit::model
