// SPDX-License-Identifier: MIT
// Deaths inside semaphores, events, conditions and barriers.
#include "harness.hpp"

#include <racekit/shared/anonymous_semaphore.hpp>
#include <racekit/shared/robust_barrier.hpp>
#include <racekit/shared/robust_condition.hpp>
#include <racekit/shared/robust_event.hpp>
#include <racekit/shared/robust_semaphore.hpp>

#include <atomic>
#include <csignal>
#include <linux/futex.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace stepkill {
namespace {

using std::chrono::milliseconds;

/// Two permits; the victim holds at most one, and it comes back.
template <class Semaphore>
struct acquires : body {
    Semaphore permits{2};
    void victim() override { permits.acquire(); }
    char const* survivor() override {
        check(permits.try_acquire_for(long_enough), "the first permit is lost");
        check(permits.try_acquire_for(long_enough), "the second permit is lost");
        check(!permits.try_acquire(), "a permit from nowhere");
        permits.release(2);
        (void)permits.recover();
        check(permits.value() == 2, "the permits are not two");
        return "two permits";
    }
    void recovers() override {
        if (permits.try_acquire()) permits.release();
    }
};
template <class Semaphore>
struct releases : acquires<Semaphore> {
    void victim() override {
        this->permits.acquire();
        this->permits.release();
    }
};
/// The victim gives a permit that it has not taken: then there are three.
struct gives_new : body {
    racekit::robust_semaphore permits{1};
    void victim() override { permits.release(); }
    char const* survivor() override {
        (void)permits.recover();
        std::int64_t const seen = permits.value();
        check(seen == 1 || seen == 2, "permits from nowhere");
        permits.acquire();
        permits.release();
        check(permits.value() == seen, "a permit was lost");
        return seen == 2 ? "whole" : "absent";
    }
};
template <class Semaphore>
struct hands_over : body {
    Semaphore turn{0};
    void victim() override { turn.release(); }
    void sleeper() override { turn.acquire(); }
    void recovers() override {
        if (turn.try_acquire()) turn.release();
    }
    char const* survivor() override {
        turn.release();
        std::int64_t const seen = turn.value();
        check(seen <= 2, "permits from nowhere");
        return "handed over";
    }
};
/// No permit is free: the victim holds the only one, and a process sleeps until it gets it.
template <class Semaphore>
struct releases_to_a_sleeper : body {
    Semaphore permits{1};
    void prepare() override { permits.acquire(); }
    void victim() override { permits.release(); }
    void sleeper() override {
        permits.acquire();
        permits.release();
    }
    char const* survivor() override {
        check(permits.try_acquire_for(long_enough), "the permit is lost");
        permits.release();
        return "one permit";
    }
};
template <class Semaphore>
struct waits_for_a_permit : acquires<Semaphore> {
    void before() override {
        this->permits.acquire();
        this->permits.acquire();
    }
    char const* survivor() override {
        this->permits.release();
        this->permits.acquire();
        check(!this->permits.try_acquire(), "a permit from nowhere");
        return "killed while it waits";
    }
};

template <class Event>
struct sets : body {
    Event gate;
    void victim() override { gate.set(); }
    void sleeper() override { gate.wait(); }
    char const* survivor() override {
        bool const was = gate.is_set();
        if (!was) gate.set();
        gate.wait();
        return was ? "set" : "not yet";
    }
};
struct waits_for_an_event : sets<racekit::robust_event> {
    void victim() override { gate.wait(); }
    char const* survivor() override {
        gate.set();
        gate.wait();
        gate.clear();
        check(!gate.wait_for(milliseconds(1)), "set from nowhere");
        return "killed while it waits";
    }
};

struct notifies : body {
    racekit::robust_mutex gate;
    racekit::robust_condition changed;
    int volatile is_so = 0;
    void lock() {
        if (gate.lock() == racekit::lock_state::owner_died) gate.mark_consistent();
    }
    void notify() {
        lock();
        is_so = 1;
        gate.unlock();
        changed.notify_one();
    }
    void await() {
        lock();
        changed.wait(gate, [] {}, [this] { return is_so == 1; });
        gate.unlock();
    }
    void victim() override { notify(); }
    void sleeper() override { await(); }
    char const* survivor() override {
        bool const was = is_so == 1;
        if (!was) notify();
        await();
        return was ? "notified" : "not yet";
    }
};
struct waits_for_a_notification : notifies {
    void victim() override { await(); }
};

/// The victim is the last of two parties; the sleeper is there. Afterwards the survivor meets the
/// sleeper, or both learn that the victim died.
template <class Barrier>
struct arrives_last : body {
    Barrier meeting;
    void prepare() override { meeting.join(); }
    void victim() override { (void)meeting.wait(); }
    void sleeper() override {
        try {
            (void)meeting.wait();
        } catch (racekit::broken_barrier const&) {
        }
    }
    char const* survivor() override {
        auto const limit = racekit::after(long_enough);
        // Until the sleeper has left, broken or not.
        while (meeting.waiting() == 1 && !meeting.broken()) {
            check(racekit::clock::now() < limit, "the sleeper waits for a dead party");
            ::usleep(200);
        }
        bool const was_broken = meeting.broken();
        meeting.reset();
        check(!meeting.broken(), "broken after reset");
        return was_broken ? "broken" : "met";
    }
};
/// The victim comes first, and dies on its way or asleep; the survivor comes second.
struct arrives_first : body {
    racekit::robust_barrier<2> meeting;
    void prepare() override { meeting.join(); }
    void victim() override { (void)meeting.wait(); }
    char const* survivor() override {
        try {
            (void)meeting.wait_until(racekit::after(long_enough));
            return "met";
        } catch (racekit::barrier_timed_out const&) {
            throw broken("a party that died is waited for");
        } catch (racekit::broken_barrier const&) {
            return "broken";
        }
    }
};

// Seeded bugs.
struct semaphore_forgets : racekit::robust_semaphore_orders {
    static constexpr bool const recover_dead = false;
};
using forgetful = racekit::basic_robust_semaphore<64, semaphore_forgets>;
struct barrier_trusts : racekit::robust_barrier_orders {
    static constexpr bool const look_for_dead = false;
};
struct barrier_unfinished : racekit::robust_barrier_orders {
    static constexpr bool const finish_round = false;
    static constexpr bool const look_for_dead = false;
};

/// The semaphore of the C library: a permit of the dead is lost.
class posix_semaphore {
public:
    explicit posix_semaphore(unsigned permits) { ::sem_init(&inside_, 1, permits); }
    void acquire() { ::sem_wait(&inside_); }
    bool try_acquire() { return ::sem_trywait(&inside_) == 0; }
    bool try_acquire_for(milliseconds span) {
        for (int tries = 0; tries < span.count(); ++tries) {
            if (try_acquire()) return true;
            ::usleep(1000);
        }
        return false;
    }
    void release(int count = 1) {
        for (; count > 0; --count) ::sem_post(&inside_);
    }
    int recover() { return 0; }
    int value() {
        int seen = 0;
        ::sem_getvalue(&inside_, &seen);
        return seen;
    }

private:
    ::sem_t inside_;
};

/// An event whose sleepers rely on being woken.
class woken_or_lost {
public:
    void set() {
        word_.store(1);
        wake();
    }
    bool is_set() const { return word_.load() == 1; }
    void wait() {
        while (word_.load() == 0) ::syscall(SYS_futex, &word_, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    }

protected:
    void wake() { ::syscall(SYS_futex, &word_, FUTEX_WAKE, 1 << 30, nullptr, nullptr, 0); }
    std::atomic<std::uint32_t> word_{0};
};

}  // namespace

void add_waiting(std::vector<operation>& all) {
    using semaphore = racekit::robust_semaphore;
    using bounded = racekit::robust_bounded_semaphore;
    all.push_back(case_of<acquires<semaphore>>("robust_semaphore acquire"));
    all.push_back(case_of<releases<semaphore>>("robust_semaphore acquire, release"));
    all.push_back(case_of<gives_new>("robust_semaphore release of a new permit"));
    all.push_back(case_of<waits_for_a_permit<semaphore>>("robust_semaphore acquire that waits"));
    all.push_back(case_of<releases_to_a_sleeper<semaphore>>("robust_semaphore release", true));
    all.push_back(case_of<releases<bounded>>("robust_bounded_semaphore acquire, release"));
    all.push_back(
        case_of<releases_to_a_sleeper<bounded>>("robust_bounded_semaphore release", true));
    all.push_back(
        case_of<hands_over<racekit::anonymous_semaphore>>("anonymous_semaphore release", true));
    all.push_back(case_of<sets<racekit::robust_event>>("robust_event set", true));
    all.push_back(case_of<waits_for_an_event>("robust_event wait"));
    all.push_back(case_of<notifies>("robust_condition notify_one", true));
    all.push_back(case_of<waits_for_a_notification>("robust_condition wait"));
    all.push_back(
        case_of<arrives_last<racekit::robust_barrier<2>>>("robust_barrier wait, last", true));
    all.push_back(case_of<arrives_first>("robust_barrier wait, first"));
    all.push_back(case_of<acquires<forgetful>>("seeded: semaphore keeps the permits of the dead",
                                               false, true));
    all.push_back(
        case_of<acquires<posix_semaphore>>("seeded: the C library's semaphore", false, true));
    all.push_back(
        case_of<sets<woken_or_lost>>("seeded: an event whose wake-up is all", true, true));
    all.push_back(case_of<arrives_last<racekit::robust_barrier<2, barrier_trusts>>>(
        "seeded: barrier does not look for the dead", true, true));
    all.push_back(case_of<arrives_last<racekit::robust_barrier<2, barrier_unfinished>>>(
        "seeded: barrier leaves a full round open", true, true));
}

}  // namespace stepkill
