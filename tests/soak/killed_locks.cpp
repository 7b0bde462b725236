// SPDX-License-Identifier: MIT
// Owners and waiters of each robust lock are killed at random times and replaced. No two live
// processes may be in a section at once, a death within one must be reported to the next owner, and
// the others must go on.
//
//     soak.killed_locks [--kills NUMBER] [--seed NUMBER]      the number is of each kind
//
// The first kind that fails is the last one.
#include "killing.hpp"

#include <racekit/lock/robust_mutex.hpp>
#include <racekit/lock/robust_recursive_mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/shared/robust_condition.hpp>
#include <racekit/shared/robust_semaphore.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <unistd.h>

namespace {

using racekit::lock_state;
using racekit::soak::number;
using steady = std::chrono::steady_clock;

constexpr std::uint32_t workers = 4;
constexpr std::uint64_t kills_at_once = 250;  // then memory and processes are new

#if defined(RACEKIT_SOAK_BROKEN)
/// Does not tell the kernel which locks it holds.
struct silent_list : racekit::robust_list {
    void announce(racekit::robust_cell&) {}
    void enter(racekit::robust_cell&) {}
    void leave(racekit::robust_cell&) {}
    void retire() {}
};
using robust_mutex = racekit::basic_futex_robust_mutex<racekit::robust_mutex_orders, silent_list>;
#else
using robust_mutex = racekit::robust_mutex;
#endif

/// What the lock guards. A section adds one to both numbers; a death may leave the second behind.
struct guarded {
    std::atomic<std::uint32_t> inside{0};  // the process that is in a section
    std::atomic<std::uint64_t> begun{0};
    std::atomic<std::uint64_t> ended{0};
    std::atomic<std::uint64_t> deaths_within{0};
    std::atomic<std::uint64_t> overlaps{0};
    std::atomic<std::uint64_t> unreported{0};
    std::atomic<std::uint64_t> torn{0};
    // Written before each kill. A process number does not come again within one batch.
    std::atomic<std::uint32_t> killed[kills_at_once] = {};
    std::atomic<std::uint64_t> kills{0};
    std::atomic<bool> over{false};

    [[nodiscard]] bool was_killed(std::uint32_t process) const {
        auto const* const end = killed + kills.load();
        return std::any_of(killed, end, [=](auto const& each) { return each.load() == process; });
    }
    /// Of an owner of the lock, to which the death of the last one was reported.
    void repair() {
        std::uint32_t const dead = inside.exchange(0);
        if (dead != 0) ++(was_killed(dead) ? deaths_within : overlaps);
        std::uint64_t const missing = begun - ended;
        if (missing > 1 || (missing == 1 && dead == 0)) ++torn;
        if (missing == 1) ++ended;
    }
    /// Of an owner of a permit: nothing reports a death to it.
    void repair_if_left() {
        if (was_killed(inside)) repair();
    }
    void section() {
        auto const self = static_cast<std::uint32_t>(::getpid());
        std::uint32_t const before = inside.exchange(self);
        if (before != 0) ++(was_killed(before) ? unreported : overlaps);
        if (begun != ended) ++torn;
        begun.store(begun.load() + 1);
        // Every second one is long enough that many deaths come within it.
        for (std::uint64_t step = 0; step < begun % 2 * 50'000; ++step)
            inside.store(self, std::memory_order_relaxed);
        ended.store(ended.load() + 1);
        inside.store(0);
    }
    [[nodiscard]] bool is_clean() const { return overlaps + unreported + torn == 0; }
};

// The kinds: each takes the lock and gives it back in a loop.

struct mutex_kind {
    static constexpr char const* name = "robust_mutex";
    robust_mutex lock;

    void turn(guarded& data, std::uint32_t) {
        racekit::robust_lock const held(lock, [&] { data.repair(); });
        data.section();
    }
};

struct recursive_kind {
    static constexpr char const* name = "robust_recursive_mutex";
    racekit::basic_robust_recursive_mutex<robust_mutex> lock;

    void turn(guarded& data, std::uint32_t) {
        racekit::robust_lock const held(lock, [&] { data.repair(); });
        racekit::robust_lock const again(lock, [&] { ++data.unreported; });
        data.section();
    }
};

struct semaphore_kind {
    static constexpr char const* name = "robust_semaphore";
    racekit::basic_robust_semaphore<64, racekit::robust_semaphore_orders, robust_mutex> permit{1};

