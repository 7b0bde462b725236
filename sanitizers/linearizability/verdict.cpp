// SPDX-License-Identifier: MIT
#include "verdict.hpp"

#include "runner/print.hpp"

#include <racekit/verdict.hpp>

#include <algorithm>

namespace racekit::linearity {
namespace {

std::string plural(std::uint64_t count, std::string const& one) {
    return grouped(count) + " " + one + (count == 1 ? "" : "s");
}

std::string sequence_words(subject const& what) {
    constexpr std::size_t most = 12;
    std::string text;
    for (std::size_t each = 0; each < std::min(most, what.sequences.size()); ++each)
        text += (each == 0 ? " {" : ", {") + what.sequences[each].name + "}";
    if (what.sequences.size() > most)
        text += " and " + grouped(what.sequences.size() - most) + " more";
    return text;
}

std::string helper_words(subject const& what) {
    std::string text;
    for (unsigned const each : what.helpers)
        text += (text.empty() ? "; when no call returns: " : ", ") + what.operations[each];
    return text;
}

std::string in_capitals(std::string text) {
    for (char& letter : text)
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return text;
}

std::string client_words(subject const& what, linear_client const& client) {
    std::string text = "up to " + plural(static_cast<std::uint64_t>(client.threads), "thread") +
                       " x " + plural(static_cast<std::uint64_t>(client.sequences), "sequence") +
                       " of" + sequence_words(what);
    return text + ", at most " + plural(static_cast<std::uint64_t>(client.calls), "call");
}

}  // namespace

std::string words(subject const& what, linear_client const& client, linear_verdict const& seen,
                  bounds const& within, std::string const& calls) {
    std::string text = what.name + ": ";
    std::string const one = within.unit.substr(0, within.unit.size() - 1);
    if (!seen.found) {
        text += seen.executions == 0 ? "INCONCLUSIVE: nothing was run\n  not exhausted after "
                : seen.exhausted     ? "linearizable in this client\n  exhausted "
                                     : "no violation found in this client\n  not exhausted after ";
        text += plural(seen.executions, one);
        if (seen.pruned > 0) text += " (+" + grouped(seen.pruned) + " pruned)";
        text += " of " +
                (seen.programs == within.programs ? "" : grouped(seen.programs) + " of ") +
                plural(within.programs, "program") + ", " + grouped(seen.histories) +
                (seen.histories == 1 ? " history" : " different histories");
        if (!within.words.empty()) text += ", " + within.words;
        text += "\n  client: " + client_words(what, client) + "\n";
        for (warning const& each : seen.warnings) text += "  warning: " + each.text + "\n";
        return text;
    }
    finding const& found = *seen.found;
    text += in_capitals(found.kind) + (found.subject.empty() ? "" : " on " + found.subject) +
            (found.consequence.empty() ? "" : ": " + found.consequence) + "\n";
    text += within.unit == "executions"
                ? "  program " + grouped(seen.programs) + " of " + grouped(within.programs) +
                      (client.schedule.empty() ? ", the smallest that fails" : ", replayed") +
                      "; execution " + grouped(found.found_in) + " of it, " +
                      switches_in_words(found) + "\n"
                : "  " + one + " " + grouped(found.found_in) + "\n";
    for (std::size_t thread = 0; thread < seen.program.size(); ++thread)
        text += "    thread " + std::to_string(thread) + "  " + seen.program[thread] + "\n";
    for (warning const& each : seen.warnings) text += "  warning: " + each.text + "\n";
    text += calls;
    if (!found.steps.empty()) text += interleaving(found);
    for (place const& where : found.places)
        text += "  " + where.role + ": " + where.file.substr(where.file.find_last_of('/') + 1) +
                ":" + std::to_string(where.line) + "\n";
    if (!found.schedule.empty())
        text += "  replay: the same check with .schedule = \"" + found.schedule + "\"\n";
    return text;
}

std::string words(subject const& what, linear_stress const& how, linear_verdict const& seen,
                  std::string const& history) {
    std::string const client =
        "  client: " + plural(static_cast<std::uint64_t>(how.threads), "thread") + " x " +
        plural(static_cast<std::uint64_t>(how.sequences), "sequence") + " of" +
        sequence_words(what) + helper_words(what) + "\n";
    if (seen.found) {
        finding const& found = *seen.found;
        return what.name + ": " + in_capitals(found.kind) +
               (found.subject.empty() ? "" : " on " + found.subject) + ": " + found.consequence +
               "\n  history " + grouped(found.found_in) + "\n" + history + client;
    }
    std::string text = what.name + ": ";
    text += seen.executions == 0 ? "INCONCLUSIVE: nothing was run\n"
            : seen.undecided == 0
                ? "no violation found in this client\n"
                : "INCONCLUSIVE: " + grouped(seen.undecided) + " of " + grouped(seen.executions) +
                      " histories took more than " + grouped(how.steps) +
                      " steps of the specification to judge\n";
    text += "  sampled " + plural(seen.executions, "long run") + ", " +
            plural(seen.calls, "call");
    if (seen.undecided == 0 && seen.executions > 0) text += ", every history judged completely";
    if (seen.ended_waiting > 0)
        text += ", " + grouped(seen.ended_waiting) + " ended with all threads blocked, as allowed";
    return text + "\n" + client;
}

}  // namespace racekit::linearity
