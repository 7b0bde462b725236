// SPDX-License-Identifier: MIT
#include "test_processes.hpp"

#include "choices.hpp"
#include "failed_checks.hpp"
#include "exception_text.hpp"
#include "hang_watch.hpp"
#include "stepping.hpp"

#include <racekit/platform/native/spin.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fstream>
#include <linux/futex.h>
#include <new>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace racekit {
namespace {

using nanoseconds = std::chrono::nanoseconds;
using steady = std::chrono::steady_clock;

constexpr int most_processes = 8;
constexpr auto longest_start = std::chrono::seconds(60);

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(),
                            std::string("process detector: ") + what);
}

/// Gates sleep and do not yield: on a busy machine each yield gives a time slice to another
/// program.
void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, value, nullptr, nullptr, 0);
}

void wake(std::atomic<std::uint32_t>& word) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::int64_t now() { return steady::now().time_since_epoch().count(); }

/// The state of a process in the kernel, as far as a verdict needs it.
struct activity {
    char state = 'Z';
    std::uint64_t progress = 0;  ///< grows whenever it runs
    nanoseconds ran{};           ///< processor time
    std::string channel;         ///< the kernel function that it sleeps in
};

activity activity_of(::pid_t process) {
    std::string const task = "/proc/" + std::to_string(process);
    activity seen;
    std::ifstream status(task + "/status");
    for (std::string line; std::getline(status, line);) {
        auto const value = line.find_first_not_of(" \t", line.find(':') + 1);
        if (value == std::string::npos) continue;
        if (line.starts_with("State:")) seen.state = line[value];
        if (line.find("ctxt_switches:") != std::string::npos)
            seen.progress += std::strtoull(line.c_str() + value, nullptr, 10);
    }
    nanoseconds::rep ran = 0;
    std::ifstream(task + "/schedstat") >> ran;
    seen.ran = nanoseconds(ran);
    std::ifstream(task + "/wchan") >> seen.channel;
    seen.channel = seen.channel.substr(0, seen.channel.find('.'));  // cut a suffix of the compiler
    return seen;
}

std::string text_of(activity const& seen) {
    if (seen.state == 'R') return "runs without end";
    if (seen.channel.empty() || seen.channel == "0") return "sleeps";
    static constexpr std::pair<char const*, char const*> known[] = {
        {"futex", "waits for a lock or a wake-up"},
        {"pipe_read", "waits for bytes from a pipe"},
        {"pipe_write", "waits for room in a pipe"},
        {"unix_stream", "waits for bytes from a socket"},
        {"sock_alloc_send", "waits for room in a socket"},
        {"poll_schedule", "waits for a descriptor to be ready"},
        {"do_wait", "waits for a child process"},
    };
    for (auto const& [prefix, words] : known) {
        if (seen.channel.starts_with(prefix)) return words + (" (" + seen.channel + ")");
    }
    return "sleeps in " + seen.channel;
}

void pin_to_own_core(int self) {
    static cpu_set_t const allowed = [] {
        cpu_set_t set;
        CPU_ZERO(&set);
        ::sched_getaffinity(0, sizeof set, &set);
        return set;
    }();
    int const cores = std::max(1, CPU_COUNT(&allowed));
    int skip = self % cores;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (!CPU_ISSET(core, &allowed) || skip-- > 0) continue;
        cpu_set_t mine;
        CPU_ZERO(&mine);
        CPU_SET(core, &mine);
        ::sched_setaffinity(0, sizeof mine, &mine);  // best effort
        return;
    }
}

/// The kernel sends SIGKILL to this process after `span`; the parent needs no core to watch the
/// time.
void arm(nanoseconds span) {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    timer_t timer;
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;
    itimerspec at{};
    auto const safe = std::max(span, nanoseconds(1));  // 0 would disarm it
    at.it_value = {safe.count() / 1'000'000'000, safe.count() % 1'000'000'000};
    ::timer_settime(timer, 0, &at, nullptr);
}

}  // namespace

/// Shared memory in which the processes report to the parent. No pointers: writers may be killed.
struct test_processes::board {
    struct slot {
        std::atomic<std::int64_t> began{0};  // read only after the process was reaped
        std::atomic<std::int64_t> ended{0};
        std::atomic<std::uint64_t> steps{0};
        std::atomic<bool> threw{false};
        char exception[256];
    };
    std::atomic<std::uint32_t> ready{0};  // release -> the parent closes its descriptors
    std::atomic<std::uint32_t> open{0};   // release -> the processes go to the first start line
    slot slots[most_processes];
    struct line {
        std::atomic<int> arrived{0};          // acq_rel: instance n - 1 happens before instance n
        std::int64_t start = 0;               // the time at which all begin; published by state
        std::atomic<std::uint32_t> state{0};  // 0 start unknown, 1 known, 2 unknown, one sleeps
    };
    line lines[failed_checks::most_instances];
};

