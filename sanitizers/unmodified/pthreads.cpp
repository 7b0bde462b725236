// SPDX-License-Identifier: MIT
// Threads, locks and conditions by the names of POSIX. std::thread, std::mutex and their kind come
// this way too.
#include "pthreads.hpp"

#include "next_function.hpp"
#include "objects.hpp"
#include "pending_signals.hpp"
#include "places.hpp"
#include "refusal.hpp"
#include "shadow.hpp"
#include "start.hpp"
#include "thread_storage.hpp"
#include "time.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/objects/framed.hpp"
#include "model/objects/lock_state.hpp"
#include "model/runtime/fiber.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"
#include "model/runtime/thread_locals.hpp"

#include <array>
#include <cerrno>
#include <csetjmp>
#include <cstring>
#include <pthread.h>
#include <string>
#include <utility>

namespace racekit::unmodified {
namespace {

struct thread_record {
    void* (*body)(void*) = nullptr;
    void* argument = nullptr;
    void* result = nullptr;
    int number = 0;
    bool joined = false;
    bool detached = false;
};
std::array<thread_record, model::most_threads> threads;
int thread_count = 0;    ///< that were started in this execution
bool left_some = false;  ///< the process ended before they did

// Values by thread, as pthread_key_create() gives them out.
constexpr unsigned most_keys = 128;
constexpr int most_rounds = 4;  ///< of destructors
struct key_record {
    bool is_used = false;
    void (*destroy)(void*) = nullptr;
};
std::array<key_record, most_keys> keys;
void* values[model::most_threads][most_keys];
bool any_keys = false;

/// Handlers that pthread_cleanup_push() of C has registered.
constexpr int most_cleanups = 32;
struct cleanups {
    __pthread_unwind_buf_t* handlers[most_cleanups];
    int count = 0;
};
cleanups cleanups_of[model::most_threads];

/// Jumps to the last handler, if there is one: it comes back by __pthread_unwind_next().
void clean_up_next() {
    cleanups& mine = cleanups_of[model::memory::current];
    if (mine.count == 0) return;
    auto* const next = mine.handlers[--mine.count];
    ::longjmp(reinterpret_cast<__jmp_buf_tag*>(next->__cancel_jmp_buf), 1);
}

/// A thread that reads under a lock may take it for reading again: POSIX, and the C library does
/// not let writers come between.
struct read_again {
    std::uint32_t lock;
    int thread;
    unsigned times;
};
constexpr std::size_t most_read_again = 64;  // in one execution
std::array<read_again, most_read_again> all_read_again;
std::size_t read_again_count = 0;

unsigned& times_read_again(known_object const& lock) {
    std::uint32_t const number = number_of(lock);
    for (std::size_t at = 0; at < read_again_count; ++at) {
        read_again& each = all_read_again[at];
        if (each.lock == number && each.thread == model::memory::current) return each.times;
    }
    if (read_again_count == most_read_again)
        model::report_error("out of memory",
                            "one execution takes more than 64 locks for reading again");
    all_read_again[read_again_count] = {number, model::memory::current, 0};
    return all_read_again[read_again_count++].times;
}

void destroy_values(int thread) {
    if (!any_keys) return;
    for (int round = 0; round < most_rounds; ++round) {
        for (unsigned key = 0; key < most_keys; ++key) {
            void* const value = std::exchange(values[thread][key], nullptr);
            if (keys[key].is_used && value != nullptr && keys[key].destroy != nullptr)
                keys[key].destroy(value);
        }
    }
}

void run_thread(void* given) {
    thread_record& self = *static_cast<thread_record*>(given);
    try {
        self.result = self.body(self.argument);
    } catch (thread_exit const&) {
    }
    model::thread_locals::end_thread(self.number);
    destroy_values(self.number);
    shadow::storage_ends(self.number);
    shadow::stack_ends(__builtin_frame_address(0));
}

thread_record* record_of(pthread_t thread) {
    int const number = thread_numbered(thread);
    for (int at = 0; at < thread_count; ++at) {
        if (threads[static_cast<std::size_t>(at)].number == number)
            return &threads[static_cast<std::size_t>(at)];
    }
    return nullptr;
}

/// A lock of the program's: not a robust one. That others inherit a priority changes no order.
known_object& mutex_at(pthread_mutex_t* mutex) {
    constexpr int kinds = 3;  // normal, recursive, errorcheck; adaptive waits like a normal one
    known_object& lock = lock_at(mutex, object_kind::mutex, sizeof *mutex);
    constexpr int inherits = 0x20;
    constexpr int of_what_it_does = 0x7f;  // and not whether processes share it, or elide it
    if ((mutex->__data.__kind & of_what_it_does & ~(kinds | inherits)) != 0)
        refuse("a mutex that is robust or has a priority ceiling, which the model does not have");
    return lock;
}

int kind_of(pthread_mutex_t const* mutex) { return mutex->__data.__kind & 3; }

bool is_owner(known_object const& lock) {
    model::object const& subject = model::active().objects[lock.handle.index];
    return model::state_of<model::lock_state>(subject).owner == model::memory::current;
}

bool is_reader(known_object const& lock) {
    model::object const& subject = model::active().objects[lock.handle.index];
    return (model::state_of<model::lock_state>(subject).readers >> model::memory::current & 1U) !=
           0;
}

int lock_mutex(pthread_mutex_t* mutex, model::instant limit, model::call_frame const& from) {
    known_object& lock = mutex_at(mutex);
    if (kind_of(mutex) != PTHREAD_MUTEX_NORMAL && is_owner(lock)) {
        if (kind_of(mutex) == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
        if (kind_of(mutex) == PTHREAD_MUTEX_RECURSIVE) {
            ++lock.depth;
            return 0;
        }
    }
    begin_threads_if_taken(lock);
    model::lock_result const got =
        model::lock(lock.handle, mutex, false, limit, program_place(), from);
    return got == model::lock_result::not_acquired ? ETIMEDOUT : 0;
}

int try_mutex(pthread_mutex_t* mutex, model::call_frame const& from) {
    known_object& lock = mutex_at(mutex);
    if (kind_of(mutex) == PTHREAD_MUTEX_RECURSIVE && is_owner(lock)) {
        ++lock.depth;
        return 0;
    }
    return model::try_lock(lock.handle, mutex, false, program_place(), from) ==
                   model::lock_result::acquired
               ? 0
               : EBUSY;
}

int unlock_mutex(pthread_mutex_t* mutex) {
    known_object& lock = mutex_at(mutex);
    if (kind_of(mutex) == PTHREAD_MUTEX_ERRORCHECK && !is_owner(lock)) return EPERM;
    if (lock.depth > 0 && is_owner(lock)) {
        --lock.depth;
        return 0;
    }
    model::unlock(lock.handle, mutex, false, program_place());
    return 0;
}

int wait(pthread_cond_t* condition, pthread_mutex_t* mutex, model::instant limit) {
    begin_threads();
    known_object const& sleepers = condition_at(condition, sizeof *condition);
    known_object& lock = mutex_at(mutex);
    int const depth = std::exchange(lock.depth, 0);
    bool const woken = model::condition_wait(sleepers.handle, condition, lock.handle, mutex, limit,
                                             program_place());
    lock.depth = depth;
    return woken ? 0 : ETIMEDOUT;
}

/// It is a write: what stood there ends.
void initialised(void* at, std::size_t size) {
    if (!in_program()) return;
    if (has_threads) shadow::writes(at, size);
    if (known_object& before = object_at(at); before.kind != object_kind::none)
        overwritten(before, at);
}

int notify(pthread_cond_t* condition, bool all) {
    known_object const& sleepers = condition_at(condition, sizeof *condition);
    model::condition_notify(sleepers.handle, condition, all, program_place());
    return 0;
}

int lock_shared_mutex(pthread_rwlock_t* lock, bool shared, model::instant limit,
                      model::call_frame const& from) {
    known_object const& known = lock_at(lock, object_kind::shared_mutex, sizeof *lock);
    if (shared && is_reader(known)) {
        ++times_read_again(known);
        return 0;
    }
    begin_threads_if_taken(known);
    model::lock_result const got =
        model::lock(known.handle, lock, shared, limit, program_place(), from);
    return got == model::lock_result::not_acquired ? ETIMEDOUT : 0;
}

int try_shared_mutex(pthread_rwlock_t* lock, bool shared, model::call_frame const& from) {
    known_object const& known = lock_at(lock, object_kind::shared_mutex, sizeof *lock);
    if (shared && is_reader(known)) {
        ++times_read_again(known);
        return 0;
    }
    return model::try_lock(known.handle, lock, shared, program_place(), from) ==
                   model::lock_result::acquired
               ? 0
               : EBUSY;
}

}  // namespace

void forget_threads() {
    thread_count = 0;
    left_some = false;
    read_again_count = 0;
    for (cleanups& each : cleanups_of) each.count = 0;
    if (!any_keys) return;
    keys.fill({});
    std::memset(values, 0, sizeof values);
    any_keys = false;
}

void wait_for_all_threads() {
    for (int at = 0; at < thread_count; ++at) {
        thread_record& each = threads[static_cast<std::size_t>(at)];
        if (!each.joined) (void)model::join(each.number, model::never, program_place());
    }
}

void begin_threads_if_taken(known_object const& lock) {
    model::object const& subject = model::active().objects[lock.handle.index];
    if (!model::state_of<model::lock_state>(subject).is_available(false)) begin_threads();
}

std::span<void* const> values_of(int thread) { return values[thread]; }

bool left_threads() { return left_some; }

void end_other_threads() {
    if (model::memory::current != 0) {
        left_some = true;
        model::kill(0, program_place());
    }
    for (int at = 0; at < thread_count; ++at) {
        thread_record const& each = threads[static_cast<std::size_t>(at)];
        if (each.joined || each.number == model::memory::current) continue;
        left_some = true;
        model::kill(each.number, program_place());
    }
}

}  // namespace racekit::unmodified

using namespace racekit;
using namespace racekit::unmodified;

extern "C" {

// Threads.

int pthread_create(pthread_t* thread, pthread_attr_t const* attributes, void* (*body)(void*),
                   void* argument) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_create)(thread, attributes, body, argument);
    if (thread_count == model::active().thread_count() - 1)
        refuse("one execution starts more than " + std::to_string(thread_count) +
               " threads: allow more by " +
               (the_program().holds_scenarios ? "`static constexpr int spawned` of the test body"
                                              : "THREADS, --threads or explore_options::threads"));
    begin_threads();
    thread_record& fresh = threads[static_cast<std::size_t>(thread_count++)];
    int detached = PTHREAD_CREATE_JOINABLE;
    if (attributes != nullptr) (void)::pthread_attr_getdetachstate(attributes, &detached);
    fresh = {body, argument, nullptr, 0, false, detached == PTHREAD_CREATE_DETACHED};
    shadow::writes(thread, sizeof *thread);  // before the new thread can read its own name
    fresh.number = model::spawn(run_thread, &fresh, program_place());
    inherit_signal_mask(fresh.number);
    *thread = thread_named(fresh.number);
    return 0;
}

