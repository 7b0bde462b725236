// SPDX-License-Identifier: MIT
// The specification of a queue that waits and closes: one step for each operation.
//
// An element is moved within the step, and once each way: a constructor or an assignment of it that
// makes a visible operation has no place there. One that throws ends the step without effect: what
// was to be put was not, what was to be got is still the next. Of the orders, only those that the
// implementations promise: a get() comes after the put() of its own element and of no other.
#pragma once

#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/monitor.hpp>
#include <racekit/platform/queue_state.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace racekit::specification {

/// `next::among(count, at)` says which of so many elements, at(0) the oldest, comes next.
template <class T, class next>
class queue {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "an element is a movable object");
    static_assert(std::is_move_constructible_v<T>, "an element must be movable");
    static_assert(std::is_nothrow_destructible_v<T>, "an element's destructor must not throw");

public:
    using value_type = T;

    explicit queue(std::size_t capacity, site where = site::here())
        : capacity_(checked(capacity)), inside_("queue", *this, where) {}
    explicit queue(unbounded_t, site where = site::here())
        : capacity_(most), inside_("queue", *this, where) {}

    queue_state put(T&& element, site where = site::here()) {
        return put_when(element, "put", never, where);
    }
    queue_state put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put(T(element), where);
    }
    queue_state try_put(T&& element, site where = site::here()) {
        queue_state how = queue_state::full;
        inside_.step("try_put", [&] {
            if (may_put()) how = put_now(element);
            return how == queue_state::done;
        }, where);
        return how;
    }
    queue_state try_put(T const& element, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return try_put(T(element), where);
    }
    queue_state put_until(T&& element, deadline limit, site where = site::here()) {
        return put_when(element, "put_until", limit, where);
    }
    queue_state put_until(T const& element, deadline limit, site where = site::here())
        requires std::is_copy_constructible_v<T>
    {
        return put_until(T(element), limit, where);
    }

    queue_state get(T& into, site where = site::here()) {
        return get_when(into, "get", never, where);
    }
    queue_state try_get(T& into, site where = site::here()) {
        queue_state how = queue_state::empty;
        inside_.step("try_get", [&] {
            if (may_get()) how = get_now(into);
            return how == queue_state::done;
        }, where);
        return how;
    }
    queue_state get_until(T& into, deadline limit, site where = site::here()) {
        return get_when(into, "get_until", limit, where);
    }

    void close(site where = site::here()) {
        inside_.step("close", [this] {
            closed_ = true;
            model::release(closing_);
        }, where);
    }

    void task_done(site where = site::here()) {
        inside_.step("task_done", [this] {
            if (unfinished_ == 0) throw task_done_too_often();
            --unfinished_;
            model::release(finishing_);
        }, where);
    }
    void join(site where = site::here()) { (void)join_until(never, where); }
    [[nodiscard]] bool join_until(deadline limit, site where = site::here()) {
        return inside_.step_when("join", [this] { return unfinished_ == 0; },
                                 [this] { model::acquire(finishing_); }, limit, where);
    }
    template <class Rep, class Period>
    [[nodiscard]] bool join_for(std::chrono::duration<Rep, Period> span,
                                site where = site::here()) {
        return join_until(racekit::after(span), where);
    }

    [[nodiscard]] std::size_t size(site where = site::here()) const {
        std::size_t seen = 0;
        inside_.look("size", [&] { seen = elements_.size(); }, where);
        return seen;
    }
    [[nodiscard]] bool empty(site where = site::here()) const { return size(where) == 0; }
    [[nodiscard]] bool is_closed(site where = site::here()) const {
        bool seen = false;
        inside_.look("is_closed", [&] {
            seen = closed_;
            if (seen) model::acquire(closing_);
        }, where);
        return seen;
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    [[nodiscard]] std::string shown() const {
        std::string text = std::to_string(elements_.size());
        if (capacity_ != most) text += " of " + std::to_string(capacity_);
        return text + (closed_ ? ", closed" : "");
    }

private:
    static constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

    struct entry {
        explicit entry(T&& element) : value(std::move(element)) { model::release(left); }
        T value;
        model::vector_clock left;  // the clock of its put()
    };

    static std::size_t checked(std::size_t capacity) {
        if (capacity == 0) throw std::invalid_argument("racekit: a queue of capacity 0");
        if (capacity > most / sizeof(T) / 4)
            throw std::invalid_argument("racekit: a queue's capacity is too large");
        return capacity;
    }

    [[nodiscard]] bool may_put() const { return closed_ || elements_.size() != capacity_; }
    [[nodiscard]] bool may_get() const { return closed_ || !elements_.empty(); }

    queue_state found_closed() {
        model::acquire(closing_);
        return queue_state::closed;
    }
    queue_state put_now(T& element) {
        if (closed_) return found_closed();
        elements_.reserve(elements_.size() + 1);
        elements_.push_back(std::make_unique<entry>(std::move(element)));
        ++unfinished_;
        return queue_state::done;
    }
    queue_state get_now(T& into) {
        if (elements_.empty()) return found_closed();
        std::size_t const at = next::among(
            elements_.size(), [this](std::size_t of) -> T const& { return elements_[of]->value; });
        into = std::move(elements_[at]->value);
        model::acquire(elements_[at]->left);
        elements_.erase(elements_.begin() + static_cast<std::ptrdiff_t>(at));
        return queue_state::done;
    }

    queue_state put_when(T& element, char const* name, deadline limit, site const& where) {
        queue_state how = queue_state::timed_out;
        (void)inside_.step_when(name, [this] { return may_put(); }, [&] {
            how = put_now(element);
            return how == queue_state::done;
        }, limit, where);
        return how;
    }
    queue_state get_when(T& into, char const* name, deadline limit, site const& where) {
        queue_state how = queue_state::timed_out;
        (void)inside_.step_when(name, [this] { return may_get(); }, [&] {
            how = get_now(into);
            return how == queue_state::done;
        }, limit, where);
        return how;
    }

    std::size_t const capacity_;
    std::vector<std::unique_ptr<entry>> elements_;  // the oldest first
    std::size_t unfinished_ = 0;
    bool closed_ = false;
    model::vector_clock closing_;    // the clocks of the threads that closed it
    model::vector_clock finishing_;  // the clocks of the threads that called task_done()
    model::monitor mutable inside_;
};

}  // namespace racekit::specification