test_processes::test_processes(int count, std::uint64_t seed, void (*prepare)(std::uint64_t))
    : count_(count), random_(seed), prepare_(prepare) {
    void* const memory =
        ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    board_ = static_cast<board*>(memory);
    int before = 0;
    ::prctl(PR_GET_CHILD_SUBREAPER, &before);
    was_reaper_ = before != 0;
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

test_processes::~test_processes() {
    if (!was_reaper_) ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    ::munmap(board_, sizeof(board));
}

/// Waits for all processes, and returns the time at which they begin.
std::int64_t test_processes::common_start(std::size_t number) {
    board::line& line = board_->lines[number];
    if (line.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) {
        // When the last process arrives, all have a core, if there are enough. So all start soon,
        // but late enough for the others to read the start time; sleeping processes need longer.
        bool const somebody_sleeps = line.state.load(std::memory_order_relaxed) == 2;
        line.start = now() + (somebody_sleeps ? 20'000 : 500);
        if (line.state.exchange(1, std::memory_order_acq_rel) == 2) wake(line.state);
        return line.start;
    }
    for (int spins = 0; spins < 1000; ++spins) {
        if (line.state.load(std::memory_order_acquire) == 1) return line.start;
        cpu_relax();
    }
    std::uint32_t unknown = 0;
    line.state.compare_exchange_strong(unknown, 2, std::memory_order_relaxed);
    while (line.state.load(std::memory_order_acquire) != 1) sleep_while(line.state, 2);
    return line.start;
}

/// Waits until the single-stepped victim has done its steps, or makes no progress because it waits
/// for this process.
void test_processes::wait_for_victim(kill_plan const& victim) {
    if (victim.how != kill_plan::by::step) return;
    board::slot const& ahead = board_->slots[victim.process];
    std::uint64_t const goal = std::min(victim.others_begin, victim.step);
    std::uint64_t last = 0;
    auto moved = steady::now();
    for (;;) {
        std::uint64_t const steps = ahead.steps.load(std::memory_order_relaxed);
        bool const is_done = ahead.ended.load(std::memory_order_relaxed) != 0;
        if (steps >= goal || is_done) return;
        if (steps != last) moved = steady::now();
        last = steps;
        if (steady::now() - moved > std::chrono::milliseconds(3)) return;
        timespec const pause{0, 20'000};
        ::nanosleep(&pause, nullptr);
    }
}

void test_processes::run_process(instance_memory const& memory, int self, ::pid_t parent,
                                 std::optional<kill_plan> victim, std::uint64_t seed) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    rlimit const no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    pin_to_own_core(self);
    memory.touch();
    board::slot& slot = board_->slots[self];
    random_source random(seed);

    std::vector<bool> runs;  // whose before() fulfilled its assumptions
    for (std::size_t number = 0; number < memory.built().size(); ++number)
        runs.push_back(failed_checks::is_judged(static_cast<int>(number)));

    board_->ready.fetch_add(1, std::memory_order_release);
    wake(board_->ready);
    while (board_->open.load(std::memory_order_acquire) == 0) sleep_while(board_->open, 0);
    for (std::size_t number = 0; number < memory.built().size(); ++number) {
        failed_checks::enter(static_cast<int>(number));
        choices::enter(self);
        std::int64_t start = common_start(number);
        bool const is_victim = number == 0 && victim && victim->process == self;
        bool const steps = is_victim && victim->how == kill_plan::by::step;
        if (is_victim && !steps) arm(nanoseconds(start - now()) + victim->at);
        start += random.below(4) == 0 ? 0 : static_cast<std::int64_t>(random.below(128));
        while (now() < start) {
        }
        if (number == 0 && victim && !is_victim) wait_for_victim(*victim);
        if (prepare_ != nullptr) prepare_(random.next());
        slot.began.store(now(), std::memory_order_relaxed);
        if (steps) stepping::start(victim->step, slot.steps);
        try {
            if (runs[number]) memory.built()[number]->act(self);
        } catch (assumption_failed const&) {  // the instance is marked
        } catch (...) {
            std::string const text = current_exception_text();
            std::strncpy(slot.exception, text.c_str(), sizeof slot.exception - 1);
            slot.threw.store(true, std::memory_order_relaxed);
        }
        if (steps) stepping::stop();
    }
    slot.ended.store(now(), std::memory_order_relaxed);
    ::_exit(0);
}

void test_processes::await_ready(std::vector<::pid_t> const& processes) {
    auto const limit = steady::now() + longest_start;
    for (;;) {
        std::uint32_t const count = board_->ready.load(std::memory_order_acquire);
        if (count == processes.size()) return;
        timespec const at_most{0, 100'000'000};
        ::syscall(SYS_futex, &board_->ready, FUTEX_WAIT, count, &at_most, nullptr, 0);
        if (steady::now() > limit)
            throw std::runtime_error("process detector: a forked process did not start in 60 s");
    }
}

std::vector<std::string> test_processes::watch(std::vector<::pid_t> const& processes) {
    std::vector<pollfd> watched;
    for (::pid_t const process : processes) {
        int const file = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
        if (file < 0) fail("pidfd_open");
        watched.push_back({file, POLLIN, 0});
    }
    hang_watch hangs(processes.size(), steady::now());
    std::size_t left = processes.size();
    while (left > 0) {
        int const ready = ::poll(watched.data(), watched.size(), int(hang_watch::interval.count()));
        for (pollfd& each : watched) {
            if (each.revents == 0) continue;
            ::close(each.fd);
            each.fd = -1;  // poll skips it from now on
            each.revents = 0;
            --left;
        }
        if (ready != 0) {
            hangs.has_progress();
            continue;
        }
        std::vector<process_sight> running;
        for (std::size_t self = 0; self < processes.size(); ++self) {
            if (watched[self].fd < 0) continue;
            activity const seen = activity_of(processes[self]);
            running.push_back({self, seen.state == 'S', seen.progress, seen.ran});
        }
        if (hangs.hang(steady::now(), running)) break;
    }
    std::vector<std::string> where(processes.size());
    for (std::size_t self = 0; self < processes.size(); ++self) {
        if (watched[self].fd < 0) continue;
        where[self] = text_of(activity_of(processes[self]));
        ::close(watched[self].fd);
    }
    return where;
}

std::vector<process_end> test_processes::run(instance_memory const& memory,
                                             std::vector<int> const& opened,
                                             std::optional<kill_plan> victim) {
    ::new (static_cast<void*>(board_)) board();
    ::pid_t const parent = ::getpid();
    std::vector<::pid_t> processes;
    ::pid_t group = 0;

    // No process of this round may outlive it, even if an exception is thrown below.
    auto const clear_away = [&] {
        if (group == 0) return;
        ::kill(-group, SIGKILL);
        while (::waitpid(-group, nullptr, 0) > 0 || errno == EINTR) {
        }
    };
    try {
        for (int self = 0; self < count_; ++self) {
            std::uint64_t const seed = random_.next();
            ::pid_t const process = ::fork();
            if (process < 0) fail("fork");
            if (process == 0) run_process(memory, self, parent, victim, seed);
            if (group == 0) group = process;
            ::setpgid(process, group);
            processes.push_back(process);
        }
        await_ready(processes);
    } catch (...) {
        clear_away();
        throw;
    }
    for (int const number : opened) ::close(number);
    board_->open.store(1, std::memory_order_release);
    wake(board_->open);

    std::vector<std::string> const hung = watch(processes);
    std::vector<process_end> ends(processes.size());
    for (std::size_t self = 0; self < processes.size(); ++self) {
        board::slot& slot = board_->slots[self];
        process_end& mine = ends[self];
        bool const is_hung = !hung[self].empty();
        if (is_hung) ::kill(processes[self], SIGKILL);
        int status = 0;
        // WNOWAIT: the pid of the first process is that of the group; it must not be reused yet.
        siginfo_t info{};
        auto const id = static_cast<::id_t>(processes[self]);
        while (::waitid(P_PID, id, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
        }
        status = info.si_status;
        std::int64_t const ended = slot.ended.load(std::memory_order_relaxed);
        std::int64_t const began = slot.began.load(std::memory_order_relaxed);
        mine.lived = nanoseconds(ended == 0 ? 0 : ended - began);
        mine.steps = slot.steps.load(std::memory_order_relaxed);
        bool const is_victim = victim && victim->process == static_cast<int>(self);
        if (info.si_code == CLD_EXITED) {
            mine.code = status;
        } else {
            mine.signal = status;
        }
        if (is_hung) {
            mine.how = process_end::kind::hung;
            mine.where = hung[self];
        } else if (is_victim && mine.signal == SIGKILL) {
            // The timer may also fire after the test body; then the kill interrupted nothing.
            mine.how = ended == 0 ? process_end::kind::killed : process_end::kind::finished;
        } else if (slot.threw.load(std::memory_order_relaxed)) {
            mine.how = process_end::kind::threw;
            mine.where = slot.exception;
        } else if (mine.code != 0 || mine.signal != 0) {
            mine.how = process_end::kind::crashed;
        }
    }
    clear_away();
    return ends;
}

std::vector<int> open_descriptors() {
    std::vector<int> numbers;
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) fail("/proc/self/fd");
    while (dirent const* const entry = ::readdir(folder)) {
        int const number = std::atoi(entry->d_name);
        if (entry->d_name[0] != '.' && number != ::dirfd(folder)) numbers.push_back(number);
    }
    ::closedir(folder);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

}  // namespace racekit