int pthread_join(pthread_t thread, void** result) {
    if (!in_program()) RACEKIT_NEXT(pthread_join)(thread, result);
    thread_record* const joined = record_of(thread);
    if (joined == nullptr || joined->joined) return ESRCH;
    if (joined->detached) return EINVAL;
    if (joined->number == model::memory::current) return EDEADLK;
    joined->joined = true;
    (void)model::join(joined->number, model::never, program_place());
    if (result != nullptr) {
        shadow::writes(result, sizeof *result);
        *result = joined->result;
    }
    return 0;
}

int pthread_detach(pthread_t thread) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_detach)(thread);
    thread_record* const known = record_of(thread);
    if (known == nullptr) return ESRCH;
    known->detached = true;
    return 0;
}

/// The C library knows no stack of the model's. Garbage collectors and sanitizers ask for it.
int pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_getattr_np)(thread, attributes);
    if (thread_numbered(thread) != model::memory::current)
        refuse("pthread_getattr_np() of another thread, which the model does not have");
    if (int const error = ::pthread_attr_init(attributes); error != 0) return error;
    return ::pthread_attr_setstack(attributes, model::fiber::current_stack(),
                                   model::fiber::stack_size);
}

void pthread_exit(void* result) {
    static auto* const next =
        reinterpret_cast<decltype(&pthread_exit)>(next_function("pthread_exit"));
    if (!in_program()) {
        next(result);
        __builtin_unreachable();
    }
    if (thread_record* const self = record_of(::pthread_self()); self != nullptr)
        self->result = result;
    clean_up_next();
    throw thread_exit{};
}

