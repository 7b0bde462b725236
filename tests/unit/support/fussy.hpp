// SPDX-License-Identifier: MIT
// An element that is move-only, throws on request, and counts its living instances.
#pragma once

#include <stdexcept>

struct fussy {
    static inline int alive = 0;
    static inline int moves_until_throw = -1;  // -1: never

    int value = 0;

    explicit fussy(int number = 0) : value(number) { ++alive; }
    fussy(fussy&& other) : value(other.value) {
        perhaps_throw();
        other.value = -1;
        ++alive;
    }
    fussy& operator=(fussy&& other) {
        perhaps_throw();
        value = other.value;
        other.value = -1;
        return *this;
    }
    ~fussy() { --alive; }

    static void perhaps_throw() {
        if (moves_until_throw < 0) return;
        if (moves_until_throw-- == 0) throw std::runtime_error("a move that fails");
    }
};
