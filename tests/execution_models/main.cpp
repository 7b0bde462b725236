// SPDX-License-Identifier: MIT
// Runs one execution model once and prints what it came to as JSON. scripts/racekit bench --models
// runs them in rounds.
//
//     execution_models --list
//     execution_models --work cpu --model 'threads by class' [--jobs 6] [--seconds 1]
//     execution_models --work io --model coroutines --port 8080 [--jobs 6] /path ...
//     execution_models --work switch --model threads
//
// --timeline yes adds what each worker or request did when; --processors 1 keeps the run on one.
//
// Exit codes: 0 done, 1 the work failed, 2 usage.
#include "run.hpp"
#include "timeline.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <system_error>

namespace {

using namespace execution_models;

struct usage_error : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

double number_of(std::string const& option, std::string const& text, double least, double most) {
    char* end = nullptr;
    double const number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(number >= least && number <= most))
        throw usage_error(option + ": '" + text + "' is no number that it can have");
    return number;
}

request read(int count, char** given) {
    request asked;
    for (int at = 1; at < count; ++at) {
        std::string const word = given[at];
        if (!word.starts_with("--")) {
            asked.paths.push_back(word);
            continue;
        }
        if (at + 1 == count) throw usage_error(word + ": a value is missing");
        std::string const value = given[++at];
        if (word == "--work") asked.work = value;
        else if (word == "--model") asked.model = value;
        else if (word == "--jobs") asked.jobs = static_cast<int>(number_of(word, value, 1, 1000));
        else if (word == "--seconds") asked.seconds = number_of(word, value, 0.001, 3600);
        else if (word == "--port")
            asked.port = static_cast<std::uint16_t>(number_of(word, value, 1, 65535));
        else if (word == "--timeline") asked.timeline = value == "yes";
        else if (word == "--processors")
            asked.processors = static_cast<int>(number_of(word, value, 1, CPU_SETSIZE));
        else throw usage_error("unknown option " + word);
    }
    if (asked.work == "io" && (asked.port == 0 || asked.paths.empty()))
        throw usage_error("I/O-bound work needs --port and the paths that are fetched");
    return asked;
}

/// Keeps this program, and what it starts, on the first of the processors that it may use.
void stay_on(int processors) {
    cpu_set_t before;
    cpu_set_t some;
    CPU_ZERO(&some);
    if (::sched_getaffinity(0, sizeof before, &before) != 0) return;
    for (std::size_t each = 0; each < CPU_SETSIZE && CPU_COUNT(&some) < processors; ++each) {
        if (CPU_ISSET(each, &before)) CPU_SET(each, &some);
    }
    if (::sched_setaffinity(0, sizeof some, &some) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

/// Spans as [lane, state, processor, from, to], and how many did not fit.
nlohmann::ordered_json recorded_spans() {
    constexpr char const* names[] = {"runs", "ready", "waits"};
    std::uint32_t const count = timeline::recorded->count;
    auto spans = nlohmann::ordered_json::array();
    for (std::uint32_t at = 0; at < std::min(count, timeline::most_spans); ++at) {
        timeline::span const& one = timeline::recorded->spans[at];
        spans.push_back(
            {one.lane, names[static_cast<int>(one.what)], one.processor, one.from, one.to});
    }
    std::uint32_t const lost = count - static_cast<std::uint32_t>(spans.size());
    return {{"lanes", timeline::recorded->lanes.load()}, {"lost", lost}, {"spans", spans}};
}

result run(request const& asked) {
    if (asked.processors > 0) stay_on(asked.processors);
    if (asked.timeline) timeline::begin();
    if (asked.work == "cpu") return run_cpu(asked);
    if (asked.work == "io") return run_io(asked);
    if (asked.work == "switch") return run_switches(asked);
    throw usage_error("--work is cpu, io or switch, and not '" + asked.work + "'");
}

}  // namespace

int main(int count, char** given) {
    try {
        if (count == 2 && std::string(given[1]) == "--list") {
            nlohmann::ordered_json const all = {
                {"cpu", cpu_models()}, {"io", io_models()}, {"switch", switch_models()}};
            std::cout << all << '\n';
            return 0;
        }
        request const asked = read(count, given);
        result const got = run(asked);
        nlohmann::ordered_json all = {{"work", asked.work},
                                      {"model", asked.model},
                                      {"operations", got.operations},
                                      {"bytes", got.bytes},
                                      {"wall", got.wall},
                                      {"cpu", got.cpu},
                                      {"ready", got.ready},
                                      {"lock_wait", got.lock_wait},
                                      {"voluntary", got.voluntary},
                                      {"involuntary", got.involuntary},
                                      {"checksum", got.checksum},
                                      {"workers", got.workers}};
        if (asked.timeline) all["timeline"] = recorded_spans();
        std::cout << all << '\n';
        return 0;
    } catch (std::invalid_argument const& wrong) {
        std::fprintf(stderr, "%s: %s\n", given[0], wrong.what());
        return 2;
    } catch (std::exception const& failed) {
        std::fprintf(stderr, "%s: %s\n", given[0], failed.what());
        return 1;
    }
}
