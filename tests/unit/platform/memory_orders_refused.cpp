// SPDX-License-Identifier: MIT
// Does not compile under clang: WRONG chooses what is wrong.
#include <racekit/platform.hpp>

int refused(racekit::atomic<int>& number, racekit::atomic_flag& flag) {
    int expected = 0;
#if WRONG == 1
    expected = number.load(std::memory_order_release);
#elif WRONG == 2
    number.store(1, std::memory_order_acquire);
#elif WRONG == 3
    number.compare_exchange_weak(expected, 1, std::memory_order_seq_cst,
                                 std::memory_order_acq_rel);
#elif WRONG == 4
    flag.clear(std::memory_order_acq_rel);
#endif
    return expected + flag.test();
}
