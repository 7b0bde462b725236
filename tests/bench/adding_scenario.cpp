// SPDX-License-Identifier: MIT
#include "adding_scenario.hpp"

RACEKIT_TEST(adding, adding<racekit::atomic<int>>);
