// SPDX-License-Identifier: MIT
// Turns reports of TSan into findings.
#pragma once

#include "report_board.hpp"
#include "round_names.hpp"

#include <racekit/finding.hpp>
#include <racekit/registry.hpp>

namespace racekit::tsan {

/// The kind of finding for a kind of TSan report: "data race" for "data-race", ...
[[nodiscard]] std::string kind_of_report(std::string const& tsan_kind);

/// Turns one report into a finding. On the racy variant it counts only if one of its stacks
/// contains a marked line of the scenario's file; otherwise its kind begins with "unmarked".
[[nodiscard]] finding read_report(report_copy const& report, scenario const& what, variant which,
                                  round_names const& names);

/// What TSan would report for this cycle of lock orders.
[[nodiscard]] report_copy report_of(std::vector<lock_order> const& cycle);

/// The first report that contains a marked line, otherwise the first report.
[[nodiscard]] finding read_reports(std::vector<report_copy> const& reports, scenario const& what,
                                   variant which, round_names const& names);

}  // namespace racekit::tsan
