// SPDX-License-Identifier: MIT
#include "process_cast.hpp"

#include "claims.hpp"
#include "exception_text.hpp"
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

constexpr int most_members = 8;
/// All that are left have slept this long without waking once: they wait for each other.
constexpr auto asleep_too_long = std::chrono::milliseconds(1000);
/// However busy they look. Long, because a loaded machine starves processes that are well.
constexpr auto longest_round = std::chrono::milliseconds(4000);

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(),
                            std::string("process detector: ") + what);
}

/// Gates sleep rather than yield: yielding gives each other program of a loaded machine a time
/// slice.
void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, value, nullptr, nullptr, 0);
}

void wake(std::atomic<std::uint32_t>& word) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::int64_t now() { return steady::now().time_since_epoch().count(); }

/// What the kernel tells of a process, as far as a verdict needs it.
struct activity {
    char state = 'Z';
    std::uint64_t progress = 0;  ///< grows whenever it runs
    std::string channel;         ///< the kernel function that it sleeps in
};

activity activity_of(::pid_t member) {
    std::string const task = "/proc/" + std::to_string(member);
    activity seen;
    std::ifstream status(task + "/status");
    for (std::string line; std::getline(status, line);) {
        auto const value = line.find_first_not_of(" \t", line.find(':') + 1);
        if (value == std::string::npos) continue;
        if (line.starts_with("State:")) seen.state = line[value];
        if (line.find("ctxt_switches:") != std::string::npos)
            seen.progress += std::strtoull(line.c_str() + value, nullptr, 10);
    }
    std::ifstream(task + "/wchan") >> seen.channel;
    seen.channel = seen.channel.substr(0, seen.channel.find('.'));  // what the compiler appended
    return seen;
}

