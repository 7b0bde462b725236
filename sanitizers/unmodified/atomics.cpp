// SPDX-License-Identifier: MIT
#include "atomics.hpp"

#include "objects.hpp"
#include "places.hpp"
#include "shadow.hpp"
#include "unseen.hpp"

#include "model/objects/atomic_state.hpp"
#include "model/objects/framed.hpp"
#include "model/runtime/shared_page.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>

namespace racekit::unmodified {
namespace {

/// A number in decimal; one that looks like an address in hexadecimal.
template <class Number>
std::string shown(word const& value) {
    auto const number = value_of<Number>(value);
    if constexpr (sizeof(Number) == 8) {
        constexpr std::int64_t least = std::int64_t(1) << 40, most = std::int64_t(1) << 47;
        if (number >= least && number < most) {
            char text[32];
            std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(number));
            return text;
        }
    }
    return std::to_string(number);
}

std::string shown_pair(word const& value) {
    return shown<std::int64_t>({value.low, 0}) + ":" + shown<std::int64_t>({value.high, 0});
}

word from_memory(void const* at, std::size_t size) {
    word value;
    std::memcpy(&value, at, size);
    return value;
}

known_object& atomic_at(void* at, std::size_t size) {
    shadow::uses(at);
    known_object& object = object_at(at);
    if (object.kind == object_kind::atomic && object.size == size) [[likely]]
        return object;
    if (object.kind == object_kind::atomic)
        note_unseen("atomic operations on parts of one word, or of different sizes");
    if (object.kind != object_kind::none) overwritten(object, at);
    object.handle =
        model::atomic_found(at, integer_of(size), from_memory(at, size), program_place());
    object.kind = object_kind::atomic;
    object.size = static_cast<std::uint16_t>(size);
    shadow::mark(at, size, number_of(object));
    return object;
}

/// The memory gets the newest value.
void write_back(atomic_call const& call, known_object const& object) {
    model::object& subject = model::active().objects[object.handle.index];
    if (!subject.alive) return;
    word const newest = model::state_of<model::atomic_state>(subject).history.newest();
    std::memcpy(call.at, &newest, call.size);
}

}  // namespace

model::value_type const& integer_of(std::size_t size) {
    static constexpr model::value_type types[] = {{shown<std::int8_t>},
                                                  {shown<std::int16_t>},
                                                  {shown<std::int32_t>},
                                                  {shown<std::int64_t>},
                                                  {shown_pair}};
    return types[__builtin_ctzl(size)];
}

word load(atomic_call const& call) {
    known_object const& object = atomic_at(call.at, call.size);
    word const value =
        model::atomic_load(object.handle, call.at, call.order, operation_place(), call.from);
    shadow::operates(call.at, call.size, false);
    return value;
}

void store(atomic_call const& call, word value) {
    known_object const& object = atomic_at(call.at, call.size);
    model::atomic_store(object.handle, call.at, value, call.order, operation_place());
    write_back(call, object);
    shadow::operates(call.at, call.size, true);
}

word modify(atomic_call const& call, char const* operation, word (*change)(word, word),
            word operand) {
    known_object const& object = atomic_at(call.at, call.size);
    word const old = model::atomic_modify(object.handle, call.at, operation, change, operand,
                                          call.order, operation_place(), call.from);
    write_back(call, object);
    shadow::operates(call.at, call.size, true);
    return old;
}

namespace {

/// The calls of compare_exchange that may be weak ones: clang's do not state it. In memory that
/// workers share.
struct exchanges {
    static constexpr std::size_t most = 64;
    std::atomic<std::size_t> count;
    std::uintptr_t callers[most];
};
exchanges& all_exchanges() {
    static auto* const all = static_cast<exchanges*>(model::shared_memory(sizeof(exchanges)));
    return *all;
}

}  // namespace

void note_exchange(std::uintptr_t caller) {
    exchanges& all = all_exchanges();
    std::size_t const count = std::min(all.count.load(std::memory_order_relaxed), exchanges::most);
    for (std::size_t at = 0; at < count; ++at) {
        if (all.callers[at] == caller) return;
    }
    // Relaxed: the workers have ended when the callers are read.
    std::size_t const place = all.count.fetch_add(1, std::memory_order_relaxed);
    if (place < exchanges::most) all.callers[place] = caller;
}

std::vector<std::uintptr_t> noted_exchanges() {
    exchanges const& all = all_exchanges();
    return {all.callers, all.callers + std::min(all.count.load(), exchanges::most)};
}

bool compare_exchange(atomic_call const& call, word& expected, word desired,
                      std::memory_order failure, bool weak) {
    known_object const& object = atomic_at(call.at, call.size);
    bool const done =
        model::atomic_compare_exchange(object.handle, call.at, expected, desired, call.order,
                                       failure, weak, operation_place(), call.from);
    if (done) write_back(call, object);
    shadow::operates(call.at, call.size, done);
    return done;
}

long futex_wait(atomic_call const& call, std::uint32_t expected, model::instant limit) {
    known_object const& object = atomic_at(call.at, call.size);
    switch (model::futex_wait(object.handle, call.at, word_of(expected), limit, program_place())) {
        case model::wait_result::changed: errno = EAGAIN; return -1;
        case model::wait_result::timed_out: errno = ETIMEDOUT; return -1;
        default: return 0;
    }
}

long futex_wake(atomic_call const& call, int count) {
    known_object const& object = atomic_at(call.at, call.size);
    return model::futex_wake(object.handle, call.at, count, program_place());
}

}  // namespace racekit::unmodified
