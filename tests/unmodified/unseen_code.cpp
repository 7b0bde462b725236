// SPDX-License-Identifier: MIT
// What is compiled for the model and yet not seen: the verdict names the places.
#include <cstdio>
#include <thread>

extern int counted;
void count();

long double real = 1;
int locked = 0;
char const* volatile text = "7";

int main() {
    std::thread other(count);
    real = real + 1;  // <- not instrumented by clang
    int taken = 1;
    asm volatile("xchgl %0, %1" : "+r"(taken), "+m"(locked) : : "memory");  // <- not instrumented
    int number = 0;
    std::sscanf(text, "%d", &number);
    other.join();
    return 0;
}
