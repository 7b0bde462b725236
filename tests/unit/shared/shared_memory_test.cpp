// SPDX-License-Identifier: MIT
#include "../support/descriptors.hpp"

#include <racekit/platform.hpp>
#include <racekit/shared/shared_memory.hpp>
#include <racekit/shared/shared_queue.hpp>
#include <racekit/shared/shared_value.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using racekit::process;
using racekit::segment_error;
using racekit::segment_fault;
using value = racekit::shared_value<long>;
using segment = racekit::shared_segment<value>;

std::string name_of_test() {
    return std::string("test-") + testing::UnitTest::GetInstance()->current_test_info()->name() +
           "-" + std::to_string(::getpid());
}
std::string path_of(std::string const& name) { return "/dev/shm/rk." + name; }

template <class Work>
segment_fault fault_of(Work work) {
    try {
        work();
    } catch (segment_error const& error) {
        EXPECT_NE(std::string(error.what()).find(": "), std::string::npos);
        return error.fault;
    }
    return segment_fault::none;
}

TEST(crc32c, has_the_known_value) { EXPECT_EQ(racekit::crc32c("123456789", 9), 0xe3069283U); }

TEST(shared_segment, is_found_by_name_in_another_process) {
    std::string const name = name_of_test();
    {
        segment const ours = segment::create_named(name, 5);
        process other([&] {
            segment const theirs = segment::attach(name);
            return static_cast<int>(theirs->fetch_add(2));
        });
        EXPECT_EQ(other.join().code, 5);
        EXPECT_EQ(ours->get(), 7);
        EXPECT_TRUE(std::filesystem::exists(path_of(name))) << "an attached process removed it";
    }
    EXPECT_FALSE(std::filesystem::exists(path_of(name)));
    EXPECT_EQ(fault_of([&] { (void)segment::attach(name); }), segment_fault::not_found);
}

TEST(shared_segment, is_found_by_a_descriptor) {
    segment const ours = segment::create(5);
    segment const theirs = segment::attach(ours.file().duplicate());
    theirs->set(8);
    EXPECT_EQ(ours->get(), 8);
    EXPECT_NE(::ftruncate(ours.file().number(), 0), 0) << "its size is sealed";
}

TEST(shared_segment, has_one_maker) {
    std::string const name = name_of_test();
    segment const ours = segment::create_named(name, 5);
    EXPECT_EQ(fault_of([&] { (void)segment::create_named(name, 6); }), segment_fault::name_in_use);
    EXPECT_EQ(ours->get(), 5);
    EXPECT_EQ(segment::attach(name)->get(), 5);
}

TEST(shared_segment, takes_the_name_of_a_dead_maker_over) {
    std::string const name = name_of_test();
    process maker([&] {
        segment const theirs = segment::create_named(name, 5);
        ::raise(SIGKILL);
    });
    (void)maker.join();
    EXPECT_EQ(segment::attach(name)->get(), 5) << "what it left can be used";
    segment const ours = segment::create_named(name, 6);
    EXPECT_EQ(segment::attach(name)->get(), 6);
}

TEST(shared_segment, stays_while_somebody_uses_it) {
    std::string const name = name_of_test();
    racekit::byte_pipe told;
    process maker([&] {
        segment const theirs = segment::create_named(name, 5);
        (void)told.writer.write_some("x", 1);
        for (;;) ::pause();
    });
    char letter = 0;
    ASSERT_EQ(told.reader.read_some(&letter, 1, racekit::after(std::chrono::seconds(30))).bytes,
              1U);
    {
        segment const attached = segment::attach(name);
        maker.kill();
        (void)maker.join();
        (void)racekit::sweep_shared_segments();
        EXPECT_TRUE(std::filesystem::exists(path_of(name)));
        EXPECT_EQ(fault_of([&] { (void)segment::create_named(name, 6); }),
                  segment_fault::name_in_use);
    }
    EXPECT_GE(racekit::sweep_shared_segments(), 1U);
    EXPECT_FALSE(std::filesystem::exists(path_of(name)));
}

