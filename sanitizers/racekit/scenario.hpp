// SPDX-License-Identifier: MIT
// All that a scenario includes beside its primitives.
//
// A scenario is one file: a comment that draws the interleaving, says why it races and why the fix
// holds; `struct racy` above `struct fixed`; one story template over the variant; one
// RACEKIT_SCENARIO.
//
// A story has `static constexpr int threads` with `void thread(int self)`, or `processes` with
// `void process(int self)`; what processes share lives in the story, which is then in shared
// memory. It may have `before()`, `after()`, `outcome()` (a string or number that stress counts),
// `static constexpr int mortal` (the process that may die at any instant) and
// `static constexpr int spawned` (threads or processes it starts itself).
#pragma once

#include <racekit/check.hpp>
#include <racekit/enrolment.hpp>
#include <racekit/platform.hpp>
#include <racekit/promise.hpp>
#include <racekit/registry.hpp>

#ifndef RACEKIT_FAMILY
#define RACEKIT_FAMILY "mine"
#endif
#ifndef RACEKIT_FILE_STEM  // racekit_add_scenario() gives it, and the command below
#define RACEKIT_FILE_STEM ""
#endif
#ifndef RACEKIT_COMMAND
#define RACEKIT_COMMAND ""
#endif

/// Enrols `story<racy>` and `story<fixed>`; the rest are designated initialisers of
/// racekit::description.
#define RACEKIT_SCENARIO(story, racy, fixed, ...)                                        \
    static ::racekit::enrolled const racekit_enrolled_##story {                          \
        ::racekit::describe<story<racy>, story<fixed>>(                                  \
            #story, RACEKIT_FAMILY, __FILE__, ::racekit::description{__VA_ARGS__}),      \
            RACEKIT_FILE_STEM, RACEKIT_COMMAND                                           \
    }

/// Enrols the test body `body` (a type) as the test `name`, which has no racy variant: every
/// detector that can run it must find nothing. The rest is as above, without promises.
#define RACEKIT_TEST(name, body, ...)                                                    \
    static ::racekit::enrolled const racekit_enrolled_##name {                           \
        ::racekit::describe_test<body>(                                                  \
            #name, RACEKIT_FAMILY, __FILE__, ::racekit::description{__VA_ARGS__}),       \
            RACEKIT_FILE_STEM, RACEKIT_COMMAND                                           \
    }
