// SPDX-License-Identifier: MIT
// What every visible operation of the model flavour calls.
//
// The engine keeps the objects, says which thread goes next, and remembers happens-before; it knows
// nothing of types. It is defined by the detector (sanitizers/model) and may be another one: no
// primitive and no scenario sees what stands behind it. It means C++20 throughout.
#pragma once

#include <racekit/platform/site.hpp>
#include <racekit/platform/word.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace racekit::model {

/// A registered object. Survives in freed memory as a value that the engine recognises as stale.
struct handle {
    std::uint32_t index = 0;
    std::uint32_t check = 0;
};

/// How a value is printed.
struct value_type {
    std::string (*show)(word const& value);
};

using instant = std::chrono::steady_clock::time_point;
inline constexpr instant never = instant::max();

// Atomic objects. Loads may return any store that coherence and happens-before leave readable.
[[nodiscard]] handle atomic_created(void* at, value_type const& type, word value,
                                    site const& where);
void atomic_destroyed(handle object, void const* at, site const& where);
[[nodiscard]] word atomic_load(handle object, void const* at, std::memory_order order,
                               site const& where);
void atomic_store(handle object, void const* at, word value, std::memory_order order,
                  site const& where);
/// Replaces the newest value by `change(newest, operand)`; returns what it replaced.
word atomic_modify(handle object, void const* at, char const* operation,
                   word (*change)(word, word), word operand, std::memory_order order,
                         site const& where);
bool atomic_compare_exchange(handle object, void const* at, word& expected, word desired,
                             std::memory_order success, std::memory_order failure, bool weak,
                             site const& where);
void fence(std::memory_order order, site const& where);

/// Blocks until another thread has changed the object since this thread last read it; the next read
/// then returns something newer. The engine's form of spinning on one object.
void await_change(handle object, void const* at, site const& where);
/// The same with a deadline, which may pass at any time: then it returns false.
[[nodiscard]] bool await_change_until(handle object, void const* at, instant limit,
                                      site const& where);
/// A hint that the caller waits in a loop: no step, and no outcome depends on it.
void spin(site const& where);

// Unsynchronised variables: an access that races is a finding.
[[nodiscard]] handle plain_created(void const* at, value_type const& type, word value,
                                   site const& where);
void plain_destroyed(handle object, void const* at, site const& where);
void plain_read(handle object, void const* at, word shown, site const& where);
void plain_written(handle object, void const* at, word shown, site const& where);
void slot_taken(handle object, void const* at, word shown, site const& where);
/// Something is to be taken where nothing was put, or was taken already.
[[noreturn]] void slot_is_empty(handle object, void const* at, site const& where);
/// To be called before the access itself: the place where another thread may come between.
void plain_announced(handle object, void const* at, bool write, site const& where);

// Sleeping on an atomic word.
enum class wait_result { woken, changed, timed_out };
[[nodiscard]] wait_result futex_wait(handle object, void const* at, word expected, instant limit,
                                     site const& where);
int futex_wake(handle object, void const* at, int count, site const& where);

// Specifications: one step per operation.
enum class lock_kind { mutex, recursive_mutex, shared_mutex, robust_mutex, process_mutex };
enum class lock_result { acquired, owner_died, not_acquired, not_recoverable };
[[nodiscard]] handle lock_created(void const* at, lock_kind kind, site const& where);
void lock_destroyed(handle object, void const* at, site const& where);
[[nodiscard]] lock_result lock(handle object, void const* at, bool shared, instant limit,
                               site const& where);
[[nodiscard]] lock_result try_lock(handle object, void const* at, bool shared, site const& where);
void unlock(handle object, void const* at, bool shared, site const& where);
void lock_consistent(handle object, void const* at, site const& where);

[[nodiscard]] handle condition_created(void const* at, site const& where);
void condition_destroyed(handle object, void const* at, site const& where);
/// Gives `mutex` up and sleeps in one step; holds it again on return. False: timed out.
bool condition_wait(handle object, void const* at, handle mutex, void const* mutex_at,
                    instant limit, site const& where);
void condition_notify(handle object, void const* at, bool all, site const& where);

// Monitors: objects whose operations are single steps, as a plain class describes them.
/// A step of threads that meet, at a barrier or a latch. Arrivals in one cycle commute with each
/// other, and so do steps that pass when a cycle is complete.
enum class rendezvous : std::uint8_t { none, arrive, pass };

