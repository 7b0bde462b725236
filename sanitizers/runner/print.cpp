// SPDX-License-Identifier: MIT
#include "print.hpp"

#include "layout.hpp"

#include <racekit/enrolment.hpp>

#include <algorithm>
#include <vector>

namespace racekit {
namespace {

std::string base_name(std::string const& file) {
    auto const slash = file.find_last_of('/');
    return slash == std::string::npos ? file : file.substr(slash + 1);
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

}  // namespace

std::string switches_in_words(finding const& what) {
    return grouped(what.switches) + (what.switches == 1 ? " switch" : " switches") +
           (what.fewest && what.switches > 0 ? ", the fewest there are" : "");
}

namespace {

std::string place_words(place const& where) {
    return where.role + ": " + base_name(where.file) + ":" + std::to_string(where.line) +
           (where.marked ? "  <- race" : "");
}

std::vector<std::string> replay_command(scenario const& what, variant which,
                                        std::string const& detector, finding const& found,
                                        std::string const& schedule) {
    if (what.program[0] != '\0') {
        std::vector<std::string> own{shell_quoted(what.program), "--schedule",
                                     shell_quoted(schedule)};
        if (!found.replay_options.empty()) own.push_back(found.replay_options);
        if (what.words[0] != '\0') own.push_back(what.words);
        return own;
    }
    if (what.starts_alone) return {"racekit::explore(body, {.schedule = \"" + schedule + "\"})"};
    std::vector<std::string> words{command_line(), "replay", shell_quoted(what.id())};
    if (which == variant::fixed) words.insert(words.end(), {"--variant", "fixed"});
    if (detector != "model") words.insert(words.end(), {"--detector", detector});
    if (!found.replay_options.empty()) words.push_back(found.replay_options);
    words.insert(words.end(), {"--schedule", shell_quoted(schedule)});
    return words;
}

/// What a second search found out about a race.
std::string leads_to_words(race_consequence const& seen) {
    std::string const executions =
        grouped(seen.executions) + " execution" + (seen.executions == 1 ? "" : "s");
    if (!seen.text.empty())
        return (seen.is_of_the_race ? "what it can lead to: " : "besides the race: ") + seen.text;
    if (!seen.trouble.empty()) return "what it can lead to: not known: " + seen.trouble;
    if (!seen.exhausted)
        return "what it can lead to: not known: nothing in " + executions +
               ", and these are not all";
    return "what it can lead to: nothing that the program notices, in all " + executions +
           " with the accesses that race in one order; what weaker orders lead to is not known";
}

std::string warnings_text(observation const& seen) {
    std::string text;
    for (warning const& each : seen.warnings) text += paragraph("  warning: ", each.text);
    return text;
}

/// What was found, where, the interleaving, and how to replay it.
std::string finding_text(scenario const& what, variant which, std::string const& detector,
                         observation const& seen) {
    finding const& found = *seen.found;
    std::string text = upper(found.kind);
    if (!found.subject.empty()) text += " on " + found.subject;
    if (!found.consequence.empty()) text += ": " + found.consequence;
    text = paragraph(what.id() + " " + name(which) + ": ", text);
    std::string const unit = seen.far.unit;
    std::string how = "found in " + (unit.empty() ? "run" : unit.substr(0, unit.size() - 1)) + " " +
                      grouped(found.found_in);
    if (found.switches > 0 || found.fewest) how += ", " + switches_in_words(found);
    if (!found.reported_as.empty()) how += ", reported as " + found.reported_as;
    if (!found.schedule.empty()) how += ", schedule " + found.schedule;
    text += paragraph("  " + detector + ", ", how) + warnings_text(seen);
    if (!found.steps.empty()) text += interleaving(found);
    for (place const& where : found.places) text += paragraph("  ", place_words(where));
    if (!found.schedule.empty()) {
        text += command_lines("  replay: ",
                              replay_command(what, which, detector, found, found.schedule));
    }
    if (found.leads_to) {
        text += paragraph("  ", leads_to_words(*found.leads_to));
        if (!found.leads_to->schedule.empty())
            text += command_lines("    replay: ", replay_command(what, which, detector, found,
                                                                 found.leads_to->schedule));
    }
    return text;
}

std::string robustness_text(robustness const& told) {
    return std::string(name(told.is)) + ": " + told.why;
}

std::string clean_text(scenario const& what, variant which, std::string const& detector,
                       observation const& seen) {
    std::string unit = seen.far.unit;
    if (seen.far.count == 1 && !unit.empty()) unit.pop_back();  // "sampled 1 execution"
    std::string how = seen.far.words() + " " + unit;
    if (!seen.far.bounds.empty()) how += ", " + seen.far.bounds;
    std::string text = paragraph("  " + detector + ", ", how) + warnings_text(seen);
    if (seen.robust) text += paragraph("  ", robustness_text(*seen.robust));
    if (!seen.found) return text;
    text += interleaving(*seen.found);
    for (place const& where : seen.found->places) text += paragraph("  ", place_words(where));
    if (!seen.found->places.empty()) {
        text += command_lines(
            "  replay: ", replay_command(what, which, detector, *seen.found, seen.found->schedule));
    }
    return text;
}

}  // namespace

std::string to_text(scenario const& what, variant which, char const* detector,
                    observation const& seen, verdict const& judged) {
    std::string const who = what.id() + " " + name(which);
    std::string text;
    if (seen.found && !seen.found->kind.empty()) {
        text += finding_text(what, which, detector, seen);
    } else if (seen.how == observation::state::clean) {
        text += who + ": clean\n" + clean_text(what, which, detector, seen);
    } else {
        text += who + ": " + name(seen.how) + "\n" +
                paragraph("  " + std::string(detector) + ": ", seen.trouble);
    }
    for (auto const& [label, counted] : seen.outcomes) {
        text += paragraph("  ", "outcome " + padded(label, 24) + " " + grouped(counted.times) +
                                    (counted.times == 1 ? " time, " : " times, ") +
                                    (counted.allowed ? "allowed" : "FORBIDDEN"));
    }
    // Without a verdict the reason is the line above.
    bool const found = seen.found && !seen.found->kind.empty();
    bool const said = !found && judged.why == seen.trouble && !judged.why.empty();
    std::string const why = said ? "" : " (" + judged.why + ")";
    text += paragraph("  verdict: ", name(judged.what) + why);
    return text;
}

}  // namespace racekit
