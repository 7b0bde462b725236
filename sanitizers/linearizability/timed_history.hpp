// SPDX-License-Identifier: MIT
// A long history of native threads, judged in the order in which its calls returned.
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
    std::uint64_t responded = no_return;  ///< no_return: it blocks, as all threads do
};

/// Calls of one thread do not overlap. The calls are in any order.
using timed_history = std::vector<timed_call>;

/// The same calls with their real-time order, for explain(). At most as many calls as `call::after`
/// has bits.
[[nodiscard]] history in_real_time_order(timed_history const& seen);

struct history_verdict {
    enum class decision { allowed, rejected, undecided };

    decision how = decision::allowed;
    std::uint64_t steps = 0;    ///< steps of the specification
    std::size_t widest = 0;     ///< most configurations at one time
    std::size_t culprit = 0;    ///< rejected: the first call that no order explains
    std::string instead;        ///< rejected: the specified result of that call
};

/// Just-in-time linearization (Lowe 2017): a configuration is a state of the specification and the
/// set of pending calls that have taken effect in it. When a call returns, each configuration
/// applies as few pending calls as are needed for that call to take effect, with the results that
/// they return later. A configuration that cannot do this is dropped; equal ones are kept once.
///
/// The search is complete: take an allowed order and, at each return, its calls up to the one that
/// returns. All of them are pending or done, since none of them can begin after that return. When
/// no call is pending, only states are left: the history is cut there.
///
/// The result is `undecided` after more than `steps` steps.
[[nodiscard]] history_verdict judge(subject const& what, timed_history const& seen,
                                    std::uint64_t steps);

/// The last calls up to the one that no order explains, and its specified result, as text.
[[nodiscard]] std::string to_text(subject const& what, timed_history const& seen,
                               history_verdict const& why);

}  // namespace racekit::linearity
