// SPDX-License-Identifier: MIT
// The frame decoder under libFuzzer: any bytes, in any pieces.
//
// The first byte of an input says how its rest is cut; of the frames in it the checksums are put
// right if the second byte says so, so that the fuzzer gets behind them.
#include <racekit/pipe/frame.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr std::size_t longest = 256;

void expect(bool holds) {
    if (!holds) std::abort();
}

/// Makes sound what looks like frames, as far as the bytes go.
void correct_sums(std::string& bytes) {
    using racekit::frame_header;
    for (std::size_t at = 0; at + frame_header::size_on_wire <= bytes.size();) {
        frame_header head;
        std::memcpy(&head, bytes.data() + at, sizeof head);
        head.mark = frame_header::right_mark;
        head.zero = 0;
        head.size %= 2 * longest;
        std::size_t const start = at + sizeof head;
        std::size_t const there = std::min<std::size_t>(head.size, bytes.size() - start);
        head.message_sum = racekit::crc32c(bytes.data() + start, there);
        head.header_sum = racekit::crc32c(&head, sizeof head - sizeof head.header_sum);
        std::memcpy(bytes.data() + at, &head, sizeof head);
        at = start + there;
    }
}

/// What a decoder makes of the bytes; each message, then its last state.
std::vector<std::string> decoded(std::string const& bytes, std::size_t piece) {
    racekit::frame_decoder decoder(longest);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t const size = std::min(piece, bytes.size() - at);
        // A copy of just that size: AddressSanitizer sees a read behind it.
        std::vector<char> const part(bytes.data() + at, bytes.data() + at + size);
        std::size_t const taken = decoder.feed(part.data(), size);
        expect(taken <= size);
        at += taken;
        if (decoder.has_message()) {
            all.push_back(decoder.take());
            expect(all.back().size() <= longest);
        } else if (decoder.error()) {
            break;
        } else {
            expect(taken == size);
        }
    }
    all.push_back(decoder.error()        ? decoder.error().message()
                  : decoder.is_between() ? "between"
                                         : "inside");
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    std::string bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
    if (data[1] % 2 == 1) correct_sums(bytes);
    // However it is cut, the same comes of it; and what came is what an encoder makes.
    std::vector<std::string> const whole = decoded(bytes, bytes.size() + 1);
    expect(decoded(bytes, 1 + data[0]) == whole);
    std::string again;
    for (std::size_t each = 0; each + 1 < whole.size(); ++each) {
        racekit::frame_header const head = racekit::frame_header::of(whole[each]);
        again.append(reinterpret_cast<char const*>(&head), sizeof head);
        again += whole[each];
    }
    expect(bytes.compare(0, again.size(), again) == 0);
    return 0;
}
