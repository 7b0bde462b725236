// SPDX-License-Identifier: MIT
// The interface between the runner and the detectors.
#pragma once

#include <racekit/registry.hpp>
#include <racekit/verdict.hpp>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace racekit {

/// The options of the command line for a detector. Zero means the default of the detector.
struct settings {
    std::uint64_t seed = 1;
    std::uint64_t executions = 0;  ///< executions or rounds at most
    double seconds = 0;            ///< limit of wall-clock time
    double scale = 1;              ///< the detector's default limits are multiplied by this
    std::string schedule;          ///< replay this schedule instead of searching
    bool exact = false;            ///< reject a schedule that was recorded in another program
    std::string mode;              ///< a mode of the detector: "free", "controlled", "random", ...
    std::string memory;            ///< of the model: "exact" (also if empty) or "relacy"
    unsigned depth = 0;            ///< bug depth of the strategy pct
    unsigned jobs = 0;             ///< worker processes that search in parallel
    unsigned shard = 0;            ///< 1 .. shards: search only this part
    unsigned shards = 0;
    std::string checkpoint;  ///< file from which a search continues, and to which it saves
    /// Of the model: whether every execution is sequentially consistent; `required`: the verdict
    /// depends on it.
    enum class robustness { not_asked, asked, required };
    robustness robust = robustness::not_asked;
    bool progress = false;   ///< print a status line to stderr
    bool show = false;       ///< print the interleaving that the description names, finding or not

    /// A default number of executions or rounds, scaled: at least one.
    [[nodiscard]] std::uint64_t scaled(std::uint64_t standard) const {
        double const wanted = static_cast<double>(standard) * scale;
        constexpr double most = 1e18;
        return wanted < 1 ? 1 : static_cast<std::uint64_t>(wanted < most ? wanted : most);
    }
};

/// How many times its default time a detector may take while it has not found what it promised. The
/// default is for a machine that does nothing else; the number of executions or rounds stays.
[[nodiscard]] constexpr double extra_time(variant which, promise stated) {
    return which == variant::racy && stated.sight == sight::finds ? 10 : 1;
}

/// The detector does not support an option of the command line: exit code 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One row of the table of detectors. A detector enters it from its own source file:
///
///     racekit::entered_detector const entered{{"backwards", look}};
struct detector {
    char const* name;  ///< lower-case letters and _
    /// What it sees of one variant. Throws usage_error for an option that it does not have.
    observation (*look)(scenario const& what, variant which, settings const& how);
    bool threads = true;     ///< runs test bodies with `threads`
    bool processes = false;  ///< runs test bodies with `processes`
    /// The promise of a scenario that does not mention the detector. `may_find` is always kept.
    promise unmentioned = may_find;
};

/// Enters a detector into the table when the program starts.
struct entered_detector {
    explicit entered_detector(detector what);
};

/// The detectors of this program.
[[nodiscard]] std::span<detector const> detectors();

}  // namespace racekit
