// SPDX-License-Identifier: MIT
// plain<T> and slot<T>: real unsynchronised accesses, which TSan checks; others may go first.
#pragma once

#include <racekit/platform/tsan/schedule.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace racekit {

namespace tsan {

/// TSan remembers accesses for each aligned word of eight bytes. A word of its own for every
/// variable keeps its history apart from that of its neighbours.
template <class T>
inline constexpr std::size_t own_word = std::max<std::size_t>(alignof(T), 8);

inline void before(operation what, void const* object, site where) {
    if (schedule* const by = mine(); by != nullptr) by->point(what, object, where);
}

template <class T>
void after(void const* object, T const& value) {
    if (schedule* const by = mine(); by != nullptr) by->done(object, printable(value));
}

}  // namespace tsan

template <class T>
class alignas(tsan::own_word<T>) plain {
public:
    constexpr plain() : value_() {}
    constexpr plain(T value) : value_(std::move(value)) {}
    plain(plain const&) = delete;
    plain& operator=(plain const&) = delete;

    [[nodiscard]] T read(site where = site::here()) const {
        tsan::before(tsan::operation::read, this, where);
        T value = value_;
        tsan::after(this, value);
        return value;
    }
    void write(T value, site where = site::here()) {
        tsan::before(tsan::operation::write, this, where);
        tsan::after(this, value);
        value_ = std::move(value);
    }

private:
    T value_;
};

template <class T>
class alignas(tsan::own_word<T>) slot {
public:
    constexpr slot() noexcept {}
    slot(slot const&) = delete;
    slot& operator=(slot const&) = delete;

    template <class Value>
    void put(Value&& value, site where = site::here()) {
        tsan::before(tsan::operation::write, this, where);
        T* const object = ::new (static_cast<void*>(bytes_)) T(std::forward<Value>(value));
        tsan::after(this, *object);
    }
    [[nodiscard]] T take(site where = site::here()) {
        tsan::before(tsan::operation::read, this, where);
        T* const object = std::launder(reinterpret_cast<T*>(bytes_));
        T result(std::move(*object));
        emptied(object);
        tsan::after(this, result);
        return result;
    }
    void take_into(T& into, site where = site::here()) {
        tsan::before(tsan::operation::read, this, where);
        T* const object = std::launder(reinterpret_cast<T*>(bytes_));
        into = std::move(*object);
        emptied(object);
        tsan::after(this, into);
    }
    void expect() const {}
    void drop(site where = site::here()) {
        tsan::before(tsan::operation::write, this, where);
        emptied(std::launder(reinterpret_cast<T*>(bytes_)));
    }

private:
    /// Taking an object out writes the slot, also where T's destructor touches nothing: a
    /// thread that takes from a slot while another one takes or puts races with it.
    void emptied(T* object) {
        std::destroy_at(object);
        *const_cast<unsigned char volatile*>(bytes_) = 0;
    }

    alignas(T) unsigned char bytes_[sizeof(T)];
};

}  // namespace racekit
