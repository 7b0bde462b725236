// SPDX-License-Identifier: MIT
// What the operations of a queue that waits and closes say, and its misuse.
//
// Progress: none to speak of: nothing here is shared.
#pragma once

#include <racekit/platform/queue_state.hpp>
