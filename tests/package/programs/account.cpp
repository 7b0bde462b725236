// SPDX-License-Identifier: MIT
#include <account.hpp>

void account::add(int amount) {
    std::lock_guard<std::mutex> const hold(gate_);
    balance_ += amount;
}

void account::add_without_lock(int amount) { balance_ += amount; }

int account::balance() {
    std::lock_guard<std::mutex> const hold(gate_);
    return balance_;
}

void transfer(account& from, account& to, int amount) {
    from.add(-amount);
    to.add(amount);
}
