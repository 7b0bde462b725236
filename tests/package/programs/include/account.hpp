// SPDX-License-Identifier: MIT
// Two balances, and money that moves between them.
#pragma once

#include <mutex>

class account {
public:
    explicit account(int balance) : balance_(balance) {}
    void add(int amount);
    void add_without_lock(int amount);
    int balance();

private:
    std::mutex gate_;
    int balance_;
};

/// Takes from one and adds to the other.
void transfer(account& from, account& to, int amount);
