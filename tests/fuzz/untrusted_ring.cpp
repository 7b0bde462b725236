// SPDX-License-Identifier: MIT
// Arbitrary bytes as the memory of a ring: no access outside it, no length past the buffer.
#include <racekit/shared/untrusted_ring.hpp>

#include <cstdlib>
#include <cstring>
#include <memory>

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    using ring = racekit::untrusted_ring<20, 3>;
    auto const shared = std::make_unique<ring>();
    racekit::untrusted_sender<ring> out(*shared);
    racekit::untrusted_receiver<ring> in(*shared);
    // Between two calls the other side overwrites a word: where, and by what.
    for (std::size_t at = 0; at + 6 <= size; at += 6) {
        std::uint32_t value = 0;
        std::memcpy(&value, data + at + 2, sizeof value);
        std::size_t const where = data[at] % (2 + ring::slot_count * ring::slot_words);
        if (where == 0) shared->sent.store(value);
        else if (where == 1) shared->received.store(value);
        else shared->word[where - 2].store(value);
        unsigned char got[20];
        std::size_t length = 0;
        if ((data[at + 1] & 1U) != 0) (void)out.try_send("twenty bytes of text", data[at + 1] % 21);
        if ((data[at + 1] & 2U) == 0) continue;
        racekit::ring_state const how = in.try_receive(got, data[at + 1] % 21, length);
        if (how == racekit::ring_state::done && length > data[at + 1] % 21U) std::abort();
    }
    return 0;
}
