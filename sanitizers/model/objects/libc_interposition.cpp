// SPDX-License-Identifier: MIT
// Functions of the C library under their own names. Where the test body calls them, threads and
// waits that the model does not control are refused, functions that return something else each time
// are noted, and objects end with the memory that is freed. All other calls go to the real ones.
#include "libc_interposition.hpp"

#include "model/runtime/engine_memory.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <linux/futex.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace racekit::model {
namespace {

std::string noted;

constexpr char threads[] = "use the threads of the test body, or racekit::thread";
constexpr char sleeping[] = "use racekit's clock and waits with deadlines";
constexpr char returning[] = "a test body must return, and states what must hold by RACEKIT_CHECK";
constexpr char waiting[] = "wait with racekit's locks, futexes, channels and await()";

void refuse(char const* function, char const* instead) {
    if (!heap::in_test_body()) return;
    heap::outside const out;
    int const thread = running_thread();
    std::string const who =
        thread >= 0 ? "thread " + std::to_string(thread) : std::string("the test body");
    report_error("test body error", who + " calls " + function +
                                    "(), which the model does not control: " + instead);
}

void note(char const* function) {
    if (!heap::in_test_body()) return;
    heap::outside const out;
    std::string const name = std::string(function) + "()";
    if (noted.find(name) == std::string::npos) noted += (noted.empty() ? "" : ", ") + name;
}

/// The function of that name that would have been called.
template <class Function>
Function* next(Function*& known, char const* name) {
    if (known == nullptr) known = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
    return known;
}

}  // namespace

namespace libc_interposition {
std::string changeable() { return noted; }
void forget() { noted.clear(); }
std::string unseen_order() { return ""; }
bool take_race_with_atomic() { return false; }
std::vector<warning> warnings() { return {}; }
}  // namespace libc_interposition

}  // namespace racekit::model

using namespace racekit::model;

// The functions of the C library under names that no program replaces; see engine_memory.hpp.
extern "C" {
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_memalign(std::size_t align, std::size_t size) noexcept;
}

namespace {

/// A block of the C library: if the test body took it, it can hold what a waiting loop changes.
void* noted_block(void* block) {
    if (block != nullptr && heap::in_test_body()) [[unlikely]]
        heap::taken_by_c(block, malloc_usable_size(block));
    return block;
}

}  // namespace