struct monitor_operation {
    char const* name;        ///< "acquire": for traces, and to find it in the source line
    bool changes;            ///< false: it only looks, and commutes with others that do
    void* context;           ///< what the two functions get
    /// Whether the step may be made; null: always. Looks at the object and at nothing else.
    bool (*ready)(void const* context);
    /// Makes the step, without any other visible operation. False: it had no effect. May throw.
    bool (*effect)(void* context);
    rendezvous part = rendezvous::none;
    /// Of a rendezvous: the cycle, from 1, in which the step arrives now, or whose end it passes.
    std::uint32_t (*cycle)(void const* context) = nullptr;
    /// Of an arrival: whether a second one could follow it now in the same cycle.
    bool (*has_room)(void const* context) = nullptr;
};
/// `kind` names an object that the source does not; `shown_by(owner)` prints its state.
[[nodiscard]] handle monitor_created(void const* at, char const* kind, void const* owner,
                                     std::string (*shown_by)(void const* owner), site const& where);
void monitor_destroyed(handle object, void const* at, site const& where);
/// Blocks until ready, then makes the step. False: `limit` passed first, and nothing was done.
bool monitor_step(handle object, void const* at, monitor_operation const& what, instant limit,
                  site const& where);

/// The clocks that threads released into an object; a part of its state.
struct vector_clock {
    std::array<std::uint64_t, 64> known{};
};
// Within an effect: the only happens-before that monitors give.
void release(vector_clock& into);
void acquire(vector_clock const& from);

// A bounded channel of bytes with ends that processes hold copies of. With `packets` every write
// goes in whole, and a read takes what one write put in.
[[nodiscard]] handle channel_created(void const* at, std::size_t capacity, std::size_t atomic_write,
                                     bool packets, site const& where);
void channel_destroyed(handle object, void const* at, site const& where);
struct moved {
    std::size_t bytes = 0;
    std::errc error{};
};
[[nodiscard]] moved channel_read(handle object, void const* at, void* to, std::size_t most,
                                 instant limit, site const& where);
/// As channel_read, but it returns connection_aborted when nothing is there and a writing end was
/// lost since it last did.
[[nodiscard]] moved channel_read_or_loss(handle object, void const* at, void* to, std::size_t most,
                                         instant limit, site const& where);
[[nodiscard]] moved channel_write(handle object, void const* at, void const* from, std::size_t size,
                                  instant limit, site const& where);
/// A signal interrupts a system call that is about to be made: a choice, where the test body asks
/// for torn I/O.
[[nodiscard]] bool channel_interrupted(site const& where);
/// What a read would find now.
struct channel_view {
    std::size_t bytes = 0;
    bool ended = false;  ///< nothing is there, and no process can write
};
[[nodiscard]] channel_view channel_look(handle object, void const* at, site const& where);
/// This process's copy of the reading or the writing end.
void channel_close(handle object, void const* at, bool writer, site const& where);
[[nodiscard]] bool channel_is_open(handle object, bool writer);

// Threads and processes, which to the model are the same but for death.
[[nodiscard]] int self();
/// Starts a spare thread on `body(argument)`; returns its number.
int spawn(void (*body)(void*), void* argument, site const& where);
/// Blocks until it has ended; false: `limit` passed first.
bool join(int thread, instant limit, site const& where);
/// The object of a thread that was neither joined nor detached ends: std::terminate elsewhere.
[[noreturn]] void thread_leaked(int thread);
/// Kills it: it does no further visible operation.
void kill(int thread, site const& where);
[[nodiscard]] bool has_ended(int thread, site const& where);
[[nodiscard]] bool was_killed(int thread);

/// One of `count` possibilities, each explored.
/// Where it is false, the thread stops, and the execution is not judged.
void assume(bool condition, site const& where);
[[nodiscard]] unsigned choose(unsigned count, site const& where);

/// A thread's vector clock: the latest event of each thread that happens before its current one.
struct vector_timestamp {
    int thread = 0;
    std::array<std::uint64_t, 64> known{};
};
/// Begins a new event of this thread. Is no step and orders nothing: others learn of it only by
/// what the thread publishes afterwards.
[[nodiscard]] vector_timestamp current_timestamp();
/// By the order within a thread, or by something that the later one's thread acquired.
[[nodiscard]] inline bool happens_before(vector_timestamp const& earlier,
                                         vector_timestamp const& later) {
    auto const who = static_cast<std::size_t>(earlier.thread);
    return earlier.known[who] <= later.known[who];
}

/// The model's clock: stands still but for the deadlines that passed for this thread.
[[nodiscard]] instant now();

/// Gives an object the name that traces use.
void name_object(handle object, char const* name);

}  // namespace racekit::model
