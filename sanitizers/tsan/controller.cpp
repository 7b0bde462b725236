// SPDX-License-Identifier: MIT
#include "controller.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <linux/futex.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit::tsan {
namespace {

/// After this many iterations without a change of any object a spin loop counts as a livelock.
constexpr std::uint64_t most_fruitless = 2'000;
/// From here on an iteration sleeps, so that deadlines can pass.
constexpr std::uint64_t fruitless_before_sleep = 500;
/// A round with more schedule points than this counts as endless.
constexpr std::uint64_t most_points = 300'000;
constexpr long tick = 25'000'000;  // ns; twice that asleep in the kernel costs a thread the turn

thread_local constinit int self_number = -1;

RACEKIT_UNSEEN void sleep_on(int* word, int value, std::int64_t span) {
    timespec at{span / 1'000'000'000, span % 1'000'000'000};
    ::syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, span > 0 ? &at : nullptr, nullptr, 0);
}

RACEKIT_UNSEEN void wake_one(int* word) {
    ::syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

RACEKIT_UNSEEN std::int64_t monotonic_now() {
    timespec at{};
    ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
}

/// 'S' while the thread sleeps in the kernel.
char kernel_state(long id) {
    std::ifstream file("/proc/self/task/" + std::to_string(id) + "/stat");
    std::string line;
    std::getline(file, line);
    auto const end_of_name = line.rfind(')');
    return end_of_name + 2 < line.size() ? line[end_of_name + 2] : '?';
}

/// Whether the thread is in read() on one of these descriptors: the kernel shows the number of the
/// system call and its arguments, the descriptor first.
bool waits_on(long id, std::vector<int> const& descriptors) {
    std::ifstream file("/proc/self/task/" + std::to_string(id) + "/syscall");
    long call = -1, first = -1;
    file >> call >> std::hex;
    std::string argument;
    if (call != SYS_read || !(file >> argument)) return false;
    first = std::strtol(argument.c_str(), nullptr, 16);
    return std::find(descriptors.begin(), descriptors.end(), first) != descriptors.end();
}

}  // namespace

controller::controller(int count) : count_(count), started_(count) {}

RACEKIT_UNSEEN void controller::latch() {
    while (__atomic_exchange_n(&latch_, 1, __ATOMIC_ACQUIRE) != 0) ::syscall(SYS_sched_yield);
}

RACEKIT_UNSEEN void controller::unlatch() { __atomic_store_n(&latch_, 0, __ATOMIC_RELEASE); }

/// splitmix64, like racekit::random_source; TSan would see that one.
RACEKIT_UNSEEN std::uint64_t controller::draw() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

RACEKIT_UNSEEN void controller::open(std::uint64_t seed) {
    latch();
    state_ = seed;
    // Some rounds may switch at every point, others let a thread run for several points.
    switch_period_ = 1U << (draw() % 3);
    count_ = started_;
    arrived_ = left_ = 0;
    running_ = -1;
    round_over_ = idle_ = 0;
    how_ = ending::running;
    points_ = fruitless_ = noted_ = 0;
    leaks_ = 0;
    for (int at = 0; at < most_threads; ++at) {
        threads_[at].go = 0;
        threads_[at].is = at < started_ ? state::ready : state::absent;
        threads_[at].spun = false;
        threads_[at].lock = nullptr;
        threads_[at].inside = 0;
        threads_[at].where = site();
    }
    for (int at = 0; at < 64; ++at) held_[at].lock = nullptr;
    unlatch();
    __atomic_store_n(&playing, static_cast<schedule*>(this), __ATOMIC_RELEASE);
}

RACEKIT_UNSEEN void controller::enter(int number) {
    self_number = number;
    latch();
    controlled_thread& self = threads_[number];
    self.id = ::syscall(SYS_gettid);
    self.top = __builtin_frame_address(0);
    take_on(this);
    // The last thread to arrive starts the first one: the order of arrival must not matter.
    if (++arrived_ == started_) hand_to(pick(-1, false));
    unlatch();
    park(number);
}

