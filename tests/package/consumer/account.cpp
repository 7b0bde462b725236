// SPDX-License-Identifier: MIT
#include <my/account.hpp>

namespace my {

void deposit(account& into, int amount) {
    into.balance += amount;  // <- race
}

void deposit(guarded_account& into, int amount) {
    std::scoped_lock hold(into.gate);
    deposit(into.inside, amount);
}

}  // namespace my
