// SPDX-License-Identifier: MIT
#include "failed_checks.hpp"

#include <racekit/check.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sys/mman.h>

namespace racekit {
namespace failed_checks {
namespace {

/// Fixed sizes and no pointers to the heap: processes that may be killed at any time write to it.
struct board {
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> resets{0};
    std::atomic<std::uint64_t> in_instance[most_instances]{};
    std::atomic<bool> unjudged[most_instances]{};
    std::atomic<int> first_taken{0};  // 0 free, 1 being written, 2 whole
    char condition[256];
    char detail[256];
    char file[256];
    int line;
};

board* shared = nullptr;
thread_local int current_instance = 0;

void copy(char (&to)[256], std::string_view from) {
    std::size_t const length = std::min(from.size(), sizeof to - 1);
    std::memcpy(to, from.data(), length);
    to[length] = '\0';
}

}  // namespace

void open_board() {
    if (shared != nullptr) return;
    void* const memory = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    shared = ::new (memory) board;
}

std::uint64_t failures() { return shared->failures.load(std::memory_order_acquire); }

void enter(int instance) { current_instance = instance; }

std::uint64_t failures_in(int instance) {
    return shared->in_instance[instance].load(std::memory_order_acquire);
}

/// Relaxed: another thread's failure may come before it or after it.
void stop_judging() { shared->unjudged[current_instance].store(true, std::memory_order_relaxed); }

bool is_judged(int instance) { return !shared->unjudged[instance].load(std::memory_order_relaxed); }

failure first() {
    if (shared->first_taken.load(std::memory_order_acquire) != 2) return {};
    return {shared->condition, shared->detail, shared->file, shared->line};
}

void reset() {
    // Relaxed: no test instance runs now.
    for (auto& each : shared->in_instance) each.store(0, std::memory_order_relaxed);
    for (auto& each : shared->unjudged) each.store(false, std::memory_order_relaxed);
    shared->first_taken.store(0, std::memory_order_release);
    shared->resets.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t resets() { return shared->resets.load(std::memory_order_relaxed); }

}  // namespace failed_checks

void check_failed(char const* condition, std::string_view detail, site where) {
    failed_checks::board& board = *failed_checks::shared;
    if (!failed_checks::is_judged(failed_checks::current_instance)) return;
    int expected = 0;
    if (board.first_taken.compare_exchange_strong(expected, 1, std::memory_order_acquire)) {
        failed_checks::copy(board.condition, condition);
        failed_checks::copy(board.detail, detail);
        failed_checks::copy(board.file, where.file);
        board.line = where.line;
        board.first_taken.store(2, std::memory_order_release);
    }
    // Release: publishes the text above to every thread that reads either count.
    board.in_instance[failed_checks::current_instance].fetch_add(1, std::memory_order_release);
    board.failures.fetch_add(1, std::memory_order_release);
}

}  // namespace racekit
