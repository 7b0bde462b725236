// SPDX-License-Identifier: MIT
// mcs_lock: all that a lock must do, in order of arrival, with a place that the caller brings.
#include "any_lock.hpp"

#include <racekit/lock/mcs_lock.hpp>

namespace {

/// An mcs_lock with a place for each thread, so that it is used as any lock.
class placed {
public:
    void lock() { line_.lock(places_.get()); }
    bool try_lock() { return line_.try_lock(places_.get()); }
    bool try_lock_for(racekit::duration span) { return line_.try_lock_for(places_.get(), span); }
    bool try_lock_until(racekit::deadline limit) {
        return line_.try_lock_until(places_.get(), limit);
    }
    void unlock() { line_.unlock(places_.get()); }

private:
    racekit::mcs_lock line_;
    racekit::thread_slot<racekit::mcs_lock::queue_node> places_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(mcs_lock, any_lock, placed);

TEST(mcs_lock, serves_in_order_of_arrival) { serves_in_order_of_arrival<placed>(); }

TEST(mcs_lock, a_guard_brings_its_place) {
    racekit::mcs_lock gate;
    long counter = 0;
    together(3, [&](int) {
        for (int turn = 0; turn < 1000; ++turn) {
            racekit::mcs_guard hold(gate);
            ++counter;
        }
    });
    EXPECT_EQ(counter, 3000);
}

TEST(mcs_lock, a_place_is_for_one_lock_at_a_time) {
    racekit::mcs_lock first;
    racekit::mcs_lock second;
    racekit::mcs_lock::queue_node here;
    EXPECT_THROW(first.unlock(here), racekit::lock_misuse);
    first.lock(here);
    EXPECT_THROW(second.lock(here), racekit::lock_misuse);
    EXPECT_THROW((void)second.try_lock(here), racekit::lock_misuse);
    EXPECT_THROW(second.unlock(here), racekit::lock_misuse);
    first.unlock(here);
    EXPECT_THROW(first.unlock(here), racekit::lock_misuse);
    EXPECT_TRUE(second.try_lock(here));
    second.unlock(here);
}

}  // namespace
