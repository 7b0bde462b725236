// SPDX-License-Identifier: MIT
// Programs of std::thread, std::atomic and plain variables.
#undef NDEBUG
#include "programs.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <sanitizer/tsan_interface.h>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

std::atomic<int> x{0}, y{0}, z{0};
int plain = 0;
int seen[4];
std::vector<int> numbers{1, 2, 3};
std::map<std::string, int> counts{{"a", 1}};
std::string text = "a text that is longer than a short string can be";

int lost_update() {
    auto const add = [] { x.store(x.load() + 1); };
    both(add, add);
    assert(x == 2);
    return 0;
}

int plain_race() {
    auto const add = [] { ++plain; };
    both(add, add);
    return 0;
}

/// A look that came back once in many executions waits in another one.
int two_writers_and_a_reader() {
    std::atomic<int> sequence{0}, low{0}, high{0};
    auto const write = [&](int value) {
        int before = 0;
        for (;;) {
            before = sequence.load(relaxed);
            if (before % 2 == 0 &&
                sequence.compare_exchange_strong(before, before + 1, acquire, relaxed))
                break;
        }
        std::atomic_thread_fence(release);
        low.store(value, relaxed);
        high.store(value, relaxed);
        sequence.store(before + 2, release);
    };
    std::thread one([&] { write(1); }), two([&] { write(2); }), three([&] {
        int const before = sequence.load(acquire);
        if (before % 2 != 0) return;
        int const values[2] = {low.load(relaxed), high.load(relaxed)};
        std::atomic_thread_fence(acquire);
        if (sequence.load(relaxed) == before) assert(values[0] == values[1]);
    });
    one.join();
    two.join();
    three.join();
    return 0;
}

/// A thread has the address of the whole variable; main() uses a part of it.
int member_of_a_local() {
    struct {
        int first = 0, second = 0;
    } local;
    std::thread one([&] { local.second = 1; });
    local.second = 2;
    one.join();
    assert(local.second != 0);
    return 0;
}
int element_of_a_local() {
    int local[4] = {};
    std::thread one([&] { local[3] = 1; });
    int const read = local[3];
    one.join();
    assert(read < 2);
    return 0;
}

int adds() {
    auto const add = [] { x.fetch_add(1), x.fetch_add(1); };
    both(add, add);
    assert(x == 4);
    return 0;
}

int store_buffering() {
    both([] { x.store(1, relaxed), seen[0] = y.load(relaxed); },
         [] { y.store(1, relaxed), seen[1] = x.load(relaxed); });
    assert(seen[0] == 1 || seen[1] == 1);
    return 0;
}

int store_buffering_in_order() {
    both([] { x.store(1), seen[0] = y.load(); }, [] { y.store(1), seen[1] = x.load(); });
    assert(seen[0] == 1 || seen[1] == 1);
    return 0;
}

int published() {
    both([] { plain = 42, x.store(1, release); },
         [] {
             if (x.load(acquire) == 1) assert(plain == 42);
         });
    return 0;
}

int published_too_weakly() {
    both([] { plain = 42, x.store(1, relaxed); },
         [] {
             if (x.load(acquire) == 1) assert(plain == 42);
         });
    return 0;
}

/// Three loads of one atomic that another thread stores to: all four outcomes must come.
int counted_polls() {
    both([] { x.store(1, relaxed); },
         [] {
             for (int at = 0; at < 3; ++at) seen[at] = x.load(relaxed);
         });
    int const first_seen = seen[0] ? 0 : seen[1] ? 1 : seen[2] ? 2 : 3;
    assert(first_seen != 3);
    return 0;
}
int counted_polls_second() {
    both([] { x.store(1, relaxed); },
         [] {
             for (int at = 0; at < 3; ++at) seen[at] = x.load(relaxed);
         });
    assert(!(seen[0] == 0 && seen[1] == 0 && seen[2] == 1));
    return 0;
}

int waits_for_flag() {
    both([] { plain = 1, x.store(1, release); },
         [] {
             while (x.load(acquire) == 0) {
             }
             assert(plain == 1);
         });
    return 0;
}

