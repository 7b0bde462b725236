// SPDX-License-Identifier: MIT
// Which parts of the process are the program's, and the contents of its variables. It defines
// model/runtime/program_statics.hpp for this flavour.
#include "program.hpp"

#include "model/runtime/program_statics.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <elf.h>
#include <iostream>
#include <link.h>
#include <unistd.h>

namespace racekit::unmodified {
namespace {

/// What the dynamic section of a module names.
struct dynamic_table {
    ElfW(Sym) const* symbols = nullptr;
    char const* strings = nullptr;
    std::uint32_t const* gnu_hash = nullptr;
    std::uint32_t const* hash = nullptr;

    explicit dynamic_table(dl_phdr_info const& about) {
        ElfW(Dyn) const* entry = nullptr;
        for (int at = 0; at < about.dlpi_phnum; ++at) {
            if (about.dlpi_phdr[at].p_type == PT_DYNAMIC)
                entry = reinterpret_cast<ElfW(Dyn) const*>(about.dlpi_addr +
                                                           about.dlpi_phdr[at].p_vaddr);
        }
        for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
            // The kernel's module has offsets where the others have addresses.
            ElfW(Addr) const at = entry->d_un.d_ptr;
            void const* const where =
                reinterpret_cast<void const*>(at < about.dlpi_addr ? about.dlpi_addr + at : at);
            if (entry->d_tag == DT_SYMTAB) symbols = static_cast<ElfW(Sym) const*>(where);
            if (entry->d_tag == DT_STRTAB) strings = static_cast<char const*>(where);
            if (entry->d_tag == DT_GNU_HASH) gnu_hash = static_cast<std::uint32_t const*>(where);
            if (entry->d_tag == DT_HASH) hash = static_cast<std::uint32_t const*>(where);
        }
    }

    /// The second word of either hash table: how many symbols come before the module's own, which
    /// are those of other modules; or how many there are at all.
    [[nodiscard]] std::vector<std::string> needed() const {
        std::vector<std::string> names;
        std::uint32_t const* const counted = gnu_hash != nullptr ? gnu_hash : hash;
        if (symbols == nullptr || strings == nullptr || counted == nullptr) return names;
        for (std::uint32_t at = 1; at < counted[1]; ++at) {
            if (symbols[at].st_shndx == SHN_UNDEF)
                names.emplace_back(strings + symbols[at].st_name);
        }
        return names;
    }
};

/// The writable part of a module that the linker does not protect once the program runs. One linker
/// has the protected part in the same segment, another one in a segment before.
std::span<unsigned char> variables_of(dl_phdr_info const& about) {
    ElfW(Addr) protected_to = 0;
    for (int at = 0; at < about.dlpi_phnum; ++at) {
        auto const& part = about.dlpi_phdr[at];
        if (part.p_type == PT_GNU_RELRO) protected_to = part.p_vaddr + part.p_memsz;
    }
    constexpr ElfW(Addr) page = 4096;
    protected_to = (protected_to + page - 1) & ~(page - 1);
    ElfW(Addr) first = 0, last = 0;
    for (int at = 0; at < about.dlpi_phnum; ++at) {
        auto const& part = about.dlpi_phdr[at];
        if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
        ElfW(Addr) const begin = std::max(part.p_vaddr, protected_to);
        ElfW(Addr) const end = part.p_vaddr + part.p_memsz;
        if (begin >= end) continue;
        if (first == 0) first = begin;
        last = end;
    }
    return {reinterpret_cast<unsigned char*>(about.dlpi_addr + first), last - first};
}

std::string path_of(dl_phdr_info const& about, bool is_executable) {
    if (!is_executable) return about.dlpi_name;
    char path[PATH_MAX];
    ssize_t const length = ::readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "";
}

int add_module(dl_phdr_info* about, std::size_t, void* into) {
    auto& all = *static_cast<std::vector<module>*>(into);
    module made;
    made.is_executable = all.empty();  // it comes first
    made.needed = dynamic_table(*about).needed();
    bool const is_instrumented =
        std::any_of(made.needed.begin(), made.needed.end(),
                    [](std::string const& name) { return name.starts_with("__tsan_"); });
    if (!made.is_executable && !is_instrumented) return 0;
    made.path = path_of(*about, made.is_executable);
    made.base = about->dlpi_addr;
    made.variables = variables_of(*about);
    for (int at = 0; at < about->dlpi_phnum; ++at) {
        auto const& part = about->dlpi_phdr[at];
        if (part.p_type == PT_LOAD && (part.p_flags & PF_X) != 0)
            made.code = {reinterpret_cast<unsigned char const*>(about->dlpi_addr + part.p_vaddr),
                         part.p_memsz};
    }
    all.push_back(std::move(made));
    return 0;
}

std::vector<std::vector<unsigned char>> kept;

struct range_of_memory {
    std::uintptr_t begin;
    std::uintptr_t end;
};

template <class Byte>
bool holds(std::span<Byte> range, void const* address) {
    auto const* const byte = static_cast<unsigned char const*>(address);
    return byte >= range.data() && byte < range.data() + range.size();
}

}  // namespace

