// SPDX-License-Identifier: MIT
// Where program counters stand in the source.
#pragma once

#include <string>
#include <vector>

namespace racekit::tsan {

struct frame {
    std::string function;
    std::string file;
    int line = 0;
};

/// The frames of return addresses as TSan and frame pointers give them, innermost first, inlined
/// ones included. `pcs` ends at the first null.
[[nodiscard]] std::vector<frame> symbolised(void* const* pcs, int count);

/// Whether the frame is of racekit's platform or of the standard library, which the author of a
/// primitive or a scenario did not write.
[[nodiscard]] bool is_platform(frame const& one);

/// The frame to show: the innermost that is not platform; with `scenario_file`, the innermost in
/// that file, if there is one. Null: none.
[[nodiscard]] frame const* telling(std::vector<frame> const& stack);
[[nodiscard]] frame const* telling(std::vector<frame> const& stack,
                                   std::string const& scenario_file);

/// The marked frame in that file, or null.
[[nodiscard]] frame const* marked(std::vector<frame> const& stack,
                                  std::string const& scenario_file);

/// What the source calls the object that is accessed at `at`, a frame of `stack`: by the name of
/// the function that is called there. "" if that cannot be told.
[[nodiscard]] std::string object_at(std::vector<frame> const& stack, frame const* at);

}  // namespace racekit::tsan
