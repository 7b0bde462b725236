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
    struct halves {
        unsigned first : 12, second : 12;  // three bytes together, which clang does not instrument
        char third;
    };
    static halves split;
    split.first = static_cast<unsigned>(number);
#ifdef __clang__
    static unsigned _BitInt(200) wide;
    wide = split.first;
    number = static_cast<int>(wide);
#endif
    std::printf("%d %d\n", number, split.second);
    other.join();
    return 0;
}
