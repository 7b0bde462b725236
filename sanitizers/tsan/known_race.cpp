// SPDX-License-Identifier: MIT
#include "known_race.hpp"

#include "report_board.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace racekit::tsan {
namespace {

alignas(8) int raced_over;
int baton;

[[gnu::noinline]] void race() { raced_over = raced_over + 1; }

RACEKIT_UNSEEN void pass_unseen() {
    __atomic_store_n(&baton, 1, __ATOMIC_RELEASE);
    ::syscall(SYS_futex, &baton, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

RACEKIT_UNSEEN void receive_unseen() {
    while (__atomic_load_n(&baton, __ATOMIC_ACQUIRE) == 0)
        ::syscall(SYS_futex, &baton, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
    __atomic_store_n(&baton, 0, __ATOMIC_RELAXED);  // for the next call; no thread waits now
}

}  // namespace

bool reports_known_race(bool visible) {
    std::uint64_t const before = reports_seen();
    std::atomic<int> seen_baton{0};
    std::thread second([&] {
        if (visible) {
            while (seen_baton.load(std::memory_order_acquire) == 0) std::this_thread::yield();
        } else {
            receive_unseen();
        }
        race();
    });
    race();
    if (visible) {
        seen_baton.store(1, std::memory_order_release);
    } else {
        pass_unseen();
    }
    second.join();
    bool found = false;
    for (report_copy const& one : kept_reports()) {
        for (int at = 0; at < one.stacks; ++at) {
            if (!std::strcmp(one.kind, "data-race") && one.stack[at].address == &raced_over)
                found = true;
        }
    }
    bool const reported = reports_seen() != before && found;
    clear_reports();
    return reported;
}

bool reports_known_race_in_child() {
    ::pid_t const child = ::fork();
    if (child == 0) ::_exit(reports_known_race() ? 0 : 1);
    int status = 1;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace racekit::tsan
