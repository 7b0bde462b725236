// SPDX-License-Identifier: MIT
// The specifications of semaphores, events and latches: one step for each operation.
#pragma once

#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/monitor.hpp>
#include <racekit/platform/waiting_errors.hpp>

#include <climits>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace racekit::specification {

class semaphore {
public:
    explicit semaphore(std::ptrdiff_t permits = 0, site where = site::here())
        : permits_(permits), inside_("semaphore", *this, where) {
        if (permits < 0 || permits > max()) throw bad_count("semaphore: negative or too many");
    }
    [[nodiscard]] static constexpr std::ptrdiff_t max() { return PTRDIFF_MAX >> 1; }

    void acquire(site where = site::here()) { (void)acquire_until(never, where, "acquire"); }
    [[nodiscard]] bool try_acquire(site where = site::here()) {
        bool taken = false;
        inside_.step("try_acquire", [&] { return taken = permits_ > 0 && take(); }, where);
        return taken;
    }
    template <class Clock, class Span>
    [[nodiscard]] bool try_acquire_until(std::chrono::time_point<Clock, Span> limit,
                                         site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) {
            return acquire_until(at, where, "try_acquire_until");
        });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool try_acquire_for(std::chrono::duration<Rep, Period> span,
                                       site where = site::here()) {
        return acquire_until(racekit::after(span), where, "try_acquire_for");
    }
    void release(std::ptrdiff_t count = 1, site where = site::here()) {
        if (count < 1) throw bad_count("semaphore: release of less than one");
        add(count, max(), where);
    }
    [[nodiscard]] std::string shown() const { return std::to_string(permits_); }

protected:
    void add(std::ptrdiff_t count, std::ptrdiff_t most, site const& where) {
        inside_.step("release", [&] {
            if (count > most - permits_)
                throw released_too_often("semaphore: released more often than it may be");
            permits_ += count;
            model::release(left_);
        }, where);
    }

private:
    bool take() {
        --permits_;
        model::acquire(left_);
        return true;
    }
    bool acquire_until(deadline limit, site const& where, char const* name) {
        return inside_.step_when(name, [this] { return permits_ > 0; }, [this] { return take(); },
                                 limit, where);
    }

    std::ptrdiff_t permits_;
    model::vector_clock left_;  // the clocks of the threads that released
    model::monitor inside_;
};

/// One that never has more permits than it began with.
class bounded_semaphore : public semaphore {
public:
    explicit bounded_semaphore(std::ptrdiff_t permits = 1, site where = site::here())
        : semaphore(permits, where), most_(permits) {}
    void release(site where = site::here()) { add(1, most_, where); }
    [[nodiscard]] std::ptrdiff_t most() const { return most_; }

private:
    std::ptrdiff_t most_;
};

/// Stays set until it is cleared. Waiting for one that is not set is two steps: to begin with, and
/// to see that it was set since.
class event {
public:
    explicit event(bool set = false, site where = site::here())
        : set_(set), inside_("event", *this, where) {}

    void set(site where = site::here()) {
        inside_.step("set", [this] {
            times_set_ += set_ ? 0 : 1;
            set_ = true;
            model::release(left_);
        }, where);
    }
    void clear(site where = site::here()) {
        inside_.step("clear", [this] {
            set_ = false;
            model::acquire(left_);
        }, where);
    }
    [[nodiscard]] bool is_set(site where = site::here()) {
        bool seen = false;
        inside_.look("is_set", [&] {
            seen = set_;
            if (set_) model::acquire(left_);
        }, where);
        return seen;
    }
    void wait(site where = site::here()) { (void)wait_until(never, where); }
    template <class Clock, class Span>
    [[nodiscard]] bool wait_until(std::chrono::time_point<Clock, Span> limit,
                                  site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) { return waits(at, where); });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span,
                                site where = site::here()) {
        return wait_until(racekit::after(span), where);
    }
    [[nodiscard]] std::string shown() const { return set_ ? "set" : "clear"; }

