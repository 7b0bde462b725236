// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"

#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <sys/resource.h>
#include <system_error>

namespace {

TEST(shared_memory, is_zeroed_and_keeps_no_descriptor) {
    auto const before = test::open_descriptors();
    racekit::shared_memory const memory(10'000);
    EXPECT_EQ(test::open_descriptors(), before);
    EXPECT_EQ(memory.size(), 10'000U);
    auto const* const bytes = static_cast<unsigned char const*>(memory.data());
    EXPECT_TRUE(std::all_of(bytes, bytes + 10'000, [](unsigned char byte) { return byte == 0; }));
}

TEST(shared_memory, is_seen_by_forked_processes_both_ways) {
    racekit::shared_memory const memory(sizeof(int));
    auto& number = *static_cast<int*>(memory.data());
    number = 7;
    racekit::process child([&] { return std::exchange(number, 8); });
    EXPECT_EQ(child.join().code, 7);
    EXPECT_EQ(number, 8);
}

TEST(shared_memory, moves) {
    racekit::shared_memory first(64);
    void* const place = first.data();
    racekit::shared_memory second(std::move(first));
    EXPECT_EQ(second.data(), place);
    EXPECT_EQ(first.data(), nullptr);
}

TEST(shared_memory, says_at_construction_what_cannot_be) {
    EXPECT_THROW(racekit::shared_memory(0), std::system_error);
    EXPECT_THROW(racekit::shared_memory(SIZE_MAX), std::system_error);
    racekit::process child([] {
        ::signal(SIGXFSZ, SIG_IGN);
        rlimit const little{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &little);
        auto const before = test::open_descriptors();
        try {
            racekit::shared_memory memory(1 << 20);
        } catch (std::system_error const&) {
            return test::open_descriptors() == before ? 0 : 2;
        }
        return 1;
    });
    EXPECT_EQ(child.join().code, 0)
        << "1: no error, and SIGBUS later; 2: a descriptor was left open";
}

struct counted {
    explicit counted(int& destroyed) : destroyed_(destroyed) {}
    ~counted() { ++destroyed_; }
    int& destroyed_;
};

TEST(shared_object, is_destroyed_by_its_maker_alone) {
    int destroyed = 0;
    {
        auto object = std::make_unique<racekit::shared_object<counted>>(destroyed);
        racekit::process child([&] {
            object.reset();
            return destroyed;
        });
        EXPECT_EQ(child.join().code, 0);
    }
    EXPECT_EQ(destroyed, 1);
}

}  // namespace
