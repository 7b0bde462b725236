// SPDX-License-Identifier: MIT
// crc32c: the checksum of a block of bytes, which finds every burst of up to 32 wrong bits.
//
// Source: Guy Castagnoli et al., "Optimization of Cyclic Redundancy-Check Codes with 24 and 32
//         Parity Bits", 1993 (the polynomial); Michael E. Kounavis and Frank L. Berry, "A
//         Systematic Approach to Building High Performance Software-Based CRC Generators", 2005
//         (eight tables).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace racekit {

namespace crc_detail {

using table = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr table make_tables() {
    table all{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ ((rest & 1) != 0 ? 0x82f63b78U : 0);
        all[0][byte] = rest;
    }
    for (std::size_t byte = 0; byte < 256; ++byte) {
        for (std::size_t far = 1; far < 8; ++far)
            all[far][byte] = all[far - 1][byte] >> 8 ^ all[0][all[far - 1][byte] & 0xff];
    }
    return all;
}

inline constexpr table tables = make_tables();

}  // namespace crc_detail

/// The CRC-32C of `size` bytes; `before` is that of the bytes in front of them. Some gigabytes a
/// second.
[[nodiscard]] inline std::uint32_t crc32c(void const* bytes, std::size_t size,
                                          std::uint32_t before = 0) noexcept {
    auto const* at = static_cast<unsigned char const*>(bytes);
    auto const& by = crc_detail::tables;
    std::uint32_t rest = ~before;
    for (; size >= 8; size -= 8, at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);  // the low byte first: the machine is little-endian
        word ^= rest;
        rest = by[7][word & 0xff] ^ by[6][word >> 8 & 0xff] ^ by[5][word >> 16 & 0xff] ^
               by[4][word >> 24 & 0xff] ^ by[3][word >> 32 & 0xff] ^ by[2][word >> 40 & 0xff] ^
               by[1][word >> 48 & 0xff] ^ by[0][word >> 56];
    }
    for (; size > 0; --size, ++at) rest = rest >> 8 ^ by[0][(rest ^ *at) & 0xff];
    return ~rest;
}

}  // namespace racekit
