// SPDX-License-Identifier: MIT
// Clients of seqlock that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/seqlock.hpp>

#include <cstdint>

namespace racekit::mutation {

struct two_words {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
};

/// A reader gets a whole value, and never one older than its previous one.
template <class orders, int writes>
struct writer_and_reader {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            for (std::uint64_t next = 1; next <= writes; ++next) value.store({next, next});
            return;
        }
        two_words const first = value.load();
        RACEKIT_CHECK_EQUAL(first.left, first.right);
        two_words second;
        if (!value.try_load(second)) return;
        RACEKIT_CHECK_EQUAL(second.left, second.right);
        RACEKIT_CHECK(first.left <= second.left);
    }

    seqlock<two_words, orders> value;
};

/// A value publishes the work of its writer before the store, and that of earlier writers.
template <class orders>
struct hands_on {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            done.write(1);
            value.store(1);
        } else if (value.load() == 1) {
            RACEKIT_CHECK_EQUAL(1, done.read());
        }
    }

    seqlock<std::uint64_t, orders> value;
    plain<int> done{0};
};

/// Two writers run one after the other.
template <class orders>
struct two_writers_and_reader {
    static constexpr int threads = 3;
    void act(int thread) {
        if (thread < 2) {
            std::uint64_t const mine = static_cast<std::uint64_t>(thread) + 1;
            if (thread == 0) value.store({mine, mine});
            else (void)value.try_store({mine, mine});
            return;
        }
        two_words copy;
        if (value.try_load(copy)) RACEKIT_CHECK_EQUAL(copy.left, copy.right);
    }

    seqlock<two_words, orders> value;
};

/// Updates are mutually exclusive: they may access other data than the value, too.
template <class orders>
struct two_updates {
    static constexpr int threads = 2;
    void act(int) {
        value.update([this](std::uint64_t& count) {
            ++count;
            counter.write(counter.read() + 1);
        });
    }
    void after() {
        RACEKIT_CHECK_EQUAL(std::uint64_t{2}, value.load());
        RACEKIT_CHECK_EQUAL(2, counter.read());
    }

    seqlock<std::uint64_t, orders> value;
    plain<int> counter{0};
};

template <class orders>
void clients(trial& over) {
    over.client<writer_and_reader<orders, 1>>("writer and reader");
    over.client<hands_on<orders>>("hands on");
    over.client<two_updates<orders>>("two updates");
    over.client<two_writers_and_reader<orders>>("two writers, one reader");
    over.large_client<writer_and_reader<orders, 2>>("two writes and a reader");
}

}  // namespace racekit::mutation
