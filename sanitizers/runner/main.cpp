// SPDX-License-Identifier: MIT
#include "run.hpp"

int main(int count, char** words) { return racekit::runner::run(count, words); }
