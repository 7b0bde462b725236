// SPDX-License-Identifier: MIT
// The functions of C that allocate, as the program itself calls them: its objects are linked with
// --wrap=malloc and so on. operator new is that of the kit.
#include "shadow.hpp"
#include "watch.hpp"

#include "model/runtime/heap.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
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

char* copied(char const* text, std::size_t length) {
    auto* const fresh = static_cast<char*>(take_block(length + 1, 0));
    if (has_threads) {
        shadow::reads(text, length);
        shadow::writes(fresh, length + 1);
    }
    std::memcpy(fresh, text, length);
    fresh[length] = '\0';
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
    if (has_threads) shadow::writes(into, sizeof *into);
    *into = take_block(size, align);
    return 0;
}
std::size_t __wrap_malloc_usable_size(void* block) {
    return is_ours(block) ? block_size(block) : ::malloc_usable_size(block);
}
char* __wrap_strdup(char const* text) {
    if (!in_program()) return ::strdup(text);
    return copied(text, std::strlen(text));
}

char* __wrap_strndup(char const* text, std::size_t most) {
    if (!in_program()) return ::strndup(text, most);
    return copied(text, ::strnlen(text, most));
}
ssize_t __wrap_getdelim(char** line, std::size_t* size, int delimiter, std::FILE* from) {
    if (!in_program()) return ::getdelim(line, size, delimiter, from);
    // The C library would move the program's block by its own realloc().
    char* own = nullptr;
    std::size_t own_size = 0;
    ssize_t const length = ::getdelim(&own, &own_size, delimiter, from);
    if (length >= 0) {
        std::size_t const needed = static_cast<std::size_t>(length) + 1;
        if (*line == nullptr || *size < needed) {
            *line = static_cast<char*>(__wrap_realloc(*line, needed));
            *size = needed;
        }
        if (has_threads) shadow::writes(*line, needed);
        std::memcpy(*line, own, needed);
    }
    std::free(own);
    return length;
}
/// By that name getline() calls it, which is inline.
ssize_t __wrap___getdelim(char** line, std::size_t* size, int delimiter, std::FILE* from) {
    return __wrap_getdelim(line, size, delimiter, from);
}
ssize_t __wrap_getline(char** line, std::size_t* size, std::FILE* from) {
    return __wrap_getdelim(line, size, '\n', from);
}

}  // extern "C"
