// SPDX-License-Identifier: MIT
// How many different executions a search has seen: a search that only repeats itself shows it.
#pragma once

#include "forwarding.hpp"
#include "core/splitmix.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace racekit::model {

/// A set of 64-bit hashes in memory that forked workers share and that does not grow: when it is
/// full, the count is a lower bound.
class distinct_set {
public:
    explicit distinct_set(std::size_t capacity = std::size_t(1) << 22);  ///< a power of two
    ~distinct_set();
    distinct_set(distinct_set const&) = delete;
    distinct_set& operator=(distinct_set const&) = delete;

    void add(std::uint64_t hash);
    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] bool full() const;

private:
    struct table;

    std::size_t capacity_;
    table* shared_ = nullptr;
};

/// Computes a hash of each execution of another strategy: of every step the thread, the operation,
/// the object and how old a store it read, and every other decision.
class counted final : public forwarding {
public:
    counted(strategy& inner, distinct_set& seen) : forwarding(inner), seen_(seen) {}

    void begin() override {
        hash_ = 0;
        forwarding::begin();
    }
    int predicted(operation const* next_by_thread) override {
        return noted(forwarding::predicted(next_by_thread), next_by_thread);
    }
    int choose_thread(situation const& now) override {
        return noted(forwarding::choose_thread(now), now.next);
    }
    unsigned choose(decision about, unsigned count, int thread) override {
        unsigned const chosen = forwarding::choose(about, count, thread);
        mix(std::uint64_t(1) << 48 | static_cast<std::uint64_t>(about) << 8 | chosen);
        return chosen;
    }
    unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) override {
        unsigned const chosen = forwarding::choose_store(count, ages, thread);
        if (count > 1) mix(std::uint64_t(1) << 49 | chosen);
        return chosen;
    }
    bool end(bool abandoned) override {
        if (!abandoned) seen_.add(hash_);
        return forwarding::end(abandoned);
    }

private:
    int noted(int thread, operation const* next_by_thread) {
        if (thread < 0) return thread;  // abandon or unknown
        operation const& next = next_by_thread[thread];
        mix(static_cast<std::uint64_t>(thread) << 40 | static_cast<std::uint64_t>(next.what) << 32 |
            next.object);
        return thread;
    }
    void mix(std::uint64_t value) {
        hash_ = (hash_ ^ value) * golden_gamma;
        hash_ ^= hash_ >> 29;
    }

    distinct_set& seen_;
    std::uint64_t hash_ = 0;
};

}  // namespace racekit::model
