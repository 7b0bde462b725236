// SPDX-License-Identifier: MIT
// task_result: the value or the error that a task or a future ends with, or neither yet.
//
// Progress: wait-free but for what moving a T does.
// Invariant: there is at most one of them, and it does not change once it is there.
// Ordering: none of its own: one thread at a time has it.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace racekit {

template <class T>
class task_result {
    static_assert(std::is_void_v<T> || std::is_object_v<T>,
                  "a result is an object or void; return a pointer instead of a reference");

public:
    [[nodiscard]] bool is_there() const noexcept { return held_.index() != 0; }

    template <class... Arguments>
    void set_value(Arguments&&... arguments) {
        held_.template emplace<1>(std::forward<Arguments>(arguments)...);
    }
    void set_error(std::exception_ptr error) noexcept {
        held_.template emplace<2>(std::move(error));
    }

    /// Null if there is none.
    [[nodiscard]] std::exception_ptr error() const noexcept {
        return held_.index() == 2 ? std::get<2>(held_) : nullptr;
    }

    /// The value, or throws the error. One of them must be there.
    [[nodiscard]] decltype(auto) get() & { return value_of(*this); }
    [[nodiscard]] decltype(auto) get() const& { return value_of(*this); }
    /// Moved out.
    [[nodiscard]] T get() && {
        if constexpr (std::is_void_v<T>) value_of(*this);
        else return std::move(value_of(*this));
    }

private:
    using value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

    template <class Self>
    static decltype(auto) value_of(Self& self) {
        if (auto const* const error = std::get_if<2>(&self.held_)) std::rethrow_exception(*error);
        if constexpr (std::is_void_v<T>) return;
        else return (std::get<1>(self.held_));
    }

    std::variant<std::monostate, value, std::exception_ptr> held_;
};

}  // namespace racekit
