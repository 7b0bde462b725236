// SPDX-License-Identifier: MIT
#include "intrinsics.hpp"

#include <racekit/check.hpp>
#include <racekit/choice.hpp>
#include <racekit/verifier.h>

#include <cstdlib>
#include <iterator>
#include <limits>

using namespace racekit;

namespace {

/// Integers that programs tend to treat differently.
template <class Integer>
Integer some_integer() {
    intrinsics::note_left_out();
    using limits = std::numeric_limits<Integer>;
    if constexpr (limits::is_signed) {
        constexpr Integer tried[] = {0, 1, 2, 3, -1, limits::min(), limits::max()};
        return tried[choose(std::size(tried), intrinsics::place())];
    } else {
        constexpr Integer tried[] = {0, 1, 2, 3, limits::max()};
        return tried[choose(std::size(tried), intrinsics::place())];
    }
}

}  // namespace

#define RACEKIT_INTEGER(name, type) \
    type __VERIFIER_nondet_##name() { return some_integer<type>(); }

extern "C" {

void __VERIFIER_assume(int holds) { assume(holds != 0, intrinsics::place()); }
void __VERIFIER_error() {
    check_failed("__VERIFIER_error() is not called", "", intrinsics::place());
    std::abort();  // programs declare it as a function that does not return
}
void __VERIFIER_atomic_begin() { intrinsics::begin_section(); }
void __VERIFIER_atomic_end() { intrinsics::end_section(); }

bool __VERIFIER_nondet_bool() { return choose(2, intrinsics::place()) == 1; }
RACEKIT_INTEGER(char, char)
RACEKIT_INTEGER(schar, signed char)
RACEKIT_INTEGER(uchar, unsigned char)
RACEKIT_INTEGER(short, short)
RACEKIT_INTEGER(ushort, unsigned short)
RACEKIT_INTEGER(int, int)
RACEKIT_INTEGER(uint, unsigned)
RACEKIT_INTEGER(unsigned, unsigned)
RACEKIT_INTEGER(unsigned_int, unsigned)
RACEKIT_INTEGER(long, long)
RACEKIT_INTEGER(ulong, unsigned long)
RACEKIT_INTEGER(longlong, long long)
RACEKIT_INTEGER(ulonglong, unsigned long long)
RACEKIT_INTEGER(size_t, std::size_t)

void __VERIFIER_loop_begin() {}
void __VERIFIER_spin_start() {}
void __VERIFIER_spin_end(int) {}

}  // extern "C"
