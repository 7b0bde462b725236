// SPDX-License-Identifier: MIT
// One object of each kind except queues and locks: semaphore, event, barrier, map, value; right,
// and wrong in one line. And the check of each, for whatever flavour.
#pragma once

#include "barrier.hpp"
#include "specifications.hpp"

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>
#include <racekit/shared/copied_value.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace racekit::kinds {

enum class made { right, wrong };

/// Wrong: wakes a waiter only if there was no permit, though several may wait by then.
template <made how>
class counting {
public:
    explicit counting(int permits) : permits_(permits) {}
    void acquire() {
        unique_lock hold(gate_);
        there_is_one_.wait(hold, [&] { return permits_.read() > 0; });
        permits_.write(permits_.read() - 1);
    }
    bool try_acquire() {
        scoped_lock hold(gate_);
        if (permits_.read() == 0) return false;
        permits_.write(permits_.read() - 1);
        return true;
    }
    bool release() {
        scoped_lock hold(gate_);
        int const before = permits_.read();
        permits_.write(before + 1);
        if (how == made::right || before == 0) there_is_one_.notify_one();
        return true;
    }

private:
    mutex gate_;
    condition_variable there_is_one_;
    plain<int> permits_;
};

template <made how>
linear_verdict semaphore_check(linear_client const& client) {
    linearizable<counting<how>, specified::semaphore> check("semaphore of 0", 0);
    check.operation("acquire()", [](auto& on) { on.acquire(); });
    check.operation("try_acquire()", [](auto& on) { return on.try_acquire(); });
    check.operation("release()", [](auto& on) { return on.release(); });
    return check(client);
}

/// Wrong: set() wakes only one waiter.
template <made how>
class remembering_event {
public:
    void set() {
        scoped_lock hold(gate_);
        raised_.write(true);
        times_set_.write(times_set_.read() + 1);
        if (how == made::right) changed_.notify_all();
        else changed_.notify_one();
    }
    void clear() {
        scoped_lock hold(gate_);
        raised_.write(false);
    }
    bool is_set() {
        scoped_lock hold(gate_);
        return raised_.read();
    }
    void wait() {
        unique_lock hold(gate_);
        int const before = times_set_.read();
        changed_.wait(hold, [&] { return raised_.read() || times_set_.read() != before; });
    }

private:
    mutex gate_;
    condition_variable changed_;
    plain<bool> raised_{false};
    plain<int> times_set_{0};
};

template <made how>
linear_verdict event_check(linear_client const& client) {
    linearizable<remembering_event<how>, specified::event> check("event");
    check.operation("set()", [](auto& on) { on.set(); });
    check.operation("wait()", [](auto& on) { on.wait(); });
    check.operation("is_set()", [](auto& on) { return on.is_set(); });
    auto const set = check.step("set()", [](auto& on) { on.set(); });
    auto const clear = check.step("clear()", [](auto& on) { on.clear(); });
    check.sequence({set, clear});
    return check(client);
}

/// Wrong: every thread that arrives counts as the last.
template <made how>
class turnstile {
public:
    explicit turnstile(std::size_t parties) : parties_(static_cast<int>(parties)) {}
    void wait() {
        unique_lock hold(gate_);
        int const round = round_.read();
        arrived_.write(arrived_.read() + 1);
        if (how == made::wrong || arrived_.read() == parties_) {
            arrived_.write(0);
            round_.write(round + 1);
            everyone_.notify_all();
        } else {
            everyone_.wait(hold, [&] { return round_.read() != round; });
        }
    }

private:
    int parties_;
    mutex gate_;
    condition_variable everyone_;
    plain<int> arrived_{0};
    plain<int> round_{0};
};

template <made how>
linear_verdict barrier_check() {
    linearizable<meeting<turnstile<how>, 2>, specified::barrier<2>> check("barrier of 2");
    meet_as_two(check);
    return check({.threads = 2, .sequences = 2, .calls = 8});
}

/// Wrong: insert looks and then writes, in two sections.
template <made how>
class locked_map {
public:
    bool insert(int key, int value) {
        unique_lock hold(gate_);
        if (at(key).read() != none) return false;
        if (how == made::wrong) {
            hold.unlock();
            hold.lock();
        }
        at(key).write(value);
        return true;
    }
    std::optional<int> find(int key) {
        scoped_lock hold(gate_);
        int const found = at(key).read();
        return found == none ? std::nullopt : std::optional(found);
    }
    std::optional<int> take(int key) {
        scoped_lock hold(gate_);
        int const found = at(key).read();
        at(key).write(none);
        return found == none ? std::nullopt : std::optional(found);
    }

private:
    static constexpr int none = -1;
    plain<int>& at(int key) { return values_[static_cast<std::size_t>(key)]; }

    mutex gate_;
    std::array<plain<int>, 2> values_{plain<int>(none), plain<int>(none)};
};

template <made how>
linear_verdict map_check(linear_client const& client) {
    linearizable<locked_map<how>, specified::map> check("map");
    check.operation("insert(0, 7)", [](auto& on) { return on.insert(0, 7); });
    check.operation("insert(0, 8)", [](auto& on) { return on.insert(0, 8); });
    check.operation("insert(1, 9)", [](auto& on) { return on.insert(1, 9); });
    check.operation("find(0)", [](auto& on) { return on.find(0); });
    check.operation("take(0)", [](auto& on) { return on.take(0); });
    return check(client);
}

/// A value for all processes: the number in it changes by get and then set, or with the lock held.
template <made how>
class counted_value {
public:
    int load() { return number_.get(); }
    void store(int next) { number_.set(next); }
    int fetch_add(int more) {
        if (how == made::wrong) {
            int const before = number_.get();
            number_.set(before + more);
            return before;
        }
        auto held = number_.get_lock();
        int const before = held.get();
        held.set(before + more);
        return before;
    }

private:
    copied_value<int, 2> number_{0};
};

template <class Value>
linear_verdict value_check(char const* name, linear_client const& client) {
    linearizable<Value, specified::value> check(name);
    check.operation("load()", [](auto& on) { return on.load(); });
    check.operation("store(3)", [](auto& on) { on.store(3); });
    check.operation("fetch_add(1)", [](auto& on) { return on.fetch_add(1); });
    return check(client);
}

}  // namespace racekit::kinds
