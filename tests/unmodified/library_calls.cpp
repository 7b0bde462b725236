// SPDX-License-Identifier: MIT
// Programs whose threads meet in compiled functions of the C and C++ libraries: no instruction of
// the program reads or writes what they share.
#include "programs.hpp"

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <getopt.h>
#include <list>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <strings.h>
#include <thread>
#include <threads.h>
#include <unistd.h>

namespace {

char text[64] = "12 words";
char other[64] = "12 words";
char* pointer = text;
std::size_t length = 8;
std::FILE* file = nullptr;
volatile long seen = 0;

/// Each calls a function while another thread uses the text; `same` is what it returned.
template <class Call>
int while_written(Call call) {
    both([=] { seen = (long)call(); }, [] { text[1] = '3'; });  // <- race
    return 0;
}
template <class Call>
int while_read(Call call) {
    both([=] { call(); }, [] { seen = text[1]; });  // <- race
    return 0;
}

int by_list(int (*call)(va_list), ...) {
    va_list all;
    va_start(all, call);
    int const result = call(all);
    va_end(all);
    return result;
}
int in_order(void const* left, void const* right) {
    return *static_cast<char const*>(left) - *static_cast<char const*>(right);
}

int strcat_while_read() {
    text[1] = '\0';
    return while_read([] { return std::strcat(text, other); });
}
int strncat_while_read() {
    text[1] = '\0';
    return while_read([] { return std::strncat(text, other, 3); });
}
int fread_while_read() {
    file = std::fopen("/proc/self/stat", "r");
    return while_read([] { return std::fread(text, 1, 4, file); });
}
int fgets_while_read() {
    file = std::fopen("/proc/self/stat", "r");
    return while_read([] { return std::fgets(text, 4, file); });
}

#define READS(name, ...) {#name, [] { return while_written([] { return __VA_ARGS__; }); }}
#define WRITES(name, ...) {#name, [] { return while_read([] { return __VA_ARGS__; }); }}

// Containers and streams.

std::map<int, int> tree;
std::list<int> row;
std::ostringstream* stream = nullptr;
std::string words = "a text that is too long to lie within the object";

template <class Change, class Look>
int tree_race(Change change, Look look) {
    tree = {{1, 1}, {3, 3}, {5, 5}};
    both(change, look);
    return 0;
}
template <class Change>
int row_race(Change change) {
    row = {1, 3, 5};
    both(change, [] {
        for (int const each : row) seen = each;
    });
    return 0;
}
void look_for_five() { seen = tree.find(5) != tree.end(); }
void look_at_all() {
    for (auto const& each : tree) seen = each.first;
}
int tree_grows_while_searched() {
    return tree_race([] { tree[6] = 6; }, look_for_five);
}
int tree_searched_while_it_grows() {
    return tree_race(look_for_five, [] { tree[6] = 6; });
}
int tree_grows_while_walked() {
    return tree_race([] { tree[4] = 4; }, look_at_all);
}
int tree_shrinks_while_walked_back() {
    return tree_race([] { tree.erase(5); }, [] { seen = std::next(tree.rbegin())->first; });
}
int tree_under_a_lock() {
    static std::mutex gate;
    return tree_race(
        [] {
            std::lock_guard const hold(gate);
            tree[4] = 4;
            tree.erase(3);
        },
        [] {
            std::lock_guard const hold(gate);
            look_at_all();
        });
}
int row_grows() {
    return row_race([] { row.push_back(7); });
}
int row_shrinks() {
    return row_race([] { row.pop_front(); });
}
int row_turned() {
    return row_race([] { row.reverse(); });
}
int row_moved() {
    static std::list<int> more{7, 9};
    return row_race([] { row.splice(row.end(), more); });
}
int row_swapped() {
    static std::list<int> more{7, 9};
    return row_race([] { row.swap(more); });
}
int hashed() {
    both([] { seen = (long)std::hash<std::string>()(words); }, [] { words[3] = 'x'; });
    return 0;
}
int streamed() {
    stream = new std::ostringstream;
    both([] { *stream << "abc"; }, [] { *stream << 12; });
    delete stream;
    return 0;
}
/// No race: each formats into a stream of its own, and what is shared is the library's.
int streams_of_their_own() {
    auto const formats = [] {
        std::ostringstream mine;
        mine << 12 << ' ' << 2.5;
        seen = (long)mine.str().size();
    };
    static std::mutex gate;
    both(
        [=] {
            std::lock_guard const hold(gate);
            formats();
        },
        [=] {
            std::lock_guard const hold(gate);
            formats();
        });
    return 0;
}

// What runs once, and starts threads.

struct pool {
    std::mutex gate;
    int done = 0;
    std::thread worker{[this] {
        std::lock_guard const hold(gate);
        ++done;
    }};
    ~pool() { worker.join(); }
};
int static_pool() {
    static pool all;
    std::lock_guard const hold(all.gate);
    return all.done > 1;
}
int static_waits_for_a_thread() {
    static int const value = [] {
        int got = 0;
        std::thread([&got] { got = 7; }).join();
        return got;
    }();
    return value != 7;
}
std::once_flag flag;
int once_starts_a_thread() {
    std::thread other_one;
    std::call_once(
        flag, [&] { other_one = std::thread([] { std::call_once(flag, [] { std::abort(); }); }); });
    other_one.join();
    return 0;
}
int once_waits_for_itself() {
    std::call_once(flag, [] { std::thread([] { std::call_once(flag, [] {}); }).join(); });
    return 0;
}

// Threads of C11.

mtx_t gate;
cnd_t rings;
once_flag of_c = ONCE_FLAG_INIT;
tss_t key;
int plain = 0;
bool is_set = false;

int adds(void*) { return ++plain; }  // <- race
int adds_under_a_lock(void*) {
    mtx_lock(&gate);
    ++plain;
    mtx_unlock(&gate);
    return 5;
}
int waits(void*) {
    mtx_lock(&gate);
    while (!is_set) cnd_wait(&rings, &gate);
    mtx_unlock(&gate);
    thrd_exit(plain);
}
int two_of_c(thrd_start_t first, thrd_start_t second, int expected) {
    mtx_init(&gate, mtx_plain);
    cnd_init(&rings);
    thrd_t one, two;
    if (thrd_create(&one, first, nullptr) != thrd_success) return 3;
    if (thrd_create(&two, second, nullptr) != thrd_success) return 3;
    int result = 0;
    thrd_join(one, &result);
    thrd_join(two, nullptr);
    cnd_destroy(&rings);
    mtx_destroy(&gate);
    return expected >= 0 && result != expected;
}
int c_race() { return two_of_c(adds, adds, -1); }
int c_mutex() { return two_of_c(adds_under_a_lock, adds_under_a_lock, 5); }
int sets(void*) {
    mtx_lock(&gate);
    plain = 9;
    is_set = true;
    mtx_unlock(&gate);
    return cnd_signal(&rings);
}
int c_condition() { return two_of_c(waits, sets, 9); }
int c_condition_without_signal() { return two_of_c(waits, adds_under_a_lock, -1); }
int has_own_value(void*) {
    call_once(&of_c, [] { tss_create(&key, nullptr); });
    tss_set(key, &key);
    return tss_get(key) == &key ? 5 : 0;
}
int c_once_and_keys() { return two_of_c(has_own_value, has_own_value, 5); }

// What the C library keeps between its calls: each execution begins with the same.

std::atomic<int> steps = 0;
/// Two executions, if the beginning is the same in both.
int two_executions() {
    both([] { steps = 1; }, [] { seen = steps; });
    return 0;
}
int options_are_read_anew() {
    char first[] = "program", second[] = "-x";
    char* line[] = {first, second, nullptr};
    if (optind != 1 || ::getopt(2, line, "x") != 'x' || ::getopt(2, line, "x") != -1) return 1;
    return two_executions();
}
int environment_is_restored() {
    if (std::getenv("RACEKIT_TEST_OF_THIS") != nullptr) return 1;
    ::setenv("RACEKIT_TEST_OF_THIS", "1", 1);
    if (std::getenv("RACEKIT_TEST_OF_THIS") == nullptr) return 1;
    return two_executions();
}
int environment_raced() {
    both([] { ::setenv("RACEKIT_TEST_OF_THIS", "1", 1); },
         [] { seen = std::getenv("RACEKIT_TEST_OF_THIS") != nullptr; });
    return 0;
}
int numbers_begin_anew() {
    return ::drand48() < 1e-12 ? two_executions() : 1;  // the first one
}
int numbers_raced() {
    both([] { seen = ::lrand48(); }, [] { seen = ::lrand48(); });
    return 0;
}
void split() {
    char mine[] = "a b";
    if (std::strcmp(std::strtok(mine, " "), "a") != 0) std::abort();
}
int split_raced() {
    both(split, split);
    return 0;
}
void split_by_hand() {
    char mine[] = "a b";
    char* rest = nullptr;
    ::strtok_r(mine, " ", &rest);
    if (std::strcmp(::strtok_r(nullptr, " ", &rest), "b") != 0) std::abort();
}
int split_by_both() {
    both(split_by_hand, split_by_hand);
    return 0;
}
int dates_raced() {
    static std::time_t const now = 5;
    both([] { seen = std::localtime(&now)->tm_sec; }, [] { seen = std::gmtime(&now)->tm_sec; });
    return 0;
}
int dates_of_their_own() {
    static std::time_t const now = 5;
    auto const looks = [] {
        std::tm mine;
        if (::gmtime_r(&now, &mine)->tm_sec != 5) std::abort();
    };
    both(looks, looks);
    return 0;
}
int clocks_agree() {
    std::timespec of_c;
    std::timespec_get(&of_c, TIME_UTC);
    return std::time(nullptr) == of_c.tv_sec ? two_executions() : 1;
}
/// A lock that its owner may take again, by the number of the thread.
int numbers_of_threads() {
    static std::atomic<int> owner = 0;
    auto const takes = [] {
        int const mine = ::gettid();
        int free = 0;
        if (owner == mine) std::abort();
        if (!owner.compare_exchange_strong(free, mine)) return;
        ++plain;
        owner = 0;
    };
    both(takes, takes);
    return 0;
}

// As much stack as a thread has on Linux.

[[gnu::noinline]] int large_frame() {
    constexpr std::size_t size = 3 << 20;
    char volatile bytes[size];
    bytes[0] = 1;
    bytes[size - 1] = 2;
    return bytes[0] + bytes[size - 1];
}
[[gnu::noinline]] int deep(int more) {
    int volatile mine = more;
    return more == 0 ? 0 : deep(more - 1) + mine - more;
}
int large_stacks() {
    constexpr int calls = 60'000;  // of 48 bytes at least
    both([] { seen = large_frame(); }, [] { deep(calls); });
    return 0;
}

program const all[] = {
    READS(memcpy, std::memcpy(other, text, length)),
    READS(mempcpy, ::mempcpy(other, text, length)),
    READS(memmove, std::memmove(other, text, length)),
    READS(memcmp, std::memcmp(text, other, length) < 0),
    READS(bcmp, ::bcmp(text, other, length)),
    READS(memchr, std::memchr(pointer, 'w', length)),
    READS(memrchr, ::memrchr(pointer, 'w', length)),
    READS(rawmemchr, ::rawmemchr(pointer, 'w')),
    READS(memmem, ::memmem(pointer, length, other, length)),
    READS(strlen, std::strlen(pointer)),
    READS(strnlen, ::strnlen(pointer, length)),
    READS(strdup, ::strdup(pointer)[1]),
    READS(strndup, ::strndup(pointer, length)[1]),
    READS(strcmp, std::strcmp(pointer, other)),
    READS(strncmp, std::strncmp(pointer, other, length)),
    READS(strcasecmp, ::strcasecmp(pointer, other)),
    READS(strncasecmp, ::strncasecmp(pointer, other, length)),
    READS(strchr, std::strchr(pointer, 'w')),
    READS(strchrnul, ::strchrnul(pointer, 'w')),
    READS(strrchr, std::strrchr(pointer, 'w')),
    READS(strstr, std::strstr(pointer, other)),
    READS(strpbrk, std::strpbrk(pointer, "w")),
    READS(strspn, std::strspn(pointer, "0123")),
    READS(strcspn, std::strcspn(pointer, "w")),
    READS(strtol, std::strtol(pointer, nullptr, 10)),
    READS(strtoull, std::strtoull(pointer, nullptr, 10)),
    READS(strtod, std::strtod(pointer, nullptr)),
    READS(atoi, std::atoi(pointer)),
    READS(atof, std::atof(pointer)),
    READS(printf, std::printf("%d %.*s %s", 1, 1, other, pointer)),
    READS(fprintf, std::fprintf(stdout, "%5.1f %*d %Lf %s", 1.0, 2, 3, 1.0L, pointer)),
    READS(vprintf, by_list([](va_list more) { return std::vprintf("%s", more); }, pointer)),
    READS(snprintf_of, std::snprintf(other, sizeof other, "%ld%%%s", 1L, pointer)),
    READS(puts, std::puts(pointer)),
    READS(fputs, std::fputs(pointer, stdout)),
    READS(fwrite, std::fwrite(pointer, 1, length, stdout)),
    WRITES(memset, std::memset(text, 'x', length)),
    WRITES(bzero, (::bzero(text, length), 0)),
    WRITES(explicit_bzero, (::explicit_bzero(text, length), 0)),
    WRITES(bcopy, (::bcopy(other, text, length), 0)),
    WRITES(strcpy, std::strcpy(text, pointer + 4)),
    WRITES(stpcpy, ::stpcpy(text, other)),
    WRITES(strncpy, std::strncpy(text, other, length)),
    {"strcat", strcat_while_read},
    {"strncat", strncat_while_read},
    WRITES(sprintf, std::sprintf(text, "%d", 12)),
    WRITES(snprintf, std::snprintf(text, sizeof text, "%d", 12)),
    WRITES(vsnprintf, by_list([](va_list more) { return std::vsnprintf(text, 9, "%d", more); }, 1)),
    WRITES(qsort, (std::qsort(text, length, 1, in_order), 0)),
    {"fread", fread_while_read},
    {"fgets", fgets_while_read},
    {"getline_moves_its_block", [] {
         file = std::fopen("/proc/self/stat", "r");
         pointer = static_cast<char*>(std::malloc(2));
         length = 2;
         int const result = while_read([] { return ::getline(&pointer, &length, file) < 3; });
         std::free(pointer);
         std::fclose(file);
         return result;
     }},
    {"tree_grows_while_searched", tree_grows_while_searched},
    {"tree_searched_while_it_grows", tree_searched_while_it_grows},
    {"tree_grows_while_walked", tree_grows_while_walked},
    {"tree_shrinks_while_walked_back", tree_shrinks_while_walked_back},
    {"tree_under_a_lock", tree_under_a_lock},
    {"row_grows", row_grows},
    {"row_shrinks", row_shrinks},
    {"row_turned", row_turned},
    {"row_moved", row_moved},
    {"row_swapped", row_swapped},
    {"hashed", hashed},
    {"streamed", streamed},
    {"streams_of_their_own", streams_of_their_own},
    {"static_pool", static_pool},
    {"static_waits_for_a_thread", static_waits_for_a_thread},
    {"once_starts_a_thread", once_starts_a_thread},
    {"once_waits_for_itself", once_waits_for_itself},
    {"c_race", c_race},
    {"c_mutex", c_mutex},
    {"c_condition", c_condition},
    {"c_condition_without_signal", c_condition_without_signal},
    {"c_once_and_keys", c_once_and_keys},
    {"options_are_read_anew", options_are_read_anew},
    {"environment_is_restored", environment_is_restored},
    {"environment_raced", environment_raced},
    {"numbers_begin_anew", numbers_begin_anew},
    {"numbers_raced", numbers_raced},
    {"split_raced", split_raced},
    {"split_by_both", split_by_both},
    {"dates_raced", dates_raced},
    {"dates_of_their_own", dates_of_their_own},
    {"clocks_agree", clocks_agree},
    {"numbers_of_threads", numbers_of_threads},
    {"large_stacks", large_stacks}};

}  // namespace

int main(int words_given, char** word) { return run_program(all, words_given, word); }
