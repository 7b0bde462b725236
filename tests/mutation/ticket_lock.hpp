// SPDX-License-Identifier: MIT
// Clients of ticket_lock that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/ticket_lock.hpp>

namespace racekit::mutation {

template <class orders>
void clients(trial& over) {
    lock_clients<basic_ticket_lock<orders>>(over);
    over.client<last_holder_destroys<basic_ticket_lock<orders>>>("last holder destroys");
}

}  // namespace racekit::mutation
