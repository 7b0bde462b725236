// SPDX-License-Identifier: MIT
// Clients of mcs_lock that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/mcs_lock.hpp>

namespace racekit::mutation {

/// An mcs_lock with a queue node per thread, so that it can be used like any lock.
template <class orders>
class placed {
    using lock_type = basic_mcs_lock<orders>;

public:
    void lock() { line_.lock(places_.get()); }
    bool try_lock() { return line_.try_lock(places_.get()); }
    bool try_lock_for(duration span) { return line_.try_lock_for(places_.get(), span); }
    void unlock() { line_.unlock(places_.get()); }

private:
    lock_type line_;
    thread_slot<typename lock_type::queue_node> places_;
};

template <class orders>
void clients(trial& over) {
    lock_clients<placed<orders>>(over);
}

}  // namespace racekit::mutation
