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

/// A thread that turns this often while nothing changes waits for something that will not come.
constexpr std::uint64_t most_fruitless = 2'000;
/// From here on such a turn takes real time, so that deadlines can pass.
constexpr std::uint64_t still_brisk = 500;
/// A round of more schedule points than this runs without end.
constexpr std::uint64_t most_points = 300'000;
constexpr long tick = 25'000'000;  // ns; twice that asleep in the kernel costs a thread the turn

thread_local constinit int self_number = -1;

RACEKIT_UNSEEN void sleep_on(int* word, int value, std::int64_t span) {
    timespec at{span / 1'000'000'000, span % 1'000'000'000};
    ::syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, span > 0 ? &at : nullptr, nullptr, 0);
}

RACEKIT_UNSEEN void rouse(int* word) {
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

/// Whether the thread is in a system call on one of these descriptors: the kernel shows the number
/// of the call and its arguments, of which the first is the descriptor.
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

controller::controller(int members) : count_(members), cast_(members) {}

RACEKIT_UNSEEN void controller::latch() {
    while (__atomic_exchange_n(&latch_, 1, __ATOMIC_ACQUIRE) != 0) ::syscall(SYS_sched_yield);
}

RACEKIT_UNSEEN void controller::unlatch() { __atomic_store_n(&latch_, 0, __ATOMIC_RELEASE); }

/// splitmix64, as racekit::random_source, which TSan would see.
RACEKIT_UNSEEN std::uint64_t controller::draw() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

RACEKIT_UNSEEN void controller::open(std::uint64_t seed) {
    latch();
    state_ = seed;
    // Some rounds switch at every point that they can, others let a thread run on for a while.
    restlessness_ = 1U << (draw() % 3);
    count_ = cast_;
    arrived_ = left_ = 0;
    running_ = -1;
    bell_ = idle_ = 0;
    how_ = ending::playing;
    points_ = fruitless_ = noted_ = 0;
    leaks_ = 0;
    for (int at = 0; at < most_threads; ++at) {
        members_[at].go = 0;
        members_[at].is = at < cast_ ? state::ready : state::absent;
        members_[at].spun = false;
        members_[at].lock = nullptr;
        members_[at].inside = 0;
        members_[at].where = site();
    }
    for (int at = 0; at < 64; ++at) held_[at].lock = nullptr;
    unlatch();
    __atomic_store_n(&playing, static_cast<schedule*>(this), __ATOMIC_RELEASE);
}

RACEKIT_UNSEEN void controller::enter(int number) {
    self_number = number;
    latch();
    member& self = members_[number];
    self.id = ::syscall(SYS_gettid);
    self.top = __builtin_frame_address(0);
    take_on(this);
    // The last one to arrive lets the first one go: who arrives when must not matter.
    if (++arrived_ == cast_) hand_to(pick(-1, false));
    unlatch();
    park(number);
}

RACEKIT_UNSEEN void controller::leave() {
    int const number = self_number;
    latch();
    come_back(number);
    take_on(nullptr);
    members_[number].is = state::finished;
    fruitless_ = 0;
    for (int at = 0; at < count_; ++at) members_[at].spun = false;
    if (++left_ == count_) {
        stop(ending::finished);
    } else {
        pass_on();
    }
    unlatch();
}

RACEKIT_UNSEEN void controller::stop(ending how) {
    if (how_ == ending::playing) how_ = how;
    running_ = -1;
    if (how == ending::finished) __atomic_store_n(&playing, nullptr, __ATOMIC_RELEASE);
    __atomic_store_n(&bell_, 1, __ATOMIC_RELEASE);
    rouse(&bell_);
}

/// Any ready thread but one; with `fresh_only` of those that have not spun in vain. -1: there is
/// none.
RACEKIT_UNSEEN int controller::pick(int among_but, bool fresh_only) {
    int candidates[most_threads];
    unsigned found = 0;
    for (int at = 0; at < count_; ++at) {
        if (at == among_but || members_[at].is != state::ready) continue;
        if (fresh_only && members_[at].spun) continue;
        candidates[found++] = at;
    }
    return found == 0 ? -1 : candidates[draw() % found];
}

RACEKIT_UNSEEN void controller::hand_to(int next) {
    running_ = next;
    __atomic_store_n(&members_[next].go, 1, __ATOMIC_RELEASE);
    rouse(&members_[next].go);
}

RACEKIT_UNSEEN void controller::park(int self) {
    int* const go = &members_[self].go;
    while (__atomic_load_n(go, __ATOMIC_ACQUIRE) == 0) sleep_on(go, 0, 0);
    __atomic_store_n(go, 0, __ATOMIC_RELAXED);  // only its owner clears it; the next turn sets it
}

/// With the latch held: a thread that slept in the kernel and lost its turn asks for it again.
RACEKIT_UNSEEN void controller::come_back(int self) {
    if (members_[self].is != state::outside) return;
    members_[self].is = state::ready;
    if (running_ < 0 && how_ == ending::playing) {
        running_ = self;
        return;
    }
    unlatch();
    park(self);
    latch();
}

/// With the latch held, by a thread that cannot go on: gives the turn to another one, or tells that
/// there is none.
RACEKIT_UNSEEN void controller::pass_on() {
    for (;;) {
        if (how_ != ending::playing) return;
        int next = pick(-1, true);
        if (next < 0) next = pick(-1, false);
        if (next >= 0) {
            hand_to(next);
            return;
        }
        if (wake_the_earliest()) continue;
        for (int at = 0; at < count_; ++at) {
            if (members_[at].is == state::outside) {
                running_ = -1;  // it takes the turn when it comes back
                return;
            }
        }
        stop(ending::deadlock);
        return;
    }
}

/// With the latch held: nobody can run, but the earliest deadline will pass. Lets it.
RACEKIT_UNSEEN bool controller::wake_the_earliest() {
    int first = -1;
    for (int at = 0; at < count_; ++at) {
        if (members_[at].is != state::waiting || members_[at].limit == 0) continue;
        if (first < 0 || members_[at].limit < members_[first].limit) first = at;
    }
    if (first < 0) return false;
    std::int64_t const span = members_[first].limit - monotonic_now();
    if (span > 0) {
        int nobody = 0;
        __atomic_store_n(&idle_, 1, __ATOMIC_RELAXED);
        unlatch();
        sleep_on(&nobody, 0, span);
        latch();
        __atomic_store_n(&idle_, 0, __ATOMIC_RELAXED);
        // A thread from outside may have woken somebody meanwhile.
        if (members_[first].is != state::waiting) return true;
        if (members_[first].limit > monotonic_now()) return true;
    }
    members_[first].is = state::ready;
    members_[first].timed_out = true;
    return true;
}

/// With the latch held: those whose deadline has passed may go on.
RACEKIT_UNSEEN void controller::let_deadlines_pass() {
    std::int64_t const now = monotonic_now();
    for (int at = 0; at < count_; ++at) {
        member& each = members_[at];
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
    event* const row = note(what, lock, members_[self_number].where);
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
    member& self = members_[number];
    self.where = where;
    if (++points_ > most_points) stop(ending::livelock);
    int const next = how_ != ending::playing           ? -1
                     : draw() % restlessness_ != 0     ? number
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
    if (noted_ > 0 && members_[self_number].inside == 0 && row.thread == self_number &&
        row.object == object)
        row.value = value;
    unlatch();
}

RACEKIT_UNSEEN bool controller::wait(until what, void const* key, deadline limit, site where) {
    int const number = self_number;
    latch();
    come_back(number);
    member& self = members_[number];
    if (what == until::ended) {
        int const other = static_cast<int>(reinterpret_cast<std::uintptr_t>(key)) - 1;
        if (members_[other].is == state::finished) {
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
    member& self = members_[number];
    self.where = where;
    self.spun = true;
    ++points_;
    ++fruitless_;
    if (fruitless_ > most_fruitless || points_ > most_points) {
        copy_stack(self.stack, most_frames, __builtin_frame_address(0));
        stop(ending::livelock);
    }
    if (fruitless_ > still_brisk && how_ == ending::playing) {
        int nobody = 0;
        sleep_on(&nobody, 0, 1'000'000);
        let_deadlines_pass();
    }
    int next = how_ == ending::playing ? pick(number, true) : -1;
    if (next < 0 && how_ == ending::playing) next = pick(number, false);
    if (next < 0 && how_ == ending::playing) {
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
            member const& each = members_[at];
            if (each.is == state::waiting && each.what == until::woken && each.key == key)
                sleepers[found++] = at;
        }
        if (found == 0) break;
        members_[sleepers[draw() % found]].is = state::ready;
        ++woken;
    }
    if (woken > 0) fruitless_ = 0;
    if (running_ < 0 && how_ == ending::playing && arrived_ == cast_ && woken > 0) pass_on();
    unlatch();
    return woken;
}

RACEKIT_UNSEEN void controller::changed(void const* key) {
    latch();
    fruitless_ = 0;
    bool woken = false;
    for (int at = 0; at < count_; ++at) {
        member& each = members_[at];
        each.spun = false;
        if (each.is == state::waiting && each.what == until::changed && each.key == key) {
            each.is = state::ready;
            woken = true;
        }
    }
    if (running_ < 0 && how_ == ending::playing && arrived_ == cast_ && woken) pass_on();
    unlatch();
}

RACEKIT_UNSEEN void controller::wants(void const* lock) {
    latch();
    members_[self_number].lock = lock;
    ++members_[self_number].inside;
    unlatch();
}

RACEKIT_UNSEEN void controller::holds(void const* lock, bool taken) {
    latch();
    members_[self_number].lock = nullptr;
    --members_[self_number].inside;
    if (members_[self_number].inside == 0 && taken)
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
    if (members_[self_number].inside++ == 0)
        note_lock(operation::unlock, lock, __builtin_frame_address(0), false);
    unlatch();
}

RACEKIT_UNSEEN void controller::left(void const* lock) {
    latch();
    --members_[self_number].inside;
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
        constexpr char text[] = "racekit: a story under the controlled schedule started more than "
                                "24 threads of its own\n";
        (void)!::write(2, text, sizeof text - 1);
        ::_exit(70);
    }
    int const number = count_++;
    members_[number].is = state::ready;
    unlatch();
    return number;
}

RACEKIT_UNSEEN void controller::begin(int number) {
    self_number = number;
    latch();
    members_[number].id = ::syscall(SYS_gettid);
    members_[number].top = __builtin_frame_address(0);
    unlatch();
    take_on(this);
    park(number);
}

RACEKIT_UNSEEN void controller::end() {
    latch();
    void const* const key = thread_key(self_number);
    for (int at = 0; at < count_; ++at) {
        member& each = members_[at];
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
    if (self_number < 0) return;  // a thread that no schedule has taken on
    void const* const top = members_[self_number].top;
    void** at = static_cast<void**>(frame);
    for (int depth = 0; depth < most; ++depth) {
        to[depth] = at[1];
        void** const next = static_cast<void**>(at[0]);
        if (next <= at || next >= top) break;
        at = next;
    }
}

/// With the latch held, by the director.
RACEKIT_UNSEEN void controller::take_turn_from_sleeper() {
    members_[running_].is = state::outside;
    pass_on();
}

controller::ending controller::watch(std::chrono::nanoseconds patience) {
    struct glance {
        std::uint64_t points;
        int running;
        long id;
        bool idle;
        bool over;
    };
    auto const look = [this]() RACEKIT_UNSEEN {
        latch();
        glance const seen{points_, running_, running_ >= 0 ? members_[running_].id : 0,
                          __atomic_load_n(&idle_, __ATOMIC_RELAXED) != 0,
                          __atomic_load_n(&bell_, __ATOMIC_ACQUIRE) != 0};
        unlatch();
        return seen;
    };
    std::uint64_t seen_points = ~0ULL;
    int seen_running = -2;
    std::int64_t since = monotonic_now();
    for (;;) {
        sleep_on(&bell_, 0, tick);
        glance const now = look();
        if (now.over) return how_;
        if (now.points != seen_points || now.running != seen_running || now.idle) {
            seen_points = now.points;
            seen_running = now.running;
            since = monotonic_now();
            continue;
        }
        auto const stood = std::chrono::nanoseconds(monotonic_now() - since);
        if (stood > patience) {
            latch();
            stop(ending::hang);
            unlatch();
            return ending::hang;
        }
        if (now.running >= 0 && now.id != 0 && stood > std::chrono::nanoseconds(tick) &&
            kernel_state(now.id) == 'S' && !waits_on(now.id, symbolizer_)) {
            latch();
            if (running_ == now.running && how_ == ending::playing) take_turn_from_sleeper();
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

std::vector<controller::sojourn> controller::unfinished() const {
    std::vector<sojourn> all;
    for (int at = 0; at < count_; ++at) {
        member const& each = members_[at];
        if (each.is == state::finished || each.is == state::absent) continue;
        sojourn one;
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