int pthread_cancel(pthread_t thread) {
    if (!in_program()) RACEKIT_NEXT(pthread_cancel)(thread);
    refuse("pthread_cancel(), which the model does not have");
}

// pthread_cleanup_push() of C, which unwinds no frames: it jumps from handler to handler.

void __pthread_register_cancel(__pthread_unwind_buf_t* handler) {
    if (!in_program()) RACEKIT_NEXT(__pthread_register_cancel)(handler);
    cleanups* const mine = &cleanups_of[model::memory::current];
    if (mine->count == most_cleanups)
        refuse("a thread has more than 32 cleanup handlers, which is what the model can have");
    mine->handlers[mine->count++] = handler;
}
void __pthread_unregister_cancel(__pthread_unwind_buf_t* handler) {
    if (!in_program()) RACEKIT_NEXT(__pthread_unregister_cancel)(handler);
    --cleanups_of[model::memory::current].count;
}
void __pthread_unwind_next(__pthread_unwind_buf_t* handler) {
    if (!in_program()) {
        auto* const next = reinterpret_cast<decltype(&__pthread_unwind_next)>(
            next_function("__pthread_unwind_next"));
        next(handler);
        __builtin_unreachable();
    }
    clean_up_next();
    throw thread_exit{};
}

// Mutexes.

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_mutex_lock)(mutex);
    return lock_mutex(mutex, model::never, model::calling_frame());
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_mutex_trylock)(mutex);
    return try_mutex(mutex, model::calling_frame());
}
int pthread_mutex_timedlock(pthread_mutex_t* mutex, timespec const* limit) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_mutex_timedlock)(mutex, limit);
    return lock_mutex(mutex, instant_of(*limit), model::calling_frame());
}
int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            timespec const* limit) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_mutex_clocklock)(mutex, clock, limit);
    return lock_mutex(mutex, instant_of(*limit), model::calling_frame());
}
int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_mutex_unlock)(mutex);
    return unlock_mutex(mutex);
}
int pthread_mutex_init(pthread_mutex_t* mutex, pthread_mutexattr_t const* attributes) noexcept {
    initialised(mutex, sizeof *mutex);
    RACEKIT_NEXT(pthread_mutex_init)(mutex, attributes);
}
int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_mutex_destroy)(mutex);
    known_object& lock = mutex_at(mutex);
    model::lock_destroyed(lock.handle, mutex, program_place());
    destroyed(lock);
    return 0;
}

