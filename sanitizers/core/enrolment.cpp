// SPDX-License-Identifier: MIT
#include <racekit/detector.hpp>
#include <racekit/enrolment.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace racekit {
namespace {

constexpr int most_processes = 8;
constexpr int most_in_model = 64;

std::vector<enrolment_error>& errors() {
    static std::vector<enrolment_error> all;
    return all;
}

char const*& command_of_the_build() {
    static char const* text = "";
    return text;
}

bool is_closed = false;

std::string base_name(std::string const& file) { return file.substr(file.find_last_of('/') + 1); }

/// What is wrong with the scenario's own words, or nothing.
std::string wrong_words(scenario const& what, std::string const& file_stem) {
    std::string const name = what.name;
    if (!file_stem.empty() && name != file_stem) {
        return "the scenario '" + name + "' is in " + base_name(what.file) +
               ": a file holds one scenario, of the file's name; call it " + file_stem +
               ", or move it to " + name + ".cpp";
    }
    if (!file_stem.empty() && what.about.title[0] == '\0')
        return "the scenario has no title: add .title = \"what goes wrong, in one line\"";
    bool const processes = what.run_by == run_by::processes;
    if (processes && what.unmodified)
        return "UNMODIFIED is for a test body of threads: take it out of racekit_add_scenario(), "
               "and write what the processes share by the names of racekit/platform.hpp";
    int const most = processes ? most_processes : most_body_threads;
    if (what.count < 1 || what.count > most) {
        return "the scenario has " + std::to_string(what.count) +
               (processes ? " processes" : " threads") + ": it can have 1 to " +
               std::to_string(most);
    }
    if (what.count + what.spawned > most_in_model && what.about.model.sight != sight::absent) {
        return "the scenario has " + std::to_string(what.count + what.spawned) +
               " threads, and the model runs up to " + std::to_string(most_in_model) +
               ": state .model = racekit::absent(\"too many threads\"), or take fewer";
    }
    return "";
}

/// Settles what the description leaves unstated: a detector that cannot run the scenario is absent,
/// a test without a racy variant promises nothing. What is wrong with the promises, or nothing.
std::string settle_promises(scenario& what) {
    bool const processes = what.run_by == run_by::processes;
    for (promise_field const& each : promise_fields) {
        promise& stated = what.about.*each.field;
        bool const can_run = processes ? each.processes : each.threads;
        std::string const name = each.detector;
        if (stated.sight == sight::unstated && !can_run)
            stated = absent(processes ? "run by processes" : "run by threads");
        if (what.has(variant::racy)) {
            if (stated.sight == sight::unstated) {
                return "the scenario states no promise for " + name + ": add ." + name +
                       " = racekit::finds, may_find, blind or absent(\"why\")";
            }
        } else if (stated.sight != sight::unstated && stated.sight != sight::absent) {
            return "a test has no racy variant, so nothing can be promised of it: leave out ." +
                   name + ", or state absent(\"why\")";
        }
    }
    return "";
}

/// A promise for a detector that the build does not have, or twice; nothing if there is none.
std::string wrong_names(scenario const& what, std::string const& known) {
    std::string const bounded = "," + known + ",";
    for (named_promise const& each : what.about.others) {
        std::string const name = each.detector;
        if (name.empty()) continue;
        for (promise_field const& field : promise_fields) {
            if (name == field.detector)
                return ".others has a promise for " + name + ": write it as ." + name + " = ...";
        }
        if (!known.empty() && bounded.find("," + name + ",") == std::string::npos)
            return ".others has a promise for '" + name +
                   "', which is no detector of this build: it has " + known;
    }
    return "";
}

bool has_field(char const* detector) {
    return std::any_of(std::begin(promise_fields), std::end(promise_fields),
                       [&](auto const& each) { return !std::strcmp(detector, each.detector); });
}

}  // namespace

enrolled::enrolled(scenario what, char const* file_stem, char const* command, char const* known) {
    if (is_closed) return;
    if (command[0] != '\0') command_of_the_build() = command;
    what.has_marks = file_stem[0] != '\0';
    std::string wrong = wrong_words(what, file_stem);
    if (wrong.empty()) wrong = wrong_names(what, known);
    if (wrong.empty()) wrong = settle_promises(what);
    if (wrong.empty()) registry().push_back(what);
    else errors().push_back({what.file, wrong});
}

std::vector<enrolment_error> const& enrolment_errors() { return errors(); }

void close_enrolment() { is_closed = true; }

std::string command_line() {
    char const* const asked = std::getenv("RACEKIT_COMMAND");
    if (asked != nullptr && asked[0] != '\0') return asked;
    char const* const built = command_of_the_build();
    return built[0] != '\0' ? built : "racekit";
}

promise promised(scenario const& what, char const* detector) {
    for (promise_field const& each : promise_fields) {
        if (!std::strcmp(detector, each.detector)) return what.about.*each.field;
    }
    bool const by_processes = what.run_by == run_by::processes;
    for (racekit::detector const& each : detectors()) {
        if (std::strcmp(detector, each.name) != 0) continue;
        if (!(by_processes ? each.processes : each.threads))
            return absent(by_processes ? "run by processes" : "run by threads");
        for (named_promise const& stated : what.about.others) {
            if (!std::strcmp(detector, stated.detector)) return stated.said;
        }
        return what.has(variant::racy) ? each.unmentioned : promise{};
    }
    return {};
}

std::vector<char const*> promising_detectors() {
    std::vector<char const*> names;
    for (promise_field const& each : promise_fields) names.push_back(each.detector);
    for (detector const& each : detectors()) {
        if (!has_field(each.name)) names.push_back(each.name);
    }
    return names;
}

}  // namespace racekit
