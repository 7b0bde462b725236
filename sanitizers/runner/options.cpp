// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <iostream>

namespace racekit::runner {
namespace {

enum {
    scenario_option = 1,
    variant_option,
    detector_option,
    seed_option,
    executions_option,
    seconds_option,
    scale_option,
    mode_option,
    memory_option,
    schedule_option,
    json_option,
    list_option,
    runs_option,
    kinds_option,
    quiet_option,
    show_option,
    depth_option,
    jobs_option,
    shard_option,
    checkpoint_option,
    progress_option,
    exact_option,
    in_process_option,
    width_option,
    robustness_option,
    require_robustness_option,
    help_option
};

constexpr option known_options[] = {
    {"scenario", required_argument, nullptr, scenario_option},
    {"variant", required_argument, nullptr, variant_option},
    {"detector", required_argument, nullptr, detector_option},
    {"seed", required_argument, nullptr, seed_option},
    {"executions", required_argument, nullptr, executions_option},
    {"seconds", required_argument, nullptr, seconds_option},
    {"scale", required_argument, nullptr, scale_option},
    {"mode", required_argument, nullptr, mode_option},
    {"strategy", required_argument, nullptr, mode_option},
    {"memory", required_argument, nullptr, memory_option},
    {"depth", required_argument, nullptr, depth_option},
    {"jobs", required_argument, nullptr, jobs_option},
    {"shard", required_argument, nullptr, shard_option},
    {"checkpoint", required_argument, nullptr, checkpoint_option},
    {"progress", no_argument, nullptr, progress_option},
    {"schedule", required_argument, nullptr, schedule_option},
    {"exact", no_argument, nullptr, exact_option},
    {"json", required_argument, nullptr, json_option},
    {"list", no_argument, nullptr, list_option},
    {"runs", no_argument, nullptr, runs_option},
    {"kinds", no_argument, nullptr, kinds_option},
    {"quiet", no_argument, nullptr, quiet_option},
    {"show", no_argument, nullptr, show_option},
    {"in-process", no_argument, nullptr, in_process_option},
    {"width", required_argument, nullptr, width_option},
    {"robustness", no_argument, nullptr, robustness_option},
    {"require-robustness", no_argument, nullptr, require_robustness_option},
    {"help", no_argument, nullptr, help_option},
    {nullptr, 0, nullptr, 0},
};

void print_usage(char const* program) {
    std::cout
        << "usage: " << program
        << " [--list] [--runs] [--kinds] [--scenario FAMILY/NAME]\n"
           "       --variant racy|fixed --detector NAME\n"
           "       [--seed N] [--executions N] [--seconds S] [--scale X]\n"
           "       [--mode WORD]\n"
           "       [--memory exact|relacy]\n"
           "       [--schedule STRING [--exact]] [--depth D] [--jobs N] [--shard I/N]\n"
           "       [--checkpoint FILE] [--progress] [--show] [--json FILE] [--quiet]\n"
           "       [--width COLUMNS] [--in-process] [--robustness | --require-robustness]\n"
           "--runs prints the detectors of this program, and a line for each run:\n"
           "       FAMILY.NAME VARIANT DETECTOR, or 'error' and why\n"
           "--kinds prints the kinds of findings, with what each means, as JSON\n"
           "--in-process runs without a child process, for a debugger\n"
           "--robustness tells whether every execution is sequentially consistent (model)\n"
           "exit codes: 0 promise kept, 1 broken, 2 usage, 3 inconclusive, 4 hang, 70 internal,\n"
           "            77 nothing to run\n";
}

std::uint64_t whole(char const* option, char const* text) {
    char* end = nullptr;
    errno = 0;
    std::uint64_t const value = std::strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
        complain(std::string("--") + option + " takes a whole number of 64 bits, not '" + text +
                 "'");
    return value;
}

std::uint64_t from_one(char const* option, char const* text) {
    std::uint64_t const value = whole(option, text);
    if (value < 1) complain(std::string("--") + option + " takes a number from 1 on, not 0");
    return value;
}

unsigned at_least_one(char const* option, char const* text, unsigned most) {
    std::uint64_t const value = whole(option, text);
    if (value < 1 || value > most) {
        complain(std::string("--") + option + " takes a number from 1 to " + std::to_string(most) +
                 ", not '" + text + "'");
    }
    return static_cast<unsigned>(value);
}

/// "2/8": the second of eight parts.
void read_shard(char const* text, settings& how) {
    char slash = 0;
    char more = 0;
    if (std::sscanf(text, "%u%c%u%c", &how.shard, &slash, &how.shards, &more) != 3 ||
        slash != '/' || how.shard < 1 || how.shard > how.shards || how.shards > 1024 ||
        std::strpbrk(text, "+- ") != nullptr)
        complain(std::string("--shard takes I/N with I from 1 to N and N up to 1024, not '") +
                 text + "'");
}

double real(char const* option, char const* text) {
    char* end = nullptr;
    double const value = std::strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0))
        complain(std::string("--") + option + " takes a number above zero, not '" + text + "'");
    return value;
}

void read_one(int which, char const* text, options& asked, char const* program) {
    settings& how = asked.how;
    switch (which) {
        case scenario_option: asked.scenario = text; break;
        case variant_option: asked.variant = text; break;
        case detector_option: asked.detector = text; break;
        case seed_option: how.seed = whole("seed", text); break;
        case executions_option: how.executions = from_one("executions", text); break;
        case seconds_option: how.seconds = real("seconds", text); break;
        case scale_option: how.scale = real("scale", text); break;
        case mode_option: how.mode = text; break;
        case memory_option: how.memory = text; break;
        case depth_option: how.depth = at_least_one("depth", text, 16); break;
        case jobs_option: how.jobs = at_least_one("jobs", text, 256); break;
        case shard_option: read_shard(text, how); break;
        case checkpoint_option: how.checkpoint = text; break;
        case progress_option: how.progress = true; break;
        case schedule_option:
            if (text[0] == '\0') complain("--schedule is empty: copy it from a finding");
            how.schedule = text;
            break;
        case exact_option: how.exact = true; break;
        case json_option: asked.json_file = text; break;
        case list_option: asked.list = true; break;
        case runs_option: asked.runs = true; break;
        case kinds_option: asked.kinds = true; break;
        case quiet_option: asked.quiet = true; break;
        case show_option: how.show = true; break;
        case in_process_option: asked.in_process = true; break;
        case robustness_option: how.robust = settings::robustness::asked; break;
        case require_robustness_option: how.robust = settings::robustness::required; break;
        case width_option: asked.width = at_least_one("width", text, 10'000); break;
        case help_option: print_usage(program); std::exit(0);
        default: std::cerr << "racekit: see " << program << " --help\n"; std::exit(exit_usage);
    }
}

}  // namespace

void complain(std::string const& what) {
    std::cerr << "racekit: " << what << "\n";
    std::exit(exit_usage);
}

options read_options(int count, char** words) {
    options asked;
    for (int which; (which = getopt_long(count, words, "", known_options, nullptr)) != -1;)
        read_one(which, optarg, asked, words[0]);
    if (optind < count) complain(std::string("unexpected argument '") + words[optind] + "'");
    return asked;
}

}  // namespace racekit::runner
