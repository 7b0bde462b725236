// SPDX-License-Identifier: MIT
#include "mutation.hpp"

#include "model/strategies/exhaustive.hpp"
#include "model/strategies/random.hpp"
#include "model/runtime/crash_guard.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <string_view>

/// That of sanitizers/runner/main.cpp.
int runner_main(int count, char** words);

namespace racekit::mutation {
namespace {

using json = nlohmann::ordered_json;

constexpr std::uint64_t most_executions = 5'000'000;  // of one client over one set of orders

json to_json(std::vector<client_result> const& results) {
    json all = json::array();
    for (client_result const& each : results) {
        all.push_back({{"client", each.client},
                       {"threads", each.threads},
                       {"executions", each.executions},
                       {"pruned", each.pruned},
                       {"exhausted", each.exhausted},
                       {"finding", each.finding}});
    }
    return all;
}

bool is_sound(trial const& original) {
    bool sound = !original.results().empty();
    for (client_result const& each : original.results())
        sound = sound && each.exhausted && each.finding.empty();
    return sound;
}

void print(client_result const& each) {
    std::printf("  %-28s %d threads, ", each.client.c_str(), each.threads);
    if (!each.finding.empty()) std::printf("FINDING: %s\n", each.finding.c_str());
    else
        std::printf("%s %llu (+%llu pruned)\n",
                    each.exhausted ? "exhausted" : "NOT exhausted after",
                    static_cast<unsigned long long>(each.executions),
                    static_cast<unsigned long long>(each.pruned));
}

/// As the model looks for it in any scenario.
bool passes(model::test_body& body, model::exploration_config config) {
    config.past_races = config.only_consequences = true;
    model::engine explorer(body, config);
    model::random_walk at_random(1);
    for (int number = 0; number < 5'000; ++number) {
        if (!explorer.play(at_random, [](std::uint64_t) { return true; }).found) return true;
    }
    return false;
}

char const* named_pair(int count, char** words) {
    for (int at = 1; at + 1 < count; ++at) {
        if (std::string_view(words[at]) == "--scenario") return words[at + 1];
    }
    return "";
}

bool is_about_pairs(int count, char** words) {
    return *named_pair(count, words) != '\0' ||
           (count > 1 && std::string_view(words[1]) == "--list");
}

}  // namespace

bool trial::caught() const {
    for (client_result const& each : results_) {
        if (!each.finding.empty()) return true;
    }
    return false;
}

void trial::explore(char const* name, model::test_body& body,
                 model::exploration_config const& config) {
    model::engine explorer(body, config);
    model::exhaustive systematically;
    bool cut = false;
    model::execution_record const& last = explorer.play(
        systematically, [&](std::uint64_t count) { return cut = count >= most_executions; });
    client_result result;
    result.client = name;
    result.threads = config.threads;
    result.executions = explorer.executions();
    result.pruned = explorer.abandoned();
    if (last.found) {
        result.finding = last.found->kind;
        result.passes = how_ != mode::deciding || passes(body, config);
    } else {
        result.exhausted = !cut && !systematically.diverged();
    }
    results_.push_back(std::move(result));
}

int run(int count, char** words, subject const& what) {
    if (is_about_pairs(count, words)) {
        enrol_pairs(what, named_pair(count, words));
        return runner_main(count, words);
    }
    bool quick = false;
    std::string file;
    for (int at = 1; at < count; ++at) {
        std::string_view const word = words[at];
        if (word == "--quick") {
            quick = true;
        } else if (word == "--json" && at + 1 < count) {
            file = words[++at];
        } else {
            std::fprintf(stderr, "usage: %s [--quick] [--json FILE]\n", words[0]);
            return 2;
        }
    }
    model::crash_guard const watching;
    std::string const primitive = std::string(what.family) + "/" + what.name;
    trial as_it_is(quick, trial::mode::all);
    what.original(as_it_is);
    bool const sound = is_sound(as_it_is);
    std::printf("%s\n", primitive.c_str());
    for (client_result const& each : as_it_is.results()) print(each);

    json all = json::array();
    int survivors = 0;
    for (mutant const& each : what.mutants) {
        trial over(quick, quick ? trial::mode::until_caught : trial::mode::all);
        each.clients(over);
        bool const is_beyond = *each.beyond != '\0';
        // A reason that no longer holds is as wrong as a survivor.
        bool const wrong = over.caught() == is_beyond;
        if (wrong) ++survivors;
        client_result const* first = nullptr;
        for (client_result const& one : over.results()) {
            if (!one.finding.empty() && first == nullptr) first = &one;
        }
        std::string const result = first != nullptr ? first->finding + " in '" + first->client +
                                                        "', execution " +
                                                        std::to_string(first->executions)
                                 : is_beyond      ? std::string("beyond: ") + each.beyond
                                                  : "SURVIVES";
        std::printf("  %-10s %s -> %s: %s%s\n", each.name, each.from, each.to, result.c_str(),
                    first != nullptr && is_beyond ? ", though said to be beyond the engine" : "");
        all.push_back({{"name", each.name},
                       {"from", each.from},
                       {"to", each.to},
                       {"line", each.line},
                       {"beyond", each.beyond},
                       {"caught", over.caught()},
                       {"wrong", wrong},
                       {"clients", to_json(over.results())}});
    }
    if (!sound)
        std::printf("  NO SCORE: the original must be clean and exhausted in every client\n");
    if (!file.empty()) {
        json const whole = {{"primitive", primitive},       {"quick", quick},  {"sound", sound},
                            {"clients", to_json(as_it_is.results())}, {"mutants", all}};
        std::ofstream out(file);
        out << whole.dump(2) << '\n';
        if (!out.flush()) {
            std::fprintf(stderr, "%s: cannot write %s\n", words[0], file.c_str());
            return 2;
        }
    }
    return !sound ? 3 : survivors > 0 ? 1 : 0;
}

}  // namespace racekit::mutation
