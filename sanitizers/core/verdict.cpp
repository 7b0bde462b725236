// SPDX-License-Identifier: MIT
#include <racekit/verdict.hpp>

#include <cstring>

namespace racekit {
namespace {

/// "found a data race", "found an ABA".
std::string found_a(std::string const& kind) {
    bool const vowel = kind.find_first_of("aeiouAEIOU") == 0 && kind.rfind("use", 0) != 0;
    return std::string("found ") + (vowel ? "an " : "a ") + kind;
}

}  // namespace

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string reach::words() const {
    if (how == kind::none) return "nothing";
    if (how == kind::sampled) return "sampled " + grouped(count);
    return "exhausted " + grouped(count) + (pruned > 0 ? " (+" + grouped(pruned) + " pruned)" : "");
}

char const* name(judgement what) {
    switch (what) {
        case judgement::kept: return "kept";
        case judgement::broken: return "broken";
        case judgement::inconclusive: return "inconclusive";
        case judgement::hang: return "hang";
        case judgement::failed: break;
    }
    return "failed";
}

char const* name(observation::state how) {
    switch (how) {
        case observation::state::clean: return "clean";
        case observation::state::found: return "found";
        case observation::state::inconclusive: return "inconclusive";
        case observation::state::failed: break;
    }
    return "failed";
}

char const* name(robustness::answer is) {
    switch (is) {
        case robustness::answer::robust: return "robust";
        case robustness::answer::not_robust: return "not robust";
        case robustness::answer::unknown: break;
    }
    return "no weak execution seen";
}

int exit_code(judgement what) {
    switch (what) {
        case judgement::kept: return 0;
        case judgement::broken: return 1;
        case judgement::inconclusive: return 3;
        case judgement::hang: return 4;
        case judgement::failed: break;
    }
    return 70;
}

verdict judge(variant which, promise stated, observation const& seen, char const* never_passes) {
    using state = observation::state;
    if (seen.how == state::failed) return {judgement::failed, seen.trouble};
    if (seen.how == state::inconclusive) return {judgement::inconclusive, seen.trouble};
    if (seen.how == state::clean && seen.far.how == reach::kind::none)
        return {judgement::broken, "the detector ran nothing, so a clean result means nothing"};

    bool const found = seen.how == state::found;
    std::string const kind = found ? seen.found->kind : "";
    if (which == variant::fixed) {
        if (!found) return {judgement::kept, "found nothing, as expected"};
        return {kind == "hang" ? judgement::hang : judgement::broken,
                found_a(kind) + " in the fixed variant"};
    }

    switch (stated.sight) {
        case sight::finds:
            if (!found) return {judgement::broken, "did not find the mistake, though promised"};
            break;
        case sight::blind:
            if (found)
                return {judgement::broken, found_a(kind) + ", though promised to be blind"};
            return {judgement::kept, "blind, as promised"};
        case sight::may_find:
            if (!found)
                return {judgement::kept, "found nothing in this run; the promise is may_find"};
            break;
        case sight::absent: return {judgement::failed, "ran, though the promise is absent"};
        case sight::unstated: return {judgement::failed, "no promise stated"};
    }
    if (stated.words[0] != '\0' && kind != stated.words) {
        return {kind == "hang" ? judgement::hang : judgement::broken,
                found_a(kind) + ", promised a " + stated.words};
    }
    bool const excused = never_passes[0] != '\0';
    if (seen.passing && (*seen.passing == 0) != excused) {
        return {judgement::broken,
                excused ? "an execution of the racy variant passes, though .never_passes is set"
                        : "no execution of the racy variant passes: it is wrong without any race; "
                          "if that is intended, give the reason in .never_passes"};
    }
    return {judgement::kept, found_a(kind) + ", as promised"};
}

}  // namespace racekit
