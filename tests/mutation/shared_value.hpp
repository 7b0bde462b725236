// SPDX-License-Identifier: MIT
// Clients of shared_value, up to 8 bytes, that need every one of its orders.
#pragma once

#include "mutation/mutation.hpp"

#include <racekit/shared/shared_value.hpp>

namespace racekit::mutation {

/// What one writes before it sets the value, the other reads after it has got it.
template <class orders, class Set, class Get>
struct tells_by_a_value {
    static constexpr int threads = 2;
    void act(int thread) {
        if (thread == 0) {
            data.write(1);
            Set()(number);
        } else if (Get()(number) == 1) {
            RACEKIT_CHECK_EQUAL(1, data.read());
        }
    }

    atomic_value<int, orders> number{0};
    plain<int> data{0};
};

struct by_set {
    void operator()(auto& number) const { number.set(1); }
};
struct by_add {
    void operator()(auto& number) const { number += 1; }
};
struct by_get {
    int operator()(auto& number) const { return number.get(); }
};
struct by_exchange {
    int operator()(auto& number) const { return number.exchange(1); }
};
struct by_update {
    int operator()(auto& number) const {
        int seen = 0;
        number.update([&](int& value) { seen = value; });
        return seen;
    }
};

template <class orders>
void clients(trial& over) {
    over.client<tells_by_a_value<orders, by_set, by_get>>("set, get");
    over.client<tells_by_a_value<orders, by_add, by_get>>("add, get");
    over.client<tells_by_a_value<orders, by_set, by_exchange>>("set, exchange");
    over.client<tells_by_a_value<orders, by_set, by_update>>("set, update");
}

}  // namespace racekit::mutation
