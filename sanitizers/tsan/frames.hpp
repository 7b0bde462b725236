// SPDX-License-Identifier: MIT
// From program counters to lines of source.
#pragma once

#include "core/object_expression.hpp"

#include <string>
#include <vector>

namespace racekit::tsan {

struct frame {
    std::string function;
    std::string file;
    int line = 0;
    int column = 0;  ///< of the call, or of the access
};

/// The frames of these return addresses, innermost first, with inlined functions. `pcs` ends at the
/// first null.
[[nodiscard]] std::vector<frame> symbolised(void* const* pcs, int count);

/// Whether the address lies in a table of virtual functions.
[[nodiscard]] bool is_in_vtable(void* address);

/// Whether the frame belongs to a primitive or the platform of racekit itself.
[[nodiscard]] bool is_primitive(frame const& one);

/// Whether the frame belongs to racekit's platform, to the harness or to the standard library, and
/// not to a primitive or a scenario.
[[nodiscard]] bool is_platform(frame const& one);

/// The frame to show: the innermost that is not platform; with `scenario_file`, the innermost in
/// that file, if there is one. Null if there is none.
[[nodiscard]] frame const* frame_to_show(std::vector<frame> const& stack);
[[nodiscard]] frame const* frame_to_show(std::vector<frame> const& stack,
                                   std::string const& scenario_file);

/// The marked frame in that file, or null.
[[nodiscard]] frame const* marked(std::vector<frame> const& stack,
                                  std::string const& scenario_file);

/// The name, in the source, of the object that is accessed at `at`, a frame of `stack`; found by
/// the column and the name of the function called there. Empty if it cannot be determined.
[[nodiscard]] object_expression object_at(std::vector<frame> const& stack, frame const* at);

}  // namespace racekit::tsan
