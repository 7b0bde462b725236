// SPDX-License-Identifier: MIT
// thread_local variables as the program declares them: each thread of the model has storage of its
// own, with addresses of its own, that are the same in every process. It defines
// model/runtime/thread_locals.hpp for this flavour.
//
// The storage is that of a thread of the operating system that never runs: it is started on a stack
// at a fixed address, at whose top the C library puts its thread-local block, and waits for ever.
// The explorer lends its own thread that block by the register FS while a thread of the model runs.
// Where the kernel leaves that register to itself, it is asked to set it.
#include "model/runtime/thread_locals.hpp"

#include "model/runtime/bounds.hpp"
#include "model/runtime/fixed_addresses.hpp"
#include "model/runtime/heap.hpp"

#include "thread_storage.hpp"

#include <asm/prctl.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace racekit::model::thread_locals {
namespace {

/// The variables of one module, at a fixed distance below the thread's own address.
struct region {
    std::size_t below = 0;
    std::vector<unsigned char> first;  ///< what a new thread has in them
};

struct destruction {
    void (*destroy)(void*);
    void* object;
};

std::vector<region> regions;
unsigned char* storage_of[most_threads] = {};
unsigned char* own_storage = nullptr;  ///< the explorer's
unsigned char* current = nullptr;
int current_thread = explorer;
std::vector<destruction> due[most_threads];
std::atomic<unsigned char*> parked{nullptr};
constexpr std::size_t stack_size = 256 * 1024;

unsigned char* thread_pointer() { return static_cast<unsigned char*>(__builtin_thread_pointer()); }

/// Without FSGSBASE the kernel keeps for itself what FS is: a value that it did not set is lost
/// when the thread is next scheduled. The call is made here, for that of the C library uses the
/// storage.
bool can_set_fs = false;

void lend(unsigned char* storage) {
    if (storage == current) return;
    current = storage;
    if (can_set_fs) {
        asm volatile("wrfsbase %0" : : "r"(storage) : "memory");
        return;
    }
    long answer = SYS_arch_prctl;
    asm volatile("syscall"
                 : "+a"(answer)
                 : "D"(static_cast<long>(ARCH_SET_FS)), "S"(storage)
                 : "rcx", "r11", "memory");
}

void* park(void*) {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    parked.store(thread_pointer(), std::memory_order_release);  // -> make_storage()
    for (;;) ::pause();
}

[[noreturn]] void give_up(char const* why) {
    std::fprintf(stderr, "racekit: %s\n", why);
    std::_Exit(70);
}

/// A stack of its own: the C library does not take it back in a forked process.
unsigned char* make_storage(int thread) {
    void* const stack = map_at(
        thread_storage_address + static_cast<std::uintptr_t>(thread) * 2 * stack_size, stack_size);
    pthread_attr_t attributes;
    pthread_t made;
    parked.store(nullptr, std::memory_order_relaxed);  // no thread runs that reads it
    if (stack == nullptr || ::pthread_attr_init(&attributes) != 0 ||
        ::pthread_attr_setstack(&attributes, stack, stack_size) != 0 ||
        unmodified::real_pthread_create(&made, &attributes, park) != 0)
        give_up("no memory for the thread-local variables of the program's threads");
    ::pthread_attr_destroy(&attributes);
    unsigned char* storage = nullptr;
    while ((storage = parked.load(std::memory_order_acquire)) == nullptr) ::usleep(10);
    return storage;
}

/// Of the program, its libraries and the C++ library: the C library's own is left alone.
int add_region(dl_phdr_info* about, std::size_t, void*) {
    bool const is_of_c = std::strstr(about->dlpi_name, "/libc.so") != nullptr ||
                         std::strstr(about->dlpi_name, "/ld-linux") != nullptr;
    if (is_of_c || about->dlpi_tls_data == nullptr) return 0;
    for (int at = 0; at < about->dlpi_phnum; ++at) {
        auto const& part = about->dlpi_phdr[at];
        if (part.p_type != PT_TLS) continue;
        region made;
        made.below = static_cast<std::size_t>(own_storage -
                                              static_cast<unsigned char*>(about->dlpi_tls_data));
        unsigned char const* const begin = storage_of[0] - made.below;
        made.first.assign(begin, begin + part.p_memsz);
        regions.push_back(std::move(made));
    }
    return 0;
}

void prepare() {
    constexpr unsigned long fsgsbase = 1UL << 1;
    can_set_fs = (::getauxval(AT_HWCAP2) & fsgsbase) != 0;
    own_storage = current = thread_pointer();
    storage_of[0] = make_storage(0);
    ::dl_iterate_phdr(add_region, nullptr);
}

}  // namespace

