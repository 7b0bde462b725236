// SPDX-License-Identifier: MIT
// The heap of the test body: every execution starts with an empty one.
//
// Blocks come from one arena that is forgotten at the end of the execution. A freed block is filled
// with a pattern and not used again, so that what still points at it is seen.
#pragma once

#include "bounds.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace racekit::model::heap {

inline constexpr std::size_t arena_size = std::size_t(64) << 20;

/// While true, operator new takes from the arena.
inline bool body = false;
inline void in_test_body(bool now) { body = now; }
[[nodiscard]] inline bool in_test_body() { return body; }

/// Marks allocations of the engine itself as outside the test body.
class outside {
public:
    outside() : was_(in_test_body()) { in_test_body(false); }
    ~outside() { in_test_body(was_); }
    outside(outside const&) = delete;
    outside& operator=(outside const&) = delete;

private:
    bool was_;
};

/// Forgets all blocks.
void reset();

// For allocation functions other than operator new. Aligned to 16 bytes at least.
[[nodiscard]] void* take_block(std::size_t size, std::size_t align);
/// Frees a block; what is no block of this execution ends it with an error.
void give_back_block(void* block);
[[nodiscard]] bool holds(void const* address);
/// Of a block that was taken and not freed.
[[nodiscard]] std::size_t block_size(void const* block);

/// What looks on when blocks are taken and, before their bytes are overwritten, freed.
struct observer {
    void (*taken)(void* block, std::size_t size);
    void (*freed)(void* block, std::size_t size);
    /// Whether a block that is still held at the end of an execution is no leak.
    bool (*is_kept)(void const* block);
};
inline observer const* observed_by = nullptr;

/// The test body frees a block of malloc(). True if objects stood in it: they end, and the block is
/// kept until the next execution, so that a later access to them is seen.
[[nodiscard]] bool freed_by_c(void* block, std::size_t size);

struct usage {
    std::size_t blocks = 0;  ///< not freed
    std::size_t bytes = 0;
};
/// What is still held, leaving out the blocks that the threads in `dead` took.
[[nodiscard]] usage held(thread_set dead);

enum class fault { none, double_free, not_a_block, outlived, too_much };
/// What went wrong since reset(), and the size of the block it went wrong with.
[[nodiscard]] fault noted_fault();
[[nodiscard]] std::size_t noted_fault_size();

/// Whether a number was read from a freed block, or is up to a page away from one that was.
[[nodiscard]] bool is_of_freed(std::uintptr_t number);

/// All blocks of this execution, with their headers.
[[nodiscard]] std::span<unsigned char const> used_bytes();

/// The test body has taken a block of malloc().
void taken_by_c(void* block, std::size_t size);
void given_back_to_c(void* block);
/// Those that it has not freed.
[[nodiscard]] std::vector<std::span<unsigned char const>> const& blocks_of_c();

/// Whether an address lies in a freed block of this execution.
[[nodiscard]] bool is_freed(void const* address);

}  // namespace racekit::model::heap
