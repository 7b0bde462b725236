// SPDX-License-Identifier: MIT
// The table of litmus tests is what the engine does: every difference from C++20 is declared, and
// no declared one is missing. --markdown prints the table of sanitizers/model/README.md.
#include "litmus.hpp"

#include <cstdio>
#include <cstring>

namespace racekit::litmus {
namespace {

/// All combinations of the values that stand at each place of some outcomes.
outcome_set combinations(outcome_set const& some) {
    outcome_set made = {""};
    for (std::size_t at = 0; at < some.begin()->size(); ++at) {
        outcome_set longer;
        for (std::string const& each : some) {
            for (std::string const& begun : made) longer.insert(begun + each.substr(at, 1));
        }
        made = std::move(longer);
    }
    return made;
}

/// "all 4" or "all but 00" reads better than what is there when most is.
std::string briefly(outcome_set const& allowed, outcome_set const& some) {
    if (some.size() <= 3) return in_words(some);
    std::string const count = std::to_string(some.size());
    for (bool const combined : {true, false}) {
        outcome_set const everything = combined ? combinations(allowed) : allowed;
        outcome_set const missing = without(everything, some);
        if (!without(some, everything).empty() || missing.size() > 3) continue;
        if (missing.empty()) return combined ? "all " + count : count;
        return "all but " + in_words(missing);
    }
    return count + " outcomes";
}

std::string escaped(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.replace(at, 1, "\\|");
    return text;
}

struct judged {
    outcome_set allowed, shown, missing, made_up, hardware;
    bool as_declared = false;
    std::string verdict;

    [[nodiscard]] bool exact() const { return as_declared && missing.empty() && made_up.empty(); }
};

judged judge(row const& of, hardware_record const& record) {
    judged result;
    result.allowed = allowed_by_cpp20(of);
    result.shown = shown_by_model(of);
    result.missing = without(result.allowed, result.shown);
    result.made_up = without(result.shown, result.allowed);
    if (auto const seen = record.find(of.name); seen != record.end())
        result.hardware = seen->second;
    bool const gap_fits = result.missing == outcomes(of.unsupported_outcome);
    bool const alarm_fits = result.made_up == outcomes(of.false_alarm);
    outcome_set const impossible = without(result.hardware, result.allowed);
    result.as_declared = gap_fits && alarm_fits && impossible.empty();
    if (!impossible.empty())
        result.verdict = "HARDWARE SHOWED WHAT C++20 FORBIDS: " + in_words(impossible);
    else if (!result.as_declared) result.verdict = "NOT AS DECLARED";
    else if (!result.missing.empty())
        result.verdict = "declared gap: never " + in_words(result.missing);
    else if (!result.made_up.empty())
        result.verdict = "declared false alarm: " + in_words(result.made_up);
    else result.verdict = "exact";
    return result;
}

/// "SB rlx": the family is the part before the first blank.
std::string family_of(row const& of) {
    std::string const name = of.name;
    return name.substr(0, name.find(' '));
}

std::string variant_of(row const& of) {
    std::string const name = of.name;
    std::size_t const blank = name.find(' ');
    return blank == std::string::npos ? "" : name.substr(blank + 1);
}

void print_row(row const& of, judged const& result) {
    std::printf(
        "%s: %s\n  allowed  %s\n  shown    %s\n  missing  %s, declared %s\n"
        "  made up  %s, declared %s\n",
        of.name, result.verdict.c_str(), in_words(result.allowed).c_str(),
        in_words(result.shown).c_str(), in_words(result.missing).c_str(), of.unsupported_outcome,
        in_words(result.made_up).c_str(), of.false_alarm);
}

void print_markdown(std::vector<judged> const& results, std::string const& score,
                    hardware_record const& record) {
    std::printf("%s. Hardware: %s.\n\n| family | variant | threads | C++20 allows | because | the "
                "engine shows | hardware showed | verdict |\n|---|---|---|---|---|---|---|---|\n",
                score.c_str(), record.contains("") ? in_words(record.at("")).c_str() : "not run");
    std::string last;
    for (std::size_t at = 0; at < results.size(); ++at) {
        row const& each = rows()[at];
        judged const& result = results[at];
        std::string threads;
        for (char const* thread : each.threads)
            threads += std::string(threads.empty() ? "" : " \\|\\| ") + "`" + thread + "`";
        std::string const family = family_of(each);
        std::printf("| %s | %s | %s | %s | %s | %s | %s | %s%s%s |\n",
                    family == last ? "" : family.c_str(), variant_of(each).c_str(),
                    threads.c_str(), briefly(result.allowed, result.allowed).c_str(),
                    escaped(each.reason).c_str(), briefly(result.allowed, result.shown).c_str(),
                    briefly(result.allowed, result.hardware).c_str(), result.verdict.c_str(),
                    *each.because != '\0' ? ": " : "", each.because);
        last = family;
    }
}

}  // namespace
}  // namespace racekit::litmus

int main(int count, char** arguments) {
    using namespace racekit::litmus;
    bool const markdown = count > 1 && std::strcmp(arguments[1], "--markdown") == 0;
    if (count > 2 || (count == 2 && !markdown)) {
        std::fprintf(stderr, "usage: litmus [--markdown]\n");
        return 2;
    }
    hardware_record const record = read_hardware_record(RACEKIT_HARDWARE_RECORD);
    std::vector<judged> results;
    std::size_t wrong = 0;
    std::size_t exact = 0;
    for (row const& each : rows()) {
        results.push_back(judge(each, record));
        exact += results.back().exact() ? 1 : 0;
        wrong += results.back().as_declared ? 0 : 1;
    }
    std::string const score = std::to_string(results.size()) + " litmus tests: " +
                              std::to_string(exact) + " exact, " +
                              std::to_string(results.size() - exact - wrong) +
                              " with a declared difference, " + std::to_string(wrong) +
                              " not as declared";
    if (markdown) {
        print_markdown(results, score, record);
    } else {
        for (std::size_t at = 0; at < results.size(); ++at) {
            if (!results[at].as_declared) print_row(rows()[at], results[at]);
        }
        std::printf("%s\n", score.c_str());
    }
    return wrong == 0 ? 0 : 1;
}
