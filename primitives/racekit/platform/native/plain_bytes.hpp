// SPDX-License-Identifier: MIT
// plain_bytes: a block of unsynchronised bytes that is copied into and out of.
#pragma once

#include <racekit/platform/site.hpp>

#include <cstddef>
#include <cstring>

namespace racekit {

/// The bytes at an address that the caller keeps. Offsets are multiples of 8; a copy may end
/// anywhere.
class plain_bytes {
public:
    plain_bytes() = default;
    plain_bytes(void* at, std::size_t) noexcept : at_(static_cast<std::byte*>(at)) {}

    [[gnu::always_inline]] void put(std::size_t offset, void const* from, std::size_t size,
                                    site = {}) const noexcept {
        std::memcpy(at_ + offset, from, size);
    }
    [[gnu::always_inline]] void take(std::size_t offset, void* to, std::size_t size,
                                     site = {}) const noexcept {
        std::memcpy(to, at_ + offset, size);
    }

    /// Brings a cache line here to be written soon: a hint that changes nothing.
    [[gnu::always_inline]] void expect(std::size_t offset) const noexcept {
#if defined(__x86_64__)
        __asm__ volatile("prefetchw %0" : : "m"(*(at_ + offset)));
#else
        __builtin_prefetch(at_ + offset, 1);
#endif
    }

    /// The same for a line to be read soon.
    [[gnu::always_inline]] void expect_read(std::size_t offset) const noexcept {
        __builtin_prefetch(at_ + offset, 0);
    }

private:
    std::byte* at_ = nullptr;
};

}  // namespace racekit