RACEKIT_UNSEEN void controller::leave() {
    int const number = self_number;
    latch();
    come_back(number);
    take_on(nullptr);
    threads_[number].is = state::finished;
    fruitless_ = 0;
    for (int at = 0; at < count_; ++at) threads_[at].spun = false;
    if (++left_ == count_) {
        stop(ending::finished);
    } else {
        pass_on();
    }
    unlatch();
}

RACEKIT_UNSEEN void controller::stop(ending how) {
    if (how_ == ending::running) how_ = how;
    running_ = -1;
    if (how == ending::finished) __atomic_store_n(&playing, nullptr, __ATOMIC_RELEASE);
    __atomic_store_n(&round_over_, 1, __ATOMIC_RELEASE);
    wake_one(&round_over_);
}

/// Any ready thread but one; with `fresh_only` none that has spun since the last change. -1: no
/// thread.
RACEKIT_UNSEEN int controller::pick(int among_but, bool fresh_only) {
    int candidates[most_threads];
    unsigned found = 0;
    for (int at = 0; at < count_; ++at) {
        if (at == among_but || threads_[at].is != state::ready) continue;
        if (fresh_only && threads_[at].spun) continue;
        candidates[found++] = at;
    }
    return found == 0 ? -1 : candidates[draw() % found];
}

RACEKIT_UNSEEN void controller::hand_to(int next) {
    running_ = next;
    __atomic_store_n(&threads_[next].go, 1, __ATOMIC_RELEASE);
    wake_one(&threads_[next].go);
}

RACEKIT_UNSEEN void controller::park(int self) {
    int* const go = &threads_[self].go;
    while (__atomic_load_n(go, __ATOMIC_ACQUIRE) == 0) sleep_on(go, 0, 0);
    __atomic_store_n(go, 0, __ATOMIC_RELAXED);  // only its owner clears it; the next turn sets it
}

/// With the latch held: a thread that slept in the kernel and lost its turn requests it again.
RACEKIT_UNSEEN void controller::come_back(int self) {
    if (threads_[self].is != state::outside) return;
    threads_[self].is = state::ready;
    if (running_ < 0 && how_ == ending::running) {
        running_ = self;
        return;
    }
    unlatch();
    park(self);
    latch();
}

/// With the latch held, by a thread that cannot continue: gives the turn to another thread, or
/// stops the round as a deadlock if there is none.
RACEKIT_UNSEEN void controller::pass_on() {
    for (;;) {
        if (how_ != ending::running) return;
        int next = pick(-1, true);
        if (next < 0) next = pick(-1, false);
        if (next >= 0) {
            hand_to(next);
            return;
        }
        if (wake_the_earliest()) continue;
        for (int at = 0; at < count_; ++at) {
            if (threads_[at].is == state::outside) {
                running_ = -1;  // that thread takes the turn when it returns
                return;
            }
        }
        stop(ending::deadlock);
        return;
    }
}

/// With the latch held: no thread can run; waits for the earliest deadline and wakes its thread.
RACEKIT_UNSEEN bool controller::wake_the_earliest() {
    int first = -1;
    for (int at = 0; at < count_; ++at) {
        if (threads_[at].is != state::waiting || threads_[at].limit == 0) continue;
        if (first < 0 || threads_[at].limit < threads_[first].limit) first = at;
    }
    if (first < 0) return false;
    std::int64_t const span = threads_[first].limit - monotonic_now();
    if (span > 0) {
        int never_woken = 0;
        __atomic_store_n(&idle_, 1, __ATOMIC_RELAXED);
        unlatch();
        sleep_on(&never_woken, 0, span);
        latch();
        __atomic_store_n(&idle_, 0, __ATOMIC_RELAXED);
        // A thread outside the controlled schedule may have woken it meanwhile.
        if (threads_[first].is != state::waiting) return true;
        if (threads_[first].limit > monotonic_now()) return true;
    }
    threads_[first].is = state::ready;
    threads_[first].timed_out = true;
    return true;
}

