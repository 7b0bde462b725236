// SPDX-License-Identifier: MIT
// Rows as programs of the oracle, and outcomes as text.
#include "litmus.hpp"

#include "oracle/engine_side.hpp"
#include "oracle/oracle.hpp"

#include <fstream>
#include <sstream>

namespace racekit::litmus {
namespace {

void expand(std::string const& word, outcome_set& into) {
    std::size_t const open = word.find('{');
    if (open == std::string::npos) {
        into.insert(word);
        return;
    }
    std::size_t const close = word.find('}', open);
    std::istringstream choices(word.substr(open + 1, close - open - 1));
    for (std::string choice; std::getline(choices, choice, ',');)
        expand(word.substr(0, open) + choice + word.substr(close + 1), into);
}

}  // namespace

outcome_set outcomes(std::string_view text) {
    outcome_set made;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) expand(word, made);
    return made;
}

std::string in_words(outcome_set const& some) {
    std::string text;
    for (std::string const& each : some) text += (text.empty() ? "" : " ") + each;
    return text;
}

outcome_set without(outcome_set const& from, outcome_set const& what) {
    outcome_set left = from;
    for (std::string const& each : what) left.erase(each);
    return left;
}

oracle::program program_of(row const& of) {
    std::string text;
    for (char const* thread : of.threads)
        text += (text.empty() ? "" : " || ") + std::string(thread);
    return oracle::parse(text);
}

std::string outcome_text(row const& of, oracle::program const& what, oracle::outcome const& ends) {
    std::map<std::string, int> registers;
    std::map<std::string, int> objects;
    for (std::size_t each = 0; each < ends.size(); ++each) {
        if (each < what.registers.size()) registers[what.registers[each]] = ends[each];
        else objects[what.objects[each - what.registers.size()].name] = ends[each];
    }
    std::string text;
    for (auto const& [name, value] : registers) text += std::to_string(value);
    if (*of.finals != '\0') text += '/';
    for (char const* at = of.finals; *at != '\0'; ++at)
        text += std::to_string(objects[std::string(1, *at)]);
    return text;
}

outcome_set allowed_by_cpp20(row const& of) {
    oracle::program const what = program_of(of);
    outcome_set made;
    for (auto const& [ends, least] : oracle::ask(what).outcomes)
        made.insert(outcome_text(of, what, ends));
    return made;
}

outcome_set shown_by_model(row const& of) {
    oracle::program const what = program_of(of);
    oracle::shown const seen = oracle::explore(what);
    if (!seen.finding.empty()) return {"finding: " + seen.finding};
    if (seen.cut) return {"not exhausted"};
    outcome_set made;
    for (oracle::outcome const& ends : seen.outcomes) made.insert(outcome_text(of, what, ends));
    return made;
}

hardware_record read_hardware_record(std::string const& file) {
    hardware_record made;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::size_t const tab = line.find('\t');
        if (tab == std::string::npos) made[""] = {line};
        else made[line.substr(0, tab)] = outcomes(line.substr(tab + 1));
    }
    return made;
}

void write_hardware_record(std::string const& file, hardware_record const& record) {
    std::ofstream out(file);
    out << in_words(record.at("")) << "\n";
    for (row const& each : rows()) {
        auto const found = record.find(each.name);
        if (found != record.end()) out << each.name << "\t" << in_words(found->second) << "\n";
    }
}

}  // namespace racekit::litmus
