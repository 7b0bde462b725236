// SPDX-License-Identifier: MIT
#include <racekit/tsan_reports.hpp>

#include "reports.hpp"

#include "report_board.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <cstdint>
#include <fcntl.h>
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <sys/mman.h>
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

int unprinted = -1;  // what nowhere() returned

/// A file of its own in memory: if TSan ends the program, its reason is the last it holds.
int nowhere() {
    static int const file = [] {
        ::pthread_atfork(nullptr, nullptr, set_report_file);
        int const memory = ::memfd_create("racekit reports", MFD_CLOEXEC);
        if (memory < 0) return ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::fcntl(memory, F_SETFL, O_APPEND);
        return unprinted = memory;
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

void forget_printed_reports() {
    if (unprinted >= 0) (void)::ftruncate(unprinted, 0);
}

RACEKIT_UNSEEN void last_runtime_error(char* to, std::size_t size) {
    constexpr char mark[] = "ThreadSanitizer: ";
    constexpr int mark_length = sizeof mark - 1;
    static char text[8192];
    to[0] = '\0';
    if (unprinted < 0) return;
    off_t const end = ::lseek(unprinted, 0, SEEK_END);
    off_t const from = end > static_cast<off_t>(sizeof text) ? end - static_cast<off_t>(sizeof text)
                                                             : 0;
    long const length = ::pread(unprinted, text, sizeof text, from);
    // The first line that names the runtime; a summary that repeats it may follow.
    for (long at = 0; at + mark_length < length; ++at) {
        int same = 0;
        while (same < mark_length && text[at + same] == mark[same]) ++same;
        if (same < mark_length) continue;
        std::size_t copied = 0;
        for (long next = at + mark_length;
             next < length && text[next] != '\n' && copied + 1 < size; ++next)
            to[copied++] = text[next];
        to[copied] = '\0';
        return;
    }
}

}  // namespace racekit::tsan

/// TSan calls it at the end of the program: the program fails only after an unexpected report. TSan
/// finds it by name at run time, so it must be exported (a link option of the tsan flavour does
/// it).
extern "C" RACEKIT_UNSEEN int __tsan_on_finalize(int) {
    return racekit::tsan::unexpected_reports() != 0 ? 1 : 0;
}
