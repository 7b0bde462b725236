// SPDX-License-Identifier: MIT
// An object under test in its place, and what one thread called on it.
#pragma once

#include "timed_history.hpp"

#include <racekit/fifo_monitor.hpp>

#include <atomic>
#include <memory>
#include <new>
#include <vector>

namespace racekit::linearity {

/// The memory of an object that is made and destroyed again and again.
class placed_object {
public:
    explicit placed_object(subject& whose)
        : what(whose),
          place_(::operator new(whose.size(), std::align_val_t(whose.alignment()))) {}
    ~placed_object() { ::operator delete(place_, std::align_val_t(what.alignment())); }
    placed_object(placed_object const&) = delete;
    placed_object& operator=(placed_object const&) = delete;

    void make() { what.make(place_); }
    void destroy() { what.destroy(place_); }
    [[nodiscard]] void* get() const { return place_; }

    subject& what;

private:
    void* place_;
};

/// The calls of one thread, at most so many. Another thread may read what has been told so far.
class alignas(64) recording {
public:
    explicit recording(std::size_t most) : calls_(most) {}
    recording(recording&& other) noexcept : calls_(std::move(other.calls_)) {}

    void clear() {
        begun_.store(0, std::memory_order_relaxed);  // no thread is there yet
        returned_.store(0, std::memory_order_relaxed);
    }

    /// Does it and writes it down; says whether it was refused.
    bool call(placed_object& on, unsigned operation) {
        std::size_t const number = begun_.load(std::memory_order_relaxed);  // only we write it
        noted& one = calls_[number];
        one.operation = operation;
        one.result = nullptr;
        keeper taking_over(on.what, one);
        one.invoked = stamp();
        begun_.store(number + 1, std::memory_order_release);  // -> tell: what is called, and when
        on.what.call(on.get(), operation, taking_over);
        one.responded = stamp();
        returned_.store(number + 1, std::memory_order_release);  // -> tell: what it returned
        return taking_over.was_refused;
    }

    [[nodiscard]] std::size_t returned() const {
        return returned_.load(std::memory_order_acquire);
    }

    /// Adds its calls; one that has not returned only if nobody can get on.
    void tell(subject& what, int thread, timed_history& into) const {
        std::size_t const begun = begun_.load(std::memory_order_acquire);
        std::size_t const over = returned();
        for (std::size_t number = 0; number < begun; ++number) {
            noted const& one = calls_[number];
            timed_call told{thread, one.operation, any_result, one.invoked, no_return};
            if (number < over) {
                told.result = what.numbered(one.operation, one.result.get());
                told.responded = one.responded;
            }
            into.push_back(told);
        }
    }

private:
    struct noted {
        unsigned operation = 0;
        std::shared_ptr<void const> result;
        std::uint64_t invoked = 0;
        std::uint64_t responded = 0;
    };
    /// Copies only: numbering would make the threads wait for each other.
    struct keeper final : result_keeper {
        keeper(subject const& whole, noted& call) : what(whole), one(call) {}
        void keep(void const* result, bool refused) override {
            one.result = what.copied(one.operation, result);
            was_refused = refused;
        }
        subject const& what;
        noted& one;
        bool was_refused = false;
    };

    std::vector<noted> calls_;
    std::atomic<std::size_t> begun_{0};
    std::atomic<std::size_t> returned_{0};
};

}  // namespace racekit::linearity
