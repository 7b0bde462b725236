// SPDX-License-Identifier: MIT
// Durations, time points and clocks, without the calendar and the formatting of <chrono>, which
// take a third of the compile time of a header that includes a lock.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
