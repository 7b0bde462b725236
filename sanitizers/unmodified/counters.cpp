// SPDX-License-Identifier: MIT
// Semaphores, barriers and spin locks of POSIX: each operation is one step of a specification.
#include "next_function.hpp"
#include "objects.hpp"
#include "places.hpp"
#include "shadow.hpp"
#include "time.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/objects/framed.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <pthread.h>
#include <semaphore.h>
#include <string>

namespace racekit::unmodified {
namespace {

/// What a semaphore or barrier counts. It lies in the kit's memory; the program's holds its number.
struct counter {
    void const* at = nullptr;
    unsigned value = 0;   ///< of a semaphore; of a barrier, how many have arrived
    unsigned needed = 0;  ///< of a barrier
    unsigned round = 0;   ///< of a barrier
    model::vector_clock clock;
};
constexpr std::size_t most_counters = 256;
std::array<counter, most_counters> counters;
std::size_t used = 0;

std::string shown(void const* which) {
    return std::to_string(static_cast<counter const*>(which)->value);
}

counter& counter_at(void const* at) {
    for (std::size_t index = 0; index < used; ++index) {
        if (counters[index].at == at) return counters[index];
    }
    if (used == most_counters)
        model::report_error("out of memory", "one execution makes more than 256 semaphores");
    counters[used] = {};
    counters[used].at = at;
    return counters[used++];
}

/// The counter of an object that was initialised.
counter& begin_counter(void* at, std::size_t size, char const* kind, unsigned value,
                       unsigned needed) {
    if (has_threads) shadow::writes(at, size);
    known_object& object = object_at(at);
    if (object.kind != object_kind::none) overwritten(object, at);
    counter& mine = counter_at(at);
    mine.value = value;
    mine.needed = needed;
    mine.round = 0;
    mine.clock = {};
    object.handle = model::monitor_created(at, kind, &mine, shown, program_place());
    object.kind = object_kind::monitor;
    object.size = static_cast<std::uint16_t>(size);
    shadow::mark(at, size, number_of(object));
    return mine;
}

known_object& monitor_at(void* at) {
    shadow::synchronises(at);
    known_object& object = object_at(at);
    if (object.kind != object_kind::monitor)
        model::report_error(
            "lock misuse", "a semaphore or barrier is used that was not initialised, or destroyed");
    return object;
}

bool has_some(void const* context) { return static_cast<counter const*>(context)->value > 0; }
bool take(void* context) {
    counter& mine = *static_cast<counter*>(context);
    if (mine.value == 0) return false;
    --mine.value;
    model::acquire(mine.clock);
    return true;
}
bool post(void* context) {
    counter& mine = *static_cast<counter*>(context);
    ++mine.value;
    model::release(mine.clock);
    return true;
}

int wait(sem_t* semaphore, model::instant limit, bool tries, model::call_frame const& from) {
    known_object const& known = monitor_at(semaphore);
    counter& mine = counter_at(semaphore);
    if (!tries && mine.value == 0) begin_threads();
    struct taking {
        counter* it;
        bool done = false;
    } now{&mine, false};
    auto const effect = [](void* context) {
        taking& my = *static_cast<taking*>(context);
        return my.done = take(my.it);
    };
    auto const ready = [](void const* context) {
        return has_some(static_cast<taking const*>(context)->it);
    };
    model::monitor_operation const what{tries ? "try_wait" : "wait", true, &now,
                                        tries ? nullptr : +ready, +effect};
    (void)model::monitor_step(known.handle, semaphore, what, limit, program_place(), from);
    if (now.done) return 0;
    errno = tries ? EAGAIN : ETIMEDOUT;
    return -1;
}

struct arrival {
    counter* it;
    unsigned round;
    bool last;
};

int arrive(pthread_barrier_t* barrier, model::call_frame const& from) {
    known_object const& known = monitor_at(barrier);
    arrival mine{&counter_at(barrier), 0, false};
    if (mine.it->needed > 1) begin_threads();
    model::monitor_operation const arriving{"arrive", true, &mine, nullptr, [](void* context) {
                                                arrival& my = *static_cast<arrival*>(context);
                                                my.round = my.it->round;
                                                model::release(my.it->clock);
                                                my.last = ++my.it->value == my.it->needed;
                                                if (!my.last) return true;
                                                model::acquire(my.it->clock);
                                                my.it->value = 0;
                                                ++my.it->round;
                                                return true;
                                            }};
    (void)model::monitor_step(known.handle, barrier, arriving, model::never, program_place(), from);
    if (mine.last) return PTHREAD_BARRIER_SERIAL_THREAD;
    model::monitor_operation const leaving{
        "wait", false, &mine,
        [](void const* context) {
            auto const& my = *static_cast<arrival const*>(context);
            return my.it->round != my.round;
        },
        [](void* context) {
            model::acquire(static_cast<arrival*>(context)->it->clock);
            return true;
        }};
    (void)model::monitor_step(known.handle, barrier, leaving, model::never, program_place(), from);
    return 0;
}

void end_counter(void* at) {
    known_object& known = monitor_at(at);
    model::monitor_destroyed(known.handle, at, program_place());
    known.kind = object_kind::none;
}

}  // namespace

void forget_counters() { used = 0; }

}  // namespace racekit::unmodified

