// SPDX-License-Identifier: MIT
// Small programs, each a function: the first word of the command line names the one that main() is.
#pragma once

#include <cassert>
#include <cstdio>
#include <cstring>

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
