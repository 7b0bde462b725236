// SPDX-License-Identifier: MIT
// What the caller of an operation of the platform holds in registers and on its stack.
#pragma once

#include <cstdint>
#include <cstring>

namespace racekit::model {

/// From the registers that a call preserves, through the return address, up the caller's stack.
struct call_frame {
    static constexpr int saved_registers = 6;  // rbp, r15, r14, r13, r12 and rbx

    unsigned char const* begin = nullptr;

    /// The address to which the operation returns: it names the call in the program.
    [[nodiscard]] std::uintptr_t caller() const {
        std::uintptr_t address = 0;
        std::memcpy(&address, begin + saved_registers * sizeof address, sizeof address);
        return address;
    }
};

#if defined(__x86_64__)
/// The frame of the function that this is inlined into, which then saves all of these registers
/// right below its return address.
[[nodiscard, gnu::always_inline]] inline call_frame calling_frame() {
    __builtin_unwind_init();
    return {static_cast<unsigned char const*>(__builtin_dwarf_cfa()) -
            (call_frame::saved_registers + 1) * sizeof(std::uintptr_t)};
}
#else
#error "calling_frame() is written for x86-64; say where this processor's calls save registers"
#endif

}  // namespace racekit::model