std::string told(activity const& seen) {
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

/// The kernel sends SIGKILL at that instant, whatever the process is doing by then, and no director
/// needs a core to watch the time.
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

/// In shared memory: what members tell the director. No pointers; its writers may be killed.
struct process_cast::board {
    struct seat {
        std::atomic<std::int64_t> began{0};  // read only after the member was reaped
        std::atomic<std::int64_t> ended{0};
        std::atomic<std::uint64_t> steps{0};
        std::atomic<bool> threw{false};
        char exception[256];
    };
    std::atomic<std::uint32_t> placed{0};  // release -> the director closes its descriptors
    std::atomic<std::uint32_t> open{0};    // release -> members go to the starting line
    seat seats[most_members];
    struct line {
        std::atomic<int> arrived{0};          // acq_rel: who plays stage n has seen all of n - 1
        std::int64_t start = 0;               // the instant all begin at; published by state
        std::atomic<std::uint32_t> state{0};  // 0 start unknown, 1 known, 2 unknown, one sleeps
    };
    line lines[claims::most_stories];
};

process_cast::process_cast(int members, std::uint64_t seed) : members_(members), random_(seed) {
    void* const memory = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    board_ = static_cast<board*>(memory);
    int before = 0;
    ::prctl(PR_GET_CHILD_SUBREAPER, &before);
    was_reaper_ = before != 0;
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

process_cast::~process_cast() {
    if (!was_reaper_) ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    ::munmap(board_, sizeof(board));
}

/// Waits for all members, and returns the instant at which they begin.
std::int64_t process_cast::common_start(std::size_t number) {
    board::line& line = board_->lines[number];
    if (line.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
        // The last to come knows that all have a core now, if there are enough. Soon, then; but not
        // before the others can have seen it, and those that fell asleep need longer.
        bool const somebody_sleeps = line.state.load(std::memory_order_relaxed) == 2;
        line.start = now() + (somebody_sleeps ? 20'000 : 500);
        if (line.state.exchange(1, std::memory_order_acq_rel) == 2) wake(line.state);
        return line.start;
    }
    for (int turn = 0; turn < 1000; ++turn) {
        if (line.state.load(std::memory_order_acquire) == 1) return line.start;
        cpu_relax();
    }
    std::uint32_t unknown = 0;
    line.state.compare_exchange_strong(unknown, 2, std::memory_order_relaxed);
    while (line.state.load(std::memory_order_acquire) != 1) sleep_while(line.state, 2);
    return line.start;
}

/// Waits until a stepping victim has come as far as it shall, or no further because it waits for
/// us.
void process_cast::let_go_ahead(killing const& victim) {
    if (victim.how != killing::by::step) return;
    board::seat const& ahead = board_->seats[victim.member];
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
        timespec const moment{0, 20'000};
        ::nanosleep(&moment, nullptr);
    }
}

void process_cast::perform(stage_memory const& memory, int self, ::pid_t director,
                           std::optional<killing> victim, std::uint64_t seed) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != director) ::_exit(0);
    rlimit const no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    pin_to_own_core(self);
    memory.touch();
    board::seat& seat = board_->seats[self];
    random_source random(seed);

    board_->placed.fetch_add(1, std::memory_order_release);
    wake(board_->placed);
    while (board_->open.load(std::memory_order_acquire) == 0) sleep_while(board_->open, 0);
    for (std::size_t number = 0; number < memory.built().size(); ++number) {
        claims::enter(static_cast<int>(number));
        std::int64_t start = common_start(number);
        bool const is_victim = number == 0 && victim && victim->member == self;
        bool const steps = is_victim && victim->how == killing::by::step;
        if (is_victim && !steps) arm(nanoseconds(start - now()) + victim->at);
        start += random.below(4) == 0 ? 0 : static_cast<std::int64_t>(random.below(128));
        while (now() < start) {
        }
        if (number == 0 && victim && !is_victim) let_go_ahead(*victim);
        seat.began.store(now(), std::memory_order_relaxed);
        if (steps) stepping::start(victim->step, seat.steps);
        try {
            memory.built()[number]->act(self);
        } catch (...) {
            std::string const text = current_exception_text();
            std::strncpy(seat.exception, text.c_str(), sizeof seat.exception - 1);
            seat.threw.store(true, std::memory_order_relaxed);
        }
        if (steps) stepping::stop();
    }
    seat.ended.store(now(), std::memory_order_relaxed);
    ::_exit(0);
}

void process_cast::await_places(std::vector<::pid_t> const& members) {
    auto const limit = steady::now() + longest_round;
    for (;;) {
        std::uint32_t const count = board_->placed.load(std::memory_order_acquire);
        if (count == members.size()) return;
        timespec const at_most{0, 100'000'000};
        ::syscall(SYS_futex, &board_->placed, FUTEX_WAIT, count, &at_most, nullptr, 0);
        if (steady::now() > limit)
            throw std::runtime_error("process detector: a forked process did not start within 4 s");
    }
}

std::vector<std::string> process_cast::watch(std::vector<::pid_t> const& members) {
    std::vector<pollfd> watched;
    for (::pid_t const member : members) {
        int const file = static_cast<int>(::syscall(SYS_pidfd_open, member, 0));
        if (file < 0) fail("pidfd_open");
        watched.push_back({file, POLLIN, 0});
    }
    auto const began = steady::now();
    auto last_sign_of_life = began;
    std::uint64_t progress = 0;
    std::size_t left = members.size();
    while (left > 0) {
        int const ready = ::poll(watched.data(), watched.size(), 100);
        for (pollfd& each : watched) {
            if (each.revents == 0) continue;
            ::close(each.fd);
            each.fd = -1;  // poll skips it from now on
            each.revents = 0;
            --left;
        }
        if (ready != 0) {
            last_sign_of_life = steady::now();
            continue;
        }
        bool asleep = true;
        std::uint64_t sum = 0;
        for (std::size_t self = 0; self < members.size(); ++self) {
            if (watched[self].fd < 0) continue;
            activity const seen = activity_of(members[self]);
            asleep = asleep && seen.state == 'S';
            sum += seen.progress;
        }
        if (!asleep || sum != progress) last_sign_of_life = steady::now();
        progress = sum;
        if (steady::now() - last_sign_of_life > asleep_too_long ||
            steady::now() - began > longest_round)
            break;
    }
    std::vector<std::string> where(members.size());
    for (std::size_t self = 0; self < members.size(); ++self) {
        if (watched[self].fd < 0) continue;
        where[self] = told(activity_of(members[self]));
        ::close(watched[self].fd);
    }
    return where;
}

std::vector<fate> process_cast::play(stage_memory const& memory, std::vector<int> const& opened,
                                     std::optional<killing> victim) {
    ::new (static_cast<void*>(board_)) board();
    ::pid_t const director = ::getpid();
    std::vector<::pid_t> members;
    ::pid_t group = 0;

    // Whatever happens below, nothing of this round may run on.
    auto const clear_away = [&] {
        if (group == 0) return;
        ::kill(-group, SIGKILL);
        while (::waitpid(-group, nullptr, 0) > 0 || errno == EINTR) {
        }
    };
    try {
        for (int self = 0; self < members_; ++self) {
            std::uint64_t const seed = random_.next();
            ::pid_t const member = ::fork();
            if (member < 0) fail("fork");
            if (member == 0) perform(memory, self, director, victim, seed);
            if (group == 0) group = member;
            ::setpgid(member, group);
            members.push_back(member);
        }
        await_places(members);
    } catch (...) {
        clear_away();
        throw;
    }
    for (int const number : opened) ::close(number);
    board_->open.store(1, std::memory_order_release);
    wake(board_->open);

    std::vector<std::string> const hung = watch(members);
    std::vector<fate> fates(members.size());
    for (std::size_t self = 0; self < members.size(); ++self) {
        board::seat& seat = board_->seats[self];
        fate& mine = fates[self];
        bool const is_hung = !hung[self].empty();
        if (is_hung) ::kill(members[self], SIGKILL);
        int status = 0;
        // WNOWAIT: the first member's number is the group's and must stay taken until the end.
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<::id_t>(members[self]), &info, WEXITED | WNOWAIT) != 0 &&
               errno == EINTR) {
        }
        status = info.si_status;
        std::int64_t const ended = seat.ended.load(std::memory_order_relaxed);
        std::int64_t const began = seat.began.load(std::memory_order_relaxed);
        mine.lived = nanoseconds(ended == 0 ? 0 : ended - began);
        mine.steps = seat.steps.load(std::memory_order_relaxed);
        bool const is_victim = victim && victim->member == static_cast<int>(self);
        if (info.si_code == CLD_EXITED) {
            mine.code = status;
        } else {
            mine.signal = status;
        }
        if (is_hung) {
            mine.how = fate::kind::hung;
            mine.where = hung[self];
        } else if (is_victim && mine.signal == SIGKILL) {
            // The timer may also have hit after its last act; then nothing was cut short.
            mine.how = ended == 0 ? fate::kind::killed : fate::kind::finished;
        } else if (seat.threw.load(std::memory_order_relaxed)) {
            mine.how = fate::kind::threw;
            mine.where = seat.exception;
        } else if (mine.code != 0 || mine.signal != 0) {
            mine.how = fate::kind::crashed;
        }
    }
    clear_away();
    return fates;
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
