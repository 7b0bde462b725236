// SPDX-License-Identifier: MIT
// What runs once: static variables of functions, and pthread_once(), by which std::call_once works.
#include "atomics.hpp"
#include "next_function.hpp"
#include "objects.hpp"
#include "places.hpp"
#include "program.hpp"
#include "watch.hpp"

#include "model/objects/framed.hpp"

#include <cstdint>
#include <pthread.h>

namespace racekit::unmodified {
namespace {

constexpr int is_done = 2;  ///< of a pthread_once_t, as the C library has it

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

class running {
public:
    running(void* at, model::call_frame const& from)
        : at_(lock_address(at)), lock_(lock_at(at_, object_kind::mutex, 1).handle) {
        (void)model::lock(lock_, at_, false, model::never, program_place(), from);
    }
    void end() { model::unlock(lock_, at_, false, program_place()); }

private:
    void* at_;
    model::handle lock_;
};

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
    if (!is_watched() || !is_variable(guard)) return next_guard<int>("__cxa_guard_acquire", guard);
    model::call_frame const from = model::calling_frame();
    running first(guard, from);
    word const done = load(call_of(guard, 1, std::memory_order_relaxed, from));
    if (done.low == 0) return 1;
    first.end();
    return 0;
}

/// The value that makes others skip the initialisation.
void __cxa_guard_release(std::uint64_t* guard) noexcept {
    if (!is_watched() || !is_variable(guard)) return next_guard<void>("__cxa_guard_release", guard);
    store(call_of(guard, 1, std::memory_order_release, model::calling_frame()), {1, 0});
    void* const lock = lock_address(guard);
    model::unlock(lock_at(lock, object_kind::mutex, 1).handle, lock, false, program_place());
}

void __cxa_guard_abort(std::uint64_t* guard) noexcept {
    if (!is_watched() || !is_variable(guard)) return next_guard<void>("__cxa_guard_abort", guard);
    void* const lock = lock_address(guard);
    model::unlock(lock_at(lock, object_kind::mutex, 1).handle, lock, false, program_place());
}

int pthread_once(pthread_once_t* control, void (*routine)()) {
    if (!in_program()) RACEKIT_NEXT(pthread_once)(control, routine);
    if (is_of_libraries(control)) {  // what it guards outlives an execution
        model::heap::outside const out;
        RACEKIT_NEXT(pthread_once)(control, routine);
    }
    if (!has_threads) {
        if (*control == is_done) return 0;
        routine();
        *control = is_done;
        return 0;
    }
    model::call_frame const from = model::calling_frame();
    auto const read = [&](std::memory_order order) {
        return value_of<int>(load(call_of(control, sizeof *control, order, from)));
    };
    if (read(std::memory_order_acquire) == is_done) return 0;  // <- the store below
    running first(control, from);
    struct at_end {
        running& it;
        ~at_end() { it.end(); }
    } const end{first};
    if (read(std::memory_order_relaxed) == is_done) return 0;
    routine();
    store(call_of(control, sizeof *control, std::memory_order_release, from),
          word_of(is_done));  // -> the first load
    return 0;
}

}  // extern "C"
