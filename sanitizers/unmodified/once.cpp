// SPDX-License-Identifier: MIT
// What runs once: static variables of functions, and pthread_once(), by which std::call_once works.
#include "atomics.hpp"
#include "next_function.hpp"
#include "objects.hpp"
#include "places.hpp"
#include "program.hpp"
#include "pthreads.hpp"
#include "watch.hpp"

#include "model/objects/framed.hpp"

#include <cstdint>
#include <pthread.h>

namespace racekit::unmodified {
namespace {

constexpr pthread_once_t is_done = 2;  ///< of a pthread_once_t, as the C library has it

atomic_call call_of(void* at, std::size_t size, std::memory_order order,
                    model::call_frame const& from) {
    return {at, size, order, from};
}

/// The lock that is held while it runs has an address of its own, where no memory is: the object
/// itself is an atomic.
void* lock_address(void* of) {
    constexpr std::uintptr_t elsewhere = std::uintptr_t(1) << 62;
    return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(of) ^ elsewhere);
}

/// What runs once may start the first thread: it is locked before there are threads, too.
void begin_running(void* what, model::call_frame const& from) {
    void* const at = lock_address(what);
    known_object const& lock = lock_at(at, object_kind::mutex, 1);
    begin_threads_if_taken(lock);
    (void)model::lock(lock.handle, at, false, model::never, program_place(), from);
}
void end_running(void* what) {
    void* const at = lock_address(what);
    model::unlock(lock_at(at, object_kind::mutex, 1).handle, at, false, program_place());
}

// Whether it has run. Before there are threads its memory is read and written as it stands.
template <class Number>
Number state_of(Number* at, std::memory_order order, model::call_frame const& from) {
    return has_threads ? value_of<Number>(load(call_of(at, sizeof *at, order, from))) : *at;
}
template <class Number>
void set_state(Number* at, Number state, model::call_frame const& from) {
    if (has_threads)
        store(call_of(at, sizeof *at, std::memory_order_release, from), word_of(state));
    else *at = state;
}

bool is_explored(std::uint64_t const* guard) { return in_program() && is_variable(guard); }
std::uint8_t* first_byte(std::uint64_t* guard) { return reinterpret_cast<std::uint8_t*>(guard); }

template <class Result>
Result next_guard(char const* name, std::uint64_t* guard) {
    return reinterpret_cast<Result (*)(std::uint64_t*)>(next_function(name))(guard);
}

}  // namespace
}  // namespace racekit::unmodified

using namespace racekit;
using namespace racekit::unmodified;

extern "C" {

/// The first byte of the guard is read before, with acquire: once it is set, nobody calls this.
int __cxa_guard_acquire(std::uint64_t* guard) {
    if (!is_explored(guard)) return next_guard<int>("__cxa_guard_acquire", guard);
    model::call_frame const from = model::calling_frame();
    begin_running(guard, from);
    if (state_of(first_byte(guard), std::memory_order_relaxed, from) == 0) return 1;
    end_running(guard);
    return 0;
}

/// The value that makes others skip the initialisation.
void __cxa_guard_release(std::uint64_t* guard) noexcept {
    if (!is_explored(guard)) return next_guard<void>("__cxa_guard_release", guard);
    set_state(first_byte(guard), std::uint8_t(1), model::calling_frame());
    end_running(guard);
}

void __cxa_guard_abort(std::uint64_t* guard) noexcept {
    if (!is_explored(guard)) return next_guard<void>("__cxa_guard_abort", guard);
    end_running(guard);
}

int pthread_once(pthread_once_t* control, void (*routine)()) {
    if (!in_program()) RACEKIT_NEXT(pthread_once)(control, routine);
    if (is_of_libraries(control)) {  // what it guards outlives an execution
        model::heap::outside const out;
        RACEKIT_NEXT(pthread_once)(control, routine);
    }
    model::call_frame const from = model::calling_frame();
    // <- set_state() below
    if (state_of(control, std::memory_order_acquire, from) == is_done) return 0;
    begin_running(control, from);
    struct at_end {
        pthread_once_t* it;
        ~at_end() { end_running(it); }
    } const end{control};
    if (state_of(control, std::memory_order_relaxed, from) == is_done) return 0;
    routine();
    set_state(control, is_done, from);  // -> the first state_of()
    return 0;
}

}  // extern "C"
