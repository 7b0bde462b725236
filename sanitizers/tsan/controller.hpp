// SPDX-License-Identifier: MIT
// The controlled schedule: one thread of the cast runs at a time, and at every visible operation a
// seeded generator picks who runs next.
//
// The turn is handed over by raw futexes in functions that TSan does not see, so that it orders
// nothing: a race between two accesses is reported in whatever sequence they really happened.
// Same seed, same sequence. The controller knows who waits for what, so a deadlock is told, not
// met.
#pragma once

#include <racekit/platform/tsan/schedule.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace racekit::tsan {

/// One visible operation, as it happened.
struct event {
    std::int16_t thread = -1;
    operation what{};
    bool blocked = false;  ///< the thread asked for it and could not go on
    int other = -1;        ///< who holds the lock that it is blocked on
    void const* object = nullptr;
    site where;
    told value;
    void* stack[8] = {};   ///< of lock and unlock, which know no site
};

class controller final : public schedule {
public:
    static constexpr int most_threads = 32;  ///< the cast and those that a story starts itself
    static constexpr int most_frames = 24;
    static constexpr int most_events = 512;  ///< the last ones of a round are kept

    enum class ending : int {
        playing,
        finished,
        deadlock,  ///< all unfinished threads wait for each other
        livelock,  ///< they turn in loops that change nothing, or without end
        hang,      ///< a thread did not reach a schedule point: see patience
    };

    /// What a thread is at when a round did not finish.
    struct sojourn {
        int thread = -1;
        bool waiting = false;
        until what{};
        void const* key = nullptr;
        void const* lock = nullptr;  ///< that it wants, if it wants one
        int holder = -1;             ///< who holds `lock`
        site where;                  ///< of its last schedule point
        bool asleep = false;         ///< in the kernel, where no schedule point reaches
        std::array<void*, most_frames> stack{};
    };

    explicit controller(int members);
    controller(controller const&) = delete;
    controller& operator=(controller const&) = delete;

    /// Descriptors on which a thread that reports to TSan waits for the symbolizer. It keeps its
    /// turn: a report takes as long as it takes.
    void keep_turn_on(std::vector<int> descriptors) { symbolizer_ = std::move(descriptors); }

    /// Director: starts a round. The members may then call enter().
    void open(std::uint64_t seed);
    /// Member: waits for its first turn; and gives the turn up for good.
    void enter(int member);
    void leave();
    /// Director: waits until all have left, or never will. Looks after threads that sleep in the
    /// kernel: they lose the turn to others, and ask for it again at their next schedule point.
    ending watch(std::chrono::nanoseconds patience);

    /// After watch(): what happened, and who is where.
    [[nodiscard]] std::vector<event> events() const;
    [[nodiscard]] std::uint64_t points() const { return points_; }
    [[nodiscard]] std::vector<sojourn> unfinished() const;
    /// Where a thread was leaked, as return addresses; empty: none was.
    [[nodiscard]] std::vector<void*> leak() const;

    void point(operation what, void const* object, site where) override;
    void done(void const* object, told value) override;
    bool wait(until what, void const* key, deadline limit, site where) override;
    void spin(site where) override;
    int wake(void const* key, int count) override;
    void changed(void const* key) override;
    void wants(void const* lock) override;
    void holds(void const* lock, bool taken) override;
    void leaves(void const* lock) override;
    void left(void const* lock) override;
    int spawn(site where) override;
    void begin(int number) override;
    void end() override;
    void leaked() override;

private:
    enum class state : int { absent, ready, waiting, outside, finished };

    struct member {
        int go = 0;  ///< the futex that it sleeps on until its turn
        state is = state::absent;
        until what{};
        void const* key = nullptr;
        std::int64_t limit = 0;  ///< nanoseconds of the monotonic clock; 0: never
        bool timed_out = false;
        bool spun = false;  ///< since anything last changed
        void const* lock = nullptr;
        int inside = 0;  ///< of a lock's own operations
        site where;
        long id = 0;  ///< the kernel's
        void* top = nullptr;  ///< of its stack
        void* stack[most_frames] = {};
    };
    struct holding {
        void const* lock;
        int by;
    };

    void latch();
    void unlatch();
    std::uint64_t draw();
    int pick(int among_but, bool fresh_only);
    void hand_to(int next);
    void park(int self);
    void come_back(int self);
    void pass_on();
    bool wake_the_earliest();
    void let_deadlines_pass();
    void stop(ending how);
    event* note(operation what, void const* object, site where);
    void note_lock(operation what, void const* lock, void* frame, bool blocked);
    [[nodiscard]] int holder(void const* lock) const;
    void copy_stack(void** to, int most, void* frame) const;
    void take_turn_from_sleeper();

    int latch_ = 0;
    int count_;       ///< threads known in this round
    int const cast_;
    int arrived_ = 0;
    int left_ = 0;    ///< of those known
    int running_ = -1;
    int idle_ = 0;    ///< the one whose turn it is sleeps until the earliest deadline
    int bell_ = 0;    ///< rung when a round ends
    ending how_ = ending::finished;
    std::uint64_t state_ = 0;
    unsigned restlessness_ = 1;
    std::uint64_t points_ = 0;
    std::uint64_t fruitless_ = 0;
    member members_[most_threads];
    holding held_[64] = {};
    event events_[most_events];
    std::uint64_t noted_ = 0;
    int leaks_ = 0;
    std::vector<int> symbolizer_;
    void* leak_[most_frames] = {};
};

}  // namespace racekit::tsan
