// SPDX-License-Identifier: MIT
// What a story claims, checked the same way under every detector.
#pragma once

#include <racekit/platform/site.hpp>

#include <sstream>
#include <string>
#include <string_view>

namespace racekit {

/// Reports a claim that did not hold: `claim` is its text, `detail` what was seen instead
/// ("expected 20, got 10"). In the model it ends the execution; natively it is noted and the story
/// goes on. Each detector defines it.
void check_failed(char const* claim, std::string_view detail, site where);

template <class Expected, class Got>
void check_equal(char const* claim, Expected const& expected, Got const& got, site where) {
    if (expected == got) return;
    std::ostringstream text;
    text << "expected " << expected << ", got " << got;
    check_failed(claim, text.str(), where);
}

}  // namespace racekit

/// Claims that `...` is true.
#define RACEKIT_CHECK(...) \
    ((__VA_ARGS__) ? void() : ::racekit::check_failed(#__VA_ARGS__, "", ::racekit::site::here()))

/// Claims that `got` equals `expected`; the finding tells both.
#define RACEKIT_CHECK_EQUAL(expected, got) \
    ::racekit::check_equal(#got " == " #expected, expected, got, ::racekit::site::here())