    void turn(guarded& data, std::uint32_t) {
        permit.acquire();
        data.repair_if_left();
        data.section();
        permit.release();
    }
};

/// Sections of two sorts take turns; half of the workers do one sort.
struct condition_kind {
    static constexpr char const* name = "robust_condition";
    robust_mutex lock;
    racekit::robust_condition changed;
    std::atomic<std::uint32_t> turn_of{0};

    void turn(guarded& data, std::uint32_t worker) {
        std::uint32_t const mine = worker % 2;
        auto const repair = [&] { data.repair(); };
        racekit::robust_lock const held(lock, repair);
        changed.wait(lock, repair, [&] { return turn_of == mine || data.over; });
        data.section();
        turn_of = 1 - mine;
        changed.notify_one();
    }
};

template <class Kind>
class killer {
public:
    explicit killer(std::uint64_t seed) : random_(seed) {
        for (std::uint32_t each = 0; each < workers; ++each) start(each);
    }

    /// False: nothing moved for too long.
    bool kill_one(racekit::soak::stalls& stalls) {
        ::usleep(static_cast<useconds_t>(random_() % 1'500));
        auto const which = static_cast<std::uint32_t>(random_() % workers);
        auto& victim = workers_[which];
        data_->killed[data_->kills] = static_cast<std::uint32_t>(victim->id().number);
        ++data_->kills;
        auto const killed = steady::now();
        victim->kill();
        (void)victim->join();
        std::uint64_t const before = data_->ended;
        bool const moves =
            racekit::soak::await_progress([&] { return data_->ended >= before + workers; });
        stalls.add(killed);
        start(which);
        return moves;
    }
    /// Lets the workers end, or kills those that hang.
    bool finish(bool hangs) {
        data_->over = true;
        racekit::exit_status how;
        auto const limit =
            racekit::after(hangs ? steady::duration{} : racekit::soak::longest_stall);
        bool ended = true;
        for (auto& each : workers_) ended = each->join_until(limit, how) && how.clean() && ended;
        for (auto& each : workers_) each->kill();
        return ended;
    }
    [[nodiscard]] guarded const& data() const { return *data_; }

private:
    void start(std::uint32_t which) {
        workers_[which] = std::make_unique<racekit::process>([this, which] {
            while (!data_->over) lock_->turn(*data_, which);
            return 0;
        });
    }

    std::mt19937_64 random_;
    racekit::shared_object<guarded> data_;
    racekit::shared_object<Kind> lock_;
    std::unique_ptr<racekit::process> workers_[workers];
};

struct totals {
    std::uint64_t kills = 0, sections = 0, deaths_within = 0;
    std::uint64_t overlaps = 0, unreported = 0, torn = 0;
    bool hangs = false;
    [[nodiscard]] bool is_clean() const { return overlaps + unreported + torn == 0 && !hangs; }

    void add(guarded const& of) {
        sections += of.ended;
        deaths_within += of.deaths_within;
        overlaps += of.overlaps;
        unreported += of.unreported;
        torn += of.torn;
    }
};

template <class Kind>
bool soak(racekit::soak::asked const& asked) {
    totals sum;
    racekit::soak::stalls stalls;
    for (std::uint64_t batch = 0; sum.kills < asked.kills && sum.is_clean(); ++batch) {
        killer<Kind> chaos(asked.seed + batch * 1000003);
        std::uint64_t const count = std::min(asked.kills - sum.kills, kills_at_once);
        for (std::uint64_t done = 0; done < count && !sum.hangs; ++done) {
            sum.hangs = !chaos.kill_one(stalls);
            ++sum.kills;
        }
        sum.hangs = !chaos.finish(sum.hangs) || sum.hangs;
        sum.add(chaos.data());
    }
    std::printf(
        "%-22s %llu random kills (seed %llu), %llu of them within the %llu sections: "
        "overlaps %llu, unreported %llu, torn %llu, %s; ",
        Kind::name, number(sum.kills), number(asked.seed), number(sum.deaths_within),
        number(sum.sections), number(sum.overlaps), number(sum.unreported), number(sum.torn),
        sum.hangs ? "HANGS" : "no hang");
    stalls.print();
    std::fflush(stdout);
    return sum.is_clean() && sum.kills == asked.kills && sum.sections > sum.kills;
}

}  // namespace

int main(int count, char** given) {
    racekit::soak::asked const asked = racekit::soak::read_command_line(count, given);
    bool const whole = soak<mutex_kind>(asked) && soak<recursive_kind>(asked) &&
                       soak<semaphore_kind>(asked) && soak<condition_kind>(asked);
    return whole ? 0 : 1;
}
