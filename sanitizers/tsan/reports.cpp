// SPDX-License-Identifier: MIT
#include <racekit/tsan_reports.hpp>

#include "report_board.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <cstdint>
#include <fcntl.h>
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

namespace racekit::tsan {
namespace {

std::uint64_t expected_reports = 0;
bool all_are_expected = false;

RACEKIT_UNSEEN std::uint64_t unexpected_reports() {
    std::uint64_t const seen = reports_seen();
    if (all_are_expected || seen < expected_reports) return 0;
    return seen - expected_reports;
}

int printed_to = STDERR_FILENO;

/// Sets a descriptor, not a path: for a path TSan creates a file per process, /dev/null.4711. In a
/// forked process the descriptor must be set again, otherwise TSan opens a file there too.
RACEKIT_UNSEEN void set_report_file() {
    __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::intptr_t>(printed_to)));
}

void print_to(int file) {
    printed_to = file;
    set_report_file();
}

int nowhere() {
    static int const file = [] {
        ::pthread_atfork(nullptr, nullptr, set_report_file);
        return ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    }();
    return file >= 0 ? file : STDERR_FILENO;
}

}  // namespace

std::vector<std::string> reports_during(std::function<void()> const& body) {
    clear_reports();
    std::uint64_t const before = reports_seen();
    print_to(nowhere());
    body();
    print_to(STDERR_FILENO);
    expected_reports += reports_seen() - before;
    std::vector<std::string> kinds;
    for (report_copy const& one : kept_reports()) kinds.emplace_back(one.kind);
    clear_reports();
    return kinds;
}

void expect_all_reports() {
    all_are_expected = true;
    print_to(nowhere());
}

}  // namespace racekit::tsan

/// TSan calls it at the end of the program: the program fails only after an unexpected report. TSan
/// finds it by name at run time, so it must be exported (a link option of the tsan flavour does
/// it).
extern "C" RACEKIT_UNSEEN int __tsan_on_finalize(int) {
    return racekit::tsan::unexpected_reports() != 0 ? 1 : 0;
}
