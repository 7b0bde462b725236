// SPDX-License-Identifier: MIT
// <threads.h> of C11 over POSIX threads. The C library's own functions of these names call inside
// it, where nobody sees them: neither the model nor ThreadSanitizer nor the noise.
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <pthread.h>
#include <sched.h>
#include <threads.h>

// A program may bring functions of these names itself.
#pragma weak thrd_create
#pragma weak thrd_current
#pragma weak thrd_join
#pragma weak thrd_detach
#pragma weak thrd_exit
#pragma weak thrd_yield
#pragma weak thrd_sleep
#pragma weak mtx_init
#pragma weak mtx_lock
#pragma weak mtx_timedlock
#pragma weak mtx_trylock
#pragma weak mtx_unlock
#pragma weak mtx_destroy
#pragma weak cnd_init
#pragma weak cnd_signal
#pragma weak cnd_broadcast
#pragma weak cnd_wait
#pragma weak cnd_timedwait
#pragma weak cnd_destroy
#pragma weak tss_create
#pragma weak tss_get
#pragma weak tss_set
#pragma weak tss_delete
#pragma weak call_once

/// What the compiler calls in a program before each write of 4 bytes.
extern "C" void __tsan_write4(void* at);

namespace {

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t) &&
              sizeof(once_flag) == sizeof(pthread_once_t) &&
              sizeof(tss_t) == sizeof(pthread_key_t));

pthread_mutex_t* as_posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* as_posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int result_of(int error) {
    switch (error) {
        case 0: return thrd_success;
        case EBUSY: return thrd_busy;
        case ETIMEDOUT: return thrd_timedout;
        case ENOMEM:
        case EAGAIN: return thrd_nomem;
        default: return thrd_error;
    }
}

void* as_pointer(int result) { return reinterpret_cast<void*>(static_cast<std::intptr_t>(result)); }

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t body, void* argument) {
    // Its int comes back in the register of the pointer that POSIX has.
    auto* const started = reinterpret_cast<void* (*)(void*)>(reinterpret_cast<void*>(body));
    return result_of(::pthread_create(thread, nullptr, started, argument));
}
thrd_t thrd_current() { return ::pthread_self(); }
int thrd_join(thrd_t thread, int* result) {
    void* returned = nullptr;
    int const error = ::pthread_join(thread, &returned);
    if (result != nullptr) {
        __tsan_write4(result);
        *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
    }
    return result_of(error);
}
int thrd_detach(thrd_t thread) { return result_of(::pthread_detach(thread)); }
void thrd_exit(int result) { ::pthread_exit(as_pointer(result)); }
void thrd_yield() { ::sched_yield(); }
int thrd_sleep(timespec const* span, timespec* left) {
    int const error = ::clock_nanosleep(CLOCK_REALTIME, 0, span, left);
    return error == 0 ? 0 : error == EINTR ? -1 : -2;
}

int mtx_init(mtx_t* mutex, int kind) {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_settype(
        &attributes, (kind & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    int const error = ::pthread_mutex_init(as_posix(mutex), &attributes);
    ::pthread_mutexattr_destroy(&attributes);
    return result_of(error);
}
int mtx_lock(mtx_t* mutex) { return result_of(::pthread_mutex_lock(as_posix(mutex))); }
int mtx_timedlock(mtx_t* mutex, timespec const* limit) {
    return result_of(::pthread_mutex_timedlock(as_posix(mutex), limit));
}
int mtx_trylock(mtx_t* mutex) { return result_of(::pthread_mutex_trylock(as_posix(mutex))); }
int mtx_unlock(mtx_t* mutex) { return result_of(::pthread_mutex_unlock(as_posix(mutex))); }
void mtx_destroy(mtx_t* mutex) { ::pthread_mutex_destroy(as_posix(mutex)); }

int cnd_init(cnd_t* condition) {
    return result_of(::pthread_cond_init(as_posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) { return result_of(::pthread_cond_signal(as_posix(condition))); }
int cnd_broadcast(cnd_t* condition) {
    return result_of(::pthread_cond_broadcast(as_posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return result_of(::pthread_cond_wait(as_posix(condition), as_posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, timespec const* limit) {
    return result_of(::pthread_cond_timedwait(as_posix(condition), as_posix(mutex), limit));
}
void cnd_destroy(cnd_t* condition) { ::pthread_cond_destroy(as_posix(condition)); }

int tss_create(tss_t* key, tss_dtor_t destroy) {
    return result_of(::pthread_key_create(key, destroy));
}
void* tss_get(tss_t key) { return ::pthread_getspecific(key); }
int tss_set(tss_t key, void* value) { return result_of(::pthread_setspecific(key, value)); }
void tss_delete(tss_t key) { ::pthread_key_delete(key); }

void call_once(once_flag* flag, void (*function)()) {
    ::pthread_once(reinterpret_cast<pthread_once_t*>(flag), function);
}

}  // extern "C"
