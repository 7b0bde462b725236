// SPDX-License-Identifier: MIT
// A lock is destroyed as early as std allows: by the thread that takes it last, although the
// unlock() of the thread before it may not have returned.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <memory>
#include <pthread.h>
#include <thread>

namespace {

/// Interrupts a thread again and again, so that it stands still between any two instructions.
class interruptions {
public:
    explicit interruptions(std::thread& whom) : whom_(whom.native_handle()) {
        struct sigaction action {};
        action.sa_handler = [](int) { pause_for(20'000); };
        ::sigaction(SIGUSR2, &action, nullptr);
        sender_ = std::thread([this] {
            while (!stop_) {
                ::pthread_kill(whom_, SIGUSR2);
                pause_for(200'000);
            }
        });
    }
    ~interruptions() {
        stop_ = true;
        sender_.join();
    }

private:
    static void pause_for(long nanoseconds) {
        timespec const span{0, nanoseconds};
        ::nanosleep(&span, nullptr);
    }
    pthread_t whom_;
    std::atomic<bool> stop_{false};
    std::thread sender_;
};

template <class Lock>
struct guarded {
    Lock gate;
    bool done = false;
};

struct exclusively {
    template <class Lock>
    static void lock(Lock& gate) { gate.lock(); }
    template <class Lock>
    static void unlock(Lock& gate) { gate.unlock(); }
};
struct together_with_readers {
    template <class Lock>
    static void lock(Lock& gate) { gate.lock_shared(); }
    template <class Lock>
    static void unlock(Lock& gate) { gate.unlock_shared(); }
};

/// One thread sets `done` under the lock; the other, which sees it, destroys the lock.
template <class Lock, class First, class Last>
void last_holder_destroys() {
    constexpr int rounds = 400;
    std::atomic<guarded<Lock>*> handed{nullptr};
    std::atomic<bool> over{false};
    std::thread first([&] {
        while (!over) {
            guarded<Lock>* const mine = handed.exchange(nullptr);
            if (mine == nullptr) {
                std::this_thread::yield();
                continue;
            }
            First::lock(mine->gate);
            __atomic_store_n(&mine->done, true, __ATOMIC_RELAXED);
            First::unlock(mine->gate);
        }
    });
    {
        interruptions const disturb(first);
        for (int round = 0; round < rounds; ++round) {
            auto owned = std::make_unique<guarded<Lock>>();
            handed = owned.get();
            for (bool done = false; !done;) {
                Last::lock(owned->gate);
                done = __atomic_load_n(&owned->done, __ATOMIC_RELAXED);
                Last::unlock(owned->gate);
                if (!done) std::this_thread::yield();  // or an unfair lock is never the other's
            }
        }
        over = true;
    }
    first.join();
}

TEST(early_destruction, by_the_next_holder) {
    last_holder_destroys<racekit::mutex, exclusively, exclusively>();
    last_holder_destroys<racekit::fifo_mutex, exclusively, exclusively>();
    last_holder_destroys<racekit::spin_lock, exclusively, exclusively>();
    last_holder_destroys<racekit::ticket_lock, exclusively, exclusively>();
    last_holder_destroys<racekit::recursive_mutex, exclusively, exclusively>();
}

TEST(early_destruction, of_a_shared_mutex) {
    last_holder_destroys<racekit::shared_mutex, exclusively, exclusively>();
    last_holder_destroys<racekit::shared_mutex, exclusively, together_with_readers>();
    last_holder_destroys<racekit::shared_mutex, together_with_readers, exclusively>();
}

TEST(early_destruction, of_a_condition_variable_by_the_notifier) {
    for (int round = 0; round < 500; ++round) {
        racekit::mutex gate;
        auto changed = std::make_unique<racekit::condition_variable>();
        bool waits = false;
        bool so = false;
        std::thread waiter([&] {
            racekit::unique_lock hold(gate);
            waits = true;
            while (!so) changed->wait(hold);
        });
        for (bool destroyed = false; !destroyed; std::this_thread::yield()) {
            racekit::scoped_lock hold(gate);
            if (!waits) continue;
            so = true;
            changed->notify_all();
            changed.reset();
            destroyed = true;
        }
        waiter.join();
    }
}

}  // namespace
