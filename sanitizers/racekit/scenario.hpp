// SPDX-License-Identifier: MIT
// The only header that a scenario includes in addition to its primitives.
//
// A scenario is one file: a comment that draws the interleaving and explains the race and the fix;
// `struct racy` above `struct fixed`; one test body, a template over the variant; one
// RACEKIT_SCENARIO.
//
// A test body has `static constexpr int threads` with `void thread(int self)`, or `processes` with
// `void process(int self)`. Processes share the members of the test body, which then lies in shared
// memory. It may have `before()`, `after()`, `outcome()` (a string or number that stress counts),
// `static constexpr int mortal` (the number of the process that may die at any step),
// `static constexpr bool torn_io` (reads and writes may be short or interrupted) and
// `static constexpr int spawned` (how many threads or processes it starts itself).
#pragma once

#include <racekit/check.hpp>
#include <racekit/choice.hpp>
#include <racekit/enrolment.hpp>
#include <racekit/platform.hpp>
#include <racekit/promise.hpp>
#include <racekit/registry.hpp>

#ifndef RACEKIT_FAMILY
#define RACEKIT_FAMILY "mine"
#endif
#ifndef RACEKIT_FILE_STEM  // racekit_add_scenario() gives it, and those below
#define RACEKIT_FILE_STEM ""
#endif
#ifndef RACEKIT_COMMAND
#define RACEKIT_COMMAND ""
#endif
#ifndef RACEKIT_DETECTOR_NAMES
#define RACEKIT_DETECTOR_NAMES ""
#endif

/// Registers `body<racy>` and `body<fixed>`; the remaining arguments are designated initialisers
/// of racekit::description.
#define RACEKIT_SCENARIO(body, racy, fixed, ...)                                         \
    static ::racekit::enrolled const racekit_enrolled_##body {                           \
        ::racekit::describe<body<racy>, body<fixed>>(                                    \
            #body, RACEKIT_FAMILY, __FILE__, ::racekit::description{__VA_ARGS__}),       \
            RACEKIT_FILE_STEM, RACEKIT_COMMAND, RACEKIT_DETECTOR_NAMES                   \
    }

/// Registers the test body `body` (a type) as the test `name`, which has no racy variant: every
/// detector that can run it must find nothing. The other arguments are as above, without promises.
#define RACEKIT_TEST(name, body, ...)                                                    \
    static ::racekit::enrolled const racekit_enrolled_##name {                           \
        ::racekit::describe_test<body>(                                                  \
            #name, RACEKIT_FAMILY, __FILE__, ::racekit::description{__VA_ARGS__}),       \
            RACEKIT_FILE_STEM, RACEKIT_COMMAND, RACEKIT_DETECTOR_NAMES                   \
    }
