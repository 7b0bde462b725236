// SPDX-License-Identifier: MIT
// Timers, which send a signal or start a thread after a time that the model does not have: none is
// started, so none fires, and the verdict names the call.
#include "next_function.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include <csignal>
#include <ctime>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

using namespace racekit::unmodified;

#define RACEKIT_NOT_STARTED(function)            \
    if (in_program()) {                          \
        note_unseen("calls of " #function "()"); \
        return 0;                                \
    }                                            \
    RACEKIT_NEXT(function)

extern "C" {

unsigned alarm(unsigned seconds) noexcept { RACEKIT_NOT_STARTED(alarm)(seconds); }
useconds_t ualarm(useconds_t first, useconds_t then) noexcept {
    RACEKIT_NOT_STARTED(ualarm)(first, then);
}
int setitimer(__itimer_which_t which, itimerval const* next, itimerval* before) noexcept {
    if (in_program() && before != nullptr) *before = {};
    RACEKIT_NOT_STARTED(setitimer)(which, next, before);
}
int timer_create(clockid_t clock, sigevent* what, timer_t* made) noexcept {
    if (in_program() && made != nullptr) *made = nullptr;
    RACEKIT_NOT_STARTED(timer_create)(clock, what, made);
}
int timer_settime(timer_t which, int how, itimerspec const* next, itimerspec* before) noexcept {
    if (in_program() && before != nullptr) *before = {};
    RACEKIT_NOT_STARTED(timer_settime)(which, how, next, before);
}
int timer_gettime(timer_t which, itimerspec* now) noexcept {
    if (in_program() && now != nullptr) *now = {};
    RACEKIT_NOT_STARTED(timer_gettime)(which, now);
}
int timer_delete(timer_t which) noexcept { RACEKIT_NOT_STARTED(timer_delete)(which); }

}  // extern "C"
