// SPDX-License-Identifier: MIT
// An account that knows nothing of racekit. Its functions are in a library.
#pragma once

#include <mutex>

namespace my {

struct account {
    int balance = 0;
};

void deposit(account& into, int amount);

struct guarded_account {
    account inside;
    std::mutex gate;
};

void deposit(guarded_account& into, int amount);

}  // namespace my
