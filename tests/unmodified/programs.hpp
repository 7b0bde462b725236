// SPDX-License-Identifier: MIT
// Small programs, each a function: the first word of the command line names the one that main() is.
#pragma once

#include <cassert>
#include <cstdio>
#include <cstring>
#include <thread>

struct program {
    char const* name;
    int (*run)();
};

template <int count>
int run_program(program const (&all)[count], int words, char** word) {
    for (program const& each : all) {
        if (words == 2 && std::strcmp(word[1], each.name) == 0) return each.run();
    }
    std::puts("there is no program of that name");
    return 2;
}

/// Two threads, from start to end.
template <class First, class Second>
void both(First first, Second second) {
    std::thread one(first), two(second);
    one.join();
    two.join();
}
