// SPDX-License-Identifier: MIT
// plain<T> and slot<T> with every access reported to the engine.
#pragma once

#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/model/show.hpp>

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace racekit {

namespace model {

template <class T>
inline constexpr bool printable = std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(word);

template <class T>
word printed(T const& value) {
    if constexpr (printable<T>) {
        return to_word(value);
    } else {
        return {};
    }
}

template <class T>
constexpr value_type const& printed_type() {
    if constexpr (printable<T>) {
        return type_of<T>;
    } else {
        return opaque;
    }
}

}  // namespace model

template <class T>
class plain {
public:
    plain() : plain(T()) {}
    plain(T value)
        : object_(model::plain_created(this, model::printed_type<T>(), model::printed(value),
                                       site::here())),
          value_(std::move(value)) {}
    ~plain() { model::plain_destroyed(object_, this, site::here()); }
    plain(plain const&) = delete;
    plain& operator=(plain const&) = delete;

    [[nodiscard]] T read(site where = site::here()) const {
        model::plain_announced(object_, this, false, where);
        model::plain_read(object_, this, model::printed(value_), where);
        return value_;
    }
    void write(T value, site where = site::here()) {
        model::plain_announced(object_, this, true, where);
        value_ = std::move(value);
        model::plain_written(object_, this, model::printed(value_), where);
    }

    [[nodiscard]] model::handle object() const { return object_; }

private:
    model::handle object_;
    T value_;
};

template <class T>
class slot {
public:
    slot() : object_(model::plain_created(this, model::printed_type<T>(), {}, site::here())) {}
    ~slot() { model::plain_destroyed(object_, this, site::here()); }
    slot(slot const&) = delete;
    slot& operator=(slot const&) = delete;

    template <class Value>
    void put(Value&& value, site where = site::here()) {
        model::plain_announced(object_, this, true, where);
        T* const object = ::new (static_cast<void*>(bytes_)) T(std::forward<Value>(value));
        full_ = true;
        model::plain_written(object_, this, model::printed(*object), where);
    }
    [[nodiscard]] T take(site where = site::here()) {
        T* const object = taken(where);
        T result(std::move(*object));
        end(object);
        return result;
    }
    void take_into(T& into, site where = site::here()) {
        T* const object = taken(where);
        into = std::move(*object);  // throws: it is still there
        end(object);
    }
    void expect() const {}
    void drop(site where = site::here()) {
        model::plain_announced(object_, this, true, where);
        if (!full_) model::slot_is_empty(object_, this, where);
        model::plain_written(object_, this, {}, where);
        end(std::launder(reinterpret_cast<T*>(bytes_)));
    }

    [[nodiscard]] model::handle object() const { return object_; }

private:
    // Taking out is a write: the next put must come after it.
    T* taken(site const& where) {
        model::plain_announced(object_, this, true, where);
        if (!full_) model::slot_is_empty(object_, this, where);
        T* const object = std::launder(reinterpret_cast<T*>(bytes_));
        model::slot_taken(object_, this, model::printed(*object), where);
        return object;
    }

    void end(T* object) {
        std::destroy_at(object);
        full_ = false;
    }

    // The handle comes first: what stands in the slot may be an object too, and has another
    // address.
    model::handle object_;
    alignas(T) unsigned char bytes_[sizeof(T)];
    bool full_ = false;
};

}  // namespace racekit
