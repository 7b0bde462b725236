// SPDX-License-Identifier: MIT
#include "harness.hpp"

#include "harness/stepping.hpp"

#include <racekit/platform.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stepkill {
namespace {

namespace stepping = racekit::stepping;
using steady = std::chrono::steady_clock;

/// A process that does not come back within this time hangs. A body checks earlier what it expects.
int longest_wait_ms() { return static_cast<int>(2 * long_enough.count()); }
/// A victim that sleeps in the kernel and makes no step for so long waits: it is killed there. Less
/// than the time after which such a sleeper looks again.
constexpr int asleep_after_ms = 5;

constexpr int all_is_well = 0;
constexpr int not_well = 3;
constexpr int has_hung = 4;

constexpr std::size_t most_stalls = 100'000;

/// What the processes tell each other. The rounds of an operation run in a process of their own,
/// which ends where one fails, and another one goes on after it.
struct board {
    std::atomic<std::uint64_t> steps{0};
    std::atomic<bool> is_ready{false};
    std::atomic<bool> may_go{false};
    // Of the operation:
    std::uint64_t first = 0;    ///< the point of the first death
    std::uint64_t at = 0;       ///< the point of the last death
    std::uint64_t counted = 0;  ///< points that the stepped process has passed
    std::uint64_t instructions = 0;
    std::uint64_t points = 0;
    std::uint64_t victims = 0;    ///< how many points the operation has
    std::uint64_t survivors = 0;  ///< how many points a survivor's work has, after the first death
    bool is_over = false;
    char failure[256] = {};
    struct outcome {
        char name[48];
        std::uint64_t count;
    } outcomes[8] = {};
    std::uint64_t stalls = 0;
    float stall[most_stalls];
};

class shared_pages {
public:
    explicit shared_pages(std::size_t size) : size_(size) {
        at_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at_ == MAP_FAILED) throw std::bad_alloc();
    }
    ~shared_pages() { ::munmap(at_, size_); }
    shared_pages(shared_pages const&) = delete;
    shared_pages& operator=(shared_pages const&) = delete;
    [[nodiscard]] void* at() const { return at_; }
    void clear() const { std::memset(at_, 0, size_); }

private:
    std::size_t size_;
    void* at_;
};

/// A forked process, killed and reaped at the latest when this goes.
class child {
public:
    template <class Work>
    explicit child(Work work) {
        ::pid_t const parent = ::getpid();
        number_ = ::fork();
        if (number_ < 0) throw std::runtime_error("step-kill: fork failed");
        if (number_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() != parent) ::_exit(0);
            ::_exit(work());
        }
    }
    ~child() {
        if (number_ > 0) kill();
    }
    child(child const&) = delete;
    child& operator=(child const&) = delete;

    /// Whether it ended within `limit`; then `status` is how.
    [[nodiscard]] bool ends_within(int limit_ms, int& status) {
        int const file = static_cast<int>(::syscall(SYS_pidfd_open, number_, 0));
        pollfd watched{file, POLLIN, 0};
        int const ready = ::poll(&watched, 1, limit_ms);
        ::close(file);
        if (ready <= 0) return false;
        reap(status);
        return true;
    }
    void kill() {
        ::kill(number_, SIGKILL);
        int status = 0;
        reap(status);
    }
    /// Whether it sleeps in the kernel now.
    [[nodiscard]] bool is_asleep() const {
        char text[256];
        std::snprintf(text, sizeof text, "/proc/%d/stat", number_);
        int const file = ::open(text, O_RDONLY | O_CLOEXEC);
        if (file < 0) return false;
        ::ssize_t const size = ::read(file, text, sizeof text - 1);
        ::close(file);
        if (size <= 0) return false;
        text[size] = 0;
        char const* const end = std::strrchr(text, ')');
        return end != nullptr && end[2] == 'S';
    }

private:
    void reap(int& status) {
        while (::waitpid(number_, &status, 0) < 0 && errno == EINTR) {
        }
        number_ = -1;
    }
    ::pid_t number_ = -1;
};

