// SPDX-License-Identifier: MIT
#include "fiber.hpp"

#include "fixed_addresses.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace racekit::model {
namespace {

constexpr std::size_t guard_size =
    fiber::stack_size;  // no frame steps over it; costs addresses only
constexpr int most_stacks = 64;

/// Stacks are kept for the next run: mapping one costs more than a thousand switches.
void* pool[most_stacks];
int pooled = 0;
void* known[most_stacks];  // in order of first use; a stack never leaves this list
int known_count = 0;

void* new_stack() {
    if (pooled > 0) return pool[--pooled];
    constexpr std::size_t whole = guard_size + fiber::stack_size;
    void* const memory =
        map_at(stacks_address + static_cast<std::size_t>(known_count) * whole, whole);
    if (memory == nullptr) throw std::bad_alloc();
    ::mprotect(memory, guard_size, PROT_NONE);
    if (known_count < most_stacks) known[known_count++] = memory;
    return memory;
}

}  // namespace

int fiber::overflowed(void const* address) {
    for (int number = 0; number < known_count; ++number) {
        auto const* const guard = static_cast<char const*>(known[number]);
        if (address >= guard && address < guard + guard_size) return number;
    }
    return -1;
}

int fiber::owner_of(void const* address) {
    for (int number = 0; number < known_count; ++number) {
        auto const* const begin = static_cast<char const*>(known[number]) + guard_size;
        if (address >= begin && address < begin + stack_size) return number;
    }
    return -1;
}

void* fiber::current_stack() {
    int const owner = owner_of(__builtin_frame_address(0));
    return owner < 0 ? nullptr : static_cast<char*>(known[owner]) + guard_size;
}

void fiber::release() {
    if (stack_ != nullptr && pooled < most_stacks) pool[pooled++] = stack_;
    stack_ = nullptr;
}

void fiber::start(void (*body)(void*), void* argument) {
    in_flight_ = reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
    stack_ = new_stack();
    body_ = body;
    argument_ = argument;
    restart();
}

#if defined(__x86_64__)

extern "C" void racekit_enter_fiber();
__asm__(
    ".text\n"
    ".globl racekit_switch_stack\n"
    ".type racekit_switch_stack,@function\n"
    "racekit_switch_stack:\n"
    "  pushq %rbp\n"
    "  pushq %rbx\n"
    "  pushq %r12\n"
    "  pushq %r13\n"
    "  pushq %r14\n"
    "  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n"
    "  popq %r14\n"
    "  popq %r13\n"
    "  popq %r12\n"
    "  popq %rbx\n"
    "  popq %rbp\n"
    "  ret\n"
    ".size racekit_switch_stack,.-racekit_switch_stack\n"
    ".globl racekit_enter_fiber\n"
    ".type racekit_enter_fiber,@function\n"
    "racekit_enter_fiber:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined rip\n"  // the end of every backtrace on this stack
    "  movq %r12, %rdi\n"
    "  callq *%rbx\n"
    "  ud2\n"
    "  .cfi_endproc\n"
    ".size racekit_enter_fiber,.-racekit_enter_fiber\n");

void fiber::restart() {
    auto* top =
        reinterpret_cast<std::uint64_t*>(static_cast<char*>(stack_) + guard_size + stack_size);
    *--top = 0;  // keeps the stack aligned at the call in racekit_enter_fiber
    *--top = 0;
    *--top = reinterpret_cast<std::uint64_t>(&racekit_enter_fiber);
    *--top = 0;                                           // rbp
    *--top = reinterpret_cast<std::uint64_t>(body_);      // rbx
    *--top = reinterpret_cast<std::uint64_t>(argument_);  // r12
    *--top = 0;                                           // r13
    *--top = 0;                                           // r14
    *--top = 0;                                           // r15
    stack_pointer_ = top;
    exceptions_ = {};
}

void fiber::leave(fiber&, fiber& to) {
    *in_flight_ = to.exceptions_;
    void* nowhere = nullptr;
    racekit_switch_stack(&nowhere, to.stack_pointer_);
    std::abort();
}

#else
#error "racekit's fibers are written for x86-64; write restart, change and leave for this processor"
#endif

}  // namespace racekit::model
