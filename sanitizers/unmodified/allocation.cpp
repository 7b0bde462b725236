// SPDX-License-Identifier: MIT
// The allocation functions of C, and those that read or write a range, as the program itself calls
// them: its objects are linked with --wrap=malloc and so on. operator new is that of the kit.
#include "shadow.hpp"
#include "watch.hpp"

#include "model/runtime/heap.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <malloc.h>

using namespace racekit;
using namespace racekit::unmodified;
using model::heap::block_size;
using model::heap::give_back_block;
using model::heap::take_block;

namespace {

bool is_ours(void const* block) { return block != nullptr && model::heap::holds(block); }

void* moved(void* block, std::size_t size) {
    std::size_t const had = is_ours(block) ? block_size(block) : malloc_usable_size(block);
    void* const fresh = take_block(size, 0);
    if (has_threads) {
        shadow::reads(block, std::min(had, size));
        shadow::writes(fresh, std::min(had, size));
    }
    std::memcpy(fresh, block, std::min(had, size));
    return fresh;
}

}  // namespace

extern "C" {

void* __wrap_malloc(std::size_t size) {
    return in_program() ? take_block(size, 0) : std::malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {
    if (!in_program()) return std::calloc(count, size);
    std::size_t whole = 0;
    if (__builtin_mul_overflow(count, size, &whole)) return nullptr;
    return take_block(whole, 0);  // the heap of an execution is zero at first
}
void __wrap_free(void* block) {
    if (is_ours(block)) give_back_block(block);
    else std::free(block);
}
void* __wrap_realloc(void* block, std::size_t size) {
    if (!in_program() && !is_ours(block)) return std::realloc(block, size);
    if (block == nullptr) return take_block(size, 0);
    void* const fresh = moved(block, size);
    __wrap_free(block);
    return fresh;
}
void* __wrap_reallocarray(void* block, std::size_t count, std::size_t size) {
    std::size_t whole = 0;
    if (__builtin_mul_overflow(count, size, &whole)) return nullptr;
    return __wrap_realloc(block, whole);
}
void* __wrap_aligned_alloc(std::size_t align, std::size_t size) {
    return in_program() ? take_block(size, align) : std::aligned_alloc(align, size);
}
void* __wrap_memalign(std::size_t align, std::size_t size) {
    return in_program() ? take_block(size, align) : ::memalign(align, size);
}
int __wrap_posix_memalign(void** into, std::size_t align, std::size_t size) {
    if (!in_program()) return ::posix_memalign(into, align, size);
    *into = take_block(size, align);
    return 0;
}
std::size_t __wrap_malloc_usable_size(void* block) {
    return is_ours(block) ? block_size(block) : ::malloc_usable_size(block);
}

// Ranges. clang calls functions of its own for some of these.

void* __wrap_memcpy(void* to, void const* from, std::size_t size) {
    if (is_watched()) {
        shadow::reads(from, size);
        shadow::writes(to, size);
    }
    return std::memcpy(to, from, size);
}
void* __wrap_memmove(void* to, void const* from, std::size_t size) {
    if (is_watched()) {
        shadow::reads(from, size);
        shadow::writes(to, size);
    }
    return std::memmove(to, from, size);
}
void* __wrap_memset(void* to, int value, std::size_t size) {
    if (is_watched()) shadow::writes(to, size);
    return std::memset(to, value, size);
}
int __wrap_memcmp(void const* left, void const* right, std::size_t size) {
    if (is_watched()) {
        shadow::reads(left, size);
        shadow::reads(right, size);
    }
    return std::memcmp(left, right, size);
}
void const* __wrap_memchr(void const* at, int wanted, std::size_t size) {
    if (is_watched()) shadow::reads(at, size);
    return std::memchr(at, wanted, size);
}
std::size_t __wrap_strlen(char const* text) {
    std::size_t const length = std::strlen(text);
    if (is_watched()) shadow::reads(text, length + 1);
    return length;
}
char* __wrap_strcpy(char* to, char const* from) {
    if (is_watched()) {
        std::size_t const size = std::strlen(from) + 1;
        shadow::reads(from, size);
        shadow::writes(to, size);
    }
    return std::strcpy(to, from);
}
int __wrap_strcmp(char const* left, char const* right) {
    int const order = std::strcmp(left, right);
    if (is_watched()) {
        shadow::reads(left, std::strlen(left) + 1);
        shadow::reads(right, std::strlen(right) + 1);
    }
    return order;
}
char* __wrap_strdup(char const* text) {
    if (!in_program()) return ::strdup(text);
    std::size_t const size = __wrap_strlen(text) + 1;
    return static_cast<char*>(__wrap_memcpy(take_block(size, 0), text, size));
}

}  // extern "C"
