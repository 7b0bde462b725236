// SPDX-License-Identifier: MIT
// From what TSan reported to a finding.
#pragma once

#include "report_board.hpp"

#include <racekit/finding.hpp>
#include <racekit/registry.hpp>

namespace racekit::tsan {

/// The kind of finding that a TSan report is: "data race" for "data-race", ...
[[nodiscard]] std::string finding_kind(std::string const& tsan_kind);

/// The finding that one report is. On the racy variant it counts only if one of its stacks touches
/// a marked line of the scenario's file; otherwise its kind says "unmarked".
[[nodiscard]] finding read_report(report_copy const& report, scenario const& what, variant which);

/// The report that tells most: the first that touches a marked line, else the first.
[[nodiscard]] finding read_reports(std::vector<report_copy> const& reports, scenario const& what,
                                   variant which);

}  // namespace racekit::tsan
