// SPDX-License-Identifier: MIT
#include "json.hpp"

#include <racekit/enrolment.hpp>

#include <nlohmann/json.hpp>

namespace racekit {
namespace {

using json = nlohmann::ordered_json;

json of(promise const& said) {
    // A test without a racy variant promises nothing: every detector finds it clean.
    json result{{"sight", said.sight == sight::unstated ? "clean" : name(said.sight)}};
    if (said.words[0] != '\0') result[said.sight == sight::absent ? "why" : "kind"] = said.words;
    return result;
}

json of(candidate_store const& one) {
    json result{{"value", one.value}, {"step", one.step}};
    if (one.newest) result["newest"] = true;
    if (one.read) result["read"] = true;
    return result;
}

json of(step const& row) {
    json result{{"thread", row.thread}, {"action", row.action}, {"object", row.object},
                {"operation", row.operation}, {"file", row.file}, {"line", row.line}};
    if (!row.order.empty()) result["order"] = row.order;
    if (!row.value.empty()) result["value"] = row.value;
    if (!row.note.empty()) result["note"] = row.note;
    if (row.blocked) result["blocked"] = true;
    if (row.marked) result["marked"] = true;
    if (!row.could_read.empty()) {
        json stores = json::array();
        for (candidate_store const& each : row.could_read) stores.push_back(of(each));
        result["could_read"] = stores;
    }
    return result;
}

/// Threads, as the bits of a set, by number.
json numbers(std::uint32_t set) {
    json all = json::array();
    for (int thread = 0; set >> thread != 0; ++thread) {
        if ((set >> thread & 1U) != 0) all.push_back(thread);
    }
    return all;
}

json of(state_graph const& graph) {
    json states = json::array();
    for (graph_state const& each : graph.states) {
        json edges = json::array();
        for (graph_edge const& edge : each.edges) {
            json steps = json::array();
            for (step const& row : edge.steps) steps.push_back(of(row));
            edges.push_back({{"thread", edge.thread}, {"to", edge.to}, {"steps", steps}});
        }
        json one{{"edges", edges}};
        if (each.waiting != 0) one["waiting"] = numbers(each.waiting);
        if (each.ended) one["ended"] = true;
        if (!each.kind.empty()) {
            one["kind"] = each.kind;
            one["consequence"] = each.consequence;
        }
        states.push_back(std::move(one));
    }
    return {{"complete", graph.complete}, {"threads", graph.threads}, {"states", states}};
}

json of(call_stack const& stack) {
    json frames = json::array();
    for (stack_frame const& each : stack.frames) {
        frames.push_back(
            {{"function", each.function}, {"file", each.file}, {"line", each.line}});
    }
    return {{"role", stack.role}, {"frames", frames}};
}

json of(race_consequence const& what) {
    json result{
        {"text", what.text}, {"executions", what.executions}, {"exhausted", what.exhausted}};
    if (!what.text.empty()) {
        result["schedule"] = what.schedule;
        result["of_the_race"] = what.is_of_the_race;
    }
    if (!what.trouble.empty()) result["trouble"] = what.trouble;
    return result;
}

json of(finding const& what) {
    json places = json::array();
    for (place const& where : what.places) {
        places.push_back({{"role", where.role}, {"file", where.file}, {"line", where.line},
                          {"marked", where.marked}});
    }
    json steps = json::array();
    for (step const& row : what.steps) steps.push_back(of(row));
    json stacks = json::array();
    for (call_stack const& each : what.stacks) stacks.push_back(of(each));
    json result{{"kind", what.kind},
                {"subject", what.subject},
                {"reported_as", what.reported_as},
                {"consequence", what.consequence},
                {"found_in", what.found_in},
                {"schedule", what.schedule},
                {"switches", what.switches},
                {"fewest", what.fewest},
                {"threads", what.threads},
                {"places", places},
                {"steps", steps},
                {"stacks", stacks}};
    if (what.leads_to) result["leads_to"] = of(*what.leads_to);
    return result;
}

json of(scenario const& what) {
    json promises = json::object();
    for (char const* const detector : promising_detectors())
        promises[detector] = of(promised(what, detector));
    json variants = json::array();
    for (variant const which : {variant::racy, variant::fixed}) {
        if (what.has(which)) variants.push_back(name(which));
    }
    return {{"id", what.id()},
            {"family", what.family},
            {"name", what.name},
            {"title", what.about.title},
            {"bug_class", what.about.bug_class},
            {"cwe", what.about.cwe},
            {"promises", promises},
            {"variants", variants},
            {"blind_why", what.about.blind_why},
            {"never_passes", what.about.never_passes},
            {"reference", what.about.reference},
            {"cast", what.run_by == run_by::threads ? "threads" : "processes"},
            {"threads", what.count},
            {"files", json::array({what.file})}};
}

}  // namespace

std::string to_json(scenario const& what, variant which, char const* detector, settings const& how,
                    observation const& seen, verdict const& judged) {
    json result{{"schema_version", 1},
                {"scenario", what.id()},
                {"variant", name(which)},
                {"detector", detector},
                {"promise", of(which == variant::racy ? promised(what, detector) : promise{})},
                {"verdict", name(judged.what)},
                {"why", judged.why},
                {"exit_code", exit_code(judged.what)},
                {"saw", name(seen.how)},
                {"reach",
                 {{"words", seen.far.words()},
                  {"how", seen.far.how == reach::kind::exhausted ? "exhausted"
                          : seen.far.how == reach::kind::sampled ? "sampled"
                                                                 : "none"},
                  {"count", seen.far.count},
                  {"unit", seen.far.unit},
                  {"pruned", seen.far.pruned},
                  {"distinct", seen.far.distinct},
                  {"covered", seen.far.covered},
                  {"deepening", seen.far.deepening},
                  {"bounds", seen.far.bounds}}},
                {"mode", seen.mode},
                {"seed", how.seed},
                {"seconds", seen.seconds},
                {"file", what.file}};
    if (!how.memory.empty()) result["memory"] = how.memory;
    if (!seen.trouble.empty()) result["trouble"] = seen.trouble;
    if (seen.passing) result["passing"] = *seen.passing;
    if (which == variant::fixed) result["promise"] = {{"sight", "clean"}};
    json outcomes = json::array();
    for (auto const& [label, counted] : seen.outcomes) {
        outcomes.push_back(
            {{"outcome", label}, {"times", counted.times}, {"allowed", counted.allowed}});
    }
    result["outcomes"] = outcomes;
    json warnings = json::array();
    for (warning const& each : seen.warnings)
        warnings.push_back({{"kind", each.kind}, {"text", each.text}});
    result["warnings"] = warnings;
    if (seen.robust)
        result["robustness"] = {{"answer", name(seen.robust->is)}, {"why", seen.robust->why}};
    if (seen.graph) result["graph"] = of(*seen.graph);
    result["finding"] = seen.found ? of(*seen.found) : json(nullptr);
    return result.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string kinds_json() {
    json all = json::array();
    for (finding_kind_row const& each : finding_kinds)
        all.push_back({{"kind", each.word}, {"meaning", each.meaning}});
    return all.dump(2) + "\n";
}

std::string catalogue_json() {
    json all = json::array();
    for (scenario const& what : registry()) all.push_back(of(what));
    for (enrolment_error const& each : enrolment_errors())
        all.push_back({{"error", each.text}, {"files", json::array({each.file})}});
    return all.dump(2) + "\n";
}

}  // namespace racekit
