// SPDX-License-Identifier: MIT
// plain<T>: an unsynchronised variable. slot<T>: unsynchronised storage for one movable object.
#pragma once

#include <racekit/platform/site.hpp>

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace racekit {

/// A variable that nothing synchronises. T: copyable. Concurrent use is a data race, as for any
/// variable; what the wrapper adds is that the model can see the accesses.
template <class T>
class plain {
public:
    constexpr plain() : value_() {}
    constexpr plain(T value) : value_(std::move(value)) {}
    plain(plain const&) = delete;
    plain& operator=(plain const&) = delete;

    [[nodiscard, gnu::always_inline]] T read(site = {}) const { return value_; }
    [[gnu::always_inline]] void write(T value, site = {}) { value_ = std::move(value); }

private:
    T value_;
};

/// Raw storage for one T that the thread which owns the slot at the time puts in and takes out.
/// The caller knows whether the slot is full; an object left in it is not destroyed.
template <class T>
class slot {
public:
    constexpr slot() noexcept {}
    slot(slot const&) = delete;
    slot& operator=(slot const&) = delete;

    /// Constructs the object from `value`; the slot must be empty. If that throws, it stays empty.
    template <class Value>
    [[gnu::always_inline]] void put(Value&& value, site = {}) {
        ::new (static_cast<void*>(bytes_)) T(std::forward<Value>(value));
    }

    /// Moves the object out and destroys what is left; the slot must be full. If the move throws,
    /// it stays full.
    [[nodiscard, gnu::always_inline]] T take(site = {}) {
        T* const object = std::launder(reinterpret_cast<T*>(bytes_));
        T result(std::move(*object));
        std::destroy_at(object);
        return result;
    }

    /// As take, by assignment to `into`.
    [[gnu::always_inline]] void take_into(T& into, site = {}) {
        T* const object = std::launder(reinterpret_cast<T*>(bytes_));
        into = std::move(*object);
        std::destroy_at(object);
    }

    /// Brings its cache line here to be written soon: a hint that changes nothing.
    [[gnu::always_inline]] void expect() const {
#if defined(__x86_64__)
        // Every such processor takes the instruction, if only as one that does nothing; what the
        // compiler makes of __builtin_prefetch without a flag is another, for reading.
        __asm__ volatile("prefetchw %0" : : "m"(*bytes_));
#else
        __builtin_prefetch(bytes_, 1);
#endif
    }

    /// Destroys the object without returning it; the slot must be full.
    void drop(site = {}) { std::destroy_at(std::launder(reinterpret_cast<T*>(bytes_))); }

private:
    alignas(T) unsigned char bytes_[sizeof(T)];
};

}  // namespace racekit
