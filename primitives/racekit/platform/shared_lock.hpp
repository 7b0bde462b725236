// SPDX-License-Identifier: MIT
// std::shared_lock, which lives in a header with std's own shared mutexes.
#pragma once

#include <shared_mutex>