private:
    bool waits(deadline limit, site const& where) {
        if (is_set(where)) return true;
        // Nothing comes between the look and this: no visible operation does.
        unsigned const before = times_set_;
        return inside_.step_when(
            "wait", [this, before] { return set_ || times_set_ != before; },
            [this] { model::acquire(left_); }, limit, where);
    }
    bool set_;
    unsigned times_set_ = 0;
    model::vector_clock left_;
    model::monitor inside_;
};

/// A wait() that ends clears it: one waiter for each time that it was set while clear.
class auto_reset_event {
public:
    explicit auto_reset_event(bool set = false, site where = site::here())
        : set_(set), inside_("auto_reset_event", *this, where) {}

    void set(site where = site::here()) {
        inside_.step("set", [this] {
            set_ = true;
            model::release(left_);
        }, where);
    }
    void clear(site where = site::here()) {
        inside_.step("clear", [this] { return take(); }, where);
    }
    [[nodiscard]] bool try_wait(site where = site::here()) {
        bool taken = false;
        inside_.step("try_wait", [&] { return taken = take(); }, where);
        return taken;
    }
    void wait(site where = site::here()) { (void)wait_until(never, where); }
    template <class Clock, class Span>
    [[nodiscard]] bool wait_until(std::chrono::time_point<Clock, Span> limit,
                                  site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) { return waits(at, where); });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span,
                                site where = site::here()) {
        return wait_until(racekit::after(span), where);
    }
    [[nodiscard]] std::string shown() const { return set_ ? "set" : "clear"; }

private:
    bool waits(deadline limit, site const& where) {
        return inside_.step_when("wait", [this] { return set_; }, [this] { return take(); }, limit,
                                 where);
    }
    bool take() {
        if (set_) model::acquire(left_);
        return std::exchange(set_, false);
    }

    bool set_;
    model::vector_clock left_;
    model::monitor inside_;
};

class latch {
public:
    explicit latch(std::ptrdiff_t count, site where = site::here())
        : count_(count), inside_("latch", *this, where) {
        if (count < 0 || count > max()) throw bad_count("latch: negative or too large");
    }
    [[nodiscard]] static constexpr std::ptrdiff_t max() { return INT32_MAX; }

    void count_down(std::ptrdiff_t by = 1, site where = site::here()) {
        if (by < 0) throw bad_count("latch: count_down of less than nothing");
        auto const count = [&] {
            if (by > count_) throw counted_too_far("latch: counted down below zero");
            count_ -= by;
            model::release(left_);
        };
        if (by != 1) return inside_.step("count_down", count, where);
        inside_.arrive(
            "count_down", [] { return true; }, count, [] { return 1U; },
            [this] { return count_ >= 2; }, where);
    }
    [[nodiscard]] bool try_wait(site where = site::here()) {
        bool over = false;
        inside_.look("try_wait", [&] {
            over = count_ == 0;
            if (over) model::acquire(left_);
            return over;
        }, where);
        return over;
    }
    void wait(site where = site::here()) {
        inside_.pass(
            "wait", [this] { return count_ == 0; }, [this] { model::acquire(left_); }, 1, where);
    }
    template <class Clock, class Span>
    [[nodiscard]] bool wait_until(std::chrono::time_point<Clock, Span> limit,
                                  site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) { return waits(at, where); });
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span,
                                site where = site::here()) {
        return wait_until(racekit::after(span), where);
    }
    void arrive_and_wait(std::ptrdiff_t by = 1, site where = site::here()) {
        count_down(by, where);
        wait(where);
    }
    [[nodiscard]] std::string shown() const { return std::to_string(count_); }

private:
    bool waits(deadline limit, site const& where) {
        return inside_.step_when("wait", [this] { return count_ == 0; },
                                 [this] { model::acquire(left_); }, limit, where);
    }
    std::ptrdiff_t count_;
    model::vector_clock left_;
    model::monitor inside_;
};

}  // namespace racekit::specification
