// SPDX-License-Identifier: MIT
// Arbitrary bytes as the header of a segment: it is refused, or it is exactly what was wished for.
#include <racekit/platform/segment_header.hpp>

#include <cstdlib>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    racekit::segment_header header{};
    std::memcpy(&header, data, size < sizeof header ? size : sizeof header);
    // The rest of the input: the checksum made right or not, and the length of the file.
    if (size > sizeof header && (data[sizeof header] & 1U) != 0)
        header.sum = racekit::sum_of(header);
    std::uint64_t file_size = header.total_size;
    if (size > sizeof header + 1) file_size += data[sizeof header + 1];
    racekit::segment_wish wish;
    wish.object_size = 64;
    wish.object_alignment = 8;
    racekit::segment_fault const fault = racekit::check(header, wish, file_size);
    if (racekit::text_of(fault)[0] == 0) std::abort();
    if (fault == racekit::segment_fault::none &&
        (file_size != racekit::object_offset_for(8) + 64 || header.sum != racekit::sum_of(header)))
        std::abort();
    return 0;
}
