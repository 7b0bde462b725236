// SPDX-License-Identifier: MIT
// The header of a shared memory segment, and the test whether it may be used.
#pragma once

#include <racekit/platform/cache_line.hpp>
#include <racekit/platform/crc32c.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace racekit {

/// Why a segment cannot be made or used.
enum class segment_fault {
    none,
    bad_name,
    name_in_use,
    not_found,
    another_owner,
    another_version,
    another_layout,
    another_size,
    another_machine,
    another_pid_namespace,
    truncated,
    scribbled,
    not_sealed,
    no_descriptors,
    no_space,
    no_memory,
    refused,
};

[[nodiscard]] constexpr char const* text_of(segment_fault fault) noexcept {
    switch (fault) {
        case segment_fault::none: return "nothing is wrong";
        case segment_fault::bad_name:
            return "a name has 1 to 200 letters, digits, '-', '_' and '.', and begins with none of "
                   "the last";
        case segment_fault::name_in_use:
            return "the name is in use by a living process: attach to it, or take another name";
        case segment_fault::not_found: return "there is none of that name: create it first";
        case segment_fault::another_owner:
            return "it belongs to another user, or others may write to it: remove it, if it is "
                   "yours";
        case segment_fault::another_version:
            return "it was made by another version of racekit or of the object: build both "
                   "programs from the same sources";
        case segment_fault::another_layout:
            return "it holds an object of another size or alignment: attach with the type that it "
                   "was created with";
        case segment_fault::another_size:
            return "the file is not as long as its header says: it was copied or cut, create it "
                   "anew";
        case segment_fault::another_machine:
            return "it was made with another word size, byte order or cache line, or before this "
                   "machine was started: remove it";
        case segment_fault::another_pid_namespace:
            return "its creator is in another PID namespace, where other processes have the same "
                   "numbers: run both in one";
        case segment_fault::truncated: return "it is too short for a header: create it anew";
        case segment_fault::scribbled: return "its header was overwritten: create it anew";
        case segment_fault::not_sealed:
            return "its size is not sealed, so that another process could cut it: pass the "
                   "descriptor of a segment that racekit made";
        case segment_fault::no_descriptors:
            return "no descriptor is free: close some, or raise the limit (ulimit -n)";
        case segment_fault::no_space:
            return "there is no room: free some of /dev/shm, or make it larger";
        case segment_fault::no_memory: return "there is no memory, or no address space";
        case segment_fault::refused: break;
    }
    return "the operating system refused";
}

/// Thrown before anything has changed; nothing is left behind.
struct segment_error : std::runtime_error {
    segment_error(segment_fault why, std::string const& what)
        : std::runtime_error("shared_memory: " + what + ": " + text_of(why)), fault(why) {}
    segment_fault fault;
};

/// Written once, before anybody else can see it. `sum` covers all that is above it.
struct segment_header {
    std::uint64_t magic;
    std::uint32_t format;
    std::uint32_t machine;
    std::uint64_t total_size;
    std::uint64_t object_offset;
    std::uint64_t object_size;
    std::uint32_t object_alignment;
    std::uint32_t object_version;
    std::int64_t creator;
    std::uint64_t creator_started;
    std::uint64_t boot[2];
    std::uint64_t pid_namespace;
    std::uint64_t nonce;
    std::uint32_t unused;
    std::uint32_t sum;
};
static_assert(std::is_trivially_copyable_v<segment_header> && sizeof(segment_header) == 104);

/// What a process expects of a segment.
struct segment_wish {
    std::uint64_t object_size = 0;
    std::uint32_t object_alignment = 1;
    std::uint32_t object_version = 1;
    std::uint64_t boot[2] = {};
    std::uint64_t pid_namespace = 0;
};

inline constexpr std::uint64_t segment_magic = 0x31746967656b6361U;  // "ackegit1"
inline constexpr std::uint32_t segment_format = 2;
/// Byte order, word size and cache line of this machine.
inline constexpr std::uint32_t segment_machine = 0x01020000U |
                                                 static_cast<std::uint32_t>(sizeof(void*) << 8U) |
                                                 static_cast<std::uint32_t>(cache_line);
inline constexpr std::uint64_t most_segment_bytes = std::uint64_t{1} << 46U;

[[nodiscard]] inline std::uint32_t sum_of(segment_header const& header) noexcept {
    return crc32c(&header, offsetof(segment_header, sum));
}

/// Where an object of that alignment begins.
[[nodiscard]] constexpr std::uint64_t object_offset_for(std::uint64_t alignment) noexcept {
    std::uint64_t const step = alignment > cache_line ? alignment : cache_line;
    return (sizeof(segment_header) + step - 1) / step * step;
}

/// Whether `header`, which is a copy that nobody changes, is that of a segment of `file_size` bytes
/// that `wish` can use. Every size is derived anew from the wish; the header only has to agree.
[[nodiscard]] inline segment_fault check(segment_header const& header, segment_wish const& wish,
                                         std::uint64_t file_size) noexcept {
    if (header.magic != segment_magic || header.sum != sum_of(header))
        return segment_fault::scribbled;
    if (header.machine != segment_machine) return segment_fault::another_machine;
    if (header.format != segment_format || header.object_version != wish.object_version)
        return segment_fault::another_version;
    if (header.object_size != wish.object_size || wish.object_size == 0 ||
        wish.object_size > most_segment_bytes || header.object_alignment != wish.object_alignment)
        return segment_fault::another_layout;
    std::uint64_t const offset = object_offset_for(wish.object_alignment);
    if (header.object_offset != offset) return segment_fault::scribbled;
    if (header.total_size != offset + wish.object_size || header.total_size != file_size)
        return segment_fault::another_size;
    if (header.boot[0] != wish.boot[0] || header.boot[1] != wish.boot[1])
        return segment_fault::another_machine;
    if (header.pid_namespace != wish.pid_namespace) return segment_fault::another_pid_namespace;
    return segment_fault::none;
}

}  // namespace racekit
