// SPDX-License-Identifier: MIT
#include "reachable.hpp"

#include "mappings.hpp"
#include "pthreads.hpp"
#include "shadow.hpp"
#include "thread_storage.hpp"

#include "model/runtime/heap.hpp"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <set>
#include <span>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace racekit::unmodified {
namespace {

using range = std::span<unsigned char const>;

/// The variables of all modules but the kit's own, which knows every block.
int add_roots(dl_phdr_info* about, std::size_t, void* into) {
    static Dl_info kit{};
    if (kit.dli_fname == nullptr) ::dladdr(reinterpret_cast<void const*>(&is_reachable), &kit);
    if (reinterpret_cast<void*>(about->dlpi_addr) == kit.dli_fbase) return 0;
    for (int at = 0; at < about->dlpi_phnum; ++at) {
        auto const& part = about->dlpi_phdr[at];
        if (part.p_type == PT_LOAD && (part.p_flags & PF_W) != 0)
            static_cast<std::vector<range>*>(into)->push_back(
                {reinterpret_cast<unsigned char const*>(about->dlpi_addr + part.p_vaddr),
                 part.p_memsz});
    }
    return 0;
}

/// What main() has of its own to the end: thread-local variables, and values of keys.
void add_roots_of_main(std::vector<range>& into) {
    constexpr int main_thread = 0;
    for (range const& each : storage_parts(main_thread)) into.push_back(each);
    auto const values = std::as_bytes(values_of(main_thread));
    into.push_back({reinterpret_cast<unsigned char const*>(values.data()), values.size()});
}

std::uint64_t of_execution = 0;
std::set<void const*> found;

void look_into(range what, std::vector<range>& still) {
    for (std::size_t at = 0; at + sizeof(void*) <= what.size(); at += sizeof(void*)) {
        void const* pointer = nullptr;
        std::memcpy(&pointer, what.data() + at, sizeof pointer);
        if (!model::heap::holds(pointer) && !mappings::holds(pointer)) continue;
        range const block = shadow::block_with(pointer);
        if (!block.empty() && found.insert(block.data()).second) still.push_back(block);
    }
}

/// The same of a mapping: its pages that exist, as far as they may be read.
void look_into_mapping(range what, std::vector<range>& still) {
    constexpr std::size_t page = 4096, most = 4096;
    static unsigned char exist[most], copy[page];
    for (std::size_t at = 0; at < what.size(); at += page) {
        std::size_t const chunk = at / page % most;
        auto* const begin = const_cast<unsigned char*>(what.data()) + at;
        std::size_t const left = std::min(page * most, what.size() - at);
        if (chunk == 0 && ::mincore(begin, left, exist) != 0) return;
        if ((exist[chunk] & 1) == 0) continue;
        iovec const into{copy, page}, from{begin, page};
        if (::process_vm_readv(::getpid(), &into, 1, &from, 1, 0) == page)
            look_into({copy, page}, still);
    }
}

}  // namespace

bool is_reachable(void const* block) {
    if (left_threads()) return true;  // they may have been about to free it
    model::heap::outside const out;
    if (of_execution != shadow::execution()) {
        of_execution = shadow::execution();
        found.clear();
        std::vector<range> still;
        ::dl_iterate_phdr(add_roots, &still);
        add_roots_of_main(still);
        while (!still.empty()) {
            range const next = still.back();
            still.pop_back();
            if (mappings::holds(next.data())) look_into_mapping(next, still);
            else look_into(next, still);
        }
    }
    return found.contains(block);
}

}  // namespace racekit::unmodified
