// SPDX-License-Identifier: MIT
// The threads of C11, by those of POSIX: the C library lays its objects out alike.
#include "next_function.hpp"
#include "watch.hpp"

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <pthread.h>
#include <sched.h>
#include <threads.h>

using namespace racekit::unmodified;

namespace {

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int in_words_of_c(int error) {
    switch (error) {
        case 0: return thrd_success;
        case EBUSY: return thrd_busy;
        case ETIMEDOUT: return thrd_timedout;
        case ENOMEM: return thrd_nomem;
        default: return thrd_error;
    }
}

void* as_pointer(int result) { return reinterpret_cast<void*>(static_cast<std::intptr_t>(result)); }

/// A thread of C gives an int where one of POSIX gives a pointer, in the same register.
auto as_posix(thrd_start_t body) {
    return reinterpret_cast<void* (*)(void*)>(reinterpret_cast<void (*)()>(body));
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t body, void* argument) {
    if (!in_program()) RACEKIT_NEXT(thrd_create)(thread, body, argument);
    return in_words_of_c(::pthread_create(thread, nullptr, as_posix(body), argument));
}
int thrd_join(thrd_t thread, int* result) {
    if (!in_program()) RACEKIT_NEXT(thrd_join)(thread, result);
    void* value = nullptr;
    int const error = ::pthread_join(thread, &value);
    if (error == 0 && result != nullptr)
        *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
    return in_words_of_c(error);
}
int thrd_detach(thrd_t thread) {
    if (!in_program()) RACEKIT_NEXT(thrd_detach)(thread);
    return in_words_of_c(::pthread_detach(thread));
}
void thrd_exit(int result) { ::pthread_exit(as_pointer(result)); }
thrd_t thrd_current() { return ::pthread_self(); }
void thrd_yield() { ::sched_yield(); }
int thrd_sleep(timespec const* span, timespec* left) { return ::nanosleep(span, left); }

int mtx_init(mtx_t* mutex, int kind) {
    if (!in_program()) RACEKIT_NEXT(mtx_init)(mutex, kind);
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_settype(
        &attributes, (kind & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    return in_words_of_c(::pthread_mutex_init(posix(mutex), &attributes));
}
int mtx_lock(mtx_t* mutex) {
    if (!in_program()) RACEKIT_NEXT(mtx_lock)(mutex);
    return in_words_of_c(::pthread_mutex_lock(posix(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
    if (!in_program()) RACEKIT_NEXT(mtx_trylock)(mutex);
    return in_words_of_c(::pthread_mutex_trylock(posix(mutex)));
}
int mtx_timedlock(mtx_t* mutex, timespec const* limit) {
    if (!in_program()) RACEKIT_NEXT(mtx_timedlock)(mutex, limit);
    return in_words_of_c(::pthread_mutex_timedlock(posix(mutex), limit));
}
int mtx_unlock(mtx_t* mutex) {
    if (!in_program()) RACEKIT_NEXT(mtx_unlock)(mutex);
    return in_words_of_c(::pthread_mutex_unlock(posix(mutex)));
}
void mtx_destroy(mtx_t* mutex) { ::pthread_mutex_destroy(posix(mutex)); }

int cnd_init(cnd_t* condition) {
    if (!in_program()) RACEKIT_NEXT(cnd_init)(condition);
    return in_words_of_c(::pthread_cond_init(posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) {
    if (!in_program()) RACEKIT_NEXT(cnd_signal)(condition);
    return in_words_of_c(::pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
    if (!in_program()) RACEKIT_NEXT(cnd_broadcast)(condition);
    return in_words_of_c(::pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    if (!in_program()) RACEKIT_NEXT(cnd_wait)(condition, mutex);
    return in_words_of_c(::pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, timespec const* limit) {
    if (!in_program()) RACEKIT_NEXT(cnd_timedwait)(condition, mutex, limit);
    return in_words_of_c(::pthread_cond_timedwait(posix(condition), posix(mutex), limit));
}
void cnd_destroy(cnd_t* condition) { ::pthread_cond_destroy(posix(condition)); }

int tss_create(tss_t* key, tss_dtor_t destroy) {
    return in_words_of_c(::pthread_key_create(key, destroy));
}
void tss_delete(tss_t key) { ::pthread_key_delete(key); }
void* tss_get(tss_t key) { return ::pthread_getspecific(key); }
int tss_set(tss_t key, void* value) { return in_words_of_c(::pthread_setspecific(key, value)); }
void call_once(once_flag* flag, void (*routine)()) {
    ::pthread_once(reinterpret_cast<pthread_once_t*>(flag), routine);
}

}  // extern "C"
