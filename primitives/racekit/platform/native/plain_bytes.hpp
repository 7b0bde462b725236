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

private:
    std::byte* at_ = nullptr;
};

}  // namespace racekit
