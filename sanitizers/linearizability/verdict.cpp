#include "verdict.hpp"

#include "../runner/print.hpp"

#include <racekit/verdict.hpp>

namespace racekit::linearity {
namespace {

std::string plural(std::uint64_t count, std::string const& one) {
    return grouped(count) + " " + one + (count == 1 ? "" : "s");
}

std::string client_words(subject const& what, linear_client const& client) {
    std::string text = "up to " + plural(static_cast<std::uint64_t>(client.threads), "thread") +
                       " x " + plural(static_cast<std::uint64_t>(client.passages), "passage") +
                       " of";
    for (std::size_t each = 0; each < what.passages.size(); ++each)
        text += (each == 0 ? " {" : ", {") + what.passages[each].name + "}";
    return text + ", " + grouped(static_cast<std::uint64_t>(client.calls)) + " calls at most";
}

}  // namespace

std::string words(subject const& what, linear_client const& client, linear_verdict const& seen,
                  bounds const& within, std::string const& calls) {
    std::string text = what.name + ": ";
    std::string const one = within.unit.substr(0, within.unit.size() - 1);
    if (!seen.found) {
        text += seen.exhausted ? "linearizable in this client\n  exhausted "
                               : "no violation found in this client\n  not exhausted after ";
        text += plural(seen.executions, one);
        if (seen.pruned > 0) text += " (+" + grouped(seen.pruned) + " pruned)";
        text += " of " + grouped(seen.programs) +
                (seen.programs == within.programs ? "" : " of " + grouped(within.programs)) +
                " programs, " + grouped(seen.histories) + " different histories";
        if (!within.words.empty()) text += ", " + within.words;
        text += "\n  client: " + client_words(what, client) + "\n";
        for (warning const& each : seen.warnings) text += "  warning: " + each.text + "\n";
        return text;
    }
    finding const& found = *seen.found;
    std::string kind = found.kind;
    for (char& letter : kind)
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    text += kind + (found.subject.empty() ? "" : " on " + found.subject) +
            (found.consequence.empty() ? "" : ": " + found.consequence) + "\n";
    text += within.unit == "executions"
                ? "  program " + grouped(seen.programs) + " of " + grouped(within.programs) +
                      ", the smallest that fails; execution " + grouped(found.found_in) + " of it\n"
                : "  " + one + " " + grouped(found.found_in) + "\n";
    for (std::size_t thread = 0; thread < seen.program.size(); ++thread)
        text += "    thread " + std::to_string(thread) + "  " + seen.program[thread] + "\n";
    text += calls;
    if (!found.steps.empty()) text += interleaving(found);
    for (place const& where : found.places)
        text += "  " + where.role + ": " + where.file.substr(where.file.find_last_of('/') + 1) +
                ":" + std::to_string(where.line) + "\n";
    return text;
}

}  // namespace racekit::linearity
