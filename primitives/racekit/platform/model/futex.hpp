// SPDX-License-Identifier: MIT
// Sleeping on a word, as futex(2) does it: the comparison and the falling asleep are one step.
#pragma once

#include <racekit/platform/model/atomic.hpp>
#include <racekit/platform/model/clock.hpp>

#include <climits>
#include <cstdint>

namespace racekit {

enum class futex_scope { process_private, process_shared };

enum class futex_result { woken, changed, timed_out };

inline futex_result futex_wait_until(atomic<std::uint32_t> const& word, std::uint32_t expected,
                                     deadline limit,
                                     futex_scope = futex_scope::process_private,
                                     site where = site::here()) {
    switch (
        model::futex_wait(word.object(), word.object_address(), to_word(expected), limit, where)) {
        case model::wait_result::changed: return futex_result::changed;
        case model::wait_result::timed_out: return futex_result::timed_out;
        default: return futex_result::woken;
    }
}

inline futex_result futex_wait(atomic<std::uint32_t> const& word, std::uint32_t expected,
                               futex_scope scope = futex_scope::process_private,
                               site where = site::here()) {
    return futex_wait_until(word, expected, never, scope, where);
}

inline int futex_wake(atomic<std::uint32_t> const& word, int count = INT_MAX,
                      futex_scope = futex_scope::process_private, site where = site::here()) {
    return model::futex_wake(word.object(), word.object_address(), count, where);
}

}  // namespace racekit