/// With the latch held: wakes the threads whose deadline has passed.
RACEKIT_UNSEEN void controller::let_deadlines_pass() {
    std::int64_t const now = monotonic_now();
    for (int at = 0; at < count_; ++at) {
        controlled_thread& each = threads_[at];
        if (each.is != state::waiting || each.limit == 0 || each.limit > now) continue;
        each.is = state::ready;
        each.timed_out = true;
    }
}

RACEKIT_UNSEEN event* controller::note(operation what, void const* object, site where) {
    event& row = events_[noted_++ % most_events];
    row.thread = static_cast<std::int16_t>(self_number);
    row.what = what;
    row.blocked = false;
    row.other = -1;
    row.object = object;
    row.where = where;
    row.value.as = told::form::nothing;
    row.stack[0] = nullptr;
    return &row;
}

RACEKIT_UNSEEN void controller::note_lock(operation what, void const* lock, void* frame,
                                          bool blocked) {
    event* const row = note(what, lock, threads_[self_number].where);
    row->blocked = blocked;
    if (blocked) row->other = holder(lock);
    copy_stack(row->stack, 8, frame);
}

RACEKIT_UNSEEN int controller::holder(void const* lock) const {
    for (int at = 0; at < 64; ++at) {
        if (held_[at].lock == lock) return held_[at].by;
    }
    return -1;
}

RACEKIT_UNSEEN void controller::point(operation what, void const* object, site where) {
    int const number = self_number;
    latch();
    come_back(number);
    controlled_thread& self = threads_[number];
    self.where = where;
    if (++points_ > most_points) stop(ending::livelock);
    int const next = how_ != ending::running           ? -1
                     : draw() % switch_period_ != 0     ? number
                                                       : pick(-1, false);
    if (next != number) {
        if (next >= 0) hand_to(next);
        unlatch();
        park(number);  // for ever, if the round was stopped
        latch();
    }
    if (self.inside == 0) (void)note(what, object, where);
    unlatch();
}

RACEKIT_UNSEEN void controller::done(void const* object, told value) {
    latch();
    event& row = events_[(noted_ - 1) % most_events];
    if (noted_ > 0 && threads_[self_number].inside == 0 && row.thread == self_number &&
        row.object == object)
        row.value = value;
    unlatch();
}

RACEKIT_UNSEEN bool controller::wait(until what, void const* key, deadline limit, site where) {
    int const number = self_number;
    latch();
    come_back(number);
    controlled_thread& self = threads_[number];
    if (what == until::ended) {
        int const other = static_cast<int>(reinterpret_cast<std::uintptr_t>(key)) - 1;
        if (threads_[other].is == state::finished) {
            unlatch();
            return true;
        }
    }
    self.is = state::waiting;
    self.what = what;
    self.key = key;
    self.where = where;
    self.timed_out = false;
    self.limit = limit == never ? 0 : limit.time_since_epoch().count();
    if (limit != never && self.limit <= 0) self.limit = 1;
    copy_stack(self.stack, most_frames, __builtin_frame_address(0));
    if (self.lock != nullptr)
        note_lock(operation::lock, self.lock, __builtin_frame_address(0), true);
    ++points_;
    pass_on();
    unlatch();
    park(number);
    return !self.timed_out;
}