/// Counts the points of the process that is single-stepped, and kills it at one of them. A point
/// has the same number in each round, while the number of its instruction differs: a look at the
/// clock takes more instructions if the kernel sets the clock meanwhile.
struct point_counter {
    static void begin(std::uint64_t die_at, std::uint64_t& count, void const* memory,
                      std::size_t size, bool every) {
        last_point = die_at;
        points = &count;
        count = 0;
        words = static_cast<std::uint64_t const*>(memory);
        word_count = size / sizeof(std::uint64_t);
        takes_every = every;
        held = racekit::this_thread_record().held;
        last_sum = 0;
        makes_call = false;
    }
    static void after_step(std::uint64_t step, std::uintptr_t next) {
        std::uint64_t const now = takes_every ? 0 : sum();
        bool const is_point = now != last_sum || makes_call || takes_every || step == 1;
        if (is_point && (*points)++ == last_point) ::kill(::getpid(), SIGKILL);
        last_sum = now;
        auto const* const code = reinterpret_cast<unsigned char const*>(next);
        makes_call = code[0] == 0x0f && code[1] == 0x05;  // syscall
    }

private:
    static std::uint64_t sum() {
        std::uint64_t all = 0xcbf29ce484222325U;
        auto const add = [&](std::uint64_t word) { all = (all ^ word) * 0x100000001b3U; };
        for (std::size_t at = 0; at < word_count; ++at) add(words[at]);
        add(reinterpret_cast<std::uintptr_t>(held->list.next));
        add(reinterpret_cast<std::uintptr_t>(held->list_op_pending));
        return all;
    }
    static inline std::uint64_t last_point;
    static inline std::uint64_t* points;
    static inline std::uint64_t const* words;
    static inline std::size_t word_count;
    static inline ::robust_list_head const* held;
    static inline std::uint64_t last_sum;
    static inline bool makes_call;
    static inline bool takes_every;
};

template <class Work>
int run(board& said, Work work) {
    try {
        work();
        return all_is_well;
    } catch (std::exception const& error) {
        std::strncpy(said.failure, error.what(), sizeof said.failure - 1);
        return not_well;
    }
}

[[noreturn]] void fail(board& said, int how, char const* why) {
    std::strncpy(said.failure, why, sizeof said.failure - 1);
    ::_exit(how);
}

/// One round: one victim, and what comes after it. In the process of the operation's rounds, which
/// is itself the survivor; it ends where something fails.
class round {
public:
    round(operation const& what, shared_pages const& pages, board& said)
        : what_(what), pages_(pages), said_(said) {
        pages.clear();
        subject_ = what.make(pages.at());
        subject_->before();
    }

    /// Kills the victim at its point `at`, from 0; false: it outlived the operation.
    bool kill_victim_at(std::uint64_t at, bool every) {
        said_.is_ready = false;
        said_.may_go = !what_.with_sleeper;
        child victim([&] {
            return run(said_, [&] {
                subject_->prepare();
                said_.is_ready = true;
                while (!said_.may_go) ::usleep(20);
                stepped(at, every, [&] { subject_->victim(); });
            });
        });
        if (what_.with_sleeper) {
            until([&] { return said_.is_ready.load(); });
            sleeper_ = std::make_unique<child>(
                [this] { return run(said_, [this] { subject_->sleeper(); }); });
            until([&] { return sleeper_->is_asleep(); });
            said_.may_go = true;
        }
        return died(victim);
    }
    /// Kills a survivor at its point `at`, from 0; false: it outlived its work.
    bool kill_survivor_at(std::uint64_t at, bool every) {
        child survivor(
            [&] { return run(said_, [&] { stepped(at, every, [&] { subject_->recovers(); }); }); });
        return died(survivor);
    }

    /// Steps through the operation, or through a survivor's work, and counts its points.
    void count_victims(bool every) {
        (void)kill_victim_at(stepping::never, every);
        said_.victims = said_.counted;
        said_.instructions += said_.steps;
    }
    void count_survivors(bool every) {
        (void)kill_survivor_at(stepping::never, every);
        said_.survivors = said_.counted;
        said_.instructions += said_.steps;
    }

