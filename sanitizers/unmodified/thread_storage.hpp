// SPDX-License-Identifier: MIT
// The names by which the program knows its threads.
#pragma once

#include <pthread.h>
#include <span>
#include <vector>

namespace racekit::unmodified {

/// What pthread_self() returns in a thread of the model: its thread-local block has that address.
[[nodiscard]] pthread_t thread_named(int thread);
/// -1: it names no thread of the model.
[[nodiscard]] int thread_numbered(pthread_t name);
/// The thread of the model in whose thread-local storage an address lies; -1: it lies in none.
[[nodiscard]] int owner_of_storage(void const* address);
/// Its thread-local variables, a part for each module.
[[nodiscard]] std::vector<std::span<unsigned char const>> storage_parts(int thread);

/// The C library's own.
int real_pthread_create(pthread_t* made, pthread_attr_t const* attributes, void* (*body)(void*));

}  // namespace racekit::unmodified
