// SPDX-License-Identifier: MIT
#include "thread_locals.hpp"

#include "heap.hpp"
#include "bounds.hpp"

#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <vector>

namespace racekit::model::thread_locals {
namespace {

/// Those of the program itself, not those of libraries.
struct region {
    unsigned char* begin = nullptr;
    std::size_t size = 0;

    region() {
        ::dl_iterate_phdr(
            [](dl_phdr_info* about, std::size_t, void* into) {
                auto& found = *static_cast<region*>(into);
                for (int at = 0; at < about->dlpi_phnum; ++at) {
                    if (about->dlpi_phdr[at].p_type != PT_TLS) continue;
                    found.begin = static_cast<unsigned char*>(about->dlpi_tls_data);
                    found.size = found.begin != nullptr ? about->dlpi_phdr[at].p_memsz : 0;
                }
                return 1;  // the program comes first, and is enough
            },
            this);
    }
};
region const& bytes() {
    static region const found;
    return found;
}
bool there_are_any = false;  // known from begin() on

struct destruction {
    void (*destroy)(void*);
    void* object;
};

int current = explorer;  // the thread of which the program has the bytes

std::vector<unsigned char> kept[most_threads + 1];  // by thread; the last is the explorer's
std::vector<destruction> due[most_threads];

std::vector<unsigned char>& kept_of(int who) { return kept[who == explorer ? most_threads : who]; }

}  // namespace

void begin(int threads) {
    region const& all = bytes();
    there_are_any = all.size != 0;
    if (!there_are_any) return;
    for (int thread = 0; thread < threads; ++thread) {
        kept[thread].assign(all.begin, all.begin + all.size);
        due[thread].clear();
    }
}

namespace {

void exchange(int from, int to) {
    region const& all = bytes();
    kept_of(from).assign(all.begin, all.begin + all.size);
    std::memcpy(all.begin, kept_of(to).data(), all.size);
}

}  // namespace

void change(int from, int to) {
    current = to;
    if (there_are_any && from != to) exchange(from, to);
}

bool holds(void const* address) {
    region const& all = bytes();
    auto const* const byte = static_cast<unsigned char const*>(address);
    return all.size != 0 && byte >= all.begin && byte < all.begin + all.size;
}

std::span<unsigned char const> own_bytes() { return {bytes().begin, bytes().size}; }

void end_thread(int thread) {
    while (!due[thread].empty()) {
        destruction const next = due[thread].back();
        due[thread].pop_back();
        next.destroy(next.object);
    }
}

}  // namespace racekit::model::thread_locals

/// Where the compiler has the destructor of a thread_local registered.
extern "C" int __cxa_thread_atexit(void (*destroy)(void*), void* object, void* library) {
    using namespace racekit::model;
    if (heap::in_test_body() && thread_locals::holds(object)) {
        heap::outside const out;
        thread_locals::due[thread_locals::current].push_back({destroy, object});
        return 0;
    }
    static auto* const next = reinterpret_cast<int (*)(void (*)(void*), void*, void*)>(
        ::dlsym(RTLD_NEXT, "__cxa_thread_atexit"));
    return next(destroy, object, library);
}
