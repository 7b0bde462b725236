/* SPDX-License-Identifier: MIT
 * The intrinsics of SV-COMP and GenMC for programs that racekit_add_program() builds, in C and C++.
 * A program that declares them itself needs no header.
 *
 * Under the model each choice is explored; in the other forms it is a random number that the seed
 * of the run decides.
 *
 * Differences from other checkers:
 * - Of an integer the values 0, 1, 2, 3, -1, the least and the greatest are tried. A warning says
 * so.
 * - Atomic sections exclude each other, as one lock does. An operation outside of all sections may
 *   come between those inside, so a finding may need that; "clean" does not.
 * - A function is no atomic section because its name begins with __VERIFIER_atomic_.
 */
#ifndef RACEKIT_VERIFIER_H
#define RACEKIT_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the execution without judging it, unless `holds`: see racekit::assume(). */
void __VERIFIER_assume(int holds);

/* A failed check: the program must not come here. */
void __VERIFIER_error(void);

/* What lies between them excludes all other such sections. They do not nest. */
void __VERIFIER_atomic_begin(void);
void __VERIFIER_atomic_end(void);

bool __VERIFIER_nondet_bool(void);
char __VERIFIER_nondet_char(void);
signed char __VERIFIER_nondet_schar(void);
unsigned char __VERIFIER_nondet_uchar(void);
short __VERIFIER_nondet_short(void);
unsigned short __VERIFIER_nondet_ushort(void);
int __VERIFIER_nondet_int(void);
unsigned __VERIFIER_nondet_uint(void);
unsigned __VERIFIER_nondet_unsigned(void);
unsigned __VERIFIER_nondet_unsigned_int(void);
long __VERIFIER_nondet_long(void);
unsigned long __VERIFIER_nondet_ulong(void);
long long __VERIFIER_nondet_longlong(void);
unsigned long long __VERIFIER_nondet_ulonglong(void);
size_t __VERIFIER_nondet_size_t(void);

/* Marks of GenMC for loops. Loops need none here, so they do nothing. */
void __VERIFIER_loop_begin(void);
void __VERIFIER_spin_start(void);
void __VERIFIER_spin_end(int done);

#ifdef __cplusplus
}
#endif

#endif
