// SPDX-License-Identifier: MIT
#include "comparison.hpp"

#include <algorithm>
#include <map>

namespace racekit::oracle {
namespace {

constexpr std::uint64_t most_choices = 400'000;

class comparing {
public:
    comparing(program const& what, comparison& into) : what_(what), into_(into) {}

    void run() {
        if (!into_.seen.finding.empty() && into_.seen.finding != "data race") {
            note("finding", true, {});
            return;
        }
        if (into_.seen.finding == "data race") {
            if (!into_.allowed.race) note("false race", true, {});
            return;
        }
        if (into_.allowed.race) miss(*into_.allowed.race, {});
        for (outcome const& each : into_.seen.outcomes) {
            if (!into_.allowed.outcomes.contains(each) && !into_.allowed.race)
                note("made up", true, each);
        }
        for (auto const& [each, least] : into_.allowed.outcomes) {
            if (!into_.seen.outcomes.contains(each) && !into_.allowed.race) miss(least, each);
        }
        look_for_idle_warnings();
    }

private:
    void note(std::string const& kind, bool is_error, outcome const& ends) {
        auto found = std::ranges::find(into_.differences, kind, &difference::kind);
        if (found == into_.differences.end())
            found = into_.differences.insert(found, {kind, is_error, {}});
        if (!ends.empty()) found->outcomes.push_back(ends);
    }

    void miss(need least, outcome const& ends) {
        // An outcome may need both; load buffering alone suffices for it to be missing.
        if (least != need::load_buffering && needs_own_store(least, ends))
            return note("own store in S", false, ends);
        if (least == need::nothing) return note("undeclared", false, ends);
        std::string const kind = to_text(least);
        missing_.insert(kind);
        if (least == need::stale_failure) return note(kind, false, ends);
        note(kind + (into_.seen.warnings.contains(kind) ? ", warned" : ", not warned"), false,
             ends);
    }

    /// Whether what is missing is forbidden, or differs from every execution order, but for LWG
    /// 3941.
    bool needs_own_store(need least, outcome const& ends) {
        if (ends.empty()) return false;
        if (!strict_) {
            rules by;
            by.own_stores_are_free = false;
            strict_ = ask(what_, by);
        }
        auto const found = strict_->outcomes.find(ends);
        return found == strict_->outcomes.end() ||
               (least == need::nothing && found->second != need::nothing);
    }

    void look_for_idle_warnings() {
        for (std::string const& each : into_.seen.warnings) {
            if (!missing_.contains(each)) into_.idle_warnings.push_back(each);
        }
    }

    program const& what_;
    comparison& into_;
    std::set<std::string> missing_;
    std::optional<answer> strict_;
};

}  // namespace

comparison compare(program const& what, std::string_view memory) {
    comparison result;
    result.allowed = ask(what, {}, most_choices);
    if (!result.allowed.cut) result.seen = explore(what, memory);
    result.skipped = result.allowed.cut || result.seen.cut;
    if (!result.skipped) comparing(what, result).run();
    return result;
}

std::string to_text(program const& what, comparison const& result) {
    std::string text = "  program  " + to_text(what) + "\n";
    text += "  oracle   " + std::to_string(result.allowed.outcomes.size()) + " outcomes, race: " +
            (result.allowed.race ? to_text(*result.allowed.race) : "none") + "\n";
    text += "  engine   " + std::to_string(result.seen.outcomes.size()) + " outcomes in " +
            std::to_string(result.seen.executions) + " executions, " +
            (result.seen.finding.empty() ? "clean" : result.seen.finding);
    for (std::string const& each : result.seen.warnings) text += ", warns of " + each;
    text += "\n";
    for (difference const& each : result.differences) {
        text += "  " + each.kind + ":";
        std::size_t shown = 0;
        for (outcome const& ends : each.outcomes) {
            text += (shown++ == 0 ? " " : " | ") + to_text(what, ends);
            if (shown == 8) break;
        }
        if (each.outcomes.size() > 8) text += " | ...";
        if (each.outcomes.empty()) text += " (the verdict about a data race or another finding)";
        text += "\n";
    }
    return text;
}

}  // namespace racekit::oracle
