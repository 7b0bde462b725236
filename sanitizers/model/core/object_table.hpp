// SPDX-License-Identifier: MIT
// The objects of one execution: each a head that all kinds share, and the state of its kind.
//
// The table is flat and overwritten in every execution, so that creating an object costs nothing.
// The core knows no kind: a kind is a table of functions that objects/ defines.
#pragma once

#include "operation.hpp"

#include <racekit/platform/model/engine.hpp>

#include <string>
#include <type_traits>
#include <vector>

namespace racekit::model {

struct object;
struct thread_state;
class execution;
class scheduler;

/// What the core must know of a kind of object. A null function: there is nothing to do.
struct object_kind {
    char const* name;
    bool has_stores = false;  ///< its state begins with a store_history
    bool is_plain = false;    ///< its accesses are steps only where the search wants them

    /// Whether `thread` may make the operation that it announced; null: always.
    bool (*is_ready)(object const& subject, operation const& next, thread_state const& self,
                     int thread) = nullptr;
    /// Of a channel or a rendezvous: see dependent().
    bool (*is_settled)(object const& subject, operation const& next, thread_state const& self,
                       int thread) = nullptr;
    /// What a thread waits for that is not ready: "waits for room in queue".
    std::string (*waiting)(object const& subject, operation const& next, scheduler const& threads,
                           int thread) = nullptr;
    /// The name of an object that the source does not name; null: the name of the kind.
    char const* (*given_kind)(object const& subject) = nullptr;

    void (*thread_started)(object& subject, int thread, int parent) = nullptr;
    void (*thread_died)(execution& all, object& subject, int thread) = nullptr;
    /// The storage of an object ends, with or without its destructor: reports an access that does
    /// not happen before that. `where` is the place of the end, `last` that of the step before it.
    void (*check_end)(execution& all, object& subject, site const& where, site const& last) =
        nullptr;
    /// The object goes: gives back what its state holds elsewhere.
    void (*released)(object& subject) = nullptr;
};

struct object {
    static constexpr std::size_t state_size = 3520;

    object_kind const* kind = nullptr;
    bool alive = false;
    std::uint8_t rewritten = 0;  // bytes of an atomic: see take_from_memory()
    std::uint32_t check = 0;
    void const* at = nullptr;
    char const* given_name = nullptr;
    std::uint32_t changes = 0;  // of its newest value, or state
    int ended_by = -1;          // the thread that destroyed it or freed its storage, if recorded
    site ended_where;
    int ended_path = -1;  // its call path, if recorded
    alignas(16) unsigned char state[state_size];
};

/// The state of an object's kind, as plain memory: it is not initialised, and never destroyed.
template <class State>
[[nodiscard]] State& state_of(object& subject) {
    static_assert(sizeof(State) <= object::state_size && alignof(State) <= 16 &&
                  std::is_trivially_destructible_v<State>);
    return *reinterpret_cast<State*>(subject.state);
}
template <class State>
[[nodiscard]] State const& state_of(object const& subject) {
    return state_of<State>(const_cast<object&>(subject));
}

class object_table {
public:
    object_table();

    /// Forgets all objects, in an execution of so many threads.
    void begin(int threads);
    /// Ends the execution if there are too many, or if `at` is a thread_local.
    [[nodiscard]] handle create(object_kind const& kind, void const* at, site const& where,
                                object*& made);
    /// The object behind a handle; ends the execution if it is no longer there.
    [[nodiscard]] object& find(handle which, void const* at, site const& where) {
        object& subject = objects_[which.index < count_ ? which.index : no_object];
        if (subject.alive && subject.check == which.check && subject.at == at) [[likely]]
            return subject;
        gone(which, at, where);
    }
    /// The same of one that was found before: other threads may have run since.
    void check(object const& subject, handle which, void const* at, site const& where) {
        if (!subject.alive || subject.check != which.check || subject.at != at) [[unlikely]]
            gone(which, at, where);
    }
    /// The object is destroyed.
    void retire(object& subject);
    /// Retires all that are left.
    void retire_all();

    [[nodiscard]] std::uint32_t number(object const& subject) const {
        return static_cast<std::uint32_t>(&subject - objects_.data());
    }
    [[nodiscard]] object& operator[](std::uint32_t number) { return objects_[number]; }
    [[nodiscard]] object const& operator[](std::uint32_t number) const { return objects_[number]; }
    /// One more than the highest number.
    [[nodiscard]] std::uint32_t count() const { return count_; }

    template <class Visit>
    void each_alive(Visit visit) {
        for (std::uint32_t index = first_object; index < count_; ++index) {
            if (objects_[index].alive) visit(objects_[index]);
        }
    }

private:
    static constexpr std::uint32_t most_objects = 4096;

    [[noreturn, gnu::cold]] void gone(handle which, void const* at, site const& where);

    std::vector<object> objects_;
    std::uint32_t count_ = first_object;
    std::uint32_t generation_ = 0;
};

}  // namespace racekit::model
