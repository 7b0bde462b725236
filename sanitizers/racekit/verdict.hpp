// SPDX-License-Identifier: MIT
// Observations of detectors, and the verdict: the observation compared with the promise.
#pragma once

#include <racekit/finding.hpp>
#include <racekit/promise.hpp>
#include <racekit/state_graph.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace racekit {

enum class variant { racy, fixed };

[[nodiscard]] constexpr char const* name(variant which) {
    return which == variant::racy ? "racy" : "fixed";
}

/// How much a detector explored: the whole state space (`exhausted`) or a part (`sampled`).
struct reach {
    enum class kind { none, exhausted, sampled };
    kind how = kind::none;
    std::uint64_t count = 0;   ///< executions, rounds or runs
    std::string unit;          ///< "executions", "rounds", ...
    std::string bounds;        ///< limits of the search: "spurious budget 1, one death"; or empty
    std::uint64_t pruned = 0;  ///< executions cut short as equivalent to an explored one
    std::uint64_t distinct = 0;  ///< inequivalent executions among the sampled ones; 0: not counted
    double covered = 0;          ///< estimated fraction of the state space; 0: unknown
    std::uint64_t deepening = 0;  ///< executions of earlier, smaller preemption bounds, not counted

    /// "exhausted 48", "exhausted 12 (+13 pruned)", "sampled 200,000", "nothing".
    [[nodiscard]] std::string words() const;
};

/// How often stress saw an outcome, and whether all checks held in it.
struct outcome_count {
    std::uint64_t times = 0;
    bool allowed = true;
};

/// A behaviour that the program could have and that the detector does not show.
struct warning {
    std::string kind;  ///< "load buffering", ...
    std::string text;  ///< one line: the place, and the behaviour that is not shown
};

/// Whether every execution is sequentially consistent, where that was asked.
struct robustness {
    enum class answer { robust, not_robust, unknown };
    answer is = answer::unknown;
    std::string why;  ///< one line
};
[[nodiscard]] char const* name(robustness::answer is);

/// The result of one detector on one variant.
struct observation {
    enum class state {
        clean,         ///< the detector used its whole budget and found nothing
        found,         ///< see `found`
        inconclusive,  ///< the detector could not run, or not long enough; see `trouble`
        failed,        ///< the detector itself failed; see `trouble`
    };
    state how = state::inconclusive;
    std::optional<finding> found;
    reach far;
    std::map<std::string, outcome_count> outcomes;
    std::optional<std::uint64_t> passing = {};  ///< racy variant, after the mistake was found: the
                                                ///< number of a passing execution; 0: none
    std::string trouble;  ///< one line: the problem, the place, what to do
    std::string mode;     ///< "controlled", "free", "exhaustive, then random", ...
    double seconds = 0;
    std::vector<warning> warnings = {};  ///< behaviours that a clean verdict does not cover
    std::shared_ptr<state_graph const> graph = {};  ///< where it was asked for
    std::optional<robustness> robust = {};
};

enum class judgement { kept, broken, inconclusive, hang, failed };

struct verdict {
    judgement what = judgement::failed;
    std::string why;  ///< one line
};

/// Compares an observation with the promise for this variant: the stated one for racy, "finds
/// nothing" for fixed. A promised hang is a finding like any other; a hang that was not promised
/// gives `hang`. A racy variant that fails in every execution is simply wrong, not racy: the
/// judgement is `broken`, unless the scenario gives a reason in `never_passes`.
[[nodiscard]] verdict judge(variant which, promise stated, observation const& seen,
                            char const* never_passes = "");

/// The process exit code for a judgement: 0 kept, 1 broken, 3 inconclusive, 4 hang, 70 failed.
[[nodiscard]] int exit_code(judgement what);

[[nodiscard]] char const* name(judgement what);
[[nodiscard]] char const* name(observation::state how);

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace racekit