// Locks with readers.

int pthread_rwlock_init(pthread_rwlock_t* lock, pthread_rwlockattr_t const* attributes) noexcept {
    initialised(lock, sizeof *lock);
    RACEKIT_NEXT(pthread_rwlock_init)(lock, attributes);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_rdlock)(lock);
    return lock_shared_mutex(lock, true, model::never, model::calling_frame());
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_wrlock)(lock);
    return lock_shared_mutex(lock, false, model::never, model::calling_frame());
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_tryrdlock)(lock);
    return try_shared_mutex(lock, true, model::calling_frame());
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_trywrlock)(lock);
    return try_shared_mutex(lock, false, model::calling_frame());
}
int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, timespec const* limit) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_timedrdlock)(lock, limit);
    return lock_shared_mutex(lock, true, instant_of(*limit), model::calling_frame());
}
int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, timespec const* limit) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_timedwrlock)(lock, limit);
    return lock_shared_mutex(lock, false, instant_of(*limit), model::calling_frame());
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                               timespec const* limit) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_clockrdlock)(lock, clock, limit);
    return lock_shared_mutex(lock, true, instant_of(*limit), model::calling_frame());
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                               timespec const* limit) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_clockwrlock)(lock, clock, limit);
    return lock_shared_mutex(lock, false, instant_of(*limit), model::calling_frame());
}
int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_unlock)(lock);
    known_object const& known = lock_at(lock, object_kind::shared_mutex, sizeof *lock);
    if (is_reader(known)) {
        if (unsigned& times = times_read_again(known); times > 0) {
            --times;
            return 0;
        }
    }
    model::unlock(known.handle, lock, !is_owner(known), program_place());
    return 0;
}
int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_rwlock_destroy)(lock);
    known_object& known = lock_at(lock, object_kind::shared_mutex, sizeof *lock);
    model::lock_destroyed(known.handle, lock, program_place());
    destroyed(known);
    return 0;
}

