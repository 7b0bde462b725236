// SPDX-License-Identifier: MIT
// Rings and segments beside a process that writes whatever it likes, all the time.
// RACEKIT_HOSTILE_SECONDS: how long; 1 where it is not set.
#include <racekit/platform.hpp>
#include <racekit/shared/shared_memory.hpp>
#include <racekit/shared/shared_value.hpp>
#include <racekit/shared/untrusted_ring.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using racekit::process;
using racekit::ring_state;
using ring = racekit::untrusted_ring<100, 8>;
using sender = racekit::untrusted_sender<ring>;
using receiver = racekit::untrusted_receiver<ring>;

/// For so long, and on a busy machine for longer: until enough was seen, but at most a minute more.
class hostile_time {
public:
    hostile_time() {
        char const* const wish = std::getenv("RACEKIT_HOSTILE_SECONDS");
        end_ = racekit::after(std::chrono::seconds(wish != nullptr ? std::atoi(wish) : 1));
    }
    [[nodiscard]] bool goes_on(bool enough) const {
        auto const now = racekit::clock::now();
        return now < end_ || (!enough && now < end_ + 60s);
    }

private:
    racekit::deadline end_;
};

TEST(untrusted_ring, carries_messages_of_every_length) {
    racekit::shared_object<ring> shared;
    process other([&] {
        receiver in(*shared);
        for (std::size_t length = 0; length <= 100; ++length) {
            std::array<unsigned char, 100> got{};
            std::size_t size = 0;
            if (in.receive_until(got.data(), got.size(), size, racekit::after(60s)) !=
                    ring_state::done ||
                size != length)
                return 1;
            for (std::size_t at = 0; at < length; ++at) {
                if (got[at] != (at + length) % 256) return 2;
            }
        }
        return 0;
    });
    sender out(*shared);
    for (std::size_t length = 0; length <= 100; ++length) {
        std::array<unsigned char, 100> made{};
        for (std::size_t at = 0; at < length; ++at)
            made[at] = static_cast<unsigned char>((at + length) % 256);
        ASSERT_EQ(out.send_until(made.data(), length, racekit::after(60s)), ring_state::done);
    }
    EXPECT_EQ(other.join().code, 0);
}

TEST(untrusted_ring, says_what_is_wrong) {
    racekit::shared_object<ring> shared;
    sender out(*shared);
    receiver in(*shared);
    char text[101] = {};
    std::size_t size = 0;
    EXPECT_EQ(in.try_receive(text, 100, size), ring_state::empty);
    EXPECT_EQ(in.receive_until(text, 100, size, racekit::after(20ms)), ring_state::timed_out);
    EXPECT_EQ(out.try_send(text, 101), ring_state::too_long);
    for (int sent = 0; sent < 8; ++sent) EXPECT_EQ(out.try_send(text, 100), ring_state::done);
    EXPECT_EQ(out.try_send(text, 100), ring_state::full);
    EXPECT_EQ(out.send_until(text, 100, racekit::after(20ms)), ring_state::timed_out);
    EXPECT_EQ(in.try_receive(text, 99, size), ring_state::too_long);
    EXPECT_EQ(in.try_receive(text, 100, size), ring_state::done);
    EXPECT_EQ(size, 100U);
}

TEST(untrusted_ring, notices_each_lie_and_stays_with_it) {
    auto const after_lie = [](auto lie) {
        racekit::shared_object<ring> shared;
        sender out(*shared);
        receiver in(*shared);
        EXPECT_EQ(out.try_send("hello", 5), ring_state::done);
        lie(*shared);
        char text[100];
        std::size_t size = 0;
        ring_state const how = in.try_receive(text, 100, size);
        EXPECT_EQ(in.try_receive(text, 100, size),
                  how == ring_state::done ? ring_state::empty : how);
        return how;
    };
    EXPECT_EQ(after_lie([](ring&) {}), ring_state::done);
    EXPECT_EQ(after_lie([](ring& of) { of.sent.store(9); }), ring_state::peer_corrupt);
    EXPECT_EQ(after_lie([](ring& of) { of.sent.store(UINT32_MAX); }), ring_state::peer_corrupt);
    EXPECT_EQ(after_lie([](ring& of) { of.word[0].store(101); }), ring_state::peer_corrupt);
    EXPECT_EQ(after_lie([](ring& of) { of.word[0].store(UINT32_MAX); }), ring_state::peer_corrupt);
    EXPECT_EQ(after_lie([](ring& of) { of.word[1].store(1); }), ring_state::peer_corrupt);
    EXPECT_EQ(after_lie([](ring& of) { of.word[3].store(0); }), ring_state::peer_corrupt);
    racekit::shared_object<ring> shared;
    sender out(*shared);
    shared->received.store(1);
    EXPECT_EQ(out.try_send("x", 1), ring_state::peer_corrupt);
    shared->received.store(0);
    EXPECT_EQ(out.try_send("x", 1), ring_state::peer_corrupt);
}