#define RACEKIT_NEXT(function)                  \
    static decltype(function)* known = nullptr; \
    return next(known, #function)

extern "C" {

// Memory of malloc() is not in the execution's heap: a leak of it is not seen. But what stands in
// it ends when it is freed, and it is not used again in the same execution.

void* malloc(std::size_t size) noexcept { return noted_block(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) noexcept {
    return noted_block(__libc_calloc(count, size));
}
void* memalign(std::size_t align, std::size_t size) noexcept {
    return noted_block(__libc_memalign(align, size));
}
void* aligned_alloc(std::size_t align, std::size_t size) noexcept {
    return noted_block(__libc_memalign(align, size));
}
int posix_memalign(void** block, std::size_t align, std::size_t size) noexcept {
    if (align % sizeof(void*) != 0 || (align & (align - 1)) != 0) return EINVAL;
    void* const made = noted_block(__libc_memalign(align, size));
    if (made == nullptr) return ENOMEM;
    *block = made;
    return 0;
}

void free(void* block) noexcept {
    heap::given_back_to_c(block);
    bool const kept = heap::in_test_body() && block != nullptr &&
                      heap::freed_by_c(block, malloc_usable_size(block));
    if (!kept) __libc_free(block);
}

void* realloc(void* block, std::size_t size) noexcept {
    if (!heap::in_test_body()) return __libc_realloc(block, size);
    if (block == nullptr) return std::malloc(size);
    std::size_t const had = malloc_usable_size(block);
    heap::given_back_to_c(block);
    void* const fresh = std::malloc(size);
    if (fresh == nullptr) return nullptr;
    std::memcpy(fresh, block, std::min(size, had));
    if (!heap::freed_by_c(block, had)) __libc_free(block);
    return fresh;
}

int pthread_create(pthread_t* thread, pthread_attr_t const* attributes, void* (*body)(void*),
                   void* argument) noexcept {
    refuse("pthread_create", threads);
    RACEKIT_NEXT(pthread_create)(thread, attributes, body, argument);
}

int pthread_join(pthread_t thread, void** result) {
    refuse("pthread_join", threads);
    RACEKIT_NEXT(pthread_join)(thread, result);
}

pid_t fork() noexcept {
    refuse("fork", "use the processes of the test body, or racekit::process");
    RACEKIT_NEXT(fork)();
}

// A program that ended within an exploration would leave no verdict, and its caller an exit code of
// 0.

void exit(int code) noexcept {
    refuse("exit", returning);
    static decltype(exit)* known = nullptr;
    next(known, "exit")(code);
    __builtin_unreachable();
}

void quick_exit(int code) noexcept {
    refuse("quick_exit", returning);
    static decltype(quick_exit)* known = nullptr;
    next(known, "quick_exit")(code);
    __builtin_unreachable();
}

void _exit(int code) {
    refuse("_exit", returning);
    static decltype(_exit)* known = nullptr;
    next(known, "_exit")(code);
    __builtin_unreachable();
}

void _Exit(int code) noexcept {
    refuse("_Exit", returning);
    static decltype(_Exit)* known = nullptr;
    next(known, "_Exit")(code);
    __builtin_unreachable();
}

int nanosleep(timespec const* span, timespec* left) {
    refuse("nanosleep", sleeping);
    RACEKIT_NEXT(nanosleep)(span, left);
}

int clock_nanosleep(clockid_t clock, int flags, timespec const* span, timespec* left) {
    refuse("clock_nanosleep", sleeping);
    RACEKIT_NEXT(clock_nanosleep)(clock, flags, span, left);
}

int usleep(useconds_t span) {
    refuse("usleep", sleeping);
    RACEKIT_NEXT(usleep)(span);
}

unsigned sleep(unsigned span) {
    refuse("sleep", sleeping);
    RACEKIT_NEXT(sleep)(span);
}

int pthread_cond_wait(pthread_cond_t* changed, pthread_mutex_t* mutex) {
    refuse("pthread_cond_wait", waiting);
    RACEKIT_NEXT(pthread_cond_wait)(changed, mutex);
}

int pthread_cond_clockwait(pthread_cond_t* changed, pthread_mutex_t* mutex, clockid_t clock,
                           timespec const* limit) {
    refuse("pthread_cond_clockwait", waiting);
    RACEKIT_NEXT(pthread_cond_clockwait)(changed, mutex, clock, limit);
}

int pthread_cond_timedwait(pthread_cond_t* changed, pthread_mutex_t* mutex,
                           timespec const* limit) {
    refuse("pthread_cond_timedwait", waiting);
    RACEKIT_NEXT(pthread_cond_timedwait)(changed, mutex, limit);
}

/// A free mutex may be locked: libraries have mutexes of their own. One that another thread of the
/// test body holds is never unlocked, because that thread does not run.
int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    if (heap::in_test_body()) {
        int const taken = ::pthread_mutex_trylock(mutex);
        if (taken != EBUSY) return taken;
        refuse("pthread_mutex_lock", waiting);
    }
    RACEKIT_NEXT(pthread_mutex_lock)(mutex);
}

int sem_wait(sem_t* semaphore) {
    refuse("sem_wait", waiting);
    RACEKIT_NEXT(sem_wait)(semaphore);
}

int poll(pollfd* some, nfds_t count, int limit) {
    if (limit != 0) refuse("poll", waiting);
    RACEKIT_NEXT(poll)(some, count, limit);
}

int select(int count, fd_set* readable, fd_set* writable, fd_set* failed, timeval* limit) {
    refuse("select", waiting);
    RACEKIT_NEXT(select)(count, readable, writable, failed, limit);
}

int epoll_wait(int set, epoll_event* into, int most, int limit) {
    if (limit != 0) refuse("epoll_wait", waiting);
    RACEKIT_NEXT(epoll_wait)(set, into, most, limit);
}

/// std::atomic::wait() comes this way.
long syscall(long number, ...) noexcept {
    va_list list;
    va_start(list, number);
    long given[6];
    for (long& each : given) each = va_arg(list, long);
    va_end(list);
    long const command = given[1] & FUTEX_CMD_MASK;
    if (number == SYS_futex && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET))
        refuse("futex", waiting);
    RACEKIT_NEXT(syscall)(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

time_t time(time_t* into) noexcept {
    note("time");
    RACEKIT_NEXT(time)(into);
}

int clock_gettime(clockid_t clock, timespec* into) noexcept {
    note("clock_gettime");
    RACEKIT_NEXT(clock_gettime)(clock, into);
}

int gettimeofday(timeval* into, void* zone) noexcept {
    note("gettimeofday");
    RACEKIT_NEXT(gettimeofday)(into, zone);
}

int rand() noexcept {
    note("rand");
    RACEKIT_NEXT(rand)();
}

long random() noexcept {
    note("random");
    RACEKIT_NEXT(random)();
}

ssize_t getrandom(void* into, std::size_t size, unsigned flags) {
    note("getrandom");
    RACEKIT_NEXT(getrandom)(into, size, flags);
}

int getentropy(void* into, std::size_t size) {
    note("getentropy");
    RACEKIT_NEXT(getentropy)(into, size);
}

}  // extern "C"
