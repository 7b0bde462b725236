// SPDX-License-Identifier: MIT
// What a scenario says each detector sees on its racy variant.
#pragma once

namespace racekit {

enum class sight {
    unstated,  ///< nothing said: refused when the scenario is enrolled
    finds,     ///< reports the mistake within its budget, every time
    may_find,  ///< sometimes; counted, never judged
    blind,     ///< stays silent though the mistake is there: a guard on the documentation
    absent,    ///< cannot express the scenario; the reason is part of the promise
};

/// A promise for one detector: what it sees and, when given, the kind of finding it must be
/// ("data race", "deadlock", ...; the words of finding::kind) or the reason why it is absent.
struct promise {
    racekit::sight sight = sight::unstated;
    char const* words = "";

    constexpr promise operator()(char const* said) const { return {sight, said}; }
};

inline constexpr promise finds{sight::finds};
inline constexpr promise may_find{sight::may_find};
inline constexpr promise blind{sight::blind};
inline constexpr promise absent{sight::absent};

/// Blind on processors that keep stores and loads in order (x86), may find elsewhere.
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