void begin(int threads) {
    if (own_storage == nullptr) prepare();
    for (int thread = 0; thread < threads; ++thread) {
        if (storage_of[thread] == nullptr) storage_of[thread] = make_storage(thread);
        for (region const& each : regions)
            std::memcpy(storage_of[thread] - each.below, each.first.data(), each.first.size());
        due[thread].clear();
    }
}

void change(int, int to) {
    current_thread = to;
    lend(to == explorer ? own_storage : storage_of[to]);
}

/// An object may stand in such a variable: no other thread has one at its address.
bool holds(void const*) { return false; }

/// The executable's alone: it comes first.
std::span<unsigned char const> own_bytes() {
    if (regions.empty() || current == nullptr) return {};
    return {current - regions[0].below, regions[0].first.size()};
}

void end_thread(int thread) {
    while (!due[thread].empty()) {
        destruction const next = due[thread].back();
        due[thread].pop_back();
        next.destroy(next.object);
    }
}

}  // namespace racekit::model::thread_locals

namespace racekit::unmodified {

int owner_of_storage(void const* address) {
    auto const at = reinterpret_cast<std::uintptr_t>(address);
    constexpr std::uintptr_t first = model::thread_storage_address;
    constexpr std::uintptr_t each = 2 * model::thread_locals::stack_size;
    if (at < first || at >= first + each * model::most_threads) return -1;
    return static_cast<int>((at - first) / each);
}

std::vector<std::span<unsigned char const>> storage_parts(int thread) {
    std::vector<std::span<unsigned char const>> all;
    unsigned char const* const storage = model::thread_locals::storage_of[thread];
    if (storage == nullptr) return all;
    for (auto const& each : model::thread_locals::regions)
        all.push_back({storage - each.below, each.first.size()});
    return all;
}

int real_pthread_create(pthread_t* made, pthread_attr_t const* attributes, void* (*body)(void*)) {
    static auto* const create =
        reinterpret_cast<decltype(&::pthread_create)>(::dlsym(RTLD_NEXT, "pthread_create"));
    return create(made, attributes, body, nullptr);
}

pthread_t thread_named(int thread) {
    return reinterpret_cast<pthread_t>(model::thread_locals::storage_of[thread]);
}

int thread_numbered(pthread_t name) {
    for (int thread = 0; thread < model::most_threads; ++thread) {
        if (thread_named(thread) == name) return thread;
    }
    return -1;
}

}  // namespace racekit::unmodified

/// Where the compiler has the destructor of a thread_local registered.
extern "C" int __cxa_thread_atexit(void (*destroy)(void*), void* object, void* library) {
    using namespace racekit::model;
    int const thread = thread_locals::current_thread;
    if (heap::in_test_body() && thread >= 0) {
        heap::outside const out;
        thread_locals::due[thread].push_back({destroy, object});
        return 0;
    }
    static auto* const next = reinterpret_cast<int (*)(void (*)(void*), void*, void*)>(
        ::dlsym(RTLD_NEXT, "__cxa_thread_atexit"));
    return next(destroy, object, library);
}
