// SPDX-License-Identifier: MIT
// condition_forms: the waits of a condition variable that callers see, for the implementation and
// the specification alike.
//
// A condition variable derives from condition_forms<itself>, makes it a friend and has
//     template <class Lock> bool wait_once(Lock&, deadline, site);  // false: the deadline passed
// and, if it can wait with a stop token, wait_unless() and interrupt() as in
// condition_variable.hpp.
//
// The flavour's clock.hpp comes first.
#pragma once

#include <racekit/platform/cv_status.hpp>
#include <racekit/platform/site.hpp>
#include <racekit/platform/time_limit.hpp>

#include <concepts>
#include <utility>

namespace racekit {

/// Steps that mutation may leave out of the waits with a predicate.
struct condition_steps {
    static constexpr bool recheck = true;   // after a wake-up, which may be spurious
    static constexpr bool ask_last = true;  // after the deadline: it may hold by now
};

template <class Condition, class steps = condition_steps>
class condition_forms {
public:
    condition_forms(condition_forms const&) = delete;
    condition_forms& operator=(condition_forms const&) = delete;

    /// Releases `held`, sleeps until a notification or spuriously, takes `held` again. If `held`
    /// cannot be released, its error is thrown and nothing has changed.
    template <class Lock>
    void wait(Lock& held, site where = site::here()) {
        (void)self().wait_once(held, never, where);
    }

    /// Waits until `done()`, which is called only while `held` is taken.
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    void wait(Lock& held, Predicate done, site where = site::here()) {
        (void)wait_for_predicate(held, never, done, where);
    }

    /// As wait(), unless `limit`, of any clock, passes first.
    template <class Lock, class Clock, class Span>
    cv_status wait_until(Lock& held, std::chrono::time_point<Clock, Span> limit,
                         site where = site::here()) {
        return status(wait_on_clock(
            limit, [&](deadline at) { return self().wait_once(held, at, where); }));
    }

    /// Waits until `done()` or `limit`; returns the last result of `done()`.
    template <class Lock, class Clock, class Span, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_until(Lock& held, std::chrono::time_point<Clock, Span> limit, Predicate done,
                    site where = site::here()) {
        return wait_on_clock(
            limit, [&](deadline at) { return wait_for_predicate(held, at, done, where); });
    }

    /// As wait_until(now + `span`); a negative span is a limit that has passed.
    template <class Lock, class Rep, class Period>
    cv_status wait_for(Lock& held, std::chrono::duration<Rep, Period> span,
                       site where = site::here()) {
        return status(self().wait_once(held, racekit::after(span), where));
    }
    template <class Lock, class Rep, class Period, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_for(Lock& held, std::chrono::duration<Rep, Period> span, Predicate done,
                  site where = site::here()) {
        return wait_for_predicate(held, racekit::after(span), done, where);
    }

    /// Waits until `done()` or a stop is requested; returns the last result of `done()`.
    template <class Lock, class Predicate>
        requires std::predicate<Predicate&>
    bool wait(Lock& held, std::stop_token stop, Predicate done, site where = site::here()) {
        return wait_for_stop(held, std::move(stop), never, done, where);
    }
    /// The same, unless `limit` passes first.
    template <class Lock, class Clock, class Span, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_until(Lock& held, std::stop_token stop, std::chrono::time_point<Clock, Span> limit,
                    Predicate done, site where = site::here()) {
        return wait_on_clock(limit, [&](deadline at) {
            return wait_for_stop(held, stop, at, done, where) || stop.stop_requested();
        }) && done();
    }
    template <class Lock, class Rep, class Period, class Predicate>
        requires std::predicate<Predicate&>
    bool wait_for(Lock& held, std::stop_token stop, std::chrono::duration<Rep, Period> span,
                  Predicate done, site where = site::here()) {
        return wait_for_stop(held, std::move(stop), racekit::after(span), done, where);
    }

protected:
    constexpr condition_forms() = default;
    ~condition_forms() = default;

private:
    Condition& self() { return static_cast<Condition&>(*this); }

    static cv_status status(bool in_time) {
        return in_time ? cv_status::no_timeout : cv_status::timeout;
    }

    template <class Lock, class Predicate>
    bool wait_for_predicate(Lock& held, deadline limit, Predicate& done, site where) {
        while (!done()) {
            if (!self().wait_once(held, limit, where)) return steps::ask_last && done();
            if constexpr (!steps::recheck) return true;
        }
        return true;
    }

    template <class Lock, class Predicate>
    bool wait_for_stop(Lock& held, std::stop_token stop, deadline limit, Predicate& done,
                       site where) {
        if constexpr (requires { self().interrupt(); }) {
            std::stop_callback const interrupts(stop, [this] { self().interrupt(); });
            auto const stopped = [&stop] { return stop.stop_requested(); };
            while (!stopped()) {
                if (done()) return true;
                if (!self().wait_unless(held, limit, stopped, where)) break;
            }
            return done();
        } else {
            static_assert(requires { self().interrupt(); },
                          "the model does not see std::stop_token: wait for a flag that the lock "
                          "guards, and notify_all() after setting it");
        }
    }
};

}  // namespace racekit
