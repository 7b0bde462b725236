// SPDX-License-Identifier: MIT
// Promises: what each detector reports for the racy variant of a scenario.
#pragma once

#include <racekit/finding_kind.hpp>

namespace racekit {

enum class sight {
    unstated,  ///< no promise: registering the scenario fails
    finds,     ///< reports the mistake within its budget, in every run
    may_find,  ///< reports the mistake in some runs; counted, never judged
    blind,     ///< cannot see the mistake; a report breaks the promise
    absent,    ///< not applicable; the promise contains the reason
};

/// A promise for one detector. `words` is the required kind of finding ("data race", "deadlock",
/// ...; see finding::kind), or for `absent` the reason; it may be empty.
struct promise {
    racekit::sight sight = sight::unstated;
    char const* words = "";
};

/// A kind of finding as its enumerator or its word. A word that is no kind does not compile.
struct required_kind {
    char const* word;

    constexpr required_kind(finding_kind kind) : word(name(kind)) {}
    consteval required_kind(char const* text) : word(text) {
        if (kind_of(text) == finding_kind::none) throw "no kind of finding has this word";
    }
};

/// A promise that may name the kind: finds(data_race).
struct promise_of_finding : promise {
    constexpr promise operator()(required_kind kind) const { return {sight, kind.word}; }
};
/// A promise that may give a reason: absent("it needs a signal").
struct promise_with_reason : promise {
    constexpr promise operator()(char const* reason) const { return {sight, reason}; }
};

inline constexpr promise_of_finding finds{sight::finds};
inline constexpr promise_of_finding may_find{sight::may_find};
inline constexpr promise_with_reason blind{sight::blind};
inline constexpr promise_with_reason absent{sight::absent};

/// `blind` on processors with total store order (x86), `may_find` on others.
#if defined(__x86_64__) || defined(__i386__)
inline constexpr promise blind_under_tso = blind;
#else
inline constexpr promise blind_under_tso = may_find;
#endif

[[nodiscard]] constexpr char const* name(sight what) {
    switch (what) {
        case sight::finds: return "finds";
        case sight::may_find: return "may_find";
        case sight::blind: return "blind";
        case sight::absent: return "absent";
        case sight::unstated: break;
    }
    return "unstated";
}

}  // namespace racekit