std::vector<module> const& modules() {
    static std::vector<module> const all = [] {
        std::vector<module> found;
        ::dl_iterate_phdr(add_module, &found);
        return found;
    }();
    return all;
}

module const* module_with_code(std::uintptr_t address) {
    for (module const& each : modules()) {
        if (holds(each.code, reinterpret_cast<void const*>(address))) return &each;
    }
    return nullptr;
}

bool is_variable(void const* address) {
    return std::any_of(modules().begin(), modules().end(),
                       [&](module const& each) { return holds(each.variables, address); });
}

namespace {

template <class Stream>
range_of_memory bytes_of(Stream const& stream) {
    auto const begin = reinterpret_cast<std::uintptr_t>(&stream);
    return {begin, begin + sizeof stream};
}

std::vector<range_of_memory> memory_of_libraries() {
    // The executable has copies of these, by the way that its linker works.
    std::vector<range_of_memory> all{
        bytes_of(std::cout),  bytes_of(std::cerr),  bytes_of(std::clog),  bytes_of(std::cin),
        bytes_of(std::wcout), bytes_of(std::wcerr), bytes_of(std::wclog), bytes_of(std::wcin)};
    ::dl_iterate_phdr(
        [](dl_phdr_info* about, std::size_t, void* into) {
            for (module const& each : modules()) {
                if (each.base == about->dlpi_addr) return 0;
            }
            for (int at = 0; at < about->dlpi_phnum; ++at) {
                auto const& part = about->dlpi_phdr[at];
                if (part.p_type != PT_LOAD || (part.p_flags & PF_W) == 0) continue;
                std::uintptr_t const begin = about->dlpi_addr + part.p_vaddr;
                static_cast<std::vector<range_of_memory>*>(into)->push_back(
                    {begin, begin + part.p_memsz});
            }
            return 0;
        },
        &all);
    return all;
}

range_of_memory around(std::vector<range_of_memory> const& all) {
    range_of_memory whole{~std::uintptr_t(0), 0};
    for (range_of_memory const& each : all)
        whole = {std::min(whole.begin, each.begin), std::max(whole.end, each.end)};
    return whole;
}

}  // namespace

bool is_of_libraries(void const* address) {
    static std::vector<range_of_memory> const all = memory_of_libraries();
    static range_of_memory const whole = around(all);
    auto const number = reinterpret_cast<std::uintptr_t>(address);
    if (number < whole.begin || number >= whole.end) return false;
    return std::any_of(all.begin(), all.end(), [&](range_of_memory const& each) {
        return number >= each.begin && number < each.end;
    });
}

void keep_variables() {
    (void)is_of_libraries(nullptr);  // found before an execution
    kept.clear();
    for (module const& each : modules())
        kept.emplace_back(each.variables.begin(), each.variables.end());
}

void restore_variables() {
    for (std::size_t at = 0; at < kept.size(); ++at) {
        std::span<unsigned char> const variables = modules()[at].variables;
        std::memcpy(variables.data(), kept[at].data(), variables.size());
    }
}

}  // namespace racekit::unmodified

namespace racekit::model {

/// All that is put back: a thread may leave there what it knows.
byte_ranges const& program_statics() {
    static byte_ranges const all = [] {
        byte_ranges found;
        for (auto const& each : unmodified::modules()) found.emplace_back(each.variables);
        return found;
    }();
    return all;
}

}  // namespace racekit::model
