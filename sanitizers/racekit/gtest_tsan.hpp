// SPDX-License-Identifier: MIT
// GoogleTest expectations about the reports of ThreadSanitizer (TSan).
//
//     TEST(counter, races_without_a_lock) {
//         EXPECT_TSAN_REPORT("data-race", {
//             std::thread other([&] { ++counter; });
//             ++counter;
//             other.join();
//         });
//     }
//
// The kinds are those of TSan: data-race, lock-order-inversion, heap-use-after-free,
// mutex-bad-unlock, ... TSan may miss a race that depends on timing; a scenario under the
// controlled schedule is deterministic. In a build without TSan these macros skip the test.
//
// Needs GoogleTest and, under TSan, racekit_tsan_hook.
#pragma once

#include <gtest/gtest.h>

#if defined(__SANITIZE_THREAD__)
#define RACEKIT_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RACEKIT_UNDER_TSAN 1
#endif
#endif

#if defined(RACEKIT_UNDER_TSAN)

#include <racekit/tsan_reports.hpp>

#include <algorithm>

namespace racekit::tsan {

inline std::string listed(std::vector<std::string> const& kinds) {
    if (kinds.empty()) return "nothing";
    std::string text;
    for (std::string const& kind : kinds) text += (text.empty() ? "" : ", ") + kind;
    return text;
}

inline testing::AssertionResult reports(std::string const& kind,
                                        std::function<void()> const& body) {
    auto const kinds = reports_during(body);
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
        return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << "expected a TSan report of " << kind << ", got " << listed(kinds);
}

inline testing::AssertionResult reports_nothing(std::function<void()> const& body) {
    auto const kinds = reports_during(body);
    if (kinds.empty()) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "expected no TSan report, got " << listed(kinds);
}

}  // namespace racekit::tsan

/// EXPECT_TSAN_REPORT(kind, { ... }): TSan makes a report of that kind while the block runs.
#define EXPECT_TSAN_REPORT(kind, ...) \
    RACEKIT_EXPECT(::racekit::tsan::reports(kind, [&] __VA_ARGS__))
/// EXPECT_NO_TSAN_REPORT({ ... }): TSan reports nothing while the block runs.
#define EXPECT_NO_TSAN_REPORT(...) \
    RACEKIT_EXPECT(::racekit::tsan::reports_nothing([&] __VA_ARGS__))
// Like EXPECT_TRUE, but the message does not repeat the block.
#define RACEKIT_EXPECT(result)                                      \
    if (auto const racekit_result = (result); racekit_result) {     \
    } else                                                          \
        ADD_FAILURE() << racekit_result.message()

#else

#define RACEKIT_SKIP_WITHOUT_TSAN(...)                                                  \
    if (static_cast<void>([&] __VA_ARGS__), false) {                                    \
    } else                                                                              \
        GTEST_SKIP() << "SKIPPED, NOT PASSED: this build has no ThreadSanitizer (compile " \
                        "and link with clang++-19 -fsanitize=thread)"
#define EXPECT_TSAN_REPORT(kind, ...) RACEKIT_SKIP_WITHOUT_TSAN(__VA_ARGS__)
#define EXPECT_NO_TSAN_REPORT(...) RACEKIT_SKIP_WITHOUT_TSAN(__VA_ARGS__)

#endif
