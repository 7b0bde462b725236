// SPDX-License-Identifier: MIT
// The same test with threads and with processes, over one object in shared memory.
#pragma once

#include "kernel_state.hpp"

#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

namespace test {

struct as_threads {
    template <class Work>
    explicit as_threads(Work work) : inside_(std::move(work)) {}
    void join() { inside_.join(); }
    /// Returns once it sleeps.
    void await_sleep() { inside_.await_sleep(); }
    watched_thread inside_;
};
struct as_processes {
    template <class Work>
    explicit as_processes(Work work) : inside_(std::move(work)) {}
    void join() { (void)inside_.join(); }
    void await_sleep() { test::await_sleep(inside_.id().number); }
    racekit::process inside_;
};

/// An object and the count of what failed in any thread or process.
template <class Object>
class shared_test {
public:
    template <class... Arguments>
    explicit shared_test(Arguments&&... arguments)
        : object_(std::forward<Arguments>(arguments)...), failed_(0) {}
    ~shared_test() { EXPECT_EQ(failed_->load(), 0) << "checks in threads or processes"; }
    [[nodiscard]] Object& operator*() const { return *object_; }
    [[nodiscard]] Object* operator->() const { return &*object_; }
    void check(bool holds) const {
        if (!holds) failed_->fetch_add(1);
    }

private:
    racekit::shared_object<Object> object_;
    racekit::shared_object<racekit::atomic<int>> failed_;
};

using both_ways = testing::Types<as_threads, as_processes>;

}  // namespace test
