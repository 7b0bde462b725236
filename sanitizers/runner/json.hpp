// SPDX-License-Identifier: MIT
// The verdict as JSON: what scripts, reports and CI read.
#pragma once

#include <racekit/detector.hpp>

#include <string>

namespace racekit {

/// One (scenario, variant, detector) run as a JSON document, schema_version 1.
[[nodiscard]] std::string to_json(scenario const& what, variant which, char const* detector,
                                  settings const& how, observation const& seen,
                                  verdict const& judged);

/// What `racekit list --json` prints: an array of the scenarios in this program.
[[nodiscard]] std::string catalogue_json();

/// What `racekit list --kinds --json` prints: an array of the kinds of findings and their meaning.
[[nodiscard]] std::string kinds_json();

}  // namespace racekit
