// SPDX-License-Identifier: MIT
#include "objects.hpp"

#include "places.hpp"
#include "shadow.hpp"
#include "unseen.hpp"

#include "model/core/execution.hpp"
#include "model/objects/framed.hpp"
#include "model/objects/lock_state.hpp"
#include "model/runtime/heap.hpp"

#include <cstring>
#include <memory>

namespace racekit::unmodified {
namespace {

constexpr std::size_t slots = 1 << 14;  // four for each object that an execution can have
known_object table[slots];
std::uint32_t generation = 0;

std::size_t hash_of(void const* at) {
    constexpr int bits = 14;
    return (reinterpret_cast<std::uintptr_t>(at) * 0x9e3779b97f4a7c15U) >> (64 - bits);
}

/// Whether a thread other than the current one is about to use the object; which.
int announced_by(model::execution& all, std::uint32_t number) {
    for (int thread = 0; thread < all.thread_count(); ++thread) {
        model::thread_state const& each = all.threads[thread];
        model::operation const& next = all.threads.announced(thread);
        if (thread != all.self() && each.exists && !each.finished &&
            (next.object == number || next.second == number))
            return thread;
    }
    return -1;
}

[[gnu::cold]] void races_with_use(model::execution& all, std::uint32_t number, int other) {
    model::heap::outside const out;
    note_race_with_atomic();
    site const here = program_place();
    site const there = all.threads.announced(other).where;
    model::error what;
    what.kind = "data race";
    what.object = number;
    what.places.push_back(
        {"write by thread " + std::to_string(all.self()), here.file, here.line, false});
    what.places.push_back(
        {"operation by thread " + std::to_string(other) + ", which nothing orders with it",
         there.file, there.line, false});
    all.race(std::move(what));
}

/// Stands in the memory of what was destroyed. Each initialisation overwrites it, that of code that
/// is not instrumented too.
constexpr std::uint32_t sign_of_end = 0xde57c0ed;

/// Ends the execution if the call uses what was destroyed.
void check_not_destroyed(known_object& object, site const& where) {
    if (object.kind != object_kind::destroyed) return;
    if (std::memcmp(object.at, &sign_of_end, sizeof sign_of_end) == 0)
        (void)model::active().objects.find(object.handle, object.at, where);
    object.kind = object_kind::none;
}

}  // namespace

void forget_objects() { ++generation; }

known_object& object_at(void* at) {
    for (std::size_t slot = hash_of(at);; slot = (slot + 1) % slots) {
        known_object& each = table[slot];
        if (each.at == at && each.generation == generation) return each;
        if (each.generation != generation) {
            each = {at, generation, 0, object_kind::none, 0, {}};
            return each;
        }
    }
}

known_object& object_numbered(std::uint32_t entry) { return table[entry]; }
std::uint32_t number_of(known_object const& object) {
    return static_cast<std::uint32_t>(&object - table);
}

known_object& lock_at(void* at, object_kind kind, std::size_t size) {
    shadow::synchronises(at);
    known_object& object = object_at(at);
    if (object.kind == kind) return object;
    check_not_destroyed(object, program_place());
    if (object.kind != object_kind::none) overwritten(object, at);
    model::lock_kind const what = kind == object_kind::shared_mutex ? model::lock_kind::shared_mutex
                                                                    : model::lock_kind::mutex;
    object.handle = model::lock_found(at, what, program_place());
    object.kind = kind;
    object.size = static_cast<std::uint16_t>(size);
    object.depth = 0;
    shadow::mark(at, size, number_of(object));
    return object;
}

known_object& condition_at(void* at, std::size_t size) {
    shadow::synchronises(at);
    known_object& object = object_at(at);
    if (object.kind == object_kind::condition) return object;
    check_not_destroyed(object, program_place());
    if (object.kind != object_kind::none) overwritten(object, at);
    object.handle = model::condition_found(at, program_place());
    object.kind = object_kind::condition;
    object.size = static_cast<std::uint16_t>(size);
    shadow::mark(at, size, number_of(object));
    return object;
}

void overwritten(known_object& object, void const*) {
    if (object.kind == object_kind::none) return;
    model::execution& all = model::active();
    std::uint32_t const number = object.handle.index;
    model::object& known = all.objects[number];
    bool const is_there = known.alive && known.check == object.handle.check;
    if (is_there) {
        if (int const other = announced_by(all, number); other >= 0) {
            races_with_use(all, number, other);
            // The other thread still needs it, and is to find there what is written now.
            if (object.kind == object_kind::atomic) {
                known.rewritten = static_cast<std::uint8_t>(object.size);
                ++known.changes;
                all.loops.stores(all.self(), number, {}, {});
            }
            return;
        }
        all.objects.retire(known);
    }
    object.kind = object_kind::none;
}

void destroyed(known_object& object) {
    object.kind = object_kind::destroyed;
    std::memcpy(object.at, &sign_of_end, sizeof sign_of_end);
}

}  // namespace racekit::unmodified
