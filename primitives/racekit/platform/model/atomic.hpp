// SPDX-License-Identifier: MIT
// atomic<T> over the engine: any trivially copyable T of up to 16 bytes.
#pragma once

#include <racekit/platform/atomic_interface.hpp>
#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/model/show.hpp>

namespace racekit {

using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

namespace model {

template <class T>
class atomic_cell {
public:
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(word),
                  "racekit::atomic<T>: T is trivially copyable and has 16 bytes at most");
    using value_type = T;
    static constexpr bool is_always_lock_free = true;

    explicit atomic_cell(T value, site where = site::here())
        : object_(atomic_created(this, type_of<T>, to_word(value), where)) {}
    ~atomic_cell() { atomic_destroyed(object_, this, site::here()); }
    atomic_cell(atomic_cell const&) = delete;
    atomic_cell& operator=(atomic_cell const&) = delete;

    T load(std::memory_order order, site const& where) const {
        return from_word<T>(atomic_load(object_, this, order, where));
    }
    void store(T value, std::memory_order order, site const& where) {
        atomic_store(object_, this, to_word(value), order, where);
    }
    T exchange(T value, std::memory_order order, site const& where) {
        auto const take_new = [](word, word operand) { return operand; };
        return from_word<T>(
            atomic_modify(object_, this, "exchange", take_new, to_word(value), order, where));
    }
    bool compare_exchange(T& expected, T desired, std::memory_order success,
                          std::memory_order failure, bool weak, site const& where) {
        word seen = to_word(expected);
        bool const done = atomic_compare_exchange(object_, this, seen, to_word(desired), success,
                                                  failure, weak, where);
        if (!done) expected = from_word<T>(seen);
        return done;
    }
    template <class Operand>
    T modify(modification change, Operand operand, std::memory_order order, site const& where) {
        switch (change) {
            case modification::add:
                return modify_by<modification::add>("add", operand, order, where);
            case modification::subtract:
                return modify_by<modification::subtract>("subtract", operand, order, where);
            case modification::bit_and:
                return modify_by<modification::bit_and>("and", operand, order, where);
            case modification::bit_or:
                return modify_by<modification::bit_or>("or", operand, order, where);
            default: return modify_by<modification::bit_xor>("xor", operand, order, where);
        }
    }
    /// A load that sleeps until the value differs: one futex per object, as libstdc++ does it.
    void wait(T old, std::memory_order order, site const& where) const {
        while (to_word(load(order, where)) == to_word(old))
            (void)futex_wait(object_, this, to_word(old), never, where);
    }
    void notify(bool all, site const& where) {
        futex_wake(object_, this, all ? 1 << 30 : 1, where);
    }

    [[nodiscard]] handle object() const { return object_; }

private:
    template <modification change, class Operand>
    T modify_by(char const* operation, Operand operand, std::memory_order order,
                site const& where) {
        auto const apply = [](word old, word with) {
            return to_word(modified(change, from_word<T>(old), from_word<Operand>(with)));
        };
        return from_word<T>(
            atomic_modify(object_, this, operation, apply, to_word(operand), order, where));
    }

    handle object_;
};

}  // namespace model

template <class T>
class atomic : public atomic_interface<model::atomic_cell<T>> {
    using base = atomic_interface<model::atomic_cell<T>>;

public:
    using base::base;
    using base::operator=;
    [[nodiscard]] model::handle object() const { return this->cell().object(); }
    [[nodiscard]] void const* object_address() const { return &this->cell(); }
};

class atomic_flag : public atomic_flag_interface<atomic<bool>> {
public:
    using atomic_flag_interface<atomic<bool>>::atomic_flag_interface;
};

/// The model knows only objects that were constructed as atomics.
template <class T>
class atomic_ref {
    static_assert(!std::is_same_v<T, T>,
                  "the model has no atomic_ref: make the object itself a racekit::atomic<T>");
};

inline void atomic_thread_fence(std::memory_order order, site where = site::here()) {
    model::fence(order, where);
}

}  // namespace racekit

#include <racekit/platform/atomic_names.hpp>
