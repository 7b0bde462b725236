// SPDX-License-Identifier: MIT
// Fibers: stacks with a guard page, exception state of their own, and a switch of a few
// instructions.
#pragma once

#include <cstddef>

/// Pushes the registers that a call preserves, then changes the stack; the rest the compiler saves.
extern "C" void racekit_switch_stack(void** save, void* load);

namespace racekit::model {

class fiber {
public:
    static constexpr std::size_t stack_size = 8 * 1024 * 1024;  ///< as Linux has it

    /// Prepares a stack on which the first change() to this fiber calls `body(argument)`.
    void start(void (*body)(void*), void* argument);
    /// Forgets where the fiber was: the next change() calls its body again.
    void restart();
    /// Gives the stack back to the pool.
    void release();

    static void change(fiber& from, fiber& to) {
        if (&from == &to) return;
        // The C++ runtime keeps exceptions in flight per OS thread; a `throw;` must find its own.
        from.exceptions_ = *in_flight_;
        *in_flight_ = to.exceptions_;
        racekit_switch_stack(&from.stack_pointer_, to.stack_pointer_);
    }
    /// A change without a way back.
    [[noreturn]] static void leave(fiber& from, fiber& to);

    /// Which fiber of those started owns `address`'s guard page: its number in order of start(), or
    /// -1.
    [[nodiscard]] static int overflowed(void const* address);
    /// The same of the stacks themselves.
    [[nodiscard]] static int owner_of(void const* address);
    /// The lowest address of the stack on which the caller runs; null outside fibers.
    [[nodiscard]] static void* current_stack();

private:
    struct exception_state {
        void* caught = nullptr;
        unsigned uncaught = 0;
    };
    static inline exception_state* in_flight_ = nullptr;  // of the OS thread that plays

    void* stack_pointer_ = nullptr;
    void* stack_ = nullptr;
    void (*body_)(void*) = nullptr;
    void* argument_ = nullptr;
    exception_state exceptions_;
};

}  // namespace racekit::model
