// SPDX-License-Identifier: MIT
// Small programs in the manner of SV-COMP's and GenMC's: C11, POSIX threads, __VERIFIER_*().
#undef NDEBUG
#include <racekit/verifier.h>

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static atomic_int x, y, turn;
static atomic_bool ready;
static int plain;

static void both(void* (*first)(void*), void* (*second)(void*)) {
    pthread_t one, two;
    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}

static void (*chosen)(void);
static void* run_chosen(void* none) {
    chosen();
    return none;
}
static void* do_nothing(void* none) { return none; }
static void beside_a_thread(void (*function)(void)) {
    chosen = function;
    both(run_chosen, do_nothing);
}

// A choice has all its values, in any thread.
static void a_bit(void) {
    if (__VERIFIER_nondet_bool()) plain = 1;
    assert(plain == 0 || plain == 1);
}
static void a_bit_is_1_too(void) { assert(!__VERIFIER_nondet_bool()); }
static void two_bits(void) {
    int const sum = __VERIFIER_nondet_bool() + __VERIFIER_nondet_bool();
    assert(sum >= 0 && sum <= 2);
}
static void no_overflow(void) {
    int const n = __VERIFIER_nondet_int();
    __VERIFIER_assume(n >= 0 && n < INT_MAX);
    assert(n + 1 > 0);
}
static void overflow_at_the_limit(void) {
    int const n = __VERIFIER_nondet_int();
    assert(n != INT_MAX);
}
static void small_types(void) {
    unsigned char const n = __VERIFIER_nondet_uchar();
    assert(n <= UCHAR_MAX);
}
static void error_behind_an_assumption(void) {
    unsigned const n = __VERIFIER_nondet_uint();
    __VERIFIER_assume(n == 2);
    __VERIFIER_error();
}
static void assumes_the_impossible(void) {
    __VERIFIER_assume(0);
    __VERIFIER_error();
}

// Waiting by assumption: other executions are not judged.
static void* publish(void* none) {
    plain = 7;
    atomic_store_explicit(&ready, true, memory_order_release);
    return none;
}
static void* assume_published(void* none) {
    __VERIFIER_assume(atomic_load_explicit(&ready, memory_order_acquire));
    assert(plain == 7);
    return none;
}
static void* assume_published_relaxed(void* none) {
    __VERIFIER_assume(atomic_load_explicit(&ready, memory_order_relaxed));
    assert(plain == 7);
    return none;
}
static void published(void) { both(publish, assume_published); }
static void published_too_weakly(void) { both(publish, assume_published_relaxed); }

// The thread that assumes holds a lock, and that is the last step: the other thread can go first.
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static void* assume_under_a_lock(void* none) {
    pthread_mutex_lock(&gate);
    __VERIFIER_assume(plain == 7);
    __VERIFIER_error();
    return none;
}
static void* set_under_a_lock(void* none) {
    pthread_mutex_lock(&gate);
    plain = 7;
    pthread_mutex_unlock(&gate);
    return none;
}
static void assumed_under_a_lock(void) { both(assume_under_a_lock, set_under_a_lock); }

// Both threads see the other's old value: weak memory.
static int seen_by_first, seen_by_second;
static void* store_x(void* none) {
    atomic_store_explicit(&x, 1, memory_order_release);
    seen_by_first = atomic_load_explicit(&y, memory_order_acquire);
    return none;
}
static void* store_y(void* none) {
    atomic_store_explicit(&y, 1, memory_order_release);
    seen_by_second = atomic_load_explicit(&x, memory_order_acquire);
    return none;
}
static void store_buffering(void) {
    both(store_x, store_y);
    assert(seen_by_first == 1 || seen_by_second == 1);
}

// Atomic sections exclude each other.
static void* add_in_section(void* none) {
    __VERIFIER_atomic_begin();
    plain = plain + 1;
    __VERIFIER_atomic_end();
    return none;
}
static void* add_outside(void* none) {
    plain = plain + 1;
    return none;
}
static void sections(void) {
    both(add_in_section, add_in_section);
    assert(plain == 2);
}
static void section_and_plain(void) { both(add_in_section, add_outside); }
static void* add_in_two_sections(void* none) {
    __VERIFIER_atomic_begin();
    int const seen = plain;
    __VERIFIER_atomic_end();
    __VERIFIER_atomic_begin();
    plain = seen + 1;
    __VERIFIER_atomic_end();
    return none;
}
static void sections_too_small(void) {
    both(add_in_two_sections, add_in_two_sections);
    assert(plain == 2);
}

// A loop that GenMC's marks surround.
static void* wait_for_turn(void* none) {
    __VERIFIER_spin_start();
    while (atomic_load(&turn) != 1) __VERIFIER_loop_begin();
    __VERIFIER_spin_end(1);
    plain = plain + 1;
    return none;
}
static void* give_turn(void* none) {
    plain = plain + 1;
    atomic_store(&turn, 1);
    return none;
}
static void marked_loop(void) {
    both(wait_for_turn, give_turn);
    assert(plain == 2);
}

// The first execution is not like the others: it starts fewer threads, or none.
static void* set_y(void* none) {
    atomic_store(&y, 1);
    return none;
}
static void* set_x(void* none) {
    atomic_store(&x, 1);
    return none;
}
static void* start_another_if_y(void* none) {
    if (atomic_load(&y) == 1) return none;
    pthread_t third;
    pthread_create(&third, NULL, set_x, NULL);
    pthread_join(third, NULL);
    return none;
}
static void a_third_thread_at_times(void) { both(set_y, start_another_if_y); }
static void assumption_before_threads(void) {
    __VERIFIER_assume(__VERIFIER_nondet_bool());
    both(set_x, set_y);
}

// A thread whose assumption fails keeps its lock: the others must come before it, too.
static int writers;
static void* write_alone(void* none) {
    pthread_mutex_lock(&gate);
    __VERIFIER_assume(writers == 0);
    writers = 1;
    pthread_mutex_unlock(&gate);
    pthread_mutex_lock(&gate);
    writers = 0;
    pthread_mutex_unlock(&gate);
    return none;
}
static void assumption_under_a_lock(void) { both(write_alone, write_alone); }

static struct {
    char const* name;
    void (*run)(void);
    bool in_thread;
} const all[] = {{"a_bit", a_bit, true},
                 {"a_bit_is_1_too", a_bit_is_1_too, true},
                 {"two_bits", two_bits, true},
                 {"no_overflow", no_overflow, true},
                 {"overflow_at_the_limit", overflow_at_the_limit, true},
                 {"small_types", small_types, true},
                 {"error_behind_an_assumption", error_behind_an_assumption, true},
                 {"assumes_the_impossible", assumes_the_impossible, true},
                 {"published", published, false},
                 {"published_too_weakly", published_too_weakly, false},
                 {"assumed_under_a_lock", assumed_under_a_lock, false},
                 {"store_buffering", store_buffering, false},
                 {"sections", sections, false},
                 {"section_and_plain", section_and_plain, false},
                 {"sections_too_small", sections_too_small, false},
                 {"marked_loop", marked_loop, false},
                 {"a_third_thread_at_times", a_third_thread_at_times, false},
                 {"assumption_before_threads", assumption_before_threads, false},
                 {"assumption_under_a_lock", assumption_under_a_lock, false}};

int main(int words, char** word) {
    for (size_t at = 0; words == 2 && at < sizeof all / sizeof *all; ++at) {
        if (strcmp(all[at].name, word[1]) != 0) continue;
        if (all[at].in_thread) beside_a_thread(all[at].run);
        else all[at].run();
        return 0;
    }
    puts("there is no program of that name");
    return 2;
}
