// A schedule as text: who made each step, what was decided otherwise, and a seal.
//
//     0.1.1.0/01~5c1e90ab12cd
//
// Steps are thread numbers in order; `3*0` is three steps of thread 0. After the slash stand the
// other decisions in order, one base-36 digit each, zeros at the end left out. The seal says which
// scenario and variant it belongs to and what execution it must give; without one nothing is
// checked.
#pragma once

#include "engine.hpp"

#include <racekit/detector.hpp>

#include <string>

namespace racekit::model {

struct schedule {
    std::vector<std::uint8_t> threads;
    std::vector<std::uint8_t> decisions;
    std::string owner;        ///< four hex digits; empty: unsealed
    std::string fingerprint;  ///< eight hex digits
};

[[nodiscard]] std::string to_text(schedule const& what);

/// Throws usage_error, saying at which character it goes wrong and what was expected.
[[nodiscard]] schedule parse_schedule(std::string const& text);

/// The seal of an execution of this scenario and variant.
[[nodiscard]] schedule sealed(execution const& what, std::string const& scenario_id, variant which);
[[nodiscard]] std::string owner_of(std::string const& scenario_id, variant which);
[[nodiscard]] std::string fingerprint_of(execution const& what);

}  // namespace racekit::model