RACEKIT_UNSEEN void controller::spin(site where) {
    int const number = self_number;
    latch();
    come_back(number);
    controlled_thread& self = threads_[number];
    self.where = where;
    self.spun = true;
    ++points_;
    ++fruitless_;
    if (fruitless_ > most_fruitless || points_ > most_points) {
        copy_stack(self.stack, most_frames, __builtin_frame_address(0));
        stop(ending::livelock);
    }
    if (fruitless_ > fruitless_before_sleep && how_ == ending::running) {
        int never_woken = 0;
        sleep_on(&never_woken, 0, 1'000'000);
        let_deadlines_pass();
    }
    int next = how_ == ending::running ? pick(number, true) : -1;
    if (next < 0 && how_ == ending::running) next = pick(number, false);
    if (next < 0 && how_ == ending::running) {
        unlatch();
        return;
    }
    if (next >= 0) hand_to(next);
    unlatch();
    park(number);
}

RACEKIT_UNSEEN int controller::wake(void const* key, int count) {
    latch();
    int woken = 0;
    while (woken < count) {
        int sleepers[most_threads];
        unsigned found = 0;
        for (int at = 0; at < count_; ++at) {
            controlled_thread const& each = threads_[at];
            if (each.is == state::waiting && each.what == until::woken && each.key == key)
                sleepers[found++] = at;
        }
        if (found == 0) break;
        threads_[sleepers[draw() % found]].is = state::ready;
        ++woken;
    }
    if (woken > 0) fruitless_ = 0;
    if (running_ < 0 && how_ == ending::running && arrived_ == started_ && woken > 0) pass_on();
    unlatch();
    return woken;
}

RACEKIT_UNSEEN void controller::changed(void const* key) {
    latch();
    fruitless_ = 0;
    bool woken = false;
    for (int at = 0; at < count_; ++at) {
        controlled_thread& each = threads_[at];
        each.spun = false;
        if (each.is == state::waiting && each.what == until::changed && each.key == key) {
            each.is = state::ready;
            woken = true;
        }
    }
    if (running_ < 0 && how_ == ending::running && arrived_ == started_ && woken) pass_on();
    unlatch();
}

RACEKIT_UNSEEN void controller::wants(void const* lock) {
    latch();
    threads_[self_number].lock = lock;
    ++threads_[self_number].inside;
    unlatch();
}

RACEKIT_UNSEEN void controller::holds(void const* lock, bool taken) {
    latch();
    threads_[self_number].lock = nullptr;
    --threads_[self_number].inside;
    if (threads_[self_number].inside == 0 && taken)
        note_lock(operation::lock, lock, __builtin_frame_address(0), false);
    for (int at = 0; taken && at < 64; ++at) {
        if (held_[at].lock != nullptr) continue;
        held_[at].lock = lock;
        held_[at].by = self_number;
        break;
    }
    unlatch();
}

RACEKIT_UNSEEN void controller::leaves(void const* lock) {
    latch();
    if (threads_[self_number].inside++ == 0)
        note_lock(operation::unlock, lock, __builtin_frame_address(0), false);
    unlatch();
}

RACEKIT_UNSEEN void controller::left(void const* lock) {
    latch();
    --threads_[self_number].inside;
    for (int at = 0; at < 64; ++at) {
        if (held_[at].lock != lock || held_[at].by != self_number) continue;
        held_[at].lock = nullptr;
        break;
    }
    unlatch();
}

RACEKIT_UNSEEN int controller::spawn(site where) {
    point(operation::start, nullptr, where);
    latch();
    if (count_ == most_threads) {
        constexpr char text[] = "racekit: the tsan detector's controlled mode supports 32 threads, "
                                "and the test body started more: start fewer, or use --mode free\n";
        (void)!::write(2, text, sizeof text - 1);
        ::_exit(70);
    }
    int const number = count_++;
    threads_[number].is = state::ready;
    unlatch();
    return number;
}

RACEKIT_UNSEEN void controller::begin(int number) {
    self_number = number;
    latch();
    threads_[number].id = ::syscall(SYS_gettid);
    threads_[number].top = __builtin_frame_address(0);
    unlatch();
    take_on(this);
    park(number);
}

RACEKIT_UNSEEN void controller::end() {
    latch();
    void const* const key = thread_key(self_number);
    for (int at = 0; at < count_; ++at) {
        controlled_thread& each = threads_[at];
        if (each.is == state::waiting && each.what == until::ended && each.key == key)
            each.is = state::ready;
    }
    unlatch();
    leave();
}

