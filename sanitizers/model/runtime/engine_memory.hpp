// SPDX-License-Identifier: MIT
// Memory of the engine, which it takes while a test body runs: neither operator new nor malloc(),
// which are the test body's then.
#pragma once

#include <cstddef>
#include <new>

// The functions of the C library under names that no program replaces.
extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void __libc_free(void* block) noexcept;
}

namespace racekit::model::engine_memory {

/// Throws std::bad_alloc.
[[nodiscard]] inline void* take(std::size_t size) {
    void* const block = __libc_malloc(size);
    if (block == nullptr) throw std::bad_alloc();
    return block;
}
[[nodiscard]] inline void* resize(void* block, std::size_t size) {
    void* const larger = __libc_realloc(block, size);
    if (larger == nullptr) throw std::bad_alloc();
    return larger;
}
inline void give_back(void* block) { __libc_free(block); }

}  // namespace racekit::model::engine_memory
