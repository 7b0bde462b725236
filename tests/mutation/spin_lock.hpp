// SPDX-License-Identifier: MIT
// Clients of spin_lock that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/spin_lock.hpp>

namespace racekit::mutation {

template <class orders>
void clients(trial& over) {
    lock_clients<basic_spin_lock<orders>>(over);
    over.client<last_holder_destroys<basic_spin_lock<orders>>>("last holder destroys");
}

}  // namespace racekit::mutation
