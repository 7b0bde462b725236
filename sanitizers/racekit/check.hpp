// SPDX-License-Identifier: MIT
// The checks of a test body. They work the same way under every detector.
#pragma once

#include <racekit/platform/site.hpp>

#include <sstream>
#include <string>
#include <string_view>

namespace racekit {

/// Reports a failed check: `condition` is its text, `detail` the values ("expected 20, got 10").
/// In the model a failed check ends the execution; natively it is recorded and the test body
/// continues. Each detector defines this function.
void check_failed(char const* condition, std::string_view detail, site where);

template <class Expected, class Got>
void check_equal(char const* condition, Expected const& expected, Got const& got, site where) {
    if (expected == got) return;
    std::ostringstream text;
    text << "expected " << expected << ", got " << got;
    check_failed(condition, text.str(), where);
}

}  // namespace racekit

/// Checks that `...` is true.
#define RACEKIT_CHECK(...) \
    ((__VA_ARGS__) ? void() : ::racekit::check_failed(#__VA_ARGS__, "", ::racekit::site::here()))

/// Checks that `got` equals `expected`; the finding shows both.
#define RACEKIT_CHECK_EQUAL(expected, got) \
    ::racekit::check_equal(#got " == " #expected, expected, got, ::racekit::site::here())
