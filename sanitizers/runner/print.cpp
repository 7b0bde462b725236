// SPDX-License-Identifier: MIT
#include "print.hpp"

#include <algorithm>
#include <string_view>

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

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

/// The objects that get a value column: those whose value changes, in order of first use.
std::vector<std::string> valued_objects(finding const& what) {
    std::vector<std::string> names;
    for (step const& row : what.steps) {
        if (row.value.empty() || row.object.empty()) continue;
        if (std::find(names.begin(), names.end(), row.object) == names.end())
            names.push_back(row.object);
    }
    constexpr std::size_t most = 4;
    if (names.size() > most) names.resize(most);
    return names;
}

/// What a thread does in a row; with the object's name where there are several objects.
std::string cell_text(step const& row, bool several) {
    bool const named = several && !row.object.empty() && !row.blocked;
    return (named ? row.object + " " : "") + row.action;
}

}  // namespace

std::string switches_in_words(finding const& what) {
    return grouped(what.switches) + (what.switches == 1 ? " switch" : " switches") +
           (what.fewest && what.switches > 0 ? ", the fewest there are" : "");
}

std::string interleaving(finding const& what) {
    auto const objects = valued_objects(what);
    std::size_t wide = 12;
    for (step const& row : what.steps) {
        wide = std::max(wide,
                        std::min<std::size_t>(cell_text(row, objects.size() > 1).size() + 2, 44));
    }
    std::string text = "  step  ";
    for (int thread = 0; thread < what.threads; ++thread)
        text += padded("thread " + std::to_string(thread), wide);
    std::vector<std::size_t> widths;
    for (std::string const& object : objects) {
        std::size_t width = object.size();
        for (step const& row : what.steps) {
            if (row.object == object) width = std::max(width, row.value.size());
        }
        widths.push_back(std::max<std::size_t>(width, 4) + 2);
        text += padded(object, widths.back());
    }
    text += "\n";

    // Whoever goes round and round does so for hundreds of steps.
    constexpr std::size_t most = 160;
    constexpr std::size_t first_of_many = 60;
    constexpr std::size_t last_of_many = 40;
    std::size_t const left_out_until =
        what.steps.size() > most ? what.steps.size() - last_of_many : 0;

    std::vector<std::string> values(objects.size());
    int number = 0;
    for (std::size_t which = 0; which < what.steps.size(); ++which) {
        step const& row = what.steps[which];
        bool const left_out = which >= first_of_many && which < left_out_until;
        if (left_out && which == first_of_many) {
            text += "     :  " + std::to_string(left_out_until - first_of_many) +
                    " more, all of them with --json\n";
        }
        std::string line = padded("", 2);
        std::string const count = row.blocked ? "" : std::to_string(++number);
        line += std::string(count.size() < 4 ? 4 - count.size() : 0, ' ') + count + "  ";
        std::string const cell = cell_text(row, objects.size() > 1);
        for (int thread = 0; thread < what.threads; ++thread)
            line += padded(thread == row.thread ? cell + " " : "", wide);
        for (std::size_t at = 0; at < objects.size(); ++at) {
            if (row.object == objects[at] && !row.value.empty()) values[at] = row.value;
            line += padded(values[at], widths[at]);
        }
        if (!row.file.empty()) line += base_name(row.file) + ":" + std::to_string(row.line);
        if (row.marked) line += "  <- race";
        if (!row.note.empty()) line += "  (" + row.note + ")";
        if (!left_out) text += line + "\n";
    }
    return text;
}

std::string to_text(scenario const& what, variant which, char const* detector,
                    observation const& seen, verdict const& judged) {
    std::string const who = what.id() + " " + name(which);
    std::string text;
    bool const worth = seen.found && !seen.found->kind.empty();
    if (worth) {
        finding const& found = *seen.found;
        text += who + ": " + upper(found.kind);
        if (!found.subject.empty()) text += " on " + found.subject;
        if (!found.consequence.empty()) text += ": " + found.consequence;
        text +=
            "\n  " + std::string(detector) + ", found in " +
            (seen.far.unit.empty() ? "run" : seen.far.unit.substr(0, seen.far.unit.size() - 1)) +
            " " + grouped(found.found_in);
        if (found.switches > 0 || found.fewest) text += ", " + switches_in_words(found);
        if (!found.schedule.empty()) text += ", schedule " + found.schedule;
        text += "\n";
        for (warning const& each : seen.warnings) text += "  warning: " + each.text + "\n";
        if (!found.steps.empty()) text += interleaving(found);
        for (place const& where : found.places) {
            text += "  " + where.role + ": " + base_name(where.file) + ":" +
                    std::to_string(where.line) + (where.marked ? "  <- race" : "") + "\n";
        }
        if (!found.schedule.empty()) {
            text +=
                "  replay: scripts/racekit replay " + what.id() +
                (which == variant::fixed ? " --variant fixed" : "") +
                (std::string_view(detector) == "model" ? ""
                                                       : " --detector " + std::string(detector)) +
                " --schedule " + found.schedule + "\n";
        }
    } else if (seen.how == observation::state::clean) {
        text += who + ": clean\n  " + std::string(detector) + ", " + seen.far.words() + " " +
                seen.far.unit;
        if (!seen.far.bounds.empty()) text += ", " + seen.far.bounds;
        text += "\n";
        for (warning const& each : seen.warnings) text += "  warning: " + each.text + "\n";
        if (seen.found) text += interleaving(*seen.found);
    } else {
        text += who + ": " + name(seen.how) + "\n  " + std::string(detector) + ": " + seen.trouble +
                "\n";
    }
    for (auto const& [label, counted] : seen.outcomes) {
        text += "  outcome " + padded(label, 24) + " " + grouped(counted.times) + " times, " +
                (counted.allowed ? "allowed" : "FORBIDDEN") + "\n";
    }
    text += "  verdict: " + std::string(name(judged.what)) + " (" + judged.why + ")\n";
    return text;
}

}  // namespace racekit
