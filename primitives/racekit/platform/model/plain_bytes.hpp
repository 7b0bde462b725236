// SPDX-License-Identifier: MIT
// plain_bytes as words that the engine watches: two copies that meet are a data race.
#pragma once

#include <racekit/platform/model/plain.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace racekit {

/// All memory of the model is shared, so the words need not be where the caller says.
class plain_bytes {
public:
    plain_bytes() = default;
    plain_bytes(void*, std::size_t size)
        : words_(std::make_unique<plain<std::uint64_t>[]>((size + 7) / 8)) {}

    void put(std::size_t offset, void const* from, std::size_t size, site where = site::here()) {
        auto const* bytes = static_cast<unsigned char const*>(from);
        for (std::size_t at = offset / 8; size > 0; ++at) {
            std::uint64_t word = 0;
            std::size_t const part = std::min<std::size_t>(size, 8);
            std::memcpy(&word, bytes, part);
            words_[at].write(word, where);
            bytes += part;
            size -= part;
        }
    }
    void take(std::size_t offset, void* to, std::size_t size, site where = site::here()) const {
        auto* bytes = static_cast<unsigned char*>(to);
        for (std::size_t at = offset / 8; size > 0; ++at) {
            std::uint64_t const word = words_[at].read(where);
            std::size_t const part = std::min<std::size_t>(size, 8);
            std::memcpy(bytes, &word, part);
            bytes += part;
            size -= part;
        }
    }

    void expect(std::size_t) const {}
    void expect_read(std::size_t) const {}

private:
    std::unique_ptr<plain<std::uint64_t>[]> words_;
};

}  // namespace racekit