    /// This process goes on, and the sleeper comes back.
    void survive() {
        auto const began = steady::now();
        char const* outcome = "";
        limit_time(longest_wait_ms());
        int const code = run(said_, [&] { outcome = subject_->survivor(); });
        limit_time(0);
        if (code != all_is_well) ::_exit(code);
        if (sleeper_ != nullptr) await_sleeper();
        std::chrono::duration<float, std::milli> const took = steady::now() - began;
        if (said_.stalls < most_stalls) said_.stall[said_.stalls++] = took.count();
        count(outcome);
    }

private:
    /// SIGALRM ends this process: the survivor hangs.
    static void limit_time(int milliseconds) {
        itimerval const once{{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
        ::setitimer(ITIMER_REAL, &once, nullptr);
    }

    void stepped(std::uint64_t at, bool every, auto work) {
        // What a process asks the kernel about itself, once, is nothing that others see.
        (void)racekit::this_thread_record();
        (void)racekit::this_process();
        said_.steps = 0;
        point_counter::begin(at, said_.counted, pages_.at(), what_.size, every);
        stepping::start(stepping::never, said_.steps, point_counter::after_step);
        work();
        stepping::stop();
    }

    template <class Condition>
    void until(Condition holds) {
        auto const limit = steady::now() + std::chrono::seconds(60);
        while (!holds()) {
            if (steady::now() > limit)
                fail(said_, not_well, "a process did not start within a minute");
            ::usleep(20);
        }
    }

    bool died(child& one) {
        int status = 0;
        std::uint64_t before = stepping::never;
        while (!one.ends_within(asleep_after_ms, status)) {
            std::uint64_t const steps = said_.steps;
            if (steps == before && one.is_asleep()) {
                one.kill();
                return true;
            }
            before = steps;
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) != all_is_well) ::_exit(WEXITSTATUS(status));
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
            fail(said_, not_well, ::strsignal(WTERMSIG(status)));
        return WIFSIGNALED(status);
    }

    void await_sleeper() {
        int status = 0;
        if (!sleeper_->ends_within(longest_wait_ms(), status))
            fail(said_, has_hung, "the sleeper hangs");
        if (WIFSIGNALED(status)) fail(said_, not_well, ::strsignal(WTERMSIG(status)));
        if (WEXITSTATUS(status) != all_is_well) ::_exit(WEXITSTATUS(status));
    }

    void count(char const* outcome) {
        for (auto& each : said_.outcomes) {
            if (each.count == 0) std::strncpy(each.name, outcome, sizeof each.name - 1);
            if (std::strcmp(each.name, outcome) != 0) continue;
            ++each.count;
            return;
        }
    }

    operation const& what_;
    shared_pages const& pages_;
    board& said_;
    body* subject_;
    std::unique_ptr<child> sleeper_;
};

/// Runs `rounds()` in processes of its own until it says that it is over; after a failure the next
/// one goes on behind the point that failed.
template <class Rounds>
report in_processes(operation const& what, Rounds rounds) {
    shared_pages const pages(what.size);
    shared_pages const for_board(sizeof(board));
    board& said = *::new (for_board.at()) board;
    report seen;
    // One failure of a seeded bug is enough: each hang takes its time.
    while (seen.hangs + seen.breaks < (what.seeded ? 1 : 3)) {
        child worker([&] {
            ::signal(SIGALRM, [](int) { ::_exit(has_hung); });
            rounds(pages, said);
            return all_is_well;
        });
        int status = 0;
        if (!worker.ends_within(600'000, status)) throw std::runtime_error("step-kill: stuck");
        if (WIFEXITED(status) && WEXITSTATUS(status) == all_is_well) break;
        std::string why = said.failure;
        if (WIFEXITED(status) && WEXITSTATUS(status) == has_hung) {
            ++seen.hangs;
            if (why.empty()) why = "the survivor hangs";
        } else {
            ++seen.breaks;
            if (WIFSIGNALED(status)) why = ::strsignal(WTERMSIG(status));
        }
        if (seen.first_failure.empty())
            seen.first_failure = "after instruction " + std::to_string(said.steps) + ": " + why;
        said.failure[0] = 0;
        ++said.at;
    }
    seen.steps = said.instructions;
    seen.points = said.points;
    for (auto const& each : said.outcomes) {
        if (each.count != 0) seen.outcomes.emplace_back(each.name, each.count);
    }
    seen.stalls.assign(said.stall, said.stall + said.stalls);
    return seen;
}

}  // namespace

report kill_the_victim(operation const& what, settings const& how) {
    return in_processes(what, [&](shared_pages const& pages, board& said) {
        if (said.victims == 0) round(what, pages, said).count_victims(how.whole);
        for (; said.at < said.victims; ++said.at) {
            round one(what, pages, said);
            // A victim that has fewer points than the one that was counted has lived.
            if (one.kill_victim_at(said.at, how.whole)) ++said.points;
            one.survive();
        }
    });
}

report kill_a_survivor_too(operation const& what, settings const& how) {
    return in_processes(what, [&](shared_pages const& pages, board& said) {
        if (said.victims == 0) round(what, pages, said).count_victims(false);
        std::uint64_t const firsts = std::min(how.firsts, said.victims);
        for (; said.first < firsts; ++said.first, said.at = 0, said.survivors = 0) {
            std::uint64_t const first = (2 * said.first + 1) * said.victims / (2 * firsts);
            if (said.survivors == 0) {
                round one(what, pages, said);
                (void)one.kill_victim_at(first, false);
                one.count_survivors(how.whole);
            }
            std::uint64_t const seconds = std::min(how.seconds, said.survivors);
            for (; said.at < seconds; ++said.at) {
                std::uint64_t const second = (2 * said.at + 1) * said.survivors / (2 * seconds);
                round one(what, pages, said);
                (void)one.kill_victim_at(first, false);
                if (one.kill_survivor_at(second, how.whole)) ++said.points;
                one.survive();
            }
        }
    });
}

}  // namespace stepkill
