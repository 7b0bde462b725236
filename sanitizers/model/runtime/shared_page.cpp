// SPDX-License-Identifier: MIT
#include "shared_page.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>

namespace racekit::model {

void* shared_memory(std::size_t bytes) {
    void* const place =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "no memory for the workers");
    return place;
}

void release_shared_memory(void* place, std::size_t bytes) { ::munmap(place, bytes); }

}  // namespace racekit::model
