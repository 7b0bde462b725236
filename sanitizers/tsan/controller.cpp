// SPDX-License-Identifier: MIT
#include "controller.hpp"

#include "thread_end.hpp"
#include "core/splitmix.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <linux/futex.h>
#include <pthread.h>
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
/// So long asleep, a thread does not wait for one that only needs a processor.
constexpr std::chrono::nanoseconds long_asleep{1'000'000'000};
/// A round whose threads wait for a processor may be without progress for so many time limits.
constexpr int busy_machine = 30;
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

/// What this process has used, of which one thread at a time runs.
RACEKIT_UNSEEN std::int64_t processor_time() {
    timespec used{};
    ::syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

/// A loop that the compiler does not turn into memcpy, which TSan would see.
template <class Address>
RACEKIT_UNSEEN void copy_addresses(Address* to, Address const* from, int count) {
    for (int at = 0; at < count; ++at) *static_cast<Address volatile*>(&to[at]) = from[at];
}

/// Reports name the thread as the steps do.
void name_thread(int number) {
    ::pthread_setname_np(::pthread_self(), ("thread " + std::to_string(number)).c_str());
}

RACEKIT_UNSEEN std::int64_t read_time() noexcept {
    return static_cast<controller*>(mine())->time();
}

/// 'S' while the thread sleeps in the kernel.
char kernel_state(long id) {
    std::ifstream file("/proc/self/task/" + std::to_string(id) + "/stat");
    std::string line;
    std::getline(file, line);
    auto const end_of_name = line.rfind(')');
    return end_of_name + 2 < line.size() ? line[end_of_name + 2] : '?';
}

/// The system call in which a thread is blocked, and its first argument.
struct kernel_call {
    static constexpr long none = -1;     // it runs
    static constexpr long unknown = -2;  // the kernel does not show it
    long number = unknown;
    long first = 0;
    bool operator==(kernel_call const&) const = default;
};

kernel_call blocked_in(long id) {
    std::ifstream file("/proc/self/task/" + std::to_string(id) + "/syscall");
    std::string number, argument;
    if (!(file >> number)) return {};
    if (number == "running" || !(file >> argument)) return {kernel_call::none};
    return {std::strtol(number.c_str(), nullptr, 10), std::strtol(argument.c_str(), nullptr, 16)};
}

/// Whether the thread sleeps in the kernel, and not for the symbolizer: in read() on one of these
/// descriptors. It may wake up between two looks at it, and sleep again in another call; only a
/// call that is the same before and after counts.
bool sleeps_elsewhere(long id, std::vector<int> const& symbolizer) {
    kernel_call const call = blocked_in(id);
    if (call.number == kernel_call::none || kernel_state(id) != 'S' || blocked_in(id) != call)
        return false;
    return call.number != SYS_read ||
           std::find(symbolizer.begin(), symbolizer.end(), call.first) == symbolizer.end();
}

/// Whether a thread besides this one and `id` runs or waits for a processor. It may hold a lock of
/// TSan's runtime or of the C library that `id` sleeps on, and let it go as soon as it runs.
bool another_thread_runs(long id) {
    for (auto const& each : std::filesystem::directory_iterator("/proc/self/task")) {
        long const thread = std::atol(each.path().filename().c_str());
        if (thread != id && thread != ::gettid() && kernel_state(thread) == 'R') return true;
    }
    return false;
}

/// In a forked process: no thread of the schedule is there, so the one that forked runs free.
RACEKIT_UNSEEN void detach_child() noexcept {
    attach(nullptr);
    read_virtual_time = nullptr;
    __atomic_store_n(&playing, nullptr, __ATOMIC_RELAXED);
}

}  // namespace

controller::controller(int count) : count_(count), started_(count) {
    [[maybe_unused]] static bool const once = [] {
        ::pthread_atfork(nullptr, nullptr, detach_child);
        return true;
    }();
}

RACEKIT_UNSEEN void controller::latch() {
    while (__atomic_exchange_n(&latch_, 1, __ATOMIC_ACQUIRE) != 0) ::syscall(SYS_sched_yield);
}

RACEKIT_UNSEEN void controller::unlatch() { __atomic_store_n(&latch_, 0, __ATOMIC_RELEASE); }

/// As racekit::random_source, of which TSan would see the members.
RACEKIT_UNSEEN std::uint64_t controller::draw() { return splitmix64(state_ += golden_gamma); }

RACEKIT_UNSEEN void controller::open(std::uint64_t seed) {
    latch();
    state_ = seed;
    // Some rounds may switch at every point, others let a thread run for several points.
    switch_period_ = 1U << (draw() % 3);
    count_ = started_;
    arrived_ = left_ = 0;
    running_ = -1;
    round_over_ = 0;
    now_ = monotonic_now() + lead();
    clock_readings_ = ordered_ = 0;
    deadlines_pass_ = draw() % 4 != 0;
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
    for (int at = 0; at < most_held; ++at) held_[at].lock = nullptr;
    unlatch();
    __atomic_store_n(&playing, static_cast<schedule*>(this), __ATOMIC_RELEASE);
}

RACEKIT_UNSEEN void controller::enter(int number) {
    self_number = number;
    latch();
    controlled_thread& self = threads_[number];
    self.id = ::syscall(SYS_gettid);
    self.top = __builtin_frame_address(0);
    attach(this);
    read_virtual_time = read_time;
    // The last thread to arrive starts the first one: the order of arrival must not matter.
    if (++arrived_ == started_) hand_to(pick(-1, false));
    unlatch();
    park(number);
}

RACEKIT_UNSEEN void controller::leave() {
    int const number = self_number;
    latch();
    come_back(number);
    attach(nullptr);
    read_virtual_time = nullptr;
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
    if (how == ending::finished) running_ = -1;  // else it says whose turn it was
    std::int64_t const ahead = now_ - monotonic_now();
    if (ahead > lead()) __atomic_store_n(&virtual_lead, ahead, __ATOMIC_RELAXED);
    if (how == ending::finished) __atomic_store_n(&playing, nullptr, __ATOMIC_RELEASE);
    __atomic_store_n(&round_over_, 1, __ATOMIC_RELEASE);
    wake_one(&round_over_);
}

/// Any thread that can run, but one; with `fresh_only` none that has spun since the last change.
/// -1: none. A thread that waits with a deadline can run too, in rounds where deadlines pass.
RACEKIT_UNSEEN int controller::pick(int among_but, bool fresh_only) {
    int candidates[most_threads];
    unsigned found = 0;
    bool any_ready = false;
    for (int at = 0; at < count_; ++at) {
        controlled_thread const& each = threads_[at];
        if (at == among_but) continue;
        bool const may_time_out = deadlines_pass_ && each.is == state::waiting && each.limit != 0;
        if (each.is != state::ready && !may_time_out) continue;
        if (fresh_only && each.spun && !may_time_out) continue;
        any_ready = any_ready || !may_time_out;
        candidates[found++] = at;
    }
    if (!any_ready) return -1;
    int const next = candidates[draw() % found];
    if (threads_[next].is == state::waiting) let_time_pass(threads_[next].limit);
    return next;
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
        if (let_the_earliest_deadline_pass()) continue;
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

/// With the latch held: it is `until` now; wakes the threads whose deadline has passed.
RACEKIT_UNSEEN void controller::let_time_pass(std::int64_t until) {
    if (until > now_) now_ = until;
    for (int at = 0; at < count_; ++at) {
        controlled_thread& each = threads_[at];
        if (each.is != state::waiting || each.limit == 0 || each.limit > now_) continue;
        each.is = state::ready;
        each.timed_out = true;
    }
}

/// With the latch held; false: no thread waits with a deadline.
RACEKIT_UNSEEN bool controller::let_the_earliest_deadline_pass() {
    int first = -1;
    for (int at = 0; at < count_; ++at) {
        if (threads_[at].is != state::waiting || threads_[at].limit == 0) continue;
        if (first < 0 || threads_[at].limit < threads_[first].limit) first = at;
    }
    if (first < 0) return false;
    let_time_pass(threads_[first].limit);
    return true;
}

/// A reading takes a microsecond, and more and more if threads do nothing but read the clock: a
/// loop that waits for a time ends soon.
RACEKIT_UNSEEN std::int64_t controller::time() noexcept {
    latch();
    int const doublings = ++clock_readings_ / 16;
    let_time_pass(now_ + (std::int64_t{1000} << (doublings < 30 ? doublings : 30)));
    std::int64_t const now = now_;
    unlatch();
    return now;
}

RACEKIT_UNSEEN event* controller::note(operation what, void const* object, site where) {
    event& row = events_[noted_++ % most_events];
    row.thread = static_cast<std::int16_t>(self_number);
    row.what = what;
    row.blocked = false;
    row.other = -1;
    row.object = object;
    row.where = where;
    row.value.as = printable_value::form::nothing;
    row.stack[0] = nullptr;
    return &row;
}

RACEKIT_UNSEEN void controller::note_lock(operation what, void const* lock, void* frame,
                                          bool blocked) {
    event* const row = note(what, lock, threads_[self_number].where);
    row->blocked = blocked;
    if (blocked) row->other = holder(lock);
    copy_stack(row->stack, event::most_frames, frame);
}

RACEKIT_UNSEEN int controller::holder(void const* lock) const {
    for (int at = 0; at < most_held; ++at) {
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
    int const next = how_ != ending::running        ? -1
                     : draw() % switch_period_ != 0 ? number
                                                    : pick(-1, false);
    if (next != number) {
        if (next >= 0) hand_to(next);
        unlatch();
        park(number);  // for ever, if the round was stopped
        latch();
    }
    if (self.inside == 0) {
        event* const row = note(what, object, where);
        copy_stack(row->stack, event::most_frames, __builtin_frame_address(0));
    }
    unlatch();
}

RACEKIT_UNSEEN void controller::done(void const* object, printable_value value) {
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
    if (self.limit != 0 && self.limit <= now_) let_time_pass(now_);
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
        (void)let_the_earliest_deadline_pass();
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
    clock_readings_ = 0;
    if (running_ < 0 && how_ == ending::running && arrived_ == started_ && woken > 0) pass_on();
    unlatch();
    return woken;
}

RACEKIT_UNSEEN void controller::changed(void const* key) {
    latch();
    fruitless_ = 0;
    clock_readings_ = 0;
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

/// With the latch held: the order of the locks that this thread holds and the one that it asks for.
RACEKIT_UNSEEN void controller::note_orders(void const* wanted, void* frame) {
    int others = 0;
    void const* held_too[lock_order::most_held];
    for (int at = 0; at < most_held; ++at) {
        if (held_[at].lock == nullptr || held_[at].by != self_number) continue;
        if (held_[at].lock == wanted) return;  // a recursive lock: it does not wait
        if (others < lock_order::most_held) held_too[others++] = held_[at].lock;
    }
    for (int at = 0; at < most_held && others > 0 && ordered_ < most_orders; ++at) {
        if (held_[at].lock == nullptr || held_[at].by != self_number) continue;
        bool known = false;
        for (int other = 0; other < ordered_ && !known; ++other) {
            lock_order const& each = orders_[other];
            known = each.thread == self_number && each.held == held_[at].lock &&
                    each.wanted == wanted && each.others == others;
            for (int too = 0; too < others && known; ++too)
                known = each.held_too[too] == held_too[too];
        }
        if (known) continue;
        lock_order& fresh = orders_[ordered_++];
        fresh.thread = self_number;
        fresh.held = held_[at].lock;
        fresh.wanted = wanted;
        fresh.others = others;
        copy_addresses(fresh.held_too, held_too, others);
        copy_addresses(fresh.held_at, held_[at].at, lock_order::most_frames);
        copy_stack(fresh.wanted_at, lock_order::most_frames, frame);
    }
}

/// With the latch held.
RACEKIT_UNSEEN void controller::forget_order(int which) {
    lock_order& hole = orders_[which];
    lock_order const& last = orders_[--ordered_];
    hole.thread = last.thread;
    hole.held = last.held;
    hole.wanted = last.wanted;
    hole.others = last.others;
    copy_addresses(hole.held_too, last.held_too, last.others);
    copy_addresses(hole.held_at, last.held_at, lock_order::most_frames);
    copy_addresses(hole.wanted_at, last.wanted_at, lock_order::most_frames);
}

RACEKIT_UNSEEN void controller::destroyed(void const* lock) {
    latch();
    for (int at = ordered_ - 1; at >= 0; --at) {
        if (orders_[at].held == lock || orders_[at].wanted == lock) forget_order(at);
    }
    unlatch();
}

RACEKIT_UNSEEN void controller::wants(void const* lock, bool tries) {
    latch();
    if (!tries) note_orders(lock, __builtin_frame_address(0));
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
    for (int at = 0; taken && at < most_held; ++at) {
        if (held_[at].lock != nullptr) continue;
        held_[at].lock = lock;
        held_[at].by = self_number;
        copy_stack(held_[at].at, lock_order::most_frames, __builtin_frame_address(0));
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
    for (int at = 0; at < most_held; ++at) {
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
        constexpr char text[] =
            "racekit: the tsan detector's controlled mode supports 160 threads, "
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
    name_thread(number);
    attach(this);
    read_virtual_time = read_time;
    call_at_thread_end(end_spawned, this);
    park(number);
}

RACEKIT_UNSEEN void controller::end_spawned(void* schedule) {
    static_cast<controller*>(schedule)->end_spawned();
}

RACEKIT_UNSEEN void controller::end_spawned() {
    latch();
    come_back(self_number);
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
    // Volatile: the compiler would make memset of it, which TSan sees.
    for (int depth = 0; depth < most; ++depth) *static_cast<void* volatile*>(&to[depth]) = nullptr;
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

RACEKIT_UNSEEN int controller::list_those_that_may_run(long (&ids)[most_threads]) {
    int count = 0;
    latch();
    for (int at = 0; at < count_; ++at) {
        if (at == running_ || threads_[at].is == state::outside) ids[count++] = threads_[at].id;
    }
    unlatch();
    return count;
}

bool controller::all_sleep() {
    long ids[most_threads];
    int const count = list_those_that_may_run(ids);
    return std::all_of(ids, ids + count, [this](long id) {
        return id != 0 && sleeps_elsewhere(id, symbolizer_);  // 0: it has not begun
    });
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
        bool over;
    };
    auto const look = [this]() RACEKIT_UNSEEN {
        latch();
        snapshot const seen{points_, running_, running_ >= 0 ? threads_[running_].id : 0,
                            __atomic_load_n(&round_over_, __ATOMIC_ACQUIRE) != 0};
        unlatch();
        return seen;
    };
    std::uint64_t seen_points = ~0ULL;
    int seen_running = -2;
    std::int64_t since = monotonic_now();
    std::int64_t used = processor_time();
    for (;;) {
        sleep_on(&round_over_, 0, tick);
        snapshot const now = look();
        if (now.over) return how_;
        if (now.points != seen_points || now.running != seen_running) {
            seen_points = now.points;
            seen_running = now.running;
            since = monotonic_now();
            used = processor_time();
            continue;
        }
        auto const stood = std::chrono::nanoseconds(monotonic_now() - since);
        auto const ran = std::chrono::nanoseconds(processor_time() - used);
        // A thread of a busy machine may wait for its processor, or for the symbolizer.
        if (stood > time_limit &&
            (ran > time_limit / 2 || all_sleep() || stood > busy_machine * time_limit)) {
            latch();
            stop(ending::hang);
            unlatch();
            return ending::hang;
        }
        if (now.running >= 0 && now.id != 0 && stood > std::chrono::nanoseconds(tick) &&
            sleeps_elsewhere(now.id, symbolizer_) &&
            (stood > long_asleep || !another_thread_runs(now.id))) {
            latch();
            if (running_ == now.running && points_ == now.points && how_ == ending::running)
                take_turn_from_sleeper();
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

std::vector<lock_order> controller::lock_orders() const {
    return {std::begin(orders_), std::begin(orders_) + ordered_};
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
        // A thread that awaits its turn sleeps in the controller.
        bool const has_turn = at == running_;
        one.asleep = each.is == state::outside || (has_turn && how_ == ending::hang &&
                                                   each.id != 0 && kernel_state(each.id) == 'S');
        one.spins = each.spun;
        one.ready = each.is == state::ready && !has_turn;
        std::copy(std::begin(each.stack), std::end(each.stack), one.stack.begin());
        all.push_back(one);
    }
    return all;
}

}  // namespace racekit::tsan
