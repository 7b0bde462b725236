// SPDX-License-Identifier: MIT
// Clients of fifo_mutex that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/fifo_mutex.hpp>

namespace racekit::mutation {

template <class orders>
void clients(trial& over) {
    using lock = basic_fifo_mutex<orders>;
    over.client<counter_under_lock<lock, 2, 1, 0>>("counter 2x1, none spurious");
    over.client<one_tries<lock>>("one tries");
    over.client<one_times_out<lock>>("one times out");
    over.client<last_holder_destroys<lock>>("last holder destroys");
    over.large_client<counter_under_lock<lock, 2, 1>>("counter 2x1");
}

}  // namespace racekit::mutation
