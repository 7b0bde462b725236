// SPDX-License-Identifier: MIT
// The intrinsics of other checkers under the model; it defines harness/intrinsics.hpp.
#include "harness/intrinsics.hpp"

#include "places.hpp"
#include "unseen.hpp"

#include <pthread.h>

namespace racekit::intrinsics {
namespace {

/// Of no use outside an execution, where the program has one thread.
pthread_mutex_t section = PTHREAD_MUTEX_INITIALIZER;

}  // namespace

site place() { return unmodified::program_place(); }

void note_left_out() {
    unmodified::note_unseen(
        "choices of an integer by __VERIFIER_nondet_...() other than 0, 1, 2, 3, -1 and the "
        "limits");
}

void begin_section() { ::pthread_mutex_lock(&section); }
void end_section() { ::pthread_mutex_unlock(&section); }

}  // namespace racekit::intrinsics
