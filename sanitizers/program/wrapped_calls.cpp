// SPDX-License-Identifier: MIT
// Calls of the program that synchronise: the linker hands them to the functions here (--wrap),
// which let noise happen before and after the real ones.
#include "noise.hpp"

#include "harness/program_round.hpp"

#include <cstdlib>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#define RACEKIT_WRAPPED(name, parameter, argument) \
    int __real_##name parameter;                   \
    int __wrap_##name parameter {                  \
        racekit::program::point();                 \
        int const result = __real_##name argument; \
        racekit::program::point();                 \
        return result;                             \
    }
#define RACEKIT_WRAPPED_ON(name, type) RACEKIT_WRAPPED(name, (type * on), (on))

extern "C" {

RACEKIT_WRAPPED_ON(pthread_mutex_lock, pthread_mutex_t)
RACEKIT_WRAPPED_ON(pthread_mutex_trylock, pthread_mutex_t)
RACEKIT_WRAPPED_ON(pthread_mutex_unlock, pthread_mutex_t)
RACEKIT_WRAPPED_ON(pthread_rwlock_rdlock, pthread_rwlock_t)
RACEKIT_WRAPPED_ON(pthread_rwlock_wrlock, pthread_rwlock_t)
RACEKIT_WRAPPED_ON(pthread_rwlock_unlock, pthread_rwlock_t)
RACEKIT_WRAPPED_ON(pthread_cond_signal, pthread_cond_t)
RACEKIT_WRAPPED_ON(pthread_cond_broadcast, pthread_cond_t)
RACEKIT_WRAPPED(pthread_cond_wait, (pthread_cond_t * on, pthread_mutex_t* with), (on, with))
RACEKIT_WRAPPED_ON(pthread_barrier_wait, pthread_barrier_t)
RACEKIT_WRAPPED(pthread_join, (pthread_t thread, void** returned), (thread, returned))
RACEKIT_WRAPPED_ON(sem_wait, sem_t)
RACEKIT_WRAPPED_ON(sem_trywait, sem_t)
RACEKIT_WRAPPED_ON(sem_post, sem_t)

[[noreturn]] void __real_pthread_exit(void* result);

/// main() cannot unwind here, for it has callers that would catch that. The process ends when its
/// other threads have, as it would.
[[noreturn]] void __wrap_pthread_exit(void* result) {
    if (::gettid() != ::getpid()) __real_pthread_exit(result);
    racekit::program_round::await_other_threads();
    std::exit(EXIT_SUCCESS);
}

}  // extern "C"
