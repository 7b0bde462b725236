// SPDX-License-Identifier: MIT
// mmap() and its kind, as the program itself calls them: its objects are linked with --wrap=mmap
// and so on. A mapping is a block of memory to the shadow: it begins by a write, and its end must
// happen after each use. What was unmapped stays readable until the execution ends, so that a use
// is a finding with its places and no crash of the kit.
#include "mappings.hpp"

#include "shadow.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <sys/mman.h>
#include <sys/types.h>

using namespace racekit;
using namespace racekit::unmodified;

namespace racekit::unmodified::mappings {
namespace {

constexpr std::uintptr_t first_address = 0x2030'0000'0000;
constexpr std::size_t most_bytes = std::size_t(1) << 40;
constexpr std::size_t page_size = 4096;
constexpr std::size_t most_compared = std::size_t(1) << 20;  // by a change of rights
std::size_t used = 0;                                        // of these addresses

std::size_t in_pages(std::size_t size) { return (size + page_size - 1) & ~(page_size - 1); }

/// Addresses that this execution has not had; null: there are none. A page is left between two.
void* fresh_addresses(std::size_t size) {
    if (size > most_bytes - used) return nullptr;
    void* const at = reinterpret_cast<void*>(first_address + used);
    used += in_pages(size) + page_size;
    return at;
}

void* map(void* wanted, std::size_t size, int access, int kind, int file, off_t from) {
    model::heap::outside const out;
    if ((kind & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
        note_unseen("calls of mmap() at a given address");
        return ::mmap(wanted, size, access, kind, file, from);
    }
    void* const at = fresh_addresses(size);
    if (at == nullptr) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return ::mmap(at, size, access, kind | MAP_FIXED, file, from);
}

void* taken(void* at, std::size_t size) {
    if (holds(at)) shadow::block_taken(at, in_pages(size));
    return at;
}

/// The objects in it end, and nothing may be used that lies there.
void end(void* at, std::size_t size) {
    (void)model::storage_ends(at, size);
    shadow::part_ends(at, size, "its memory is unmapped");
}

void* moved(void* before, std::size_t had, std::size_t size) {
    void* at = nullptr;
    {
        model::heap::outside const out;
        at = fresh_addresses(size);
        if (at == nullptr) {
            errno = ENOMEM;
            return MAP_FAILED;
        }
        at = ::mremap(before, had, size, MREMAP_MAYMOVE | MREMAP_FIXED, at);
        if (at == MAP_FAILED) return at;
        (void)::mmap(before, had, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                     -1, 0);
    }
    end(before, in_pages(had));
    return taken(at, size);
}

/// Whether a call is about memory whose accesses are compared with it.
bool is_compared(void const* at, std::size_t size, char const* call) {
    if (!is_watched() || !holds(at)) return false;
    if (size <= most_compared) return true;
    note_unseen(call);
    return false;
}

}  // namespace

void forget() {
    if (used == 0) return;
    (void)::munmap(reinterpret_cast<void*>(first_address), used);
    used = 0;
}

bool holds(void const* address) {
    auto const at = reinterpret_cast<std::uintptr_t>(address);
    return at >= first_address && at < first_address + used;
}

}  // namespace racekit::unmodified::mappings

extern "C" {

void* __wrap_mmap(void* wanted, std::size_t size, int access, int kind, int file, off_t from) {
    if (!in_program() || size == 0) return ::mmap(wanted, size, access, kind, file, from);
    if (file >= 0 && (kind & MAP_SHARED) != 0 && (access & PROT_WRITE) != 0)
        note_unseen("calls of mmap() that share a file, which keeps what an execution writes");
    void* const at = mappings::map(wanted, size, access, kind, file, from);
    return at == MAP_FAILED ? at : mappings::taken(at, size);
}
void* __wrap_mmap64(void* wanted, std::size_t size, int access, int kind, int file, off_t from) {
    return __wrap_mmap(wanted, size, access, kind, file, from);
}

int __wrap_munmap(void* at, std::size_t size) {
    bool const is_page = reinterpret_cast<std::uintptr_t>(at) % mappings::page_size == 0;
    if (!in_program() || !mappings::holds(at) || !is_page || size == 0) return ::munmap(at, size);
    mappings::end(at, mappings::in_pages(size));
    return 0;
}

void* __wrap_mremap(void* before, std::size_t had, std::size_t size, int how, ...) {
    va_list list;
    va_start(list, how);
    void* const wanted = (how & MREMAP_FIXED) != 0 ? va_arg(list, void*) : nullptr;
    va_end(list);
    if (!in_program() || !mappings::holds(before)) return ::mremap(before, had, size, how, wanted);
    if ((how & ~MREMAP_MAYMOVE) != 0 || had == 0) {
        note_unseen("calls of mremap() at a given address, or of no bytes");
        return ::mremap(before, had, size, how, wanted);
    }
    std::size_t const pages = mappings::in_pages(had), left = mappings::in_pages(size);
    if (size != 0 && left <= pages) {
        if (left < pages) mappings::end(static_cast<char*>(before) + left, pages - left);
        return before;
    }
    if (size != 0 && how == MREMAP_MAYMOVE) return mappings::moved(before, had, size);
    errno = size == 0 ? EINVAL : ENOMEM;  // what comes behind it is taken
    return MAP_FAILED;
}

/// Taking away the right to write or read is a conflict with what writes or reads.
int __wrap_mprotect(void* at, std::size_t size, int access) {
    if (mappings::is_compared(at, size, "calls of mprotect() for more than 1 MiB")) {
        if ((access & PROT_READ) == 0) shadow::writes(at, size);
        else if ((access & PROT_WRITE) == 0) shadow::reads(at, size);
    }
    return ::mprotect(at, size, access);
}

/// What is thrown away is zero afterwards.
int __wrap_madvise(void* at, std::size_t size, int advice) {
    bool const changes = advice == MADV_DONTNEED || advice == MADV_REMOVE || advice == MADV_FREE;
    if (changes && mappings::is_compared(at, size, "calls of madvise() for more than 1 MiB"))
        shadow::writes(at, size);
    return ::madvise(at, size, advice);
}

}  // extern "C"
