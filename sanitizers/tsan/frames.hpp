// SPDX-License-Identifier: MIT
// From program counters to lines of source.
#pragma once

#include <string>
#include <vector>

namespace racekit::tsan {

struct frame {
    std::string function;
    std::string file;
    int line = 0;
};

/// The frames of these return addresses, innermost first, with inlined functions. `pcs` ends at the
/// first null.
[[nodiscard]] std::vector<frame> symbolised(void* const* pcs, int count);

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
/// the name of the function called there. "" if it cannot be determined.
[[nodiscard]] std::string object_at(std::vector<frame> const& stack, frame const* at);

}  // namespace racekit::tsan
