// SPDX-License-Identifier: MIT
// Operations of the platform for a caller that stands between the program and the engine: it hands
// on the frame of the program's own call, so that the states of threads are compared without what
// the caller itself has on the stack.
#pragma once

#include "model/core/call_frame.hpp"

#include <racekit/platform/model/engine.hpp>

namespace racekit::model {

/// An atomic that was there before the threads started, with that value: no construction can race
/// with what is done to it. To be called before its first operation; is no step.
[[nodiscard]] handle atomic_found(void* at, value_type const& type, word value, site const& where);

/// The same of a lock and of a condition.
[[nodiscard]] handle lock_found(void const* at, lock_kind kind, site const& where);
[[nodiscard]] handle condition_found(void const* at, site const& where);

/// The same of a plain variable. Accesses to it are compared by who found it, not here.
[[nodiscard]] handle plain_found(void const* at, site const& where);
/// A plain access to variables that were found.
struct plain_access {
    handle object;
    handle second;  ///< another one; of no object: there is none
    bool to_more;   ///< it touches more than these
    bool writes;
};
/// It is a step. `from`: null if it cannot be the next look of a waiting loop.
void plain_step(plain_access const& what, site const& where, call_frame const* from);

[[nodiscard]] word atomic_load(handle object, void const* at, std::memory_order order,
                               site const& where, call_frame const& from);
word atomic_modify(handle object, void const* at, char const* operation,
                   word (*change)(word, word), word operand, std::memory_order order,
                   site const& where, call_frame const& from);
bool atomic_compare_exchange(handle object, void const* at, word& expected, word desired,
                             std::memory_order success, std::memory_order failure, bool weak,
                             site const& where, call_frame const& from);
void spin(site const& where, call_frame const& from);
[[nodiscard]] lock_result lock(handle object, void const* at, bool shared, instant limit,
                               site const& where, call_frame const& from);
[[nodiscard]] lock_result try_lock(handle object, void const* at, bool shared, site const& where,
                                   call_frame const& from);
bool monitor_step(handle object, void const* at, monitor_operation const& what, instant limit,
                  site const& where, call_frame const& from);

}  // namespace racekit::model