int waits_for_ever() {
    both([] { y.store(1); },
         [] {
             while (x.load(acquire) == 0) {
             }
         });
    return 0;
}

int growing_backoff() {
    both([] { x.store(1, release); },
         [] {
             for (int pause = 1; x.load(acquire) == 0; pause = pause < 4 ? pause * 2 : pause) {
                 for (int at = 0; at < pause; ++at) std::this_thread::yield();
             }
         });
    return 0;
}

/// A loop that gives up at its 41st look, though it was taken to wait before.
int gives_up_late() {
    both([] { x.store(1, release); },
         [] {
             for (int tries = 0; x.load(acquire) == 0; ++tries) assert(tries < 40);
         });
    return 0;
}

int counts_while_it_waits() {
    both([] { x.store(1, release); },
         [] {
             int turns = 0;
             while (x.load(acquire) == 0) ++turns;
             seen[0] = turns;
         });
    return 0;
}

/// The number of iterations has no bound: one that another thread sees has none either.
int adds_while_it_waits() {
    both(
        [] {
            while (x.load(acquire) == 0) y.fetch_add(1, relaxed);
        },
        [] { x.store(1, release); });
    return 0;
}
int adds_too_often_while_it_waits() {
    both(
        [] {
            while (x.load(acquire) == 0) y.fetch_add(1, relaxed);
        },
        [] { x.store(1, release); });
    assert(y < 50);
    return 0;
}
int adds_while_nobody_comes() {
    both(
        [] {
            while (x.load(acquire) == 0) y.fetch_add(1, relaxed);
        },
        [] { z.store(1); });
    return 0;
}

/// An execution for each number of turns, each longer than the one before: what follows the finding
/// of a race must count the time, too.
int raced_behind_long_turns() {
    both(
        [] {
            plain = 1;
            x.store(1, relaxed);
        },
        [] {
            while (x.load(relaxed) == 0) y.fetch_add(1);
            seen[0] = plain;
        });
    return 0;
}

/// A search lets the second thread count for ever in its first execution.
template <bool in_order>
int answers_a_count() {
    constexpr auto order = in_order ? release : relaxed;
    both(
        [] {
            while (y.load(relaxed) < 2) {
            }
            plain = 1;
            x.store(1, order);
        },
        [] {
            while (x.load(acquire) == 0) y.fetch_add(1, relaxed);
            seen[0] = plain;
        });
    return 0;
}

template <bool in_order>
int peterson() {
    constexpr auto order = in_order ? std::memory_order_seq_cst : relaxed;
    auto const enter = [](std::atomic<int>& mine, std::atomic<int>& other, int self) {
        mine.store(1, order);
        z.store(self, order);
        while (other.load(order) == 1 && z.load(order) == self) {
        }
        ++plain;
        mine.store(0, std::memory_order_seq_cst);
    };
    both([&] { enter(x, y, 0); }, [&] { enter(y, x, 1); });
    assert(plain == 2);
    return 0;
}

template <bool releases>
int spin_lock() {
    auto const add = [] {
        while (x.exchange(1, acquire) == 1) {
        }
        ++plain;
        x.store(0, releases ? release : relaxed);
    };
    both(add, add);
    assert(plain == 2);
    return 0;
}

/// A lock of the program's own that tells ThreadSanitizer of itself.
int annotated_lock() {
    auto const add = [] {
        __tsan_mutex_pre_lock(&x, 0);
        while (x.exchange(1, acquire) == 1) {
        }
        __tsan_mutex_post_lock(&x, 0, 0);
        ++plain;
        __tsan_mutex_pre_unlock(&x, 0);
        x.store(0, release);
        __tsan_mutex_post_unlock(&x, 0);
    };
    both(add, add);
    assert(plain == 2);
    return 0;
}

/// An order that is claimed, and that no operation gives: ThreadSanitizer believes it.
int annotated_too_weakly() {
    both(
        [] {
            plain = 1;
            __tsan_release(&x);
            x.store(1, relaxed);
        },
        [] {
            if (x.load(relaxed) == 0) return;
            __tsan_acquire(&x);
            assert(plain == 1);
        });
    return 0;
}

