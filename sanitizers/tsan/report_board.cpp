// SPDX-License-Identifier: MIT
#include "report_board.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <new>
#include <sanitizer/tsan_interface.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace racekit::tsan {
namespace {

struct board {
    std::uint64_t seen;
    std::uint64_t taken;  ///< places given out since the last clear
    int whole[most_reports];
    report_copy kept[most_reports];
};

board before_it_was_opened;
board* current_board = &before_it_was_opened;

RACEKIT_UNSEEN void copy_text(char* to, int size, char const* from) {
    int at = 0;
    for (; from != nullptr && from[at] != '\0' && at < size - 1; ++at) to[at] = from[at];
    to[at] = '\0';
}

RACEKIT_UNSEEN void name_thread(void* report, int threads, stack_copy& of) {
    copy_text(of.thread_name, sizeof of.thread_name, nullptr);
    for (int at = 0; at < threads; ++at) {
        int number = 0, running = 0, parent = 0;
        std::uint64_t system_id = 0;
        char const* name = nullptr;
        void* created_at[1] = {};
        __tsan_get_report_thread(report, static_cast<unsigned long>(at), &number, &system_id,
                                 &running, &name, &parent, created_at, 1);
        if (number == of.thread) copy_text(of.thread_name, sizeof of.thread_name, name);
    }
}

RACEKIT_UNSEEN void copy_report(void* report, report_copy& to) {
    char const* kind = "";
    int duplicates = 0, stacks = 0, accesses = 0, places = 0, mutexes = 0, threads = 0, ids = 0;
    void* asleep[1] = {};
    __tsan_get_report_data(report, &kind, &duplicates, &stacks, &accesses, &places, &mutexes,
                           &threads, &ids, asleep, 1);
    copy_text(to.kind, sizeof to.kind, kind);
    to.process = static_cast<int>(::syscall(SYS_getpid));
    to.stacks = 0;
    for (int at = 0; at < accesses && to.stacks < most_stacks; ++at) {
        stack_copy& one = to.stack[to.stacks++];
        int size = 0, write = 0, atomic = 0;
        for (int depth = 0; depth < deepest; ++depth) one.frames[depth] = nullptr;
        __tsan_get_report_mop(report, static_cast<unsigned long>(at), &one.thread, &one.address,
                              &size, &write, &atomic, one.frames, deepest);
        one.access = write != 0 ? 'w' : 'r';
        bool const whole = size == sizeof(void*) &&
                           reinterpret_cast<std::uintptr_t>(one.address) % sizeof(void*) == 0;
        one.content = whole ? *static_cast<void**>(one.address) : nullptr;
        one.atomic = atomic != 0;
        name_thread(report, threads, one);
    }
    for (int at = 0; at < stacks && to.stacks < most_stacks; ++at) {
        stack_copy& one = to.stack[to.stacks++];
        for (int depth = 0; depth < deepest; ++depth) one.frames[depth] = nullptr;
        __tsan_get_report_stack(report, static_cast<unsigned long>(at), one.frames, deepest);
        one.access = ' ';
        one.atomic = false;
        one.address = one.content = nullptr;
        one.thread = -1;
        copy_text(one.thread_name, sizeof one.thread_name, nullptr);
    }
}

RACEKIT_UNSEEN void hook(void* report) {
    board& on = *current_board;
    // Relaxed: each place is taken once; the release below publishes its content.
    std::uint64_t const place = __atomic_fetch_add(&on.taken, 1, __ATOMIC_RELAXED);
    if (place < most_reports) {
        copy_report(report, on.kept[place]);
        __atomic_store_n(&on.whole[place], 1, __ATOMIC_RELEASE);
    }
    __atomic_fetch_add(&on.seen, 1, __ATOMIC_RELEASE);
}

RACEKIT_UNSEEN bool is_whole(int place) {
    return __atomic_load_n(&current_board->whole[place], __ATOMIC_ACQUIRE) != 0;
}

}  // namespace

void open_report_board() {
    if (current_board != &before_it_was_opened) return;
    void* const memory = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    auto* const fresh = ::new (memory) board{};
    fresh->seen = before_it_was_opened.seen;
    current_board = fresh;
}

RACEKIT_UNSEEN std::uint64_t reports_seen() {
    return __atomic_load_n(&current_board->seen, __ATOMIC_ACQUIRE);
}

std::vector<report_copy> kept_reports() {
    std::vector<report_copy> all;
    for (int place = 0; place < most_reports && is_whole(place); ++place)
        all.push_back(current_board->kept[place]);
    return all;
}

RACEKIT_UNSEEN void clear_reports() {
    for (int place = 0; place < most_reports; ++place)
        __atomic_store_n(&current_board->whole[place], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&current_board->taken, 0, __ATOMIC_RELEASE);
}

}  // namespace racekit::tsan

/// TSan calls it with every report that it does not suppress. It overrides a weak symbol of the
/// TSan runtime. That needs an object file: the linker would ignore it in a static library.
extern "C" RACEKIT_UNSEEN void __tsan_on_report(void* report) { racekit::tsan::hook(report); }
