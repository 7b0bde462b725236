// SPDX-License-Identifier: MIT
// Two threads move money to and fro; nothing may be lost.
#include <account.hpp>

#include <cstdio>
#include <thread>

namespace {

account first(10), second(10);

void there() { transfer(first, second, 4); }

void back() {
#if defined(UNLOCKED)
    second.add_without_lock(-2);
    first.add(2);
#else
    transfer(second, first, 2);
#endif
}

}  // namespace

int main() {
    std::thread one(there), two(back);
    one.join();
    two.join();
    std::printf("%d and %d\n", first.balance(), second.balance());
    return first.balance() + second.balance() == 20 ? 0 : 1;
}
