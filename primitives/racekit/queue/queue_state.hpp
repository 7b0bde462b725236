// SPDX-License-Identifier: MIT
// Results of the operations of a queue that waits and closes, and errors of its callers.
//
// Progress: none to speak of: nothing here is shared.
#pragma once

#include <racekit/platform/queue_state.hpp>
