// SPDX-License-Identifier: MIT
// The controlled schedule: one thread runs at a time, and at every visible operation a seeded
// generator picks the next thread.
//
// The hand-over of the turn uses raw futexes in functions that TSan does not see, so it adds no
// happens-before edge: TSan reports a race between two accesses in either sequence. Same seed, same
// sequence. The controller knows what each thread waits for, so it detects a deadlock at once.
#pragma once

#include <racekit/platform/tsan/schedule.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace racekit::tsan {

/// A lock that a thread asked for while it held another one.
struct lock_order {
    static constexpr int most_held = 8;
    static constexpr int most_frames = 12;
    int thread = -1;
    void const* held = nullptr;
    void const* wanted = nullptr;
    int others = 0;  ///< all locks that the thread held
    void const* held_too[most_held] = {};
    void* held_at[most_frames] = {};  ///< return addresses
    void* wanted_at[most_frames] = {};
};

/// One visible operation of a round.
struct event {
    std::int16_t thread = -1;
    operation what{};
    bool blocked = false;  ///< the thread attempted it and blocked
    int other = -1;        ///< the thread that holds the lock it is blocked on
    void const* object = nullptr;
    site where;
    printable_value value;
    static constexpr int most_frames = 8;
    void* stack[most_frames] = {};
};

class controller final : public schedule {
public:
    static constexpr int most_threads = 160;  ///< including those that a test body starts itself
    static constexpr int most_frames = 24;
    static constexpr int most_events = 512;  ///< the last events of a round are kept
    static constexpr int most_held = 64;
    static constexpr int most_orders = 128;

    enum class ending : int {
        running,
        finished,
        deadlock,  ///< all unfinished threads wait for each other
        livelock,  ///< loops that change nothing, or that do not end
        hang,      ///< a thread did not reach a schedule point within the time limit
    };

    /// The state of a thread that did not finish its round.
    struct unfinished_thread {
        int thread = -1;
        bool waiting = false;
        until what{};
        void const* key = nullptr;
        void const* lock = nullptr;  ///< the lock that it waits for, if any
        int holder = -1;             ///< the thread that holds `lock`
        site where;                  ///< its last schedule point
        bool asleep = false;         ///< in the kernel, outside the platform
        bool spins = false;          ///< in a loop that reaches schedule points
        bool ready = false;          ///< waits for nothing but its turn
        std::array<void*, most_frames> stack{};
    };

    explicit controller(int count);
    controller(controller const&) = delete;
    controller& operator=(controller const&) = delete;

    /// Descriptors on which a thread waits for the symbolizer while TSan reports. The thread keeps
    /// its turn, however long the report takes.
    void keep_turn_on(std::vector<int> descriptors) { symbolizer_ = std::move(descriptors); }

    /// For the main thread: starts a round. The controlled threads may then call enter().
    void open(std::uint64_t seed);
    /// For a controlled thread: waits for its first turn.
    void enter(int number);
    /// For a controlled thread: gives up its turn and takes no more part in the round.
    void leave();
    /// For the main thread: waits until all have left, or never will. A thread that sleeps in the
    /// kernel loses its turn, and requests it again at its next schedule point.
    ending watch(std::chrono::nanoseconds time_limit);

    /// After watch(): the events of the round.
    [[nodiscard]] std::vector<event> events() const;
    [[nodiscard]] std::uint64_t points() const { return points_; }
    [[nodiscard]] std::vector<unfinished_thread> unfinished() const;
    /// Locks that threads asked for while they held others, in the order of first occurrence.
    [[nodiscard]] std::vector<lock_order> lock_orders() const;
    /// Where a thread was leaked, as return addresses; empty: no thread was.
    [[nodiscard]] std::vector<void*> leak() const;

    void point(operation what, void const* object, site where) override;
    void done(void const* object, printable_value value) override;
    bool wait(until what, void const* key, deadline limit, site where) override;
    void spin(site where) override;
    int wake(void const* key, int count) override;
    void changed(void const* key) override;
    void wants(void const* lock, bool tries) override;
    void holds(void const* lock, bool taken) override;
    void leaves(void const* lock) override;
    void left(void const* lock) override;
    void destroyed(void const* lock) override;
    int spawn(site where) override;
    void begin(int number) override;
    void leaked() override;

    /// The virtual time, in nanoseconds; each reading takes some.
    std::int64_t time() noexcept;

private:
    enum class state : int { absent, ready, waiting, outside, finished };

    struct controlled_thread {
        int go = 0;  ///< the futex that it sleeps on until its turn
        state is = state::absent;
        until what{};
        void const* key = nullptr;
        std::int64_t limit = 0;  ///< nanoseconds of the virtual clock; 0: never
        bool timed_out = false;
        bool spun = false;  ///< since the last change of any object
        void const* lock = nullptr;
        int inside = 0;  ///< nested lock operations of a primitive
        site where;
        long id = 0;          ///< thread id of the kernel
        void* top = nullptr;  ///< top of its stack
        void* stack[most_frames] = {};
    };
    struct holding {
        void const* lock;
        int by;
        void* at[lock_order::most_frames];
    };

    void latch();
    void unlatch();
    std::uint64_t draw();
    int pick(int among_but, bool fresh_only);
    void hand_to(int next);
    void park(int self);
    void come_back(int self);
    void pass_on();
    bool let_the_earliest_deadline_pass();
    void let_time_pass(std::int64_t until);
    void note_orders(void const* wanted, void* frame);
    void forget_order(int which);
    void end_spawned();
    static void end_spawned(void* schedule);
    void stop(ending how);
    event* note(operation what, void const* object, site where);
    void note_lock(operation what, void const* lock, void* frame, bool blocked);
    [[nodiscard]] int holder(void const* lock) const;
    void copy_stack(void** to, int most, void* frame) const;
    void take_turn_from_sleeper();
    /// Threads that have the turn or run outside the schedule; 0 for one that has not begun.
    int list_those_that_may_run(long (&ids)[most_threads]);
    /// Whether all of them sleep in the kernel.
    [[nodiscard]] bool all_sleep();

    int latch_ = 0;
    int count_;  ///< threads known in this round
    int const started_;
    int arrived_ = 0;
    int left_ = 0;  ///< of those known
    int running_ = -1;
    std::int64_t now_ = 0;         ///< the virtual time, in nanoseconds
    int clock_readings_ = 0;       ///< since the last change of any object
    bool deadlines_pass_ = false;  ///< also while other threads can run
    int round_over_ = 0;           ///< futex: not 0 when the round has ended
    ending how_ = ending::finished;
    std::uint64_t state_ = 0;
    unsigned switch_period_ = 1;
    std::uint64_t points_ = 0;
    std::uint64_t fruitless_ = 0;
    controlled_thread threads_[most_threads];
    holding held_[most_held] = {};
    lock_order orders_[most_orders];
    int ordered_ = 0;
    event events_[most_events];
    std::uint64_t noted_ = 0;
    int leaks_ = 0;
    std::vector<int> symbolizer_;
    void* leak_[most_frames] = {};
};

}  // namespace racekit::tsan
