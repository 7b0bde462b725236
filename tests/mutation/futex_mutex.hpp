// SPDX-License-Identifier: MIT
// Clients of futex_mutex that need every one of its orders.
#pragma once

#include "mutation/lock_clients.hpp"

#include <racekit/lock/futex_mutex.hpp>

namespace racekit::mutation {

template <class orders>
void clients(trial& over) {
    lock_clients<basic_futex_mutex<orders>>(over);
}

}  // namespace racekit::mutation
