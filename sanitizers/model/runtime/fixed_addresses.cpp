// SPDX-License-Identifier: MIT
#include "fixed_addresses.hpp"

#include <sys/mman.h>

namespace racekit::model {

void* map_at(std::uintptr_t address, std::size_t size) {
    constexpr int access = PROT_READ | PROT_WRITE;
    constexpr int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* memory = ::mmap(reinterpret_cast<void*>(address), size, access,
                          kind | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory == MAP_FAILED) memory = ::mmap(nullptr, size, access, kind, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace racekit::model
