// SPDX-License-Identifier: MIT
#include "program_words.hpp"

#include "layout.hpp"
#include "options.hpp"
#include "run.hpp"

#include <racekit/enrolment.hpp>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace racekit::runner {
namespace {

/// The name of the target: without the folder and without the form.
std::string name_of(std::string path) {
    path.erase(0, path.find_last_of('/') + 1);
    for (std::string_view const form : {".model", ".tsan", ".stress"}) {
        if (path.ends_with(form)) {
            path.erase(path.size() - form.size());
            break;
        }
    }
    return path;
}

char const* kept(std::string text) { return ::strdup(text.c_str()); }

}  // namespace

program_words::program_words(int count, char** words, int most_threads)
    : options{words[0]}, own{words[0]}, most_threads_(most_threads) {
    int at = 1;
    for (; at < count && std::strcmp(words[at], "--") != 0; ++at) read_option(count, words, at);
    for (++at; at < count; ++at) {
        own.push_back(words[at]);
        own_text += (own_text.empty() ? "-- " : " ") + shell_quoted(words[at]);
    }
    own.push_back(nullptr);
}

void program_words::read_option(int count, char** words, int& at) {
    std::string_view const word = words[at];
    if (word == "--threads" && most_threads_ > 0 && at + 1 < count) {
        threads = std::atoi(words[++at]);
        if (threads < 1 || threads > most_threads_)
            complain("--threads takes a number from 1 to " + std::to_string(most_threads_));
    } else if (word == "--expect" && at + 1 < count) {
        expected = kind_of(words[++at]);
        if (expected == finding_kind::none)
            complain(std::string("no kind of finding has the word '") + words[at] +
                     "': see --kinds");
    } else {
        constexpr std::string_view alone[] = {"--detector", "--list", "--runs", "--kinds",
                                              "--help"};
        for (std::string_view const each : alone) names_detector |= word == each;
        options.push_back(words[at]);
    }
}

scenario description_of(program_words const& words, instance_maker const& maker) {
    scenario what;
    what.name = kept(name_of(words.own[0]));
    what.family = "program";
    what.program = words.own[0];
    what.words = words.own_text.c_str();
    what.about.title = "a program as it is";
    what.count = 1;
    what.fixed = maker;
    if (words.expected == finding_kind::none) return what;
    what.racy = maker;
    what.about.model = finds(words.expected);
    what.about.stress = what.about.tsan = may_find;
    return what;
}

int run_program(program_words const& words, scenario what, char const* detector) {
    std::vector<char*> options = words.options;
    if (!words.names_detector) {
        char const* const which = words.expected == finding_kind::none ? "fixed" : "racy";
        for (char const* each : {"--variant", which, "--detector", detector})
            options.push_back(const_cast<char*>(each));
    }
    options.push_back(nullptr);
    enrolled const enrol(what);
    return run(static_cast<int>(options.size() - 1), options.data());
}

}  // namespace racekit::runner