// Conditions.

int pthread_cond_init(pthread_cond_t* condition, pthread_condattr_t const* attributes) noexcept {
    initialised(condition, sizeof *condition);
    RACEKIT_NEXT(pthread_cond_init)(condition, attributes);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
    if (!in_program()) RACEKIT_NEXT(pthread_cond_wait)(condition, mutex);
    return wait(condition, mutex, model::never);
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           timespec const* limit) {
    if (!in_program()) RACEKIT_NEXT(pthread_cond_timedwait)(condition, mutex, limit);
    return wait(condition, mutex, instant_of(*limit));
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           timespec const* limit) {
    if (!in_program()) RACEKIT_NEXT(pthread_cond_clockwait)(condition, mutex, clock, limit);
    return wait(condition, mutex, instant_of(*limit));
}
int pthread_cond_signal(pthread_cond_t* condition) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_cond_signal)(condition);
    return notify(condition, false);
}
int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_cond_broadcast)(condition);
    return notify(condition, true);
}
int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_cond_destroy)(condition);
    known_object& known = condition_at(condition, sizeof *condition);
    model::condition_destroyed(known.handle, condition, program_place());
    destroyed(known);
    return 0;
}

// Values by thread.

int pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_key_create)(key, destroy);
    for (unsigned at = 0; at < most_keys; ++at) {
        if (keys[at].is_used) continue;
        keys[at] = {true, destroy};
        any_keys = true;
        if (has_threads) shadow::writes(key, sizeof *key);
        *key = at;
        return 0;
    }
    return EAGAIN;
}
int pthread_key_delete(pthread_key_t key) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_key_delete)(key);
    if (key >= most_keys || !keys[key].is_used) return EINVAL;
    keys[key] = {};
    return 0;
}
void* pthread_getspecific(pthread_key_t key) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_getspecific)(key);
    return key < most_keys ? values[model::memory::current][key] : nullptr;
}
int pthread_setspecific(pthread_key_t key, void const* value) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_setspecific)(key, value);
    if (key >= most_keys || !keys[key].is_used) return EINVAL;
    values[model::memory::current][key] = const_cast<void*>(value);
    return 0;
}

}  // extern "C"