using namespace racekit;
using namespace racekit::unmodified;

extern "C" {

int sem_init(sem_t* semaphore, int shared, unsigned value) noexcept {
    if (!in_program()) RACEKIT_NEXT(sem_init)(semaphore, shared, value);
    (void)begin_counter(semaphore, sizeof *semaphore, "semaphore", value, 0);
    return 0;
}
int sem_destroy(sem_t* semaphore) noexcept {
    if (!in_program()) RACEKIT_NEXT(sem_destroy)(semaphore);
    end_counter(semaphore);
    return 0;
}
int sem_wait(sem_t* semaphore) {
    if (!in_program()) RACEKIT_NEXT(sem_wait)(semaphore);
    return wait(semaphore, model::never, false, model::calling_frame());
}
int sem_trywait(sem_t* semaphore) noexcept {
    if (!in_program()) RACEKIT_NEXT(sem_trywait)(semaphore);
    return wait(semaphore, model::never, true, model::calling_frame());
}
int sem_timedwait(sem_t* semaphore, timespec const* limit) {
    if (!in_program()) RACEKIT_NEXT(sem_timedwait)(semaphore, limit);
    return wait(semaphore, instant_of(*limit), false, model::calling_frame());
}
int sem_clockwait(sem_t* semaphore, clockid_t clock, timespec const* limit) {
    if (!in_program()) RACEKIT_NEXT(sem_clockwait)(semaphore, clock, limit);
    return wait(semaphore, instant_of(*limit), false, model::calling_frame());
}
int sem_post(sem_t* semaphore) noexcept {
    if (!in_program()) RACEKIT_NEXT(sem_post)(semaphore);
    known_object const& known = monitor_at(semaphore);
    model::monitor_operation const what{"post", true, &counter_at(semaphore), nullptr, post};
    (void)model::monitor_step(known.handle, semaphore, what, model::never, program_place(),
                              model::calling_frame());
    return 0;
}
int sem_getvalue(sem_t* semaphore, int* into) noexcept {
    if (!in_program()) RACEKIT_NEXT(sem_getvalue)(semaphore, into);
    known_object const& known = monitor_at(semaphore);
    struct looking {
        counter const* it;
        int seen;
    } now{&counter_at(semaphore), 0};
    model::monitor_operation const what{"get_value", false, &now, nullptr, [](void* context) {
                                            auto& my = *static_cast<looking*>(context);
                                            my.seen = static_cast<int>(my.it->value);
                                            return true;
                                        }};
    (void)model::monitor_step(known.handle, semaphore, what, model::never, program_place(),
                              model::calling_frame());
    *into = now.seen;
    return 0;
}

int pthread_barrier_init(pthread_barrier_t* barrier, pthread_barrierattr_t const* attributes,
                         unsigned count) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_barrier_init)(barrier, attributes, count);
    if (count == 0) return EINVAL;
    (void)begin_counter(barrier, sizeof *barrier, "barrier", 0, count);
    return 0;
}
int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_barrier_wait)(barrier);
    return arrive(barrier, model::calling_frame());
}
int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_barrier_destroy)(barrier);
    end_counter(barrier);
    return 0;
}

int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_spin_init)(lock, shared);
    auto* const at = const_cast<int*>(lock);
    if (has_threads) shadow::writes(at, sizeof *at);
    if (known_object& before = object_at(at); before.kind != object_kind::none)
        overwritten(before, at);
    *at = 0;
    return 0;
}
int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_spin_lock)(lock);
    auto* const at = const_cast<int*>(lock);
    known_object const& known = lock_at(at, object_kind::mutex, sizeof *at);
    (void)model::lock(known.handle, at, false, model::never, program_place(),
                      model::calling_frame());
    return 0;
}
int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_spin_trylock)(lock);
    auto* const at = const_cast<int*>(lock);
    known_object const& known = lock_at(at, object_kind::mutex, sizeof *at);
    return model::try_lock(known.handle, at, false, program_place(), model::calling_frame()) ==
                   model::lock_result::acquired
               ? 0
               : EBUSY;
}
int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_spin_unlock)(lock);
    auto* const at = const_cast<int*>(lock);
    model::unlock(lock_at(at, object_kind::mutex, sizeof *at).handle, at, false, program_place());
    return 0;
}
int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_spin_destroy)(lock);
    auto* const at = const_cast<int*>(lock);
    known_object& known = lock_at(at, object_kind::mutex, sizeof *at);
    model::lock_destroyed(known.handle, at, program_place());
    destroyed(known);
    return 0;
}

}  // extern "C"
