// SPDX-License-Identifier: MIT
// Programs with a data race of plain accesses, and what it leads to.
#undef NDEBUG
#include "programs.hpp"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

namespace {

int volatile counter = 0;
int volatile first = 0, padding[4], second = 0;
int* volatile number = nullptr;
std::atomic<int> mixed{0};
std::mutex one_lock, other_lock;

int loses_an_update() {
    auto const add = [] { counter = counter + 1; };
    both(add, add);
    assert(counter == 2);
    return 0;
}

/// Both reads of one thread come between two of the other's writes: four changes of thread.
int ends_with_two() {
    auto const add = [] {
        for (int time = 0; time < 3; ++time) counter = counter + 1;
    };
    both(add, add);
    return counter == 2 ? 7 : 0;
}

int reads_halves() {
    both(
        [] {
            first = 1;
            second = 1;
        },
        [] {
            int const early = first;
            assert(second >= early);
        });
    return 0;
}

int frees_what_another_reads() {
    number = new int(3);
    both(
        [] {
            delete number;
            number = nullptr;
        },
        [] {
            if (number != nullptr) counter = *number;
        });
    return 0;
}

int follows_a_null_pointer() {
    int value = 3;
    number = &value;
    both([] { number = nullptr; },
         [] {
             if (number != nullptr) counter = *number;
         });
    return 0;
}

/// The error needs another thread, which no execution of the first search starts.
int starts_another_thread() {
    both(
        [] {
            counter = 1;
            counter = 0;
        },
        [] {
            if (counter == 1) std::thread([] { assert(first == 1); }).join();
        });
    return 0;
}

int throws_away() {
    both(
        [] {
            counter = 1;
            counter = 0;
        },
        [] {
            if (counter == 1) throw 7;
        });
    return 0;
}

/// Not of the race: a second mistake, which the first finding hides.
int hides_a_deadlock() {
    both(
        [] {
            counter = 1;
            std::scoped_lock one(one_lock);
            std::scoped_lock two(other_lock);
        },
        [] {
            counter = 1;
            std::scoped_lock one(other_lock);
            std::scoped_lock two(one_lock);
        });
    return 0;
}

int writes_the_same() {
    both([] { counter = 1; }, [] { counter = 1; });
    assert(counter == 1);
    return 0;
}

int waits_for_a_flag() {
    both(
        [] {
            counter = 3;
            first = 1;
        },
        [] {
            while (first == 0) {
            }
            assert(counter == 3);
        });
    return 0;
}

int writes_an_atomic() {
    both([] { mixed = 1; }, [] { *reinterpret_cast<int volatile*>(&mixed) = 2; });
    return 0;
}

/// The sum is 5 or 6: the plain write comes before the addition or after it.
int overwrites_an_atomic() {
    both([] { *reinterpret_cast<int volatile*>(&mixed) = 5; },
         [] {
             mixed.fetch_add(1);
             counter = *reinterpret_cast<int volatile*>(&mixed);
         });
    assert(mixed == 5 || mixed == 6);
    return 0;
}
int overwrites_an_atomic_first() {
    both([] { *reinterpret_cast<int volatile*>(&mixed) = 5; },
         [] {
             if (mixed.load() == 0) mixed.fetch_add(1);
             counter = *reinterpret_cast<int volatile*>(&mixed);
         });
    assert(mixed != 6);
    return 0;
}

/// A thread that waits for the value of a plain write sees it.
int polls_an_overwritten_atomic() {
    both([] { *reinterpret_cast<int volatile*>(&mixed) = 5; },
         [] {
             while (mixed.load() != 5) std::this_thread::yield();
             counter = *reinterpret_cast<int volatile*>(&mixed);
         });
    assert(counter == 5);
    return 0;
}

int adds_often() {
    auto const add = [] {
        for (int time = 0; time < 12; ++time) counter = counter + 1;
    };
    std::thread one(add), two(add), three(add);
    one.join();
    two.join();
    three.join();
    return 0;
}

program const all[] = {
    {"loses_an_update", loses_an_update},
    {"ends_with_two", ends_with_two},
    {"reads_halves", reads_halves},
    {"frees_what_another_reads", frees_what_another_reads},
    {"follows_a_null_pointer", follows_a_null_pointer},
    {"starts_another_thread", starts_another_thread},
    {"throws_away", throws_away},
    {"hides_a_deadlock", hides_a_deadlock},
    {"writes_the_same", writes_the_same},
    {"waits_for_a_flag", waits_for_a_flag},
    {"writes_an_atomic", writes_an_atomic},
    {"overwrites_an_atomic", overwrites_an_atomic},
    {"overwrites_an_atomic_first", overwrites_an_atomic_first},
    {"polls_an_overwritten_atomic", polls_an_overwritten_atomic},
    {"adds_often", adds_often},
};

}  // namespace

int main(int words, char** word) { return run_program(all, words, word); }