/// Memory between two pages that nobody may touch.
class guarded_memory {
public:
    explicit guarded_memory(std::size_t size) : size_((size + 4095) / 4096 * 4096) {
        all_ = static_cast<char*>(
            ::mmap(nullptr, size_ + 8192, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        EXPECT_EQ(::mprotect(all_ + 4096, size_, PROT_READ | PROT_WRITE), 0);
        at_ = all_ + 4096 + (size_ - size) / 64 * 64;
    }
    ~guarded_memory() { ::munmap(all_, size_ + 8192); }
    guarded_memory(guarded_memory const&) = delete;
    guarded_memory& operator=(guarded_memory const&) = delete;
    [[nodiscard]] void* at() const { return at_; }

private:
    std::size_t size_;
    char* all_;
    char* at_;
};

/// Writes random words over `size` bytes without end; some are small, as lengths and indices are.
void scribble(void* at, std::size_t size, std::uint64_t seed) {
    auto* const words = static_cast<std::uint32_t volatile*>(at);
    std::mt19937_64 random(seed);
    for (;;) {
        std::uint64_t const next = random();
        std::size_t const which = (next >> 40U) % (size / 4);
        // More often than others the indices and the first slot.
        std::size_t const where = next % 4 == 0   ? (next >> 20U) % 2 * 16
                                  : next % 4 == 1 ? 32 + which % 4
                                                  : which;
        words[where] = static_cast<std::uint32_t>(next % 3 == 0 ? next >> 56U : next >> 32U);
    }
}

TEST(untrusted_ring, lives_beside_a_process_that_scribbles) {
    guarded_memory const memory(sizeof(ring));
    ring& shared = *::new (memory.at()) ring;
    process liar([&] { scribble(&shared, sizeof(ring), 1); });
    guarded_memory const place(100);
    hostile_time const time;
    std::uint64_t counts[6] = {};
    std::uint64_t const& corrupt = counts[static_cast<int>(ring_state::peer_corrupt)];
    while (time.goes_on(corrupt > 1000)) {
        receiver in(shared);
        sender out(shared);
        for (int each = 0; each < 16; ++each) {
            std::size_t size = 0;
            ring_state const how = in.try_receive(place.at(), 100, size);
            ASSERT_LE(size, 100U);
            ++counts[static_cast<int>(how)];
            ++counts[static_cast<int>(out.try_send(place.at(), 100))];
        }
    }
    liar.kill();
    (void)liar.join();
    EXPECT_GT(corrupt, 1000U);
    std::cout << "done " << counts[0] << ", empty " << counts[1] << ", full " << counts[2]
              << ", corrupt " << counts[5] << '\n';
}

TEST(shared_segment, is_refused_or_whole_while_a_process_scribbles_its_header) {
    using segment = racekit::shared_segment<racekit::shared_value<long>>;
    segment const ours = segment::create(1);
    process liar([&] {
        char* const header = reinterpret_cast<char*>(&*ours) - 128;
        scribble(header, 128, 2);
    });
    hostile_time const time;
    std::uint64_t refused = 0;
    std::uint64_t attached = 0;
    while (time.goes_on(refused > 100)) {
        try {
            (void)segment::attach(ours.file().duplicate())->get();
            ++attached;
        } catch (racekit::segment_error const&) {
            ++refused;
        }
    }
    liar.kill();
    (void)liar.join();
    EXPECT_GT(refused, 100U);
    std::cout << "refused " << refused << ", attached " << attached << '\n';
}

}  // namespace
