// SPDX-License-Identifier: MIT
// Whole pieces out of a stream of bytes: write_all and read_exactly over any end.
#pragma once

#include <racekit/platform.hpp>

#include <cstddef>

namespace racekit {

/// Writes all `size` bytes, or as many as went in before an error or `limit`. In several writes if
/// need be: other writers to the same pipe may come between.
template <class Writer>
[[nodiscard]] transfer write_all(Writer& end, void const* from, std::size_t size,
                                 deadline limit = never, site where = site::here()) {
    transfer whole;
    while (whole.bytes < size && !whole.error) {
        transfer const part = end.write_some(static_cast<std::byte const*>(from) + whole.bytes,
                                             size - whole.bytes, limit, where);
        whole.bytes += part.bytes;
        whole.error = part.error;
    }
    return whole;
}

/// Reads `size` bytes. Fewer without an error means that the end came first; none at all, that it
/// came where a piece would have begun (transfer::ended).
template <class Reader>
[[nodiscard]] transfer read_exactly(Reader& end, void* to, std::size_t size, deadline limit = never,
                                    site where = site::here()) {
    transfer whole;
    while (whole.bytes < size && !whole.error) {
        transfer const part = end.read_some(static_cast<std::byte*>(to) + whole.bytes,
                                            size - whole.bytes, limit, where);
        if (part.ended()) break;
        whole.bytes += part.bytes;
        whole.error = part.error;
    }
    return whole;
}

}  // namespace racekit
