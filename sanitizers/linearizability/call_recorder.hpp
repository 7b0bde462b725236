// SPDX-License-Identifier: MIT
// The memory of an object under test, and a recorder of one thread's calls on it.
#pragma once

#include "timed_history.hpp"

#include <racekit/fifo_monitor.hpp>

#include <atomic>
#include <memory>
#include <new>
#include <vector>

namespace racekit::linearity {

/// The memory of an object that is constructed and destroyed again and again.
class object_memory {
public:
    explicit object_memory(subject& whose)
        : what(whose),
          place_(::operator new(whose.size(), std::align_val_t(whose.alignment()))) {}
    ~object_memory() { ::operator delete(place_, std::align_val_t(what.alignment())); }
    object_memory(object_memory const&) = delete;
    object_memory& operator=(object_memory const&) = delete;

    void make() { what.make(place_); }
    void destroy() { what.destroy(place_); }
    [[nodiscard]] void* get() const { return place_; }

    subject& what;

private:
    void* place_;
};

/// Records the calls of one thread, at most `most`. Another thread may read the calls recorded so
/// far.
class alignas(64) call_recorder {
public:
    explicit call_recorder(std::size_t most) : calls_(most) {}
    call_recorder(call_recorder&& other) noexcept : calls_(std::move(other.calls_)) {}

    void clear() {
        begun_.store(0, std::memory_order_relaxed);  // no thread runs yet
        returned_.store(0, std::memory_order_relaxed);
    }

    /// Calls the operation and records it. Returns whether the call was refused.
    bool call(object_memory& on, unsigned operation) {
        // Relaxed: only this thread writes it.
        std::size_t const number = begun_.load(std::memory_order_relaxed);
        recorded_call& one = calls_[number];
        one.operation = operation;
        one.result = nullptr;
        result_copier copier(on.what, one);
        one.invoked = stamp();
        begun_.store(number + 1, std::memory_order_release);  // -> append_to: operation, invoked
        on.what.call(on.get(), operation, copier);
        one.responded = stamp();
        returned_.store(number + 1, std::memory_order_release);  // -> append_to: result, responded
        return copier.was_refused;
    }

    [[nodiscard]] std::size_t returned() const {
        return returned_.load(std::memory_order_acquire);
    }

    /// Appends the recorded calls. A call without a return is valid only if all threads are
    /// blocked.
    void append_to(timed_history& into, subject& what, int thread) const {
        std::size_t const begun = begun_.load(std::memory_order_acquire);
        std::size_t const over = returned();
        for (std::size_t number = 0; number < begun; ++number) {
            recorded_call const& one = calls_[number];
            timed_call timed{thread, one.operation, any_result, one.invoked, no_return};
            if (number < over) {
                timed.result = what.numbered(one.operation, one.result.get());
                timed.responded = one.responded;
            }
            into.push_back(timed);
        }
    }

private:
    struct recorded_call {
        unsigned operation = 0;
        std::shared_ptr<void const> result;
        std::uint64_t invoked = 0;
        std::uint64_t responded = 0;
    };
    /// Only copies the result: numbering it here would synchronise the threads.
    struct result_copier final : result_sink {
        result_copier(subject const& whole, recorded_call& call) : what(whole), one(call) {}
        void store(void const* result, bool refused) override {
            one.result = what.copied(one.operation, result);
            was_refused = refused;
        }
        subject const& what;
        recorded_call& one;
        bool was_refused = false;
    };

    std::vector<recorded_call> calls_;
    std::atomic<std::size_t> begun_{0};
    std::atomic<std::size_t> returned_{0};
};

}  // namespace racekit::linearity