TEST(shared_segment, is_never_found_half_made) {
    std::string const name = name_of_test();
    struct slow {
        long first = 1;
        long second = 0;
        slow() {
            ::usleep(2'000);
            second = 1;
        }
    };
    using slow_segment = racekit::shared_segment<slow>;
    for (int round = 0; round < 20; ++round) {
        process maker([&] {
            slow_segment const made = slow_segment::create_named(name);
            for (;;) ::pause();
        });
        for (bool found = false; !found;) {
            try {
                EXPECT_EQ(slow_segment::attach(name)->second, 1);
                found = true;
            } catch (segment_error const& error) {
                ASSERT_EQ(error.fault, segment_fault::not_found);
            }
        }
        maker.kill();
        (void)maker.join();
        EXPECT_GE(racekit::sweep_shared_segments(), 1U);
    }
}

TEST(shared_segment, a_death_while_it_is_made_leaves_what_a_sweep_removes) {
    struct deadly {
        deadly() { ::raise(SIGKILL); }
    };
    std::string const name = name_of_test();
    process maker([&] { (void)racekit::shared_segment<deadly>::create_named(name); });
    (void)maker.join();
    EXPECT_EQ(fault_of([&] { (void)segment::attach(name); }), segment_fault::not_found);
    EXPECT_GE(racekit::sweep_shared_segments(), 1U);
    for (auto const& each : std::filesystem::directory_iterator("/dev/shm"))
        EXPECT_FALSE(each.path().filename().string().starts_with(".rk.")) << each.path();
}

TEST(shared_segment, leaves_nothing_if_its_object_cannot_be_made) {
    struct thrower {
        thrower() { throw std::runtime_error("no"); }
    };
    std::string const name = name_of_test();
    auto const before = test::open_descriptors();
    EXPECT_THROW((void)racekit::shared_segment<thrower>::create_named(name), std::runtime_error);
    EXPECT_EQ(test::open_descriptors(), before);
    EXPECT_FALSE(std::filesystem::exists(path_of(name)));
}

TEST(shared_segment, refuses_names_that_are_paths) {
    for (std::string const name : {"", "a/b", "../x", ".hidden", "a b", "a\n"})
        EXPECT_EQ(fault_of([&] { (void)segment::create_named(name, 1); }), segment_fault::bad_name);
    EXPECT_EQ(fault_of([] { (void)segment::attach(std::string(201, 'x')); }),
              segment_fault::bad_name);
}

struct old_version {
    static constexpr std::uint32_t layout_version = 1;
    long number = 1;
};
struct new_version {
    static constexpr std::uint32_t layout_version = 2;
    long number = 1;
};

TEST(shared_segment, refuses_another_type) {
    std::string const name = name_of_test();
    auto const ours = racekit::shared_segment<old_version>::create_named(name);
    EXPECT_EQ(fault_of([&] { (void)racekit::shared_segment<new_version>::attach(name); }),
              segment_fault::another_version);
    EXPECT_EQ(fault_of([&] { (void)racekit::shared_segment<int>::attach(name); }),
              segment_fault::another_layout);
}

/// Each damages the file of a segment in another way.
template <class Damage>
segment_fault after_damage(Damage damage) {
    std::string const name = name_of_test();
    segment const ours = segment::create_named(name, 1);
    int const file = ::open(path_of(name).c_str(), O_RDWR | O_CLOEXEC);
    std::string const path = path_of(name);
    damage(file, path);
    ::close(file);
    return fault_of([&] { (void)segment::attach(name); });
}

TEST(shared_segment, refuses_what_was_damaged) {
    EXPECT_EQ(after_damage([](int file, auto&) { (void)!::ftruncate(file, 10); }),
              segment_fault::truncated);
    EXPECT_EQ(after_damage([](int file, auto&) { (void)!::ftruncate(file, 130); }),
              segment_fault::another_size);
    EXPECT_EQ(after_damage([](int file, auto&) { (void)!::ftruncate(file, 1 << 20); }),
              segment_fault::another_size);
    EXPECT_EQ(after_damage([](int, auto& path) { ::chmod(path.c_str(), 0666); }),
              segment_fault::another_owner);
    for (off_t at = 0; at < 104; ++at) {
        EXPECT_EQ(after_damage([=](int file, auto&) {
                      unsigned char byte = 0;
                      (void)!::pread(file, &byte, 1, at);
                      byte ^= 0x10;
                      (void)!::pwrite(file, &byte, 1, at);
                  }),
                  segment_fault::scribbled)
            << "byte " << at;
    }
}

TEST(shared_segment, refuses_a_header_of_another_machine_or_namespace) {
    racekit::segment_header header{};
    racekit::segment_wish wish;
    wish.object_size = 8;
    wish.object_alignment = 8;
    wish.pid_namespace = 7;
    auto const fault = [&](auto change, std::uint64_t size = 136) {
        header = {};
        header.magic = racekit::segment_magic;
        header.format = racekit::segment_format;
        header.machine = racekit::segment_machine;
        header.object_offset = 128;
        header.object_size = 8;
        header.total_size = 136;
        header.object_alignment = 8;
        header.object_version = 1;
        header.pid_namespace = 7;
        change(header);
        header.sum = racekit::sum_of(header);
        return racekit::check(header, wish, size);
    };
    EXPECT_EQ(fault([](auto&) {}), segment_fault::none);
    EXPECT_EQ(fault([](auto& of) { of.machine = 0x02010840; }), segment_fault::another_machine);
    EXPECT_EQ(fault([](auto& of) { of.boot[1] = 1; }), segment_fault::another_machine);
    EXPECT_EQ(fault([](auto& of) { of.format = racekit::segment_format - 1; }),
              segment_fault::another_version);
    EXPECT_EQ(fault([](auto& of) { of.pid_namespace = 8; }), segment_fault::another_pid_namespace);
    EXPECT_EQ(fault([](auto& of) { of.total_size = UINT64_MAX; }), segment_fault::another_size);
    EXPECT_EQ(fault([](auto& of) { of.object_offset = UINT64_MAX - 7; }), segment_fault::scribbled);
    EXPECT_EQ(fault([](auto&) {}, 135), segment_fault::another_size);
}

TEST(shared_segment, refuses_a_descriptor_whose_size_may_change) {
    racekit::descriptor loose(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(fault_of([&] { (void)segment::attach(std::move(loose)); }),
              segment_fault::not_sealed);
}

TEST(shared_segment, says_when_there_is_no_descriptor_or_no_room) {
    process child([] {
        rlimit const none{3, 3};
        ::setrlimit(RLIMIT_NOFILE, &none);
        bool const right =
            fault_of([] { (void)segment::create(1); }) == segment_fault::no_descriptors;
        return right ? 0 : 1;
    });
    EXPECT_EQ(child.join().code, 0);
    process poor([] {
        ::signal(SIGXFSZ, SIG_IGN);
        rlimit const little{64, 64};
        ::setrlimit(RLIMIT_FSIZE, &little);
        bool const right = fault_of([] { (void)segment::create(1); }) == segment_fault::no_space;
        return right ? 0 : 1;
    });
    EXPECT_EQ(poor.join().code, 0);
}

TEST(shared_segment, carries_a_queue_between_strangers) {
    using queue = racekit::shared_segment<racekit::shared_queue<int, 64>>;
    std::string const name = name_of_test();
    queue const ours = queue::create_named(name);
    process other([&] {
        queue const theirs = queue::attach(name);
        int sum = 0;
        for (int number = 0; theirs->pop(number) == racekit::queue_state::done;) sum += number;
        return sum;
    });
    for (int number = 1; number <= 20; ++number) (void)ours->push(number);
    ours->close();
    EXPECT_EQ(other.join().code, 210);
}

}  // namespace
