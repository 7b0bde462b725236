// SPDX-License-Identifier: MIT
#include "heap.hpp"

#include "fixed_addresses.hpp"
#include "hooks.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace racekit::model::heap {
namespace {

struct header {
    std::size_t size;
    std::uint32_t state;
    std::int32_t owner;
};
constexpr std::uint32_t live_mark = 0x11feb10c;
constexpr std::uint32_t freed_mark = 0xdeadb10c;
constexpr unsigned char freed_pattern = 0xdd;
constexpr std::size_t alignment = 16;
static_assert(sizeof(header) == alignment);

unsigned char* arena = nullptr;
std::size_t used = 0;
std::size_t live_blocks = 0;
std::vector<std::span<unsigned char const>> c_blocks;  // of malloc(), taken in this execution
std::vector<void*> kept_blocks;  // of malloc(), freed while objects stood in them
fault first_fault = fault::none;
std::size_t fault_size = 0;

void note(fault what, std::size_t size) {
    if (first_fault == fault::none) {
        first_fault = what;
        fault_size = size;
    }
}

bool in_arena(void const* address) {
    auto const* const byte = static_cast<unsigned char const*>(address);
    return arena != nullptr && byte >= arena && byte < arena + arena_size;
}

void* take(std::size_t size, std::size_t align) {
    if (arena == nullptr) {
        void* const memory = map_at(heap_address, arena_size);
        if (memory == nullptr) std::abort();
        arena = static_cast<unsigned char*>(memory);
    }
    if (align < alignment) align = alignment;
    std::size_t const begin = (used + sizeof(header) + align - 1) / align * align;
    if (size > arena_size || begin + size > arena_size) {
        note(fault::too_much, size);
        report_heap_fault();
    }
    used = begin + size;
    auto* const head = reinterpret_cast<header*>(arena + begin - sizeof(header));
    *head = {size, live_mark, running_thread()};
    ++live_blocks;
    if (observed_by != nullptr) observed_by->taken(arena + begin, size);
    return arena + begin;
}

void give_back(void* address) {
    auto* const head =
        reinterpret_cast<header*>(static_cast<unsigned char*>(address) - sizeof(header));
    if (static_cast<unsigned char*>(address) >= arena + used) {
        note(fault::outlived, 0);
        report_heap_fault();
    } else if (head->state == freed_mark) {
        note(fault::double_free, head->size);
        report_heap_fault();
    } else if (head->state != live_mark) {
        note(fault::not_a_block, 0);
        report_heap_fault();
    } else {
        if (observed_by != nullptr) observed_by->freed(address, head->size);
        (void)storage_ends(address, head->size);
        if (head->state == freed_mark) {  // by another thread meanwhile
            note(fault::double_free, head->size);
            report_heap_fault();
        }
        head->state = freed_mark;
        --live_blocks;
        std::memset(address, freed_pattern, head->size);
    }
}

template <class Visit>
void each_block(Visit visit) {
    // Blocks lie in order; a header is found by its mark at the next 16-byte step.
    for (std::size_t at = 0; at + sizeof(header) <= used;) {
        auto* const head = reinterpret_cast<header*>(arena + at);
        if (head->state != live_mark && head->state != freed_mark) {
            at += alignment;
            continue;
        }
        visit(*head, arena + at + sizeof(header));
        at += sizeof(header) + (head->size + alignment - 1) / alignment * alignment;
    }
}

}  // namespace

void reset() {
    for (void* const block : kept_blocks) std::free(block);
    kept_blocks.clear();
    c_blocks.clear();
    if (used > 0) std::memset(arena, 0, used);  // no stale header is taken for a block
    used = 0;
    live_blocks = 0;
    first_fault = fault::none;
    fault_size = 0;
}

void taken_by_c(void* block, std::size_t size) {
    outside const out;
    c_blocks.push_back({static_cast<unsigned char const*>(block), size});
}

void given_back_to_c(void* block) {
    if (c_blocks.empty()) return;
    std::erase_if(c_blocks, [block](auto const& each) { return each.data() == block; });
}

