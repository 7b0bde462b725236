// SPDX-License-Identifier: MIT
// A long history of real threads, judged in the order in which its calls came back.
#pragma once

#include "history.hpp"

#include <racekit/linearizable.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace racekit::linearity {

inline constexpr std::uint64_t no_return = std::numeric_limits<std::uint64_t>::max();
inline constexpr int most_threads = 32;

struct timed_call {
    int thread = 0;
    unsigned operation = 0;
    unsigned result = any_result;
    std::uint64_t invoked = 0;
    std::uint64_t responded = no_return;  ///< none: all stand, and it waits
};

/// Calls of one thread do not overlap. In whatever order.
using timed_history = std::vector<timed_call>;

/// The same calls with the order that their moments give them, for explain(). At most as many as
/// `call::after` has bits.
[[nodiscard]] history in_real_time_order(timed_history const& seen);

struct ruling {
    enum class word { allowed, rejected, undecided };

    word said = word::allowed;
    std::uint64_t steps = 0;    ///< of the specification
    std::size_t widest = 0;     ///< most configurations at once
    std::size_t culprit = 0;    ///< rejected: the first call whose return nothing explains
    std::string instead;        ///< rejected: what the specification gives there
};

/// Just-in-time linearization (Lowe 2017): a configuration is a state, and which of the calls under
/// way have taken effect in it. When a call returns, each configuration goes on by as few of the
/// calls under way as it takes for that one to have happened, with the results that they were to
/// return; whatever cannot is dropped, and what is the same is kept once.
///
/// Nothing is missed: of an allowed order, take at each return the calls up to the one that
/// returns. They are all under way or done, since none of them can have begun after it. And when
/// nobody is calling, nothing but states is left: that cuts the history there.
///
/// Gives up as `undecided` beyond so many steps.
[[nodiscard]] ruling judge(subject const& what, timed_history const& seen, std::uint64_t steps);

/// The last calls up to the one that nothing explains, and what was specified instead.
[[nodiscard]] std::string told(subject const& what, timed_history const& seen,
                               ruling const& why);

}  // namespace racekit::linearity
