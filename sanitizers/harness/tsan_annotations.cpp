// SPDX-License-Identifier: MIT
// What a program tells ThreadSanitizer: that a lock of its own is one, that one event happens
// before another, that a race is meant. Where there is no ThreadSanitizer the functions do nothing:
// the model takes the order from the operations themselves, and an annotation could hide a race
// from it.
//
// The functions are those of clang 19's <sanitizer/tsan_interface.h> and the older AnnotateX() of
// ThreadSanitizer's and Valgrind's users. They are weak: a program may have its own.
#include <cstddef>

#define RACEKIT_WEAK __attribute__((weak))

extern "C" {

RACEKIT_WEAK void __tsan_acquire(void*) {}
RACEKIT_WEAK void __tsan_release(void*) {}

RACEKIT_WEAK void __tsan_mutex_create(void*, unsigned) {}
RACEKIT_WEAK void __tsan_mutex_destroy(void*, unsigned) {}
RACEKIT_WEAK void __tsan_mutex_pre_lock(void*, unsigned) {}
RACEKIT_WEAK void __tsan_mutex_post_lock(void*, unsigned, int) {}
/// How often a recursive lock was held.
RACEKIT_WEAK int __tsan_mutex_pre_unlock(void*, unsigned) { return 1; }
RACEKIT_WEAK void __tsan_mutex_post_unlock(void*, unsigned) {}
RACEKIT_WEAK void __tsan_mutex_pre_signal(void*, unsigned) {}
RACEKIT_WEAK void __tsan_mutex_post_signal(void*, unsigned) {}
RACEKIT_WEAK void __tsan_mutex_pre_divert(void*, unsigned) {}
RACEKIT_WEAK void __tsan_mutex_post_divert(void*, unsigned) {}
RACEKIT_WEAK void __tsan_check_no_mutexes_held() {}
RACEKIT_WEAK void __tsan_flush_memory() {}

/// Fibers are threads of their own to ThreadSanitizer. What they do is seen as done by their
/// thread.
RACEKIT_WEAK void* __tsan_get_current_fiber() { return nullptr; }
RACEKIT_WEAK void* __tsan_create_fiber(unsigned) {
    static char fiber;
    return &fiber;
}
RACEKIT_WEAK void __tsan_destroy_fiber(void*) {}
RACEKIT_WEAK void __tsan_switch_to_fiber(void*, unsigned) {}
RACEKIT_WEAK void __tsan_set_fiber_name(void*, char const*) {}

RACEKIT_WEAK void* __tsan_external_register_tag(char const*) {
    static char tag;
    return &tag;
}
RACEKIT_WEAK void __tsan_external_register_header(void*, char const*) {}
RACEKIT_WEAK void __tsan_external_assign_tag(void*, void*) {}
RACEKIT_WEAK void __tsan_external_read(void*, void*, void*) {}
RACEKIT_WEAK void __tsan_external_write(void*, void*, void*) {}

RACEKIT_WEAK void AnnotateHappensBefore(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateHappensAfter(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateIgnoreReadsBegin(char const*, int) {}
RACEKIT_WEAK void AnnotateIgnoreReadsEnd(char const*, int) {}
RACEKIT_WEAK void AnnotateIgnoreWritesBegin(char const*, int) {}
RACEKIT_WEAK void AnnotateIgnoreWritesEnd(char const*, int) {}
RACEKIT_WEAK void AnnotateIgnoreSyncBegin(char const*, int) {}
RACEKIT_WEAK void AnnotateIgnoreSyncEnd(char const*, int) {}
RACEKIT_WEAK void AnnotateBenignRace(char const*, int, void*, char const*) {}
RACEKIT_WEAK void AnnotateBenignRaceSized(char const*, int, void*, std::size_t, char const*) {}
RACEKIT_WEAK void AnnotateRWLockCreate(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateRWLockCreateStatic(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateRWLockDestroy(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateRWLockAcquired(char const*, int, void*, std::size_t) {}
RACEKIT_WEAK void AnnotateRWLockReleased(char const*, int, void*, std::size_t) {}
RACEKIT_WEAK void AnnotateCondVarSignal(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateCondVarSignalAll(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateCondVarWait(char const*, int, void*, void*) {}
RACEKIT_WEAK void AnnotateMutexIsNotPHB(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateMutexIsUsedAsCondVar(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateMemoryIsInitialized(char const*, int, void*, std::size_t) {}
RACEKIT_WEAK void AnnotateMemoryIsUninitialized(char const*, int, void*, std::size_t) {}
RACEKIT_WEAK void AnnotatePublishMemoryRange(char const*, int, void*, std::size_t) {}
RACEKIT_WEAK void AnnotateUnpublishMemoryRange(char const*, int, void*, std::size_t) {}
RACEKIT_WEAK void AnnotateNewMemory(char const*, int, void*, std::size_t) {}
RACEKIT_WEAK void AnnotateThreadName(char const*, int, char const*) {}
RACEKIT_WEAK void AnnotateTraceMemory(char const*, int, void*) {}
RACEKIT_WEAK void AnnotateFlushState(char const*, int) {}
RACEKIT_WEAK void AnnotateEnableRaceDetection(char const*, int, int) {}
RACEKIT_WEAK void AnnotateExpectRace(char const*, int, void*, char const*) {}
RACEKIT_WEAK void AnnotateFlushExpectedRaces(char const*, int) {}
RACEKIT_WEAK void AnnotateNoOp(char const*, int, void*) {}
RACEKIT_WEAK void AnnotatePCQCreate(char const*, int, void*) {}
RACEKIT_WEAK void AnnotatePCQDestroy(char const*, int, void*) {}
RACEKIT_WEAK void AnnotatePCQGet(char const*, int, void*) {}
RACEKIT_WEAK void AnnotatePCQPut(char const*, int, void*) {}
RACEKIT_WEAK void WTFAnnotateHappensBefore(char const*, int, void*) {}
RACEKIT_WEAK void WTFAnnotateHappensAfter(char const*, int, void*) {}
RACEKIT_WEAK void WTFAnnotateBenignRaceSized(char const*, int, void*, std::size_t, char const*) {}
RACEKIT_WEAK int RunningOnValgrind() { return 0; }
RACEKIT_WEAK double ValgrindSlowdown() { return 1; }

}  // extern "C"