RACEKIT_UNSEEN void controller::leaked() {
    latch();
    if (leaks_++ == 0) copy_stack(leak_, most_frames, __builtin_frame_address(0));
    unlatch();
}

/// Return addresses from the frames that -fno-omit-frame-pointer links up.
RACEKIT_UNSEEN void controller::copy_stack(void** to, int most, void* frame) const {
    for (int depth = 0; depth < most; ++depth) to[depth] = nullptr;
    if (self_number < 0) return;  // not a controlled thread
    void const* const top = threads_[self_number].top;
    void** at = static_cast<void**>(frame);
    for (int depth = 0; depth < most; ++depth) {
        to[depth] = at[1];
        void** const next = static_cast<void**>(at[0]);
        if (next <= at || next >= top) break;
        at = next;
    }
}

/// With the latch held, by the main thread.
RACEKIT_UNSEEN void controller::take_turn_from_sleeper() {
    threads_[running_].is = state::outside;
    pass_on();
}

controller::ending controller::watch(std::chrono::nanoseconds time_limit) {
    struct snapshot {
        std::uint64_t points;
        int running;
        long id;
        bool idle;
        bool over;
    };
    auto const look = [this]() RACEKIT_UNSEEN {
        latch();
        snapshot const seen{points_, running_, running_ >= 0 ? threads_[running_].id : 0,
                          __atomic_load_n(&idle_, __ATOMIC_RELAXED) != 0,
                          __atomic_load_n(&round_over_, __ATOMIC_ACQUIRE) != 0};
        unlatch();
        return seen;
    };
    std::uint64_t seen_points = ~0ULL;
    int seen_running = -2;
    std::int64_t since = monotonic_now();
    for (;;) {
        sleep_on(&round_over_, 0, tick);
        snapshot const now = look();
        if (now.over) return how_;
        if (now.points != seen_points || now.running != seen_running || now.idle) {
            seen_points = now.points;
            seen_running = now.running;
            since = monotonic_now();
            continue;
        }
        auto const stood = std::chrono::nanoseconds(monotonic_now() - since);
        if (stood > time_limit) {
            latch();
            stop(ending::hang);
            unlatch();
            return ending::hang;
        }
        if (now.running >= 0 && now.id != 0 && stood > std::chrono::nanoseconds(tick) &&
            kernel_state(now.id) == 'S' && !waits_on(now.id, symbolizer_)) {
            latch();
            if (running_ == now.running && how_ == ending::running) take_turn_from_sleeper();
            unlatch();
        }
    }
}

std::vector<event> controller::events() const {
    std::vector<event> rows;
    std::uint64_t const first = noted_ > most_events ? noted_ - most_events : 0;
    for (std::uint64_t at = first; at < noted_; ++at) rows.push_back(events_[at % most_events]);
    return rows;
}

std::vector<void*> controller::leak() const {
    if (leaks_ == 0) return {};
    return {std::begin(leak_), std::end(leak_)};
}

std::vector<controller::unfinished_thread> controller::unfinished() const {
    std::vector<unfinished_thread> all;
    for (int at = 0; at < count_; ++at) {
        controlled_thread const& each = threads_[at];
        if (each.is == state::finished || each.is == state::absent) continue;
        unfinished_thread one;
        one.thread = at;
        one.waiting = each.is == state::waiting;
        one.what = each.what;
        one.key = each.key;
        one.lock = each.lock;
        if (one.lock != nullptr) one.holder = holder(one.lock);
        one.where = each.where;
        one.asleep = each.is == state::outside || (each.id != 0 && kernel_state(each.id) == 'S');
        std::copy(std::begin(each.stack), std::end(each.stack), one.stack.begin());
        all.push_back(one);
    }
    return all;
}

}  // namespace racekit::tsan
