// SPDX-License-Identifier: MIT
#include "start_up.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <fcntl.h>
#include <string_view>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit::tsan {
namespace {

constexpr long most_random_bits = 30;  // the most that clang 19's shadow layout supports
constexpr int exit_inconclusive = 3;

/// Uses only system calls: libc is not initialised yet, and TSan intercepts most of it.
RACEKIT_UNSEEN environment read_environment() {
    // All members are given: a default constructor would be an instrumented function.
    environment here{false, 0, true, true};
    rlimit limit{};
    if (::syscall(SYS_prlimit64, 0, RLIMIT_AS, nullptr, &limit) == 0)
        here.address_space_limited = limit.rlim_cur != RLIM_INFINITY;

    char digits[16] = {};
    long const file = ::syscall(SYS_openat, AT_FDCWD, "/proc/sys/vm/mmap_rnd_bits", O_RDONLY, 0);
    if (file >= 0) {
        ::syscall(SYS_read, file, digits, sizeof digits - 1);
        ::syscall(SYS_close, file);
    }
    for (char const* at = digits; *at >= '0' && *at <= '9'; ++at)
        here.random_bits = here.random_bits * 10 + (*at - '0');

    constexpr unsigned long ask = 0xffffffff;
    long const now = ::syscall(SYS_personality, ask);
    here.randomised = now < 0 || (now & ADDR_NO_RANDOMIZE) == 0;
    if (here.randomised && now >= 0) {
        here.may_turn_off = ::syscall(SYS_personality, now | ADDR_NO_RANDOMIZE) >= 0;
        ::syscall(SYS_personality, now);
    } else if (now < 0) {
        here.may_turn_off = false;
    }
    return here;
}

}  // namespace

RACEKIT_UNSEEN char const* start_obstacle(environment const& here) {
    if (here.address_space_limited)
        return "racekit: ThreadSanitizer cannot start: the address space is limited (ulimit -v), "
               "and it reserves terabytes: run `ulimit -v unlimited`, and limit memory by cgroup "
               "instead\n";
    if (here.randomised && here.random_bits > most_random_bits && !here.may_turn_off)
        return "racekit: ThreadSanitizer cannot start: addresses are randomised by more than 30 "
               "bits and this process may not turn that off: run `sysctl vm.mmap_rnd_bits=28` on "
               "the host, or the container with `--security-opt seccomp=unconfined`\n";
    return nullptr;
}

RACEKIT_UNSEEN void exit_if_tsan_cannot_start() {
    char const* const why = start_obstacle(read_environment());
    if (why == nullptr) return;
    unsigned long length = 0;
    while (why[length] != '\0') ++length;
    ::syscall(SYS_write, 2, why, length);
    ::syscall(SYS_exit_group, exit_inconclusive);
}

std::string reason_to_distrust(char const* tsan_options) {
    if (tsan_options == nullptr) return "";
    std::string_view const options(tsan_options);
    for (char const* word :
         {"suppressions=", "report_bugs=0", "report_bugs=false", "ignore_noninstrumented_modules=1",
          "report_atomic_races=0", "force_seq_cst_atomics=1", "detect_deadlocks=0",
          "suppress_equal_stacks=1", "suppress_equal_addresses=1"}) {
        if (options.find(word) != std::string_view::npos)
            return std::string("TSAN_OPTIONS holds ") + word +
                   ", which suppresses reports, so a clean result would mean nothing: unset it";
    }
    return "";
}

}  // namespace racekit::tsan
