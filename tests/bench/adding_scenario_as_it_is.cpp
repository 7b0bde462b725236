// SPDX-License-Identifier: MIT
#include "adding_scenario.hpp"

RACEKIT_TEST(adding, adding<std::atomic<int>>);
