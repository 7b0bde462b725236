#include <racekit/tsan_reports.hpp>

#include "report_board.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <sanitizer/common_interface_defs.h>

namespace racekit::tsan {
namespace {

std::uint64_t expected_reports = 0;
bool all_are_expected = false;

RACEKIT_UNSEEN std::uint64_t unexpected_reports() {
    std::uint64_t const seen = reports_seen();
    if (all_are_expected || seen < expected_reports) return 0;
    return seen - expected_reports;
}

}  // namespace

std::vector<std::string> reports_during(std::function<void()> const& body) {
    clear_reports();
    std::uint64_t const before = reports_seen();
    __sanitizer_set_report_path("/dev/null");
    body();
    __sanitizer_set_report_path("stderr");
    expected_reports += reports_seen() - before;
    std::vector<std::string> kinds;
    for (report_copy const& one : kept_reports()) kinds.emplace_back(one.kind);
    clear_reports();
    return kinds;
}

void expect_all_reports() {
    all_are_expected = true;
    __sanitizer_set_report_path("/dev/null");
}

}  // namespace racekit::tsan

/// TSan asks at the end whether the program failed: only if there was a report that nobody
/// expected. Found by name at run time, so it has to be exported (the link option of the tsan
/// flavour).
extern "C" RACEKIT_UNSEEN int __tsan_on_finalize(int) {
    return racekit::tsan::unexpected_reports() != 0 ? 1 : 0;
}
