// SPDX-License-Identifier: MIT
// Clients of hazard_pointer that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/lock/hazard_pointer.hpp>

#include <memory>

namespace racekit::mutation {

struct letter : hazard_object {
    explicit letter(int value) : text(value) {}
    plain<int> text;
};

/// The last thread replaces the letter and retires the old one at once. The others read, each with
/// its own guard, made beforehand or (`late`) only then.
template <class orders, int thread_count, bool late, int reads = 1>
struct letter_is_replaced {
    static constexpr int threads = thread_count;
    using guard = basic_hazard_pointer<letter, orders>;

    void act(int thread) {
        if (thread == thread_count - 1) {
            auto* const fresh = new letter(2);
            letter* const old = current.exchange(fresh, publish);
            post.retire(old);
            post.reclaim();
        } else if constexpr (late) {
            guard mine(post);
            read(mine);
        } else {
            for (int turn = 0; turn < reads; ++turn) read(*guards[thread]);
        }
    }
    void read(guard& mine) {
        letter* const found = mine.protect(current);
        RACEKIT_CHECK(found->text.read() > 0);
        if constexpr (!late) {
            if (reads == 1) mine.reset();
        }
    }
    void after() {
        for (auto& each : guards) each.reset();
        delete current.load();
    }

    // The exchange only has to publish the new letter.
    static constexpr auto publish = std::memory_order_acq_rel;
    basic_hazard_domain<orders> post{100};
    std::unique_ptr<guard> guards[thread_count];
    atomic<letter*> current{new letter(1)};

    letter_is_replaced() {
        if constexpr (!late) {
            for (int thread = 0; thread + 1 < thread_count; ++thread)
                guards[thread] = std::make_unique<guard>(post);
        }
    }
};

/// One thread retires, another one reclaims.
template <class orders>
struct another_reclaims {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            auto* const old = new letter(1);
            old->text.write(2);
            post.retire(old);
        } else {
            post.reclaim();
        }
    }

    basic_hazard_domain<orders> post{100};
};

/// Two threads make a guard at the same time.
template <class orders>
struct guards_are_made {
    static constexpr int threads = 2;
    void act(int) { basic_hazard_pointer<letter, orders> const mine(post); }

    basic_hazard_domain<orders> post{100};
};

template <class orders>
void clients(trial& over) {
    over.client<letter_is_replaced<orders, 2, false>>("replaced");
    over.client<letter_is_replaced<orders, 2, true>>("replaced, a guard of that time");
    over.client<letter_is_replaced<orders, 2, false, 2>>("replaced, read twice");
    over.client<another_reclaims<orders>>("another reclaims");
    over.client<guards_are_made<orders>>("two guards made");
    over.large_client<letter_is_replaced<orders, 3, false>>("replaced, two read");
}

}  // namespace racekit::mutation
