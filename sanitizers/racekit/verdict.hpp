// SPDX-License-Identifier: MIT
// From what was seen and what was promised to a verdict.
#pragma once

#include <racekit/finding.hpp>
#include <racekit/promise.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace racekit {

enum class variant { racy, fixed };

[[nodiscard]] constexpr char const* name(variant which) {
    return which == variant::racy ? "racy" : "fixed";
}

/// How far a detector got. `exhausted` and `sampled` are never called by the same word.
struct reach {
    enum class kind { none, exhausted, sampled };
    kind how = kind::none;
    std::uint64_t count = 0;   ///< executions, rounds or runs
    std::string unit;          ///< "executions", "rounds", ...
    std::string bounds;        ///< what was left out: "window 8, spurious budget 1"; may be empty
    std::uint64_t pruned = 0;  ///< cut short because they would come to the same as another one
    std::uint64_t distinct = 0;  ///< of those sampled; 0: not counted
    double covered = 0;          ///< estimated part of all there is; 0: unknown
    std::uint64_t deepening = 0;  ///< executions of few pre-emptions that came first, not counted

    /// "exhausted 48", "exhausted 12 (+13 pruned)", "sampled 200,000", "nothing".
    [[nodiscard]] std::string words() const;
};

/// An outcome that stress counted, and whether the story allows it.
struct outcome_count {
    std::uint64_t times = 0;
    bool allowed = true;
};

/// Something that the program comes near and the detector never shows.
struct warning {
    std::string kind;  ///< "load buffering", ...
    std::string text;  ///< one line: where, and what is not shown
};

/// What one detector saw of one variant.
struct observation {
    enum class state {
        clean,         ///< ran to the end of its budget and found nothing
        found,         ///< see `found`
        inconclusive,  ///< could not run, or could not run far enough to say; see `trouble`
        failed,        ///< the detector itself broke; see `trouble`
    };
    state how = state::inconclusive;
    std::optional<finding> found;
    reach far;
    std::map<std::string, outcome_count> outcomes;
    std::optional<std::uint64_t> passing = {};  ///< of the racy variant, once the mistake is found:
                                                ///< the execution that went well; 0: none did
    std::string trouble;  ///< one line: what, where, what to do
    std::string mode;     ///< "controlled", "free", "exhaustive, then random", ...
    double seconds = 0;
    std::vector<warning> warnings = {};  ///< what a clean verdict does not speak of
};

enum class judgement { kept, broken, inconclusive, hang, failed };

struct verdict {
    judgement what = judgement::failed;
    std::string why;  ///< one line
};

/// Compares an observation with the promise that holds for this variant: the stated one for racy,
/// "finds nothing" for fixed. A hang that was promised is a finding like any other; one that was
/// not is `hang`. A racy variant that never goes well is broken, not racy, unless the scenario says
/// why: `never_passes`.
[[nodiscard]] verdict judge(variant which, promise said, observation const& seen,
                            char const* never_passes = "");

/// The process exit code for a judgement: 0 kept, 1 broken, 3 inconclusive, 4 hang, 70 failed.
[[nodiscard]] int exit_code(judgement what);

[[nodiscard]] char const* name(judgement what);
[[nodiscard]] char const* name(observation::state how);

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace racekit
