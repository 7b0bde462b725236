// SPDX-License-Identifier: MIT
#include "thread_end.hpp"

#include <racekit/platform/tsan/unseen.hpp>

#include <pthread.h>

namespace racekit::tsan {
namespace {

thread_local constinit bool registered = false;
thread_local constinit void (*last_function)(void*) = nullptr;

/// The C library destroys thread_local objects before it calls destructors of keys.
void call_last(void* argument) { last_function(argument); }

/// Made before any thread starts: TSan would see the making in a thread order it before the others.
::pthread_key_t const key = [] {
    ::pthread_key_t fresh{};
    ::pthread_key_create(&fresh, call_last);
    return fresh;
}();

RACEKIT_UNSEEN void note_registration() noexcept { registered = true; }

}  // namespace

void call_at_thread_end(void (*function)(void*), void* argument) {
    last_function = function;
    ::pthread_setspecific(key, argument);
}

RACEKIT_UNSEEN bool has_thread_local_destructors() noexcept { return registered; }

}  // namespace racekit::tsan

extern "C" {

int __cxa_thread_atexit_impl(void (*destructor)(void*), void* object, void* library);

/// The compiler's call for each thread_local object that has a destructor. The C++ library has this
/// function too; the program's own one comes first.
int __cxa_thread_atexit(void (*destructor)(void*), void* object, void* library) {
    racekit::tsan::note_registration();
    return __cxa_thread_atexit_impl(destructor, object, library);
}
}
