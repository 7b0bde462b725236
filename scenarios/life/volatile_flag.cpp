// SPDX-License-Identifier: MIT
// Volatile flag. A volatile bool becomes true before the message that it announces is visible.
//
//     thread 0:  message = 7 ........ ready = true
//     thread 1:  ........................................ ready: reads message -> garbage?
//
// The race: volatile only keeps the compiler from removing or merging accesses. It is not atomic
//           and orders nothing for other threads; accesses to both variables are data races.
// The fix:  an atomic flag, stored with release and loaded with acquire.
#include <racekit/scenario.hpp>

namespace {

struct racy {
    bool volatile ready = false;

    void announce() { ready = true; }      // <- race
    bool is_ready() const { return ready; }  // <- race
};

struct fixed {
    racekit::atomic<bool> ready{false};

    void announce() { ready.store(true, std::memory_order_release); }
    bool is_ready() const { return ready.load(std::memory_order_acquire); }
};

template <class flag>
struct volatile_flag {
    static constexpr int threads = 2;
    racekit::plain<int> message{0};
    flag shared;

    void thread(int self) {
        if (self == 0) {
            message.write(7);  // <- race
            shared.announce();
        } else if (shared.is_ready()) {
            RACEKIT_CHECK_EQUAL(7, message.read());  // <- race
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(volatile_flag, racy, fixed, .title = "A volatile bool between threads",
                 .bug_class = "data race", .cwe = 820, .stress = racekit::blind_under_tso,
                 .tsan = racekit::finds("data race"),
                 .model = racekit::absent("it does not see accesses to a volatile"),
                 .blind_why = "x86 keeps stores in order: the message is visible first",
                 .reference = "DataRaceBench 074; C++ Core Guidelines CP.8");
