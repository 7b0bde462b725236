// SPDX-License-Identifier: MIT
#include "supervised.hpp"

#include "core/run_record.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace racekit::runner {
namespace {

pid_t new_child() {
    std::cout.flush();
    std::fflush(nullptr);  // or both would write it
    pid_t const parent = ::getpid();
    pid_t const child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // it died before the line above
    }
    return child;
}

int status_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
    }
    return status;
}

std::string in_round(run_record const& record) {
    std::uint64_t const round = record.round.load(std::memory_order_relaxed);
    return round > 0 ? " in round " + grouped(round) : "";
}

finding crash(early_end const& how, run_record const& record, scenario const& what) {
    finding found;
    found.kind = record.stack_overflow ? "stack overflow" : "crash";
    std::string const thread = record.thread[0] != '\0' ? record.thread : "the test body";
    if (how.signal == 0) found.consequence = thread + ": " + record.reason;
    else if (record.stack_overflow) found.consequence = thread + " needs more stack than it has";
    else found.consequence = thread + " died of " + ::sigdescr_np(how.signal);
    found.found_in = record.round.load(std::memory_order_relaxed);
    found.schedule = record.schedule;
    if (places_of_crash != nullptr) found.places = places_of_crash(record, what.file);
    return found;
}

}  // namespace

early_end supervised(std::function<int()> const& work) {
    share_run_record();
    pid_t const child = new_child();
    if (child == 0) {
        int const code = work();
        this_run().exit_code.store(code, std::memory_order_relaxed);
        std::cout.flush();
        // A test body may have left threads behind that never end; they must not delay the verdict.
        std::_Exit(code);
    }
    int const status = status_of(child);
    if (WIFSIGNALED(status)) return {WTERMSIG(status), 0};
    int const code = WEXITSTATUS(status);
    if (this_run().exit_code.load(std::memory_order_relaxed) == code) std::_Exit(code);
    return {0, code};
}

observation observed(early_end const& how, scenario const& what, char const* detector) {
    run_record const& record = this_run();
    bool const in_test_body = record.in_round.load(std::memory_order_relaxed);
    observation seen;
    seen.far = {reach::kind::sampled, record.round.load(std::memory_order_relaxed), "rounds", ""};
    if (in_test_body && (how.signal != 0 || record.reason[0] != '\0')) {
        seen.how = observation::state::found;
        seen.found = crash(how, record, what);
        return seen;
    }
    seen.how = observation::state::failed;
    if (how.signal != 0) {
        seen.trouble = std::string("the ") + detector + " detector died of " +
                       ::sigdescr_np(how.signal) + in_round(record) + ", outside the test body";
    } else if (record.reason[0] != '\0') {
        seen.trouble = std::string("the ") + detector + " detector ended: " + record.reason;
    } else {
        seen.trouble = "the program ended with exit code " + std::to_string(how.code) +
                       in_round(record) + ", before there was a verdict: a test body must return, "
                       "so take exit(), _exit() or quick_exit() out of it";
    }
    return seen;
}

}  // namespace racekit::runner
