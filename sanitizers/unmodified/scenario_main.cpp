// SPDX-License-Identifier: MIT
// main() of a program of scenarios as they are, compiled with them: the library does the work.
extern "C" {

int racekit_run_scenarios(int count, char** words);

/// Tells the library that main() is not what is to be explored.
[[gnu::used, gnu::visibility("default")]] int racekit_holds_scenarios = 1;
}

int main(int count, char** words) { return racekit_run_scenarios(count, words); }
