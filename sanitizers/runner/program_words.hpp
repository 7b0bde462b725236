// SPDX-License-Identifier: MIT
// A program that is run as it is, with its own main(): its command line, and what the runner knows
// of it.
#pragma once

#include <racekit/registry.hpp>

#include <string>
#include <vector>

namespace racekit::runner {

/// The command line, divided: `program [options of the kit] [-- words of the program]`.
struct program_words {
    std::vector<char*> options;  ///< for run(), behind the program's name
    std::vector<char*> own;      ///< for the program's main(); a null pointer ends them
    std::string own_text;        ///< for a replay: "-- 3 4"
    int threads = 16;            ///< of --threads: what one execution can have
    finding_kind expected = finding_kind::none;  ///< of --expect
    bool names_detector = false;  ///< or asks for something that needs none, as --list

    /// `most_threads`: what --threads takes at most; 0: there is no such option. A wrong word ends
    /// the program with one line on stderr and exit_usage.
    program_words(int count, char** words, int most_threads);

    /// What main() is to be called with.
    [[nodiscard]] int own_count() const { return static_cast<int>(own.size()) - 1; }

private:
    void read_option(int count, char** words, int& at);

    int most_threads_;
};

/// The program as a scenario of one thread, with the variant fixed; racy too, if a finding is
/// expected. `words` must outlive it.
[[nodiscard]] scenario description_of(program_words const& words, instance_maker const& maker);

/// Runs it under the detector, as run() does.
int run_program(program_words const& words, scenario what, char const* detector);

}  // namespace racekit::runner
