// SPDX-License-Identifier: MIT
// How many different executions a search has seen: where sampling only repeats itself, that shows.
#pragma once

#include "model/core/strategy.hpp"

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

/// Hands everything on to another strategy, and gathers a hash of what happened: by step who did
/// what to which object and how old a store it read, and every other decision.
class counted final : public strategy {
public:
    counted(strategy& inner, distinct_set& seen) : inner_(inner), seen_(seen) {}

    void begin() override {
        hash_ = 0;
        inner_.begin();
    }
    int choose_thread(situation const& now) override {
        int const chosen = inner_.choose_thread(now);
        if (chosen == abandon) return chosen;
        operation const& next = now.next[chosen];
        mix(static_cast<std::uint64_t>(chosen) << 40 | static_cast<std::uint64_t>(next.what) << 32 |
            next.object);
        return chosen;
    }
    unsigned choose(decision about, unsigned count, int thread) override {
        unsigned const chosen = inner_.choose(about, count, thread);
        mix(std::uint64_t(1) << 48 | static_cast<std::uint64_t>(about) << 8 | chosen);
        return chosen;
    }
    unsigned choose_store(unsigned count, std::uint32_t const* ages, int thread) override {
        unsigned const chosen = inner_.choose_store(count, ages, thread);
        if (count > 1) mix(std::uint64_t(1) << 49 | chosen);
        return chosen;
    }
    void executed(int thread, operation const& done) override { inner_.executed(thread, done); }
    bool end(bool abandoned) override {
        if (!abandoned) seen_.add(hash_);
        return inner_.end(abandoned);
    }

private:
    void mix(std::uint64_t value) {
        hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15U;
        hash_ ^= hash_ >> 29;
    }

    strategy& inner_;
    distinct_set& seen_;
    std::uint64_t hash_ = 0;
};

}  // namespace racekit::model
