// SPDX-License-Identifier: MIT
// Runs one (scenario, variant, detector) and says what came of it.
#include "json.hpp"
#include "print.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <getopt.h>
#include <iostream>

namespace {

using namespace racekit;

constexpr int exit_usage = 2;
constexpr int exit_internal = 70;

[[noreturn]] void complain(std::string const& what) {
    std::cerr << "racekit: " << what << "\n";
    std::exit(exit_usage);
}

void print_usage(char const* program) {
    std::cout
        << "usage: " << program
        << " [--list] [--scenario FAMILY/NAME] --variant racy|fixed --detector NAME\n"
           "       [--seed N] [--executions N] [--seconds S] [--mode WORD]\n"
           "       [--schedule STRING [--exact]] [--depth D] [--jobs N] [--shard I/N]\n"
           "       [--checkpoint FILE] [--progress] [--show] [--json FILE] [--quiet]\n"
           "exit codes: 0 promise kept, 1 broken, 2 usage, 3 inconclusive, 4 hang, 70 internal\n";
}

std::uint64_t whole(char const* option, char const* text) {
    char* end = nullptr;
    std::uint64_t const value = std::strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0')
        complain(std::string("--") + option + " takes a whole number, not '" + text + "'");
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

scenario const& chosen(std::string const& id) {
    auto const& all = registry();
    if (all.empty()) complain("no scenario is linked into this program");
    if (id.empty() && all.size() == 1) return all.front();
    for (scenario const& one : all) {
        if (one.id() == id || one.name == id) return one;
    }
    complain(id.empty()
                 ? "this program holds several scenarios: name one with --scenario (see --list)"
                 : "unknown scenario '" + id + "': see --list for those in this program");
}

detector const& chosen_detector(std::string const& name) {
    std::string known;
    for (detector const& one : detectors()) {
        if (one.name == name) return one;
        known += std::string(known.empty() ? "" : ", ") + one.name;
    }
    complain("unknown detector '" + name + "': this program has " + known);
}

/// Written whole or not at all, so that a reader never sees half a verdict.
void write_file(std::string const& path, std::string const& text) {
    std::filesystem::path const target(path);
    std::error_code ignored;
    if (target.has_parent_path())
        std::filesystem::create_directories(target.parent_path(), ignored);
    std::string const partial = path + ".partial";
    std::ofstream(partial) << text;
    std::error_code failed;
    std::filesystem::rename(partial, target, failed);
    if (failed) {
        std::cerr << "racekit: cannot write " << path << ": " << failed.message() << "\n";
        std::exit(exit_internal);
    }
}

}  // namespace

int main(int count, char** arguments) {
    std::string id;
    std::string variant_name;
    std::string detector_name;
    std::string json_file;
    settings how;
    bool list = false;
    bool quiet = false;

    enum { scenario_option = 1, variant_option, detector_option, seed_option, executions_option,
           seconds_option, mode_option, schedule_option, json_option, list_option, quiet_option,
           show_option, depth_option, jobs_option, shard_option, checkpoint_option, progress_option,
           exact_option, help_option };
    option const options[] = {
        {"scenario", required_argument, nullptr, scenario_option},
        {"variant", required_argument, nullptr, variant_option},
        {"detector", required_argument, nullptr, detector_option},
        {"seed", required_argument, nullptr, seed_option},
        {"executions", required_argument, nullptr, executions_option},
        {"seconds", required_argument, nullptr, seconds_option},
        {"mode", required_argument, nullptr, mode_option},
        {"strategy", required_argument, nullptr, mode_option},
        {"depth", required_argument, nullptr, depth_option},
        {"jobs", required_argument, nullptr, jobs_option},
        {"shard", required_argument, nullptr, shard_option},
        {"checkpoint", required_argument, nullptr, checkpoint_option},
        {"progress", no_argument, nullptr, progress_option},
        {"schedule", required_argument, nullptr, schedule_option},
        {"exact", no_argument, nullptr, exact_option},
        {"json", required_argument, nullptr, json_option},
        {"list", no_argument, nullptr, list_option},
        {"quiet", no_argument, nullptr, quiet_option},
        {"show", no_argument, nullptr, show_option},
        {"help", no_argument, nullptr, help_option},
        {nullptr, 0, nullptr, 0},
    };
    for (int chosen_option;
         (chosen_option = getopt_long(count, arguments, "", options, nullptr)) != -1;) {
        switch (chosen_option) {
            case scenario_option: id = optarg; break;
            case variant_option: variant_name = optarg; break;
            case detector_option: detector_name = optarg; break;
            case seed_option: how.seed = whole("seed", optarg); break;
            case executions_option: how.executions = whole("executions", optarg); break;
            case seconds_option: how.seconds = real("seconds", optarg); break;
            case mode_option: how.mode = optarg; break;
            case depth_option: how.depth = at_least_one("depth", optarg, 16); break;
            case jobs_option: how.jobs = at_least_one("jobs", optarg, 256); break;
            case shard_option: read_shard(optarg, how); break;
            case checkpoint_option: how.checkpoint = optarg; break;
            case progress_option: how.progress = true; break;
            case schedule_option: how.schedule = optarg; break;
            case exact_option: how.exact = true; break;
            case json_option: json_file = optarg; break;
            case list_option: list = true; break;
            case quiet_option: quiet = true; break;
            case show_option: how.show = true; break;
            case help_option: print_usage(arguments[0]); return 0;
            default: print_usage(arguments[0]); return exit_usage;
        }
    }
    if (optind < count) complain(std::string("unexpected argument '") + arguments[optind] + "'");
    if (list) {
        std::cout << catalogue_json();
        return 0;
    }

    scenario const& what = chosen(id);
    if (variant_name != "racy" && variant_name != "fixed")
        complain("--variant is racy or fixed, not '" + variant_name + "'");
    variant const which = variant_name == "racy" ? variant::racy : variant::fixed;
    detector const& looker = chosen_detector(detector_name);
    if (how.exact && (how.schedule.empty() || std::strcmp(looker.name, "model") != 0))
        complain("--exact is for a --schedule of the model");
    promise const said = promised(what, looker.name);
    if (said.sight == sight::absent) {
        std::cout << what.id() << " " << name(which) << ": " << looker.name << " is absent ("
                  << said.words << ")\n";
        return 0;
    }

    observation seen;
    try {
        seen = looker.look(what, which, how);
    } catch (usage_error const& wrong) {
        complain(wrong.what());
    } catch (std::exception const& broken) {
        seen.how = observation::state::failed;
        seen.trouble = std::string("the ") + looker.name + " detector threw: " + broken.what();
    }
    verdict const judged = judge(which, said, seen, what.about.never_passes);
    if (!json_file.empty())
        write_file(json_file, to_json(what, which, looker.name, how, seen, judged));
    if (!quiet) std::cout << to_text(what, which, looker.name, seen, judged) << std::flush;
    // A story may have left threads behind that will never end; they must not hold up the verdict.
    std::_Exit(exit_code(judged.what));
}