std::vector<std::span<unsigned char const>> const& blocks_of_c() { return c_blocks; }

void* take_block(std::size_t size, std::size_t align) { return take(size, align); }
void give_back_block(void* block) { give_back(block); }
bool holds(void const* address) { return in_arena(address); }
std::size_t block_size(void const* block) {
    return reinterpret_cast<header const*>(static_cast<unsigned char const*>(block) -
                                           sizeof(header))
        ->size;
}

bool freed_by_c(void* block, std::size_t size) {
    if (std::find(kept_blocks.begin(), kept_blocks.end(), block) != kept_blocks.end()) {
        note(fault::double_free, size);
        report_heap_fault();
    }
    if (!storage_ends(block, size)) return false;
    outside const out;
    std::memset(block, freed_pattern, size);
    kept_blocks.push_back(block);
    return true;
}

usage held(thread_set dead) {
    usage total;
    if (live_blocks == 0) return total;
    each_block([&](header const& head, unsigned char* block) {
        if (head.state != live_mark) return;
        if (observed_by != nullptr && observed_by->is_kept(block)) return;
        if (head.owner >= 0 && (dead >> head.owner & 1U) != 0) return;
        ++total.blocks;
        total.bytes += head.size;
    });
    return total;
}

fault noted_fault() { return first_fault; }
std::size_t noted_fault_size() { return fault_size; }

bool is_of_freed(std::uintptr_t number) {
    std::uintptr_t pattern = 0;
    std::memset(&pattern, freed_pattern, sizeof pattern);
    constexpr std::uintptr_t page = 4096;
    return number + page - pattern < 2 * page;
}

std::span<unsigned char const> used_bytes() { return {arena, used}; }

bool is_freed(void const* address) {
    if (!in_arena(address)) return false;
    bool freed = false;
    each_block([&](header const& head, unsigned char* begin) {
        auto const* const byte = static_cast<unsigned char const*>(address);
        if (head.state == freed_mark && byte >= begin && byte < begin + head.size) freed = true;
    });
    return freed;
}

namespace {

void* allocate(std::size_t size, std::size_t align) {
    if (body) return take(size, align);
    void* const memory = align <= alignment
                             ? std::malloc(size == 0 ? 1 : size)
                             : std::aligned_alloc(align, (size + align - 1) / align * align);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void* allocate_or_null(std::size_t size, std::size_t align) noexcept {
    try {
        return allocate(size, align);
    } catch (...) {
        return nullptr;
    }
}

void release(void* address) noexcept {
    if (address == nullptr) return;
    if (in_arena(address)) {
        give_back(address);
    } else {
        std::free(address);
    }
}

}  // namespace
}  // namespace racekit::model::heap

// D1: Relacy replaces only some of the global allocation functions, and those inline. These replace
// every form, for the whole program.
using racekit::model::heap::allocate;
using racekit::model::heap::allocate_or_null;
using racekit::model::heap::release;

void* operator new(std::size_t size) { return allocate(size, 0); }
void* operator new[](std::size_t size) { return allocate(size, 0); }
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    return allocate_or_null(size, 0);
}
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept {
    return allocate_or_null(size, 0);
}
void* operator new(std::size_t size, std::align_val_t align) {
    return allocate(size, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t size, std::align_val_t align) {
    return allocate(size, static_cast<std::size_t>(align));
}
void operator delete(void* address) noexcept { release(address); }
void operator delete[](void* address) noexcept { release(address); }
void operator delete(void* address, std::size_t) noexcept { release(address); }
void operator delete[](void* address, std::size_t) noexcept { release(address); }
void operator delete(void* address, std::nothrow_t const&) noexcept { release(address); }
void operator delete[](void* address, std::nothrow_t const&) noexcept { release(address); }
void operator delete(void* address, std::align_val_t) noexcept { release(address); }
void operator delete[](void* address, std::align_val_t) noexcept { release(address); }
void operator delete(void* address, std::size_t, std::align_val_t) noexcept { release(address); }
void operator delete[](void* address, std::size_t, std::align_val_t) noexcept { release(address); }