/// More than one execution may have steps, before the first thread.
int long_beginning() {
    for (int at = 0; at < 5000; ++at) x.fetch_add(1);
    both([] { x.fetch_add(1); }, [] { x.fetch_add(1); });
    assert(x == 5002);
    return 0;
}

int raced_vector() {
    auto const add = [] { numbers.push_back(1); };
    both(add, add);
    return 0;
}
int raced_map() {
    both([] { counts["b"] = 1; }, [] { counts["c"] = 1; });
    return 0;
}
int raced_string() {
    both([] { text += "more"; }, [] { seen[0] = static_cast<int>(text.size()); });
    return 0;
}

/// Containers that were filled before main() are as they were in every execution.
int global_containers() {
    both(
        [] {
            numbers.push_back(4);
            x.store(1, release);
        },
        [] {
            while (x.load(acquire) == 0) {
            }
            counts["b"] = static_cast<int>(numbers.size());
            text += "!";
        });
    assert(numbers.size() == 4 && counts.size() == 2 && text.back() == '!');
    return 0;
}

int atomic_and_plain_on_one_word() {
    both([] { x.store(1, relaxed); }, [] { seen[0] = *reinterpret_cast<int*>(&x); });
    return 0;
}

// As libraries of C define their operations: a line has types, and parts of names, and no object.
#define LOAD_OF(suffix, type) \
    type load_##suffix(type const* from) { return __atomic_load_n(from, __ATOMIC_ACQUIRE); }
#define STORE_OF(suffix, type)                                      \
    [[gnu::noinline]] void store_##suffix(type* into, type value) { \
        __atomic_store_n(into, value, __ATOMIC_RELEASE);            \
    }
#define STORE_AS(type, into, value) \
    __atomic_store_n(reinterpret_cast<type*>(into), value, __ATOMIC_RELEASE)
LOAD_OF(uint, unsigned int)
STORE_OF(ptr, void*)
STORE_OF(32, std::uint32_t)

struct ring {
    unsigned head = 0;
    std::uint32_t tail = 0;
    void* slot = nullptr;
};
int load_of_a_macro() {
    auto const made = std::make_unique<ring>();
    both([&] { seen[0] = static_cast<int>(load_uint(&made->head)); }, [&] { made->head = 1; });
    return 0;
}
int store_of_a_macro() {
    auto const made = std::make_unique<ring>();
    both([&] { store_32(&made->tail, 1); }, [&] { seen[0] = static_cast<int>(made->tail); });
    return 0;
}
int pointer_of_a_macro() {
    auto const made = std::make_unique<ring>();
    both([&] { store_ptr(&made->slot, nullptr); }, [&] { seen[0] = made->slot == nullptr; });
    return 0;
}
int type_of_a_macro() {
    auto const made = std::make_unique<ring>();
    both([&] { STORE_AS(unsigned, &made->head, 1); },
         [&] { seen[0] = static_cast<int>(made->head); });
    return 0;
}

int one_byte_each() {
    static char bytes[8];
    both([] { bytes[0] = 1; }, [] { bytes[1] = 1; });
    return bytes[0] + bytes[1] == 2 ? 0 : 1;
}
int same_byte_of_two_sizes() {
    static union {
        int whole;
        char bytes[4];
    } both_ways;
    both([] { both_ways.whole = 1; }, [] { seen[0] = both_ways.bytes[3]; });
    return 0;
}

int ends_with_a_code() {
    both([] { x.store(1); }, [] { y.store(1); });
    return 3;
}

int fences() {
    both(
        [] {
            plain = 1;
            std::atomic_thread_fence(release);
            x.store(1, relaxed);
        },
        [] {
            if (x.load(relaxed) == 0) return;
            std::atomic_thread_fence(acquire);
            assert(plain == 1);
        });
    return 0;
}

