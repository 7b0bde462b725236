// SPDX-License-Identifier: MIT
// Clients of copied_value that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/copied_value.hpp>

#include <cstdint>

namespace racekit::mutation {

/// Two words of one copy.
struct twice {
    std::uint64_t one = 0;
    std::uint64_t same = 0;
    explicit twice(std::uint64_t number = 0) : one(number), same(number) {}
};

template <class orders, int sets, class Mutex = robust_mutex>
struct set_and_get {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            for (std::uint64_t number = 1; number <= sets; ++number) number_.set(twice(number));
            return;
        }
        twice const seen = number_.get();
        RACEKIT_CHECK_EQUAL(seen.one, seen.same);
    }

    copied_value<twice, 2, orders, Mutex> number_{twice(0)};
};

/// The setter may die at any step; the value it leaves is whole.
template <class orders>
struct setter_dies {
    static constexpr int threads = 2;
    static model::exploration_config config() {
        model::exploration_config result;
        result.mortal = 1;
        return result;
    }
    void act(int thread) {
        if (thread == 0) return number.set(twice(1));
        twice const seen = number.get();
        RACEKIT_CHECK_EQUAL(seen.one, seen.same);
    }
    void after() {
        number.set(twice(3));
        RACEKIT_CHECK_EQUAL(3U, number.get().same);
    }

    copied_value<twice, 2, orders> number{twice(0)};
};

template <class orders>
void clients(trial& over) {
    over.client<set_and_get<orders, 1>>("set and get");
    over.client<set_and_get<orders, 2>>("set twice and get");
    over.client<setter_dies<orders>>("the setter dies");
}

}  // namespace racekit::mutation
