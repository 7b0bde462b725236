// SPDX-License-Identifier: MIT
#include "distinct.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>

namespace racekit::model {

struct distinct_set::table {
    std::atomic<std::uint64_t> count;
    std::atomic<std::uint64_t> hashes[1];  // capacity_ of them
};

distinct_set::distinct_set(std::size_t capacity) : capacity_(capacity) {
    std::size_t const bytes = sizeof(table) + capacity_ * sizeof(std::uint64_t);
    void* const place =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(),
                                "no memory to count distinct executions");
    shared_ = static_cast<table*>(place);
}

distinct_set::~distinct_set() {
    ::munmap(shared_, sizeof(table) + capacity_ * sizeof(std::uint64_t));
}

// Atomics are relaxed throughout: each hash stands for itself.
void distinct_set::add(std::uint64_t hash) {
    if (hash == 0) hash = 1;  // zero is an empty place
    for (std::size_t at = hash;; ++at) {
        std::atomic<std::uint64_t>& place = shared_->hashes[at & (capacity_ - 1)];
        std::uint64_t there = place.load(std::memory_order_relaxed);
        if (there == hash) return;
        if (there != 0) continue;
        if (full()) return;
        if (place.compare_exchange_strong(there, hash, std::memory_order_relaxed)) {
            shared_->count.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        if (there == hash) return;
    }
}

std::uint64_t distinct_set::count() const { return shared_->count.load(std::memory_order_relaxed); }

bool distinct_set::full() const { return count() >= capacity_ / 4 * 3; }

}  // namespace racekit::model