struct pair {
    long first, second;
    bool operator==(pair const&) const = default;
};
int sixteen_bytes() {
    alignas(16) static pair value{0, 0};
    auto const add = [] {
        std::atomic_ref<pair> both_halves(value);
        pair expected = both_halves.load();
        while (!both_halves.compare_exchange_strong(expected,
                                                    {expected.first + 1, expected.second + 1})) {
        }
    };
    both(add, add);
    assert(value.first == 2 && value.second == 2);
    return 0;
}

int small_integers() {
    static std::atomic<std::uint8_t> byte{255};
    static std::atomic<std::int16_t> two{-1};
    both([] { byte.fetch_add(1), two.fetch_add(1); }, [] { byte.fetch_or(2), two.fetch_and(3); });
    assert(two == 0 || two == 3 || two == 4 || two == 1);
    return 0;
}

int iriw() {
    std::thread all[] = {std::thread([] { x.store(1, release); }),
                         std::thread([] { y.store(1, release); }),
                         std::thread([] { seen[0] = x.load(acquire), seen[1] = y.load(acquire); }),
                         std::thread([] { seen[2] = y.load(acquire), seen[3] = x.load(acquire); })};
    for (auto& each : all) each.join();
    assert(!(seen[0] == 1 && seen[1] == 0 && seen[2] == 1 && seen[3] == 0));
    return 0;
}

/// It ends by itself, also where no other thread can go on any more.
int looks_a_hundred_times() {
    static std::atomic<int> flag{0};
    int sum = 0;
    std::thread other([&] {
        for (int look = 0; look < 100; ++look) sum += flag.load();
    });
    flag = 1;
    other.join();
    assert(sum <= 100);
    return 0;
}

constexpr program all[] = {{"lost_update", lost_update},
                           {"plain_race", plain_race},
                           {"two_writers_and_a_reader", two_writers_and_a_reader},
                           {"member_of_a_local", member_of_a_local},
                           {"element_of_a_local", element_of_a_local},
                           {"adds", adds},
                           {"store_buffering", store_buffering},
                           {"store_buffering_in_order", store_buffering_in_order},
                           {"published", published},
                           {"published_too_weakly", published_too_weakly},
                           {"counted_polls", counted_polls},
                           {"counted_polls_second", counted_polls_second},
                           {"waits_for_flag", waits_for_flag},
                           {"waits_for_ever", waits_for_ever},
                           {"growing_backoff", growing_backoff},
                           {"gives_up_late", gives_up_late},
                           {"looks_a_hundred_times", looks_a_hundred_times},
                           {"counts_while_it_waits", counts_while_it_waits},
                           {"adds_while_it_waits", adds_while_it_waits},
                           {"adds_too_often_while_it_waits", adds_too_often_while_it_waits},
                           {"adds_while_nobody_comes", adds_while_nobody_comes},
                           {"raced_behind_long_turns", raced_behind_long_turns},
                           {"answers_a_count", answers_a_count<true>},
                           {"answers_a_count_relaxed", answers_a_count<false>},
                           {"peterson", peterson<true>},
                           {"peterson_relaxed", peterson<false>},
                           {"spin_lock", spin_lock<true>},
                           {"spin_lock_relaxed", spin_lock<false>},
                           {"annotated_lock", annotated_lock},
                           {"annotated_too_weakly", annotated_too_weakly},
                           {"long_beginning", long_beginning},
                           {"raced_vector", raced_vector},
                           {"raced_map", raced_map},
                           {"raced_string", raced_string},
                           {"global_containers", global_containers},
                           {"atomic_and_plain_on_one_word", atomic_and_plain_on_one_word},
                           {"load_of_a_macro", load_of_a_macro},
                           {"store_of_a_macro", store_of_a_macro},
                           {"pointer_of_a_macro", pointer_of_a_macro},
                           {"type_of_a_macro", type_of_a_macro},
                           {"one_byte_each", one_byte_each},
                           {"same_byte_of_two_sizes", same_byte_of_two_sizes},
                           {"ends_with_a_code", ends_with_a_code},
                           {"fences", fences},
                           {"sixteen_bytes", sixteen_bytes},
                           {"small_integers", small_integers},
                           {"iriw", iriw}};

}  // namespace

int main(int words, char** word) { return run_program(all, words, word); }
