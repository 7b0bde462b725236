// SPDX-License-Identifier: MIT
// callback: a call of no arguments that is kept and made at most once. It may hold what can only be
// moved, and a coroutine's handle or a few pointers need no memory of their own.
//
// Progress: wait-free; a large function is allocated.
// Invariant: do_ is null if and only if there is no function in bytes_.
// Ordering: none of its own: one thread at a time has it.
// Errors: what the function throws; it is destroyed then too.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace racekit {

class callback {
public:
    callback() noexcept = default;
    /// Keeps a copy of `function`, or what it is moved to.
    template <class Function>
        requires(!std::same_as<std::remove_cvref_t<Function>, callback> &&
                 std::invocable<std::decay_t<Function>&>)
    callback(Function&& function) {
        using kept = std::decay_t<Function>;
        if constexpr (sizeof(kept) <= room && alignof(kept) <= alignof(std::max_align_t) &&
                      std::is_nothrow_move_constructible_v<kept>) {
            ::new (static_cast<void*>(bytes_)) kept(std::forward<Function>(function));
            do_ = &handle<kept>;
        } else {
            using owner = std::unique_ptr<kept>;
            ::new (static_cast<void*>(bytes_))
                boxed<kept>{owner(new kept(std::forward<Function>(function)))};
            do_ = &handle<boxed<kept>>;
        }
    }
    callback(callback&& other) noexcept { take(other); }
    callback& operator=(callback&& other) noexcept {
        if (this == &other) return *this;
        reset();
        take(other);
        return *this;
    }
    ~callback() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return do_ != nullptr; }

    /// Makes the call and then destroys the function. There must be one.
    void operator()() {
        callback once(std::move(*this));
        once.do_(what::call, once.bytes_, nullptr);
    }

private:
    enum class what { call, move, destroy };
    static constexpr std::size_t room = 4 * sizeof(void*);

    template <class Function>
    struct boxed {
        std::unique_ptr<Function> owned;
        void operator()() { (*owned)(); }
    };

    template <class Function>
    static void handle(what to_do, std::byte* from, std::byte* into) {
        auto& function = *std::launder(reinterpret_cast<Function*>(from));
        if (to_do == what::call) return static_cast<void>(function());
        if (to_do == what::move) ::new (static_cast<void*>(into)) Function(std::move(function));
        function.~Function();
    }

    void reset() noexcept {
        if (do_ != nullptr) std::exchange(do_, nullptr)(what::destroy, bytes_, nullptr);
    }
    void take(callback& other) noexcept {
        if (other.do_ != nullptr) other.do_(what::move, other.bytes_, bytes_);
        do_ = std::exchange(other.do_, nullptr);
    }

    alignas(std::max_align_t) std::byte bytes_[room];
    void (*do_)(what, std::byte*, std::byte*) = nullptr;
};

}  // namespace racekit
